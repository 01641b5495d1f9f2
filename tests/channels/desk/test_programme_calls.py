"""A programme that somebody asked for is booked from its call, visit by visit."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.checkups.factory import EDITOR
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, doctor
from domain.scheduling.clinic_of_own import THURSDAY, at_work_on_thursdays
from domain.scheduling.staff import somebody
from feldsher.domain.checkups import services as checkups
from feldsher.domain.checkups.types import Bounds, Person, ProgrammeChange
from feldsher.domain.directory import services as directory
from feldsher.domain.scheduling import services, tending
from feldsher.domain.scheduling.models import CallRequest
from feldsher.domain.scheduling.types import CallOutcome, ProgrammeWish
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
SERVICE = "Приём офтальмолога"


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays; today is Wednesday."""
    set_clock(NOW)
    with at_work_on_thursdays("9-10:30") as clinic:
        yield clinic


def wished(clinic: OwnClinic, *, location: UUID, slug: str = "glaza") -> str:
    """Compose a programme of one visit, ask for it in a branch, and return the address of the call."""
    made = checkups.save_programme(ProgrammeChange("Глаза", slug), staff=EDITOR)
    checkups.add_item(made, service_id=clinic.visit, bounds=Bounds(), is_optional=False, staff=EDITOR)
    checkups.save_programme(
        ProgrammeChange("Глаза", slug, is_published=True), staff=EDITOR, programme_id=made
    )
    wish = ProgrammeWish(slug, location, Person(), frozenset())
    kept = services.request_programme(wish, name="Вера", phone="8 900 000-00-07", channel="site")
    return f"/desk/calls/{kept.id}/"


def test_the_first_day_with_times_opens_and_one_is_held_from_the_call(clinic: OwnClinic) -> None:
    address = wished(clinic, location=clinic.north)
    registrar = signed_in(Role.REGISTRAR)
    assert "Программа «Глаза»" in registrar.get("/desk/").content.decode()
    page = registrar.get(address).content.decode()
    assert SERVICE in page
    assert f'value="{THURSDAY.isoformat()}"' in page, "nobody works today: the next day that has times opens"
    tokens = re.findall(r'name="slot" value="([^"]+)"', page)
    assert len(tokens) == 3
    answer = registrar.post("/desk/book/", {"slot": tokens[-1], "key": "a" * 32})
    assert answer.status_code == 303
    assert "Кого записать" in registrar.get(answer.headers["Location"]).content.decode()
    assert len(re.findall(r'name="slot"', registrar.get(address).content.decode())) == 2


def test_a_chosen_day_is_shown_as_it_is(clinic: OwnClinic) -> None:
    page = signed_in(Role.REGISTRAR).get(wished(clinic, location=clinic.north), {"day": TODAY.isoformat()})
    assert "в&nbsp;этот день нет" in page.content.decode()
    assert 'name="slot"' not in page.content.decode()


def test_no_day_for_all_visits_is_told(clinic: OwnClinic) -> None:
    page = signed_in(Role.REGISTRAR).get(wished(clinic, location=clinic.ural)).content.decode()
    assert "Дня, в&nbsp;который есть время на&nbsp;все визиты" in page


def test_times_that_nobody_knows_are_not_told_as_none(clinic: OwnClinic, set_clock: SetClock) -> None:
    address = wished(clinic, location=clinic.north)
    set_clock(NOW.replace(day=NOW.day + 4))
    page = signed_in(Role.REGISTRAR).get(address).content.decode()
    assert "времена давно не&nbsp;пересчитывались" in page
    assert "в&nbsp;этот день нет" not in page
    assert "Дня, в&nbsp;который" not in page


def test_a_doctor_with_times_is_shown_whatever_their_place_in_the_alphabet(clinic: OwnClinic) -> None:
    """Of a service four doctors are shown: the day is sought of all, and who has times comes first."""
    for family in ("Абвгова", "Бвгдова", "Вгдежова", "Гдежова"):
        other = doctor(family)
        directory.add_workplace(other, location=clinic.north, specialty="Офтальмология", author=STAFF)
        directory.give_service(other, service=clinic.visit, minutes=None, author=STAFF)
    services.rebuild_offers()
    page = signed_in(Role.REGISTRAR).get(wished(clinic, location=clinic.north)).content.decode()
    assert f'value="{THURSDAY.isoformat()}"' in page
    assert len(re.findall(r'name="slot"', page)) == 3
    assert page.count("в&nbsp;этот день нет") == 3


def test_what_was_wished_goes_a_month_after_the_call_has_ended(
    clinic: OwnClinic, set_clock: SetClock
) -> None:
    kept = UUID(wished(clinic, location=clinic.north).rstrip("/").rpartition("/")[2])
    waits = UUID(wished(clinic, location=clinic.ural, slug="glaza-2").rstrip("/").rpartition("/")[2])
    services.finish_call(kept, outcome=CallOutcome.BOOKED, staff=somebody(Role.REGISTRAR))

    def left() -> dict[UUID, bool]:
        tending.forget()
        with as_service("test"):
            rows = CallRequest.objects.values_list("pk", "programme", "topic")
            return {pk: bool(bytes(programme) and bytes(topic)) for pk, programme, topic in rows}

    set_clock(NOW + timedelta(days=30))
    assert left() == {kept: True, waits: True}
    set_clock(NOW + timedelta(days=30, minutes=1))
    assert left() == {kept: False, waits: True}


def test_who_may_not_book_reads_the_services_alone(clinic: OwnClinic) -> None:
    page = signed_in(Role.CALL_CENTRE).get(wished(clinic, location=clinic.north)).content.decode()
    assert SERVICE in page
    assert 'name="slot"' not in page
