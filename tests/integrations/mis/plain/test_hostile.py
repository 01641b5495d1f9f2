"""Answers that mean harm: no crash, no hang past the timeout, nothing believed."""

import time
from typing import Any

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    GatewayUnavailableError,
    Indeterminate,
    RemoteResource,
    Unknown,
    Window,
)
from integrations.mis.harmful import HARMFUL
from integrations.mis.plain.factory import REFERENCE, Scripted, query, request, slot_of, through

ASKED = request(slot_of(), reference=REFERENCE)
WINDOW = Window(slot_of().begin.day, slot_of().begin.day)
ENTRY: dict[str, Any] = {"doctor": "d1", "branch": "north", "zone": "Europe/Moscow", "free": [], "busy": []}


@pytest.mark.parametrize("body", HARMFUL.values(), ids=list(HARMFUL))
def test_a_harmful_body_is_no_answer(port: Scripted, body: bytes) -> None:
    gateway = through(port.says(body).url)
    begun = time.monotonic()
    assert isinstance(gateway.book(ASKED), Unknown)
    assert isinstance(gateway.cancel(REFERENCE, reason=""), Unknown)
    assert isinstance(gateway.find_booking(query(ASKED)), Indeterminate)
    for read in (gateway.directory, lambda: gateway.free(WINDOW), lambda: gateway.changes("")):
        with pytest.raises(GatewayUnavailableError):
            read()
    assert time.monotonic() - begun < 10


def test_a_body_over_the_limit_is_not_read(port: Scripted) -> None:
    gateway = through(port.says(b" " * 2_000_000).url, max_megabytes=1)
    with pytest.raises(GatewayUnavailableError, match="over the limit"):
        gateway.free(WINDOW)
    assert gateway.book(ASKED) == Unknown("a body over the limit")


def test_a_hundred_thousand_doctors_are_too_many(port: Scripted) -> None:
    schedules = [ENTRY | {"doctor": str(number)} for number in range(100_000)]
    gateway = through(port.says({"complete": True, "schedules": schedules}).url)
    with pytest.raises(GatewayUnavailableError, match="schedules is no list of at most 50000"):
        gateway.free(WINDOW)


def test_fifty_thousand_strange_zones_cost_no_time(port: Scripted) -> None:
    schedules = [ENTRY | {"doctor": str(number), "zone": f"Zone/{number}"} for number in range(50_000)]
    gateway = through(port.says({"complete": True, "schedules": schedules}).url, timeout=20)
    begun = time.monotonic()
    found = gateway.free(WINDOW)
    assert time.monotonic() - begun < 10
    assert (found.completeness, len(found.warnings)) == (Completeness.SUSPICIOUS_EMPTY, 21)


def test_what_a_refusal_says_is_shortened(port: Scripted) -> None:
    port.says({"code": "closed", "text": "a" * 100_000}, status=422)
    outcome: Any = through(port.url).book(ASKED)
    assert (outcome.code, len(outcome.text)) == ("closed", 200)


def test_the_order_of_ids_is_theirs(port: Scripted) -> None:
    port.says({"complete": True, "schedules": [ENTRY | {"doctor": one} for one in ("2", "10", "'; DROP--")]})
    found = through(port.url).free(WINDOW)
    assert found.warnings == ("1 schedules name no doctor or branch, or one that was not asked for",)
    assert found.resources == (RemoteResource("2", "north"), RemoteResource("10", "north"))
