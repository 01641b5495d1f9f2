from collections.abc import Iterator

import pytest

from domain.scheduling.over_simulator import imported_clinic
from domain.scheduling.plain.clinic import PlainClinic
from feldsher.kernel import clock


@pytest.fixture
def clinic(transactional_db: None, patience: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainClinic]:
    """A new clinic for each test: they count all its visits and read all its changes."""
    with imported_clinic(PlainClinic) as made:
        assert isinstance(made, PlainClinic)
        monkeypatch.setattr(clock, "now", made.now)
        yield made
