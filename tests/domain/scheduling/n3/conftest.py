import pytest

from domain.scheduling.n3.clinic import N3Clinic


@pytest.fixture(scope="module")
def kind() -> type[N3Clinic]:
    return N3Clinic
