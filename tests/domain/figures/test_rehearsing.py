"""A demo's figures are invented once, and hold together."""

import pytest

from domain.figures.conftest import counted
from domain.figures.factory import holds, visits
from domain.scheduling.staff import somebody
from feldsher.domain.figures import rehearsing, selectors, services
from feldsher.domain.figures.days import today
from feldsher.domain.figures.models import VisitFact
from feldsher.domain.figures.types import Asked
from feldsher.foundation.access.roles import Role

__all__ = ["counted"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counted")]


def test_a_demo_has_figures_that_hold_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "DAYS", 14)
    assert services.rehearse() > 0
    found = selectors.figures(somebody(Role.CHIEF_PHYSICIAN), asked=Asked(today().replace(day=1), today()))
    total = found.total
    assert total.seen > total.held > total.booked > total.came > total.missed > 0
    assert total.booked == total.came + total.missed + total.cancelled
    assert sum(steps.seen for steps in found.days.values()) == total.seen
    assert found.attendance.told > 0 < found.attendance.untold
    assert not VisitFact.objects.exists(), "no visit is invented"


def test_figures_are_never_invented_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "DAYS", 3)
    services.rehearse()
    before = holds(), visits()
    assert services.rehearse() == 0
    assert (holds(), visits()) == before
