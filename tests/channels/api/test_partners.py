"""A partner's key opens its scopes and no others; who shows none keeps what is open to everybody."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from channels.api.factory import CALL, CONFIRMATION, HOLD, WAIT, Call, held
from channels.api.test_reference import OPERATIONS
from feldsher.channels.api import urls
from feldsher.channels.api.openapi import openapi
from feldsher.channels.api.partners import SCOPES
from feldsher.domain.scheduling.types import OpenTimes
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.types import ApiScope
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
WRONG = "fk_00000000_" + "x" * 43
CALLS = {
    ApiScope.DIRECTORY_READ: Call("GET", "/specialties"),
    ApiScope.SLOTS_READ: Call("GET", "/slots?specialty=terapevt"),
    ApiScope.BOOKINGS_WRITE: Call("POST", "/holds", {"slot": "token", "channel": "api"}),
}


@pytest.fixture(autouse=True)
def hold(answers: Any) -> Iterator[Any]:
    """The double of the service that takes a time."""
    answers("directory", "specialties", ())
    yield answers("services", "hold", held())
    api_keys.forget_keys()


def sent(call: Call, key: str) -> tuple[int, str, Any]:
    response = Call(
        call.method, call.path, call.body, {**call.headers, "Authorization": f"Bearer {key}"}
    ).send()
    body = json.loads(response.content)
    return response.status_code, body.get("code", ""), response


def key(*scopes: ApiScope, channels: tuple[str, ...] = ()) -> str:
    return api_keys.issue_key("Агрегатор", scopes=scopes, channels=channels)[1]


@pytest.mark.parametrize("scope", list(ApiScope))
def test_a_key_opens_its_scope_and_no_other(scope: ApiScope, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = OpenTimes(None, is_fresh=True, days=(), etag="e")
    monkeypatch.setattr("feldsher.channels.api.find.scheduling.open_times", lambda *_, **__: nothing)
    mine = key(scope)
    for other, call in CALLS.items():
        status, code, _ = sent(call, mine)
        if other is scope:
            assert status in {200, 201}
        else:
            assert (status, code) == (403, "scope_missing")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("wrong", [WRONG, "fk_", "fk_x", "fk_" + "я" * 20, "fk_" + "x" * 3000])
def test_a_wrong_key_is_refused_before_anything_is_done(call: Call, wrong: str, hold: Any) -> None:
    status, code, response = sent(call, wrong)
    assert (status, code) == (401, "api_key_invalid")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    hold.assert_not_called()


def test_an_ended_key_is_refused() -> None:
    mine = key(ApiScope.DIRECTORY_READ)
    assert sent(CALLS[ApiScope.DIRECTORY_READ], mine)[0] == 200
    api_keys.end_key(mine[3:11])
    assert sent(CALLS[ApiScope.DIRECTORY_READ], mine)[:2] == (401, "api_key_invalid")


def test_without_a_key_everything_public_stays_open() -> None:
    assert CALLS[ApiScope.DIRECTORY_READ].send().status_code == 200
    assert CALLS[ApiScope.BOOKINGS_WRITE].send().status_code == 201
    for header in ("Bearer some-token", "Basic eDp5", "bearer", ""):
        response = Call("GET", "/specialties", None, {"Authorization": header}).send()
        assert response.status_code == 200


def test_a_key_books_through_its_channels_only(hold: Any) -> None:
    mine = key(ApiScope.BOOKINGS_WRITE, channels=("widget",))
    assert sent(CALLS[ApiScope.BOOKINGS_WRITE], mine)[:2] == (403, "channel_not_allowed")
    assert sent(Call("POST", "/call-requests", CALL), mine)[:2] == (403, "channel_not_allowed")
    today = clock.now().date().isoformat()
    wait = Call("POST", "/waiting", {**WAIT, "first_day": today, "last_day": today})
    assert sent(wait, mine)[:2] == (403, "channel_not_allowed")
    hold.assert_not_called()
    assert sent(Call("POST", "/holds", {"slot": "token", "channel": "widget"}), mine)[0] == 201
    assert hold.call_args.kwargs["channel"] == "widget"


def test_a_key_is_no_substitute_for_the_secret_of_a_visit_or_a_wish() -> None:
    mine = key(*ApiScope)
    for method in ("GET", "DELETE"):
        status, code, _ = sent(Call(method, f"/appointments/{HOLD}"), mine)
        assert (status, code) == (404, "appointment_not_found")
        status, code, _ = sent(Call(method, f"/wishes/{HOLD}"), mine)
        assert (status, code) == (404, "wish_not_found")


def test_a_confirmation_needs_the_right_to_book(answers: Any) -> None:
    confirm = answers("services", "confirm", RuntimeError())
    call = Call("POST", f"/holds/{HOLD}/confirmation", CONFIRMATION)
    assert sent(call, key(ApiScope.SLOTS_READ))[:2] == (403, "scope_missing")
    confirm.assert_not_called()


def test_every_address_has_its_scope_or_says_that_it_takes_none() -> None:
    parts = {str(pattern.pattern).partition("/")[0] for pattern in urls._operations()}
    assert parts == set(SCOPES)


def test_the_document_tells_of_keys_where_they_are_taken() -> None:
    document = openapi()
    scheme = document["components"]["securitySchemes"]["PartnerKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for method, path in OPERATIONS:
        told = document["paths"][path][method.lower()]["security"]
        is_of_keys = SCOPES[path.split("/")[1]] is not None
        assert told == ([{}, {"PartnerKey": []}] if is_of_keys else [{"Bearer": []}]), (method, path)
