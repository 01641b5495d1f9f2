"""A registrar books over a taken time at the desk: told by how many it is taken, with a reason."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from channels.desk.test_directory import text
from channels.desk.test_schedule import address, booked, cells, clinic
from domain.directory.factory import MIS
from domain.roster.factory import STAFF, OwnClinic
from domain.scheduling.clinic_of_own import key, run_jobs
from domain.scheduling.exchange.world import VISIT_AT
from domain.scheduling.factory import doctor_day
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Appointment, Offer, Verdict
from feldsher.domain.scheduling.selectors.visits import key_of
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.foundation.access.roles import Role
from feldsher.kernel.intervals import Interval

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db(transaction=True)
OVER = "/desk/book/over/"


@pytest.fixture
def client(clinic: OwnClinic) -> Client:
    return signed_in(Role.REGISTRAR)


def question(client: Client, clinic: OwnClinic, at: str = "09:30") -> str:
    return text(client.get(OVER, {"slot": slot_token(key(clinic, at))}))


def form(page: str, **typed: str) -> dict[str, str]:
    hidden = dict(re.findall(r'name="(key|slot|told)" value="([^"]*)"', page))
    return hidden | {"why": "doctor_asked", "words": ""} | typed


def rows() -> list[tuple[int, str, str]]:
    found = Appointment.objects.filter(active=True).order_by("lane")
    return [(row.lane, row.state, row.over_why) for row in found]


def test_a_taken_time_is_told_by_how_many_and_booked_over_with_a_reason(
    client: Client, clinic: OwnClinic
) -> None:
    visit = booked(clinic)
    led = client.get(f"/desk/visits/{visit}/over/")
    assert led.status_code == 303
    page = text(client.get(led["Location"]))
    assert "Время занято: 1 запись" in page
    assert "09:30–10:00, записан" in page
    assert rows() == [(0, "booked", "")]
    answer = client.post(OVER, form(page, words="На пять минут"))
    assert answer.status_code == 303
    person = {"family": "Вымышленова", "given": "Проба", "phone": "+7 900 000-00-02", "consent": "yes"}
    assert client.post(answer["Location"], person).status_code == 303
    run_jobs()
    assert rows() == [(0, "booked", ""), (1, "booked", "doctor_asked")]
    grid = text(client.get(address(clinic)))
    assert (6, 12, "booked over") in cells(grid)
    assert "записан, поверх другой записи" in grid
    over = Appointment.objects.get(lane=1)
    card = text(client.get(f"/desk/schedule/visits/{over.pk}/"))
    assert "Попросил врач: На пять минут" in card
    day = text(client.get(f"/desk/day/?location={clinic.north}&date=2026-11-26"))
    assert "записан, поверх другой записи" in day


def test_no_reason_and_no_words_where_they_are_needed_hold_nothing(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    page = question(client, clinic)
    for typed, sentence in (
        ({"why": ""}, "Выберите причину"),
        ({"why": "because"}, "Выберите причину"),
        ({"why": "other"}, "Напишите, почему"),
    ):
        answer = client.post(OVER, form(page, **typed))
        assert sentence in text(answer, 422)
    assert rows() == [(0, "booked", "")]


def test_who_came_meanwhile_is_told_before_anything_happens(client: Client, clinic: OwnClinic) -> None:
    page = question(client, clinic)
    assert "Это время уже свободно" in page
    booked(clinic)
    stale = form(question(client, clinic)) | {"told": str(uuid4())}
    answer = client.post(OVER, stale)
    told = text(answer, 409)
    assert "занял ещё кто-то" in told
    assert rows() == [(0, "booked", "")]
    assert client.post(OVER, form(told)).status_code == 303
    assert [lane for lane, _, _ in rows()] == [0, 1]
    full = client.post(OVER, form(told) | {"told": _told(), "key": "0" * 32})
    assert "правило разрешает поверх не больше 1 записи" in text(full, 409)


def _told() -> str:
    return " ".join(str(pk) for pk in Appointment.objects.filter(active=True).values_list("pk", flat=True))


def test_a_held_time_of_a_patient_is_told_as_such(client: Client, clinic: OwnClinic) -> None:
    held = services.hold(slot_token(key(clinic, "09:30")), channel="site", device="phone")
    page = question(client, clinic)
    assert "держит пациент до 09:10" in page
    assert f"/desk/visits/{held.id}/over/" in text(client.get(address(clinic)))


def test_whoever_hears_that_a_time_is_taken_is_shown_the_way(client: Client, clinic: OwnClinic) -> None:
    booked(clinic)
    token = slot_token(key(clinic, "09:30"))
    answer = client.post("/desk/book/", {"slot": token, "key": "0" * 32})
    page = text(answer, 409)
    assert page.count(f"{OVER}?slot=") == 2
    assert "Занятое время" in page
    assert rows() == [(0, "booked", "")]


def test_a_rule_that_lets_nobody_over_is_said_and_nothing_is_done(client: Client, clinic: OwnClinic) -> None:
    visit = booked(clinic)
    page = form(question(client, clinic))
    services.change_rule(RuleValues(overbook=0), location=clinic.north, author=STAFF)
    for answer in (client.get(OVER, {"slot": page["slot"]}), client.post(OVER, page)):
        assert "так говорит правило" in text(answer, 409)
    card = text(client.get(f"/desk/schedule/visits/{visit}/"))
    assert "так говорит правило" in card
    assert f"/desk/visits/{visit}/over/" not in card
    assert (rows(), Verdict.objects.count()) == ([(0, "booked", "")], 0)


@pytest.mark.parametrize("is_default", [True, False], ids=["usual visit", "another visit"])
def test_where_a_mis_decides_each_way_says_so_and_nothing_is_done(busy: Busy, *, is_default: bool) -> None:
    """No MIS of ours says that it takes a visit over another, so that such a page would promise in vain."""
    client = signed_in(Role.REGISTRAR)
    visit = busy.accepted()
    row = Appointment.objects.get(pk=visit)
    doctor_day(
        Interval(VISIT_AT, VISIT_AT + timedelta(hours=6)),
        practitioner=row.practitioner,
        location=row.location,
        service=row.service,
        mis=MIS,
        zone="Europe/Moscow",
        is_default=is_default,
        overbook=0,
    )
    before = rows()
    card = text(client.get(f"/desk/schedule/visits/{visit}/"))
    assert "Поверх этой записи не записать: временем врача распоряжается МИС." in card
    assert f"/desk/visits/{visit}/over/" not in card
    led = client.get(f"/desk/visits/{visit}/over/")
    assert led.status_code == 303
    token = slot_token(key_of(row))
    asked = {"slot": token, "key": "0" * 32, "told": str(visit), "why": "doctor_asked", "words": ""}
    for answer in (client.get(led["Location"]), client.get(OVER, {"slot": token}), client.post(OVER, asked)):
        page = text(answer, 409)
        assert "временем врача распоряжается МИС. Запишите в ней самой или выберите свободное" in page
        assert "not_overbookable" in page
    assert (rows(), Verdict.objects.count()) == (before, 0)


def test_where_nothing_is_offered_who_keeps_the_schedule_is_named(busy: Busy) -> None:
    client = signed_in(Role.REGISTRAR)
    visit = busy.accepted()
    Offer.objects.all().delete()
    card = text(client.get(f"/desk/schedule/visits/{visit}/"))
    assert "Поверх этой записи не записать: временем врача распоряжается МИС." in card


@pytest.mark.parametrize("role", [Role.CALL_CENTRE, Role.CHIEF_PHYSICIAN, Role.SYSTEM_ADMIN])
def test_nobody_else_gets_there(clinic: OwnClinic, role: Role) -> None:
    visit: UUID = booked(clinic)
    client = signed_in(role, login="boris")
    assert client.get(OVER, {"slot": slot_token(key(clinic, "09:30"))}).status_code == 403
    assert client.get(f"/desk/visits/{visit}/over/").status_code == 403
    assert rows() == [(0, "booked", "")]
