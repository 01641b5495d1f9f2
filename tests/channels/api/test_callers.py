"""Keys and devices: what makes two calls the same call, and what is kept of them."""

import json
from hashlib import sha256
from typing import Any

from channels.api.factory import CONFIRMATION, HOLD, Call, held
from feldsher.domain.scheduling.types import Idempotency


def _taken(answers: Any, *calls: Call) -> list[Idempotency]:
    hold = answers("services", "hold", held())
    for call in calls:
        assert call.send().status_code == 201
    return [call.kwargs["idempotency"] for call in hold.call_args_list]


def _hold(body: bytes = b'{"slot":"a","channel":"api"}', **headers: str) -> Call:
    return Call("POST", "/holds", body, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_repeated_call_is_the_same_call(answers: Any) -> None:
    first, second = _taken(answers, _hold(), _hold())
    assert first == second
    assert (len(first.key), len(first.body)) == (32, 32)


def test_spaces_and_order_of_fields_do_not_count(answers: Any) -> None:
    first, second = _taken(answers, _hold(), _hold(b' {"channel": "api",\n "slot": "\\u0061"} '))
    assert first == second


def test_another_body_is_another_body_under_the_same_key(answers: Any) -> None:
    first, second = _taken(answers, _hold(), _hold(b'{"slot":"b","channel":"api"}'))
    assert first.key == second.key
    assert first.body != second.body


def test_a_key_belongs_to_its_caller(answers: Any) -> None:
    calls = _taken(
        answers,
        _hold(),
        _hold(Idempotency_Key="key-2"),
        _hold(X_Device="one"),
        _hold(X_Device="two"),
        _hold(Authorization="Bearer one", X_Device="one"),
    )
    assert len({call.key for call in calls}) == 5


def test_a_key_belongs_to_its_path(answers: Any) -> None:
    (at_holds,) = _taken(answers, _hold())
    confirm = answers("services", "confirm", ValueError())
    for path in (HOLD, "00000000-0000-4000-8000-000000000002"):
        Call("POST", f"/holds/{path}/confirmation", CONFIRMATION).send()
    keys = {call.kwargs["idempotency"].key for call in confirm.call_args_list}
    assert len({*keys, at_holds.key}) == 3


def test_a_kept_body_cannot_be_guessed_without_our_secret(answers: Any) -> None:
    (kept,) = _taken(answers, _hold())
    assert kept.body != sha256(json.dumps({"slot": "a", "channel": "api"}).encode()).digest()
