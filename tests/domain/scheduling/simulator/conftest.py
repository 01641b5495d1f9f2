import pytest

from domain.scheduling.simulator.clinic import BitUmcClinic


@pytest.fixture(scope="module")
def kind() -> type[BitUmcClinic]:
    return BitUmcClinic
