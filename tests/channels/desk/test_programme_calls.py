"""A programme that somebody asked for is booked from its call, visit by visit."""

import re
from datetime import timedelta

import pytest

from channels.desk.conftest import Busy, busy
from channels.desk.factory import signed_in
from domain.checkups.factory import EDITOR
from domain.directory.factory import FIRST_VISIT, GLASSES, NORTH, row
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.domain.checkups import services as checkups
from feldsher.domain.checkups.types import Bounds, Person, ProgrammeChange
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import ProgrammeWish
from feldsher.foundation.access.roles import Role

__all__ = ["busy"]
pytestmark = pytest.mark.django_db


def wished() -> str:
    """Compose a programme of one visit, ask for it in the north, and return the address of the call."""
    made = checkups.save_programme(ProgrammeChange("Глаза", "glaza"), staff=EDITOR)
    service = row(Kind.SERVICE, FIRST_VISIT.id)
    checkups.add_item(made, service_id=service, bounds=Bounds(), is_optional=False, staff=EDITOR)
    checkups.save_programme(
        ProgrammeChange("Глаза", "glaza", is_published=True), staff=EDITOR, programme_id=made
    )
    wish = ProgrammeWish("glaza", row(Kind.LOCATION, NORTH.id), Person(), frozenset())
    kept = services.request_programme(wish, name="Вера", phone="8 900 000-00-07", channel="site")
    return f"/desk/calls/{kept.id}/"


def test_a_time_of_the_day_is_held_from_the_call(busy: Busy) -> None:
    address = wished()
    registrar = signed_in(Role.REGISTRAR)
    assert "Программа «Глаза»" in registrar.get("/desk/").content.decode()
    days = [VISIT_AT.date() + timedelta(days=number) for number in range(4)]
    pages = [registrar.get(address, {"day": day.isoformat()}).content.decode() for day in days]
    assert all(FIRST_VISIT.name in page and GLASSES.name not in page for page in pages)
    page = next(page for page in pages if 'name="slot"' in page)
    token = re.findall(r'name="slot" value="([^"]+)"', page)[-1]
    answer = registrar.post("/desk/book/", {"slot": token, "key": "a" * 32})
    assert answer.status_code == 303
    assert "Кого записать" in registrar.get(answer.headers["Location"]).content.decode()


def test_who_may_not_book_reads_the_services_alone(busy: Busy) -> None:
    page = signed_in(Role.CALL_CENTRE).get(wished()).content.decode()
    assert FIRST_VISIT.name in page
    assert 'name="slot"' not in page
