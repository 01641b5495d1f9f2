"""An earlier time of a visit through the API: by the visit's secret it waits, is taken and declined."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from channels.api.factory import HOLD, TOKEN, Call
from channels.api.test_waiting import body_of, next_after_decline, refusals_without_secret
from domain.scheduling.exchange.conftest import build
from domain.scheduling.exchange.test_moving import booked
from domain.scheduling.exchange.test_waiting import LATE, freed, hour, look, visit_at, world
from domain.scheduling.exchange.world import World
from feldsher.domain.scheduling.errors import NotWaitableError, OfferOverError
from feldsher.domain.scheduling.models import Appointment, Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import Waiting
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

__all__ = ["booked", "build", "world"]
PATH = f"/appointments/{HOLD}/sooner"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OFFER = {"offer": str(HOLD)}
CALLS = [
    Call("GET", PATH, None, BEARER),
    Call("POST", PATH, {}, BEARER),
    Call("DELETE", PATH, None, BEARER),
    Call("POST", f"{PATH}/accept", OFFER, BEARER),
    Call("POST", f"{PATH}/decline", OFFER, BEARER),
]
NOTHING = {
    "state": "not_waiting",
    "position": None,
    "window": None,
    "offer": None,
}


@pytest.fixture(autouse=True)
def _tuesday(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "world" not in request.fixturenames:
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 8, tzinfo=UTC))


@pytest.mark.parametrize("call", CALLS, ids=["show", "wait", "stop", "accept", "decline"])
def test_without_the_secret_nothing_is_shown_or_done(call: Call, answers: Any) -> None:
    names = ("wait_for_sooner", "stop_waiting", "accept_time", "decline_time")
    doubles = [answers("services", name, None) for name in names]
    assert refusals_without_secret(call) == ["token_required", "appointment_not_found"]
    for double in doubles:
        double.assert_not_called()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"first_day": "2026-11-25"}, {"window.last_day"}),
        ({"last_day": "2026-11-25", "opens": "17:00"}, {"window.first_day"}),
        ({"first_day": "x", "last_day": "2026-11-25"}, {"window.first_day"}),
    ],
)
def test_a_window_lacks_neither_day(answers: Any, body: dict[str, str], fields: set[str]) -> None:
    waited = answers("services", "wait_for_sooner", None)
    told = body_of(Call("POST", PATH, {"window": body}, BEARER).send(), 422)
    assert (told["code"], set(told["errors"])) == ("invalid_input", fields)
    waited.assert_not_called()


def test_what_the_service_refuses_is_a_problem(answers: Any) -> None:
    answers("selectors", "waiting", None)
    waited = answers("services", "wait_for_sooner", None)
    for refusal, status in ((NotWaitableError(), 409), (InvalidInputError("x", fields={"hours": "b"}), 422)):
        waited.side_effect = refusal
        told = body_of(Call("POST", PATH, {}, BEARER).send(), status)
        assert (told["code"], set(told.get("errors") or {})) == (
            refusal.code,
            {"window.closes"} if status == 422 else set(),
        )
    answers("services", "accept_time", OfferOverError())
    assert body_of(CALLS[3].send(), 409)["code"] == "offer_over"


def test_a_visit_that_can_not_wait_says_so(answers: Any) -> None:
    asked = answers("selectors", "waiting", None)
    assert body_of(CALLS[0].send(), 200) == {**NOTHING, "state": "unavailable"}
    asked.assert_called_once_with(HOLD, token=TOKEN)
    asked.return_value = Waiting()
    assert body_of(CALLS[0].send(), 200) == NOTHING


@pytest.mark.django_db
def test_from_the_wish_to_the_moved_visit_each_call_twice_is_once(world: World) -> None:
    freed()
    visit = visit_at(world, LATE, number=1)
    mine = {"Authorization": f"Bearer {appointment_token(visit)}"}
    path = f"/appointments/{visit}/sooner"
    days = {"first_day": "2026-11-26", "last_day": "2026-11-27", "opens": "11:00"}
    window = {"window": days}
    for _ in range(2):
        told = body_of(Call("POST", path, {}, mine).send(), 201)
        assert told == {**NOTHING, "state": "waiting", "position": 1}
    assert body_of(Call("POST", path, window, mine).send(), 422)["code"] == "idempotency_key_reused"
    another = {**mine, "Idempotency-Key": "key-2"}
    told = body_of(Call("POST", path, window, another).send(), 201)
    assert told == {**NOTHING, "state": "waiting", "position": 1, "window": {**days, "closes": None}}
    assert Wish.objects.count() == 1
    freed(hour(12), hour(15))
    look(world)
    offer = body_of(Call("GET", path, None, mine).send(), 200)["offer"]
    assert (offer["start"], "hold" in offer) == ("2026-11-27T12:00:00+03:00", False)
    offer = next_after_decline(world, path, offer["id"], mine)
    accept = Call("POST", f"{path}/accept", {"offer": offer["id"]}, mine)
    made = [body_of(accept.send(), 202) for _ in range(2)]
    assert made[0]["id"] == made[1]["id"] != str(visit)
    assert made[0]["token"] == appointment_token(UUID(made[0]["id"]))
    assert body_of(Call("GET", path, None, mine).send(), 200)["state"] == "unavailable"
    states = Appointment.objects.filter(chain=visit, active=True).order_by("starts_at")
    assert list(states.values_list("state", flat=True)) == ["booking", "booked"]
    assert body_of(Call("DELETE", path, None, mine).send(), 200)["state"] == "unavailable"
    assert Wish.objects.get().state == "taking"
