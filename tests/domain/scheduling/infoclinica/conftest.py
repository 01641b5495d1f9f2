import pytest

from domain.scheduling.infoclinica.clinic import InfoclinicaClinic


@pytest.fixture(scope="module")
def kind() -> type[InfoclinicaClinic]:
    return InfoclinicaClinic
