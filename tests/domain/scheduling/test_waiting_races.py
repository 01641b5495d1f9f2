"""Offers among callers at once: an offered time is one person's, and between two who wait no third gets in.

The controls take the guard away, or pass a time on a commit later, and show the harm.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from uuid import UUID

import psycopg
import pytest
from pytest_django import Settings

from conftest import SetClock
from domain.directory.factory import MIS
from domain.scheduling.clinic import Ids, key_at, open_clinic
from domain.scheduling.factory import DAY, NOW, appointment, at, day_rows, heard, lay, minutes, stretch
from domain.scheduling.interleaving import at_once, beside, closed_gate, wait_for_waiters
from domain.scheduling.test_negative_controls import (
    _GATED_INSERT,
    _NO_CONSTRAINT,
    _NO_LOCK,
    race,
    unguarded,
)
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose, TypedPerson
from feldsher.domain.scheduling import services, sql_calls, waiting
from feldsher.domain.scheduling.models import Appointment, Exchange, WaitingOffer, Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import State, Window, WishInput
from feldsher.domain.scheduling.waiting import settling
from feldsher.foundation.access.context import as_service
from feldsher.foundation.messaging.models import Message
from support.database import OPEN

__all__ = ["unguarded"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FREED = at(9)
_NO_INDEX = "DROP INDEX scheduling_waiting_offer_of_phone"


@pytest.fixture(autouse=True)
def _told_by_sms(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))


@pytest.fixture
def one_time(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    return one_time_is_free()


def one_time_is_free() -> Ids:
    """Return a clinic whose doctor has one half hour left."""
    ids = open_clinic()
    lay(day_rows([stretch(FREED, FREED + minutes(30))], practitioner=ids.eye, location=ids.north), mis=MIS)
    heard(MIS)
    body = "Согласие {operator}."
    patients.publish_consent_text(Purpose.BOOKING, version="test", body=body, valid_from=NOW - minutes(60))
    return ids


def waits(ids: Ids, number: int) -> UUID:
    """Let a patient who is booked in the afternoon wait for an earlier time, in the order of numbers."""
    typed = TypedPerson(family="Ждущий", given="Проба" + "абв"[number], phone=f"+7 900 000-06-{number:02}")
    with as_service("booking"):
        patient = patients.ensure_patient(patients.read_person(typed), channel="site")
    start = at(12 + number)
    visit = appointment(
        start,
        start + minutes(30),
        practitioner=ids.eye,
        location=ids.north,
        service=ids.first_visit,
        patient=patient,
    )
    services.wait_for_sooner(visit, token=appointment_token(visit))
    Wish.objects.filter(chain=visit).update(created_at=NOW + minutes(number))
    return visit


def wishes(ids: Ids, number: int, *, phone: int | None = None, day: date | None = None) -> UUID:
    """Let a phone wait for any doctor of the specialty, in the order of numbers."""
    first, last = day or DAY, day or DAY + timedelta(days=7)
    wanted = WishInput(
        phone=f"+7 900 000-06-{number if phone is None else phone:02}",
        window=Window(first, last, time.min, time.max),
        specialty="oftalmologiya",
        location_ids=(ids.north,),
    )
    wish, _ = services.wish_for_time(wanted)
    Wish.objects.filter(pk=wish).update(created_at=NOW + minutes(number))
    return wish


def outsider(ids: Ids) -> str:
    """Try to take the time on the site; returns what hold_slot says."""
    return sql_calls.hold_slot(key_at(ids, FREED), channel="site").code


def offer_once() -> str:
    return f"{waiting.offer_times()} offered"


def holds() -> list[Appointment]:
    return list(Appointment.objects.filter(state=State.HELD))


def open_offers() -> list[UUID]:
    return [row.hold for row in WaitingOffer.objects.filter(state="open")]


def test_of_outsiders_and_passes_at_once_one_has_the_time(one_time: Ids) -> None:
    for number in range(3):
        waits(one_time, number)
    answers = Counter(at_once([partial(outsider, one_time), offer_once] * 6))
    (held,) = holds()
    is_offered = held.channel == "waiting"
    assert answers["held"] + answers["1 offered"] == 1
    assert open_offers() == ([held.pk] if is_offered else [])
    assert Message.objects.filter(kind="waiting_offer").count() == is_offered


def test_passes_at_once_offer_one_time_once_and_one_wish_one_time(set_clock: SetClock) -> None:
    set_clock(NOW)
    ids = one_time_is_free()
    lay(day_rows([stretch(at(6), at(8))], practitioner=ids.eye, location=ids.south), mis=MIS)
    for number in range(3):
        waits(ids, number)
    at_once([offer_once] * 6)
    assert len(holds()) == len(open_offers()) == 1


def decline(visit: UUID) -> str:
    (mine,) = WaitingOffer.objects.filter(state="open")
    services.decline_time(visit, offer_id=mine.pk, token=appointment_token(visit))
    return "declined"


@pytest.mark.parametrize("next_one", [waits, wishes], ids=["a visit", "any doctor"])
def test_while_a_time_passes_on_an_outsider_who_comes_at_that_moment_finds_it_taken(
    one_time: Ids, database_urls: tuple[str, str], next_one: Callable[[Ids, int], UUID]
) -> None:
    first, second = waits(one_time, 0), next_one(one_time, 1)
    waiting.offer_times()
    with psycopg.connect(database_urls[1], autocommit=True) as owner:
        owner.execute(_GATED_INSERT)
        try:
            with beside() as start:
                with closed_gate(owner):
                    declining = start(partial(decline, first))
                    wait_for_waiters(owner, 1)
                    trying = start(partial(outsider, one_time))
                    wait_for_waiters(owner, 2)
                assert (declining.result(), trying.result()) == ("declined", "taken")
        finally:
            owner.execute("DROP TRIGGER gate ON scheduling_appointment; DROP FUNCTION wait_at_the_gate()")
    (held,) = holds()
    assert (held.channel, open_offers()) == ("waiting", [held.pk])
    assert WaitingOffer.objects.filter(state="declined").count() == 1
    wish = Wish.objects.get(pk=WaitingOffer.objects.get(state="open").wish)
    assert second in {wish.pk, wish.chain}


@pytest.mark.parametrize("next_one", [waits, wishes], ids=["a visit", "any doctor"])
def test_control_a_time_that_passes_on_a_commit_later_is_an_outsiders(
    one_time: Ids, monkeypatch: pytest.MonkeyPatch, next_one: Callable[[Ids, int], UUID]
) -> None:
    first, _ = waits(one_time, 0), next_one(one_time, 1)
    waiting.offer_times()
    monkeypatch.setattr(settling, "pass_on", lambda *_, **__: False)
    decline(first)
    assert outsider(one_time) == "held"
    assert waiting.offer_times() == 0


@pytest.mark.parametrize(
    ("off", "both"),
    [((), 1), ((_NO_LOCK,), 1), ((_NO_CONSTRAINT,), 1), ((_NO_LOCK, _NO_CONSTRAINT), 2)],
    ids=["none", "lock", "constraint", "lock and constraint"],
)
def test_control_only_without_lock_and_constraint_an_outsider_books_an_offered_time(
    unguarded: psycopg.Connection, off: tuple[str, ...], both: int
) -> None:
    ids = one_time_is_free()
    waits(ids, 0)
    for guard in off:
        unguarded.execute(guard)  # type: ignore[arg-type] - a constant
    calls: tuple[Callable[[], str], ...] = (offer_once, partial(outsider, ids))
    answers = race(unguarded, *calls)
    assert answers["1 offered"] + answers["held"] == both == len(holds())


@pytest.mark.parametrize(("off", "both"), [((), 1), ((_NO_INDEX,), 2)], ids=["none", "its index"])
def test_control_only_without_its_index_a_phone_gets_two_offers_at_once(
    unguarded: psycopg.Connection, off: tuple[str, ...], both: int
) -> None:
    ids = one_time_is_free()
    tomorrow = FREED + timedelta(days=1)
    lay(
        day_rows([stretch(tomorrow, tomorrow + minutes(30))], practitioner=ids.eye, location=ids.north),
        mis=MIS,
    )
    for number, day in enumerate((DAY, DAY + timedelta(days=1))):
        wishes(ids, number, phone=7, day=day)
    for guard in off:
        unguarded.execute(guard)  # type: ignore[arg-type] - a constant
    race(unguarded, offer_once, offer_once)
    assert len(open_offers()) == len(holds()) == both
    assert Message.objects.filter(kind="waiting_offer").count() == both


def test_a_tap_on_sooner_while_the_offered_time_is_taken_is_no_deadlock(
    one_time: Ids, database_urls: tuple[str, str]
) -> None:
    """Both lock the patient first: the tap waits, and finds the time being booked."""
    visit = waits(one_time, 0)
    with as_service("booking"):
        Exchange.objects.create(appointment=visit, mis=MIS, wall_start="2026-11-25T15:00", stage="done")
    waiting.offer_times()
    (mine,) = WaitingOffer.objects.filter(state="open")
    token = appointment_token(visit)
    owner = psycopg.connect(database_urls[1], options=OPEN)
    with owner, psycopg.connect(database_urls[1], autocommit=True) as sees, beside() as start:
        owner.execute("SELECT 1 FROM scheduling_wish FOR UPDATE")
        accepting = start(lambda: services.accept_time(visit, offer_id=mine.pk, token=token))
        wait_for_waiters(sees, 1)
        tapping = start(lambda: services.wait_for_sooner(visit, token=token))
        wait_for_waiters(sees, 2)
        owner.commit()
        assert accepting.result(30).appointment_id == mine.hold
        tapping.result(30)
    assert Wish.objects.get().state == "taking"
