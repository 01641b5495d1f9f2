"""The waiting list through the API: a phone waits, by its secret it asks, declines and withdraws."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse

from channels.api.factory import HOLD, KEY, PATIENT, TOKEN, WAIT, ZONE, Call
from domain.scheduling.exchange.conftest import build
from domain.scheduling.exchange.test_moving import booked
from domain.scheduling.exchange.test_specialty_wishes import EYES
from domain.scheduling.exchange.test_waiting import eye, freed, hour, look, world
from domain.scheduling.exchange.world import World
from feldsher.domain.directory.types import VisitOrder
from feldsher.domain.scheduling.errors import NoWaitingListError, TooManyWishesError, WishNotFoundError
from feldsher.domain.scheduling.models import Appointment, Wish
from feldsher.domain.scheduling.types import Answers, OfferedTime, WaitingFor, Window, WishInput
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

__all__ = ["booked", "build", "world"]
WISH, OFFER = UUID(int=71), UUID(int=72)
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ASK = Call("POST", "/waiting", WAIT)
SHOW = Call("GET", f"/wishes/{WISH}", None, BEARER)
DECLINE = Call("POST", f"/wishes/{WISH}/decline", {"offer": str(OFFER)}, BEARER)
STOP = Call("DELETE", f"/wishes/{WISH}", None, BEARER)
WEEK = Window(date(2026, 11, 25), date(2026, 12, 2), time.min, time.max)


@pytest.fixture(autouse=True)
def _tuesday(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "world" not in request.fixturenames:
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 8, tzinfo=UTC))


def body_of(response: HttpResponse, status: int) -> Any:
    assert response.status_code == status, response.content
    assert response.headers["Cache-Control"] == "no-store"
    return json.loads(response.content)


def refusals_without_secret(call: Call) -> list[str]:
    """Return what the call is told without a secret (401), and with a wrong one (404)."""
    shown: tuple[tuple[dict[str, str], int], ...] = (({}, 401), ({"Authorization": "Bearer x y"}, 404))
    return [body_of(replace(call, headers=headers).send(), status)["code"] for headers, status in shown]


def next_after_decline(world: World, path: str, offer: str, mine: dict[str, str]) -> Any:
    """Decline the time at twelve, and return the one at three, which is offered next."""
    decline = Call("POST", f"{path}/decline", {"offer": offer}, mine)
    assert body_of(decline.send(), 200)["offer"] is None
    look(world)
    following = body_of(Call("GET", path, None, mine).send(), 200)["offer"]
    assert following["start"] == "2026-11-27T15:00:00+03:00"
    again = body_of(decline.send(), 200)["offer"]
    assert again == following, "the same call made again declines nothing else"
    return following


def waiting(**changes: Any) -> WaitingFor:
    values: dict[str, Any] = {
        "id": WISH,
        "practitioner_id": None,
        "specialty": EYES,
        "location_ids": (),
        "window": WEEK,
        "position": 3,
        "offer": None,
    }
    return WaitingFor(**values | changes)


TOLD = {
    "id": str(WISH),
    "state": "waiting",
    "reason": None,
    "position": 3,
    "practitioner": None,
    "specialty": EYES,
    "locations": [],
    "first_day": "2026-11-25",
    "last_day": "2026-12-02",
    "opens": None,
    "closes": None,
    "offer": None,
}


def test_a_phone_waits_and_gets_its_place_and_its_secret(answers: Any) -> None:
    wished = answers("services", "wish_for_time", (WISH, TOKEN))
    answers("selectors", "waiting_for", waiting())
    link = f"http://testserver/wait/{WISH}/{TOKEN}/"
    assert body_of(ASK.send(), 201) == {**TOLD, "token": TOKEN, "manage_url": link}
    assert wished.call_args.args == (WishInput(phone="+7 921 000-00-00", window=WEEK, specialty=EYES),)
    whole = {
        **WAIT,
        "specialty": None,
        "practitioner": str(HOLD),
        "locations": [str(OFFER), str(OFFER)],
        "service": str(WISH),
        "opens": "17:00",
        "closes": "19:30",
        "age": 40,
        "visit": "first",
    }
    body_of(Call("POST", "/waiting", whole).send(), 201)
    assert wished.call_args.args == (
        WishInput(
            phone="+7 921 000-00-00",
            window=Window(WEEK.first_day, WEEK.last_day, time(17), time(19, 30)),
            practitioner_id=HOLD,
            location_ids=(OFFER,),
            service_id=WISH,
            answers=Answers(age=40, visit=VisitOrder.FIRST),
        ),
    )


@pytest.mark.parametrize(
    ("changes", "status", "code", "fields"),
    [
        ({"consents": []}, 422, "consent_required", set()),
        ({"specialty": None}, 422, "invalid_input", {"practitioner"}),
        ({"practitioner": str(HOLD)}, 422, "invalid_input", {"practitioner"}),
        ({"opens": "25:00"}, 422, "invalid_input", {"opens"}),
        ({"opens": 9}, 422, "invalid_input", {"opens"}),
        ({"first_day": 20261125}, 422, "invalid_input", {"first_day"}),
        ({"locations": [str(HOLD)] * 51}, 422, "invalid_input", {"locations"}),
        ({"channel": "fax"}, 422, "invalid_input", {"channel"}),
    ],
)
def test_what_can_not_be_wished_is_told_by_its_field(
    answers: Any, changes: dict[str, Any], status: int, code: str, fields: set[str]
) -> None:
    wished = answers("services", "wish_for_time", (WISH, TOKEN))
    told = body_of(Call("POST", "/waiting", {**WAIT, **changes}).send(), status)
    assert (told["code"], set(told.get("errors") or {})) == (code, fields)
    wished.assert_not_called()


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (NoWaitingListError(), 409, "no_waiting_list"),
        (TooManyWishesError(), 429, "too_many_wishes"),
        (NotFoundError(), 404, "not_found"),
        (InvalidInputError("x", fields={"last_day": "a", "hours": "b"}), 422, "invalid_input"),
    ],
)
def test_what_the_service_refuses_is_a_problem(
    answers: Any, refusal: Exception, status: int, code: str
) -> None:
    answers("services", "wish_for_time", refusal)
    told = body_of(ASK.send(), status)
    assert told["code"] == code
    assert set(told.get("errors") or {}) == ({"last_day", "closes"} if status == 422 else set())


def test_an_offer_is_shown_with_its_hold_in_the_time_of_its_branch(answers: Any) -> None:
    until = datetime(2026, 11, 24, 10, tzinfo=UTC)
    offer = OfferedTime(id=OFFER, hold_id=HOLD, key=KEY, zone=ZONE, until=until)
    asked = answers("selectors", "waiting_for", waiting(position=1, offer=offer))
    assert body_of(SHOW.send(), 200)["offer"] == {
        "id": str(OFFER),
        "hold": str(HOLD),
        "until": "2026-11-24T15:00:00+05:00",
        "start": "2026-11-25T09:30:00+05:00",
        "zone": ZONE,
        "practitioner": str(KEY.practitioner_id),
        "service": str(KEY.service_id),
        "location": str(KEY.location_id),
        "mode": "in_person",
    }
    asked.assert_called_once_with(WISH, token=TOKEN)
    for reason, state in (("", "booking"), ("met", "ended")):
        asked.return_value = waiting(position=None, reason=reason)
        told = body_of(SHOW.send(), 200)
        assert (told["state"], told["reason"]) == (state, reason or None)


def test_declining_and_withdrawing_answer_what_is_left(answers: Any) -> None:
    answers("selectors", "waiting_for", waiting())
    declined = answers("services", "decline_wished", None)
    withdrawn = answers("services", "withdraw_wish", None)
    assert body_of(DECLINE.send(), 200) == TOLD
    assert (declined.call_args.args, declined.call_args.kwargs["offer_id"]) == ((WISH,), OFFER)
    assert declined.call_args.kwargs["idempotency"] is not None
    assert body_of(STOP.send(), 200) == TOLD
    withdrawn.assert_called_once_with(WISH, token=TOKEN)


@pytest.mark.parametrize("call", [SHOW, DECLINE, STOP], ids=["show", "decline", "stop"])
def test_without_the_secret_nothing_is_shown_or_done(call: Call, answers: Any) -> None:
    doubles = [answers("services", name, None) for name in ("decline_wished", "withdraw_wish")]
    assert refusals_without_secret(call) == ["token_required", "wish_not_found"]
    for double in doubles:
        double.assert_not_called()
    answers("selectors", "waiting_for", WishNotFoundError())
    assert body_of(SHOW.send(), 404)["code"] == "wish_not_found"


@pytest.mark.django_db
def test_from_the_wish_to_the_visit_by_the_hold_of_its_offer(world: World) -> None:
    freed()
    asked = {**WAIT, "phone": PATIENT["phone"]}
    made = body_of(Call("POST", "/waiting", asked).send(), 201)
    assert body_of(Call("POST", "/waiting", asked).send(), 201)["id"] == made["id"]
    mine = {"Authorization": f"Bearer {made['token']}"}
    path = f"/wishes/{made['id']}"
    freed(hour(12), hour(15))
    look(world)
    offer = body_of(Call("GET", path, None, mine).send(), 200)["offer"]
    assert (offer["practitioner"], offer["start"]) == (str(eye()), "2026-11-27T12:00:00+03:00")
    offer = next_after_decline(world, path, offer["id"], mine)
    other = Call("POST", f"{path}/decline", {"offer": offer["id"]}, mine)
    assert body_of(other.send(), 422)["code"] == "idempotency_key_reused"
    confirmed = {"patient": PATIENT, "consents": ["booking"]}
    assert body_of(Call("POST", f"/holds/{offer['hold']}/confirmation", confirmed).send(), 202)
    look(world)
    assert body_of(Call("GET", path, None, mine).send(), 200)["state"] == "booking"
    assert Appointment.objects.get(pk=offer["hold"]).state == "booking"
    assert body_of(Call("DELETE", path, None, mine).send(), 200)["state"] == "booking"
    assert Wish.objects.get(pk=made["id"]).state == "taking"
