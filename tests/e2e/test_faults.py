"""A MIS that loses answers, is late, lies or is gone: one booking or none, the same here, never silence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.patients import Patient, Reply, Times, Visit
from support.product import BOOKING, Demo, wait_for

pytestmark = pytest.mark.slow

ANSWER_WITHIN = timedelta(seconds=BOOKING["answer_within_seconds"])
LATE = timedelta(seconds=15)
"""How much later than promised a person may be asked: talks go on each ten seconds."""
SETTLED_SECONDS = 75
BOOKED, REFUSED, TAKEN, PROMISED = "booked", "mis_rejected", "taken_in_mis", "promised"
EITHER = "booked or promised"
"""A second reserve is made if it overtakes the first, late one; else that one stands in its way."""
STRIKES = 5
AT_CONFIRM: dict[str, tuple[dict[str, Any], str]] = {
    "book: says that nothing was written": ({"name": "text_500", "operation": "book"}, REFUSED),
    "book: a registrar is earlier": ({"name": "clerk_race"}, TAKEN),
    "reserve: says that nothing was written": ({"name": "text_500", "operation": "reserve"}, REFUSED),
    "reserve: a registrar is earlier": ({"name": "clerk_race", "operation": "reserve"}, TAKEN),
    "reserve: commits and cuts the connection": (
        {"name": "commit_then_drop", "operation": "reserve"},
        PROMISED,
    ),
    "reserve: answers after we gave up": ({"name": "slow", "operation": "reserve", "delay": 2.5}, EITHER),
    "reserve: HTTP 500": ({"name": "http_500", "operation": "reserve"}, BOOKED),
    "book: commits and cuts the connection": ({"name": "commit_then_drop"}, BOOKED),
    "book: commits and answers rubbish": ({"name": "garbage", "operation": "book"}, BOOKED),
    "book: commits after we gave up": ({"name": "commit_late", "delay": 2.5}, BOOKED),
    "book: answers after we gave up": ({"name": "slow", "operation": "book", "delay": 2.5}, BOOKED),
    "book: HTTP 500": ({"name": "http_500", "operation": "book"}, BOOKED),
    "book: an empty answer": ({"name": "empty_ok", "operation": "book"}, BOOKED),
}
AT_CANCEL: dict[str, dict[str, Any]] = {
    "commits and cuts the connection": {"name": "commit_then_drop", "operation": "cancel"},
    "HTTP 500": {"name": "http_500", "operation": "cancel"},
    "answers after we gave up": {"name": "slow", "operation": "cancel", "delay": 2.5},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit asked for at this instant, with a fault on its way."""

    visit: Visit
    at: datetime


@pytest.fixture(scope="module")
def confirmed(product: Demo, times: Times) -> dict[str, Asked]:
    """Each fault of AT_CONFIRM has met one confirmation; what becomes of them is for the tests to see."""
    return {name: asked_under(name, product, times) for name in AT_CONFIRM}


def asked_under(name: str, product: Demo, times: Times) -> Asked:
    """Confirm a visit that the fault meets; one that meets another visit's second try doesn't count."""
    fault, expected = AT_CONFIRM[name]
    for _ in range(STRIKES):
        slot, patient = times.next(), Patient(product.site)
        held = patient.hold(slot)
        assert held.status == 201, held
        product.fault(**fault, times=1)
        reply = patient.confirm(held.body["id"])
        asked = Asked(Visit(patient, slot, held.body["id"], reply), datetime.now(UTC))
        wait_for(lambda: product.faults() == [], what=f"a call that meets: {name}")
        if reply.status == (409 if expected in {REFUSED, TAKEN} else 202):
            return asked
    raise AssertionError(f"{name}: {reply}")


@pytest.fixture(scope="module")
def cancelled(product: Demo, times: Times, confirmed: dict[str, Asked]) -> dict[str, Visit]:
    """Each fault of AT_CANCEL has met the cancelling of one booked visit."""
    visits = {}
    for name, fault in AT_CANCEL.items():
        visit = visits[name] = Patient(product.site).take(times.next())
        assert visit.reply.status == 201, visit.reply
        product.fault(**fault, times=1)
        assert visit.cancel().body["state"] in {"cancelling", "cancelled"}
    return visits


def state_of(product: Demo, visit: Visit) -> str:
    """Return the outcome here in the words of AT_CONFIRM, the state while there is none."""
    asked = product.ask("SELECT needs_person_at FROM scheduling_exchange WHERE appointment = %s", visit.id)
    if asked is not None:
        return PROMISED
    row = product.ask("SELECT ARRAY[state, reason] FROM scheduling_appointment WHERE id = %s", visit.id)
    return str(row[1] if row[0] == "rejected" else row[0])


@pytest.mark.parametrize("name", AT_CANCEL)
def test_a_visit_is_cancelled_here_and_in_the_mis_whatever_becomes_of_the_answer(
    cancelled: dict[str, Visit], times: Times, name: str
) -> None:
    visit = cancelled[name]
    visit.wait_until("cancelled")
    assert times.in_mis(visit.slot) == []
    wait_for(lambda: times.offers(visit.slot), what="the time offered again")


@pytest.mark.parametrize("name", AT_CONFIRM)
def test_a_fault_at_confirm_ends_with_one_booking_or_none_and_the_same_here(
    product: Demo, confirmed: dict[str, Asked], times: Times, name: str
) -> None:
    visit, expected = confirmed[name].visit, AT_CONFIRM[name][1]
    wait_for(
        lambda: state_of(product, visit) not in {"booking", "unknown"},
        what=f"the outcome of {name}",
        seconds=SETTLED_SECONDS,
    )
    ended = state_of(product, visit)
    assert ended in expected
    sources = [item["source"] for item in times.in_mis(visit.slot)]
    assert sources == {BOOKED: ["site"], TAKEN: ["clerk"]}.get(ended, [])
    if expected in {REFUSED, TAKEN}:
        wait_for(lambda: not times.in_mis(visit.slot, status="reserved"), what="its reserve to be given back")


@pytest.mark.parametrize("name", AT_CONFIRM)
def test_the_patient_has_an_answer_at_once_or_a_promised_hour(
    product: Demo, confirmed: dict[str, Asked], name: str
) -> None:
    asked, expected = confirmed[name], AT_CONFIRM[name][1]
    reply = asked.visit.reply
    if expected in {REFUSED, TAKEN}:
        assert (reply.status, reply.code) == (409, expected)
        return
    assert (reply.status, reply.body["state"]) == (202, "confirming")
    promised = datetime.fromisoformat(reply.body["answer_by"])
    assert promised <= asked.at + ANSWER_WITHIN
    wait_for(lambda: state_of(product, asked.visit) in expected, what="the answer", seconds=SETTLED_SECONDS)
    changed = product.ask(
        "SELECT coalesce(needs_person_at, ended_at) FROM scheduling_exchange WHERE appointment = %s",
        asked.visit.id,
    )
    assert changed <= promised + LATE
    card = asked.visit.see()
    if state_of(product, asked.visit) == BOOKED:
        assert (card["state"], card["answer_by"]) == ("booked", None)
    else:
        assert card["state"] in {"confirming", "rejected"}
        assert call_by(product, asked.visit) > datetime.now(UTC)


def call_by(product: Demo, visit: Visit) -> datetime:
    """Return the hour by which the patient of this visit is called."""
    promised = product.ask(
        "SELECT call_by FROM scheduling_call_request WHERE channel = 'system' AND practitioner = %s",
        visit.slot["practitioner"],
    )
    assert isinstance(promised, datetime)
    return promised


@contextmanager
def frozen_mis(product: Demo) -> Iterator[None]:
    """Stop the MIS as a hung server does: connections open, answers don't come."""
    mis = product.part("mis")
    mis.suspend()
    try:
        yield
    finally:
        mis.resume()


@dataclass(frozen=True, slots=True)
class Silence:
    """What a patient saw while the MIS was silent for longer than a schedule may be believed."""

    slot: dict[str, Any]
    hold: Reply
    times: Reply
    page: httpx.Response
    call: Reply
    visit: Visit


@pytest.fixture(scope="module")
def silence(product: Demo, times: Times, cancelled: dict[str, Visit]) -> Silence:
    early, late, patient = times.next(), times.next(), Patient(product.site)
    call = {"name": "Вера", "phone": patient.phone, "consents": ["booking"], "channel": "api"}
    with frozen_mis(product):
        visit = patient.take(early)
        product.ask("UPDATE scheduling_sync_status SET as_of = as_of - interval '11 min' RETURNING 1")
        return Silence(
            slot=late,
            hold=patient.hold(late),
            times=patient.send("GET", f"/slots?practitioner={late['practitioner']}"),
            page=httpx.get(f"{product.site}/doctors/{late['practitioner']}/", trust_env=False, timeout=30),
            call=patient.send("POST", "/call-requests", call),
            visit=visit,
        )


def test_a_schedule_that_is_too_old_is_not_offered(silence: Silence) -> None:
    assert (silence.hold.status, silence.hold.code) == (503, "schedule_stale")
    assert (silence.times.body["is_fresh"], silence.times.body["days"]) == (False, [])


def test_a_site_without_a_schedule_offers_a_call(silence: Silence) -> None:
    assert silence.page.status_code == 200
    assert "Оставьте телефон: позвоним и&nbsp;запишем." in silence.page.text
    assert 'class="chip' not in silence.page.text
    assert silence.call.status == 201
    assert datetime.fromisoformat(silence.call.body["call_by"]) > datetime.now(UTC)


def test_a_visit_confirmed_to_a_silent_mis_ends_as_one_booking_or_a_promised_call(
    product: Demo, times: Times, silence: Silence
) -> None:
    visit = silence.visit
    assert (visit.reply.status, visit.reply.body["state"]) == (202, "confirming")
    wait_for(lambda: state_of(product, visit) in {BOOKED, PROMISED}, what="an end", seconds=SETTLED_SECONDS)
    is_booked = state_of(product, visit) == BOOKED
    assert len(times.in_mis(visit.slot)) == int(is_booked)
    assert is_booked or call_by(product, visit) > datetime.now(UTC)


def test_times_are_offered_again_once_the_mis_answers(product: Demo, times: Times, silence: Silence) -> None:
    wait_for(lambda: times.offers(silence.slot), what="times after the MIS came back", seconds=90)
    assert Patient(product.site).hold(silence.slot).status == 201
