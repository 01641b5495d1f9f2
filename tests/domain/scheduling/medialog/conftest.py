import pytest

from domain.scheduling.medialog.clinic import MedialogClinic


@pytest.fixture(scope="module")
def kind() -> type[MedialogClinic]:
    return MedialogClinic
