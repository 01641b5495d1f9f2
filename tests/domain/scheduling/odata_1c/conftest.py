import pytest

from domain.scheduling.odata_1c.clinic import ShiftsClinic


@pytest.fixture(scope="module")
def kind() -> type[ShiftsClinic]:
    return ShiftsClinic
