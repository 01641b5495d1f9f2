"""What `feldsher mis init` sees, and what it takes for a mistake."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import MisGateway, Window
from feldsher.foundation.egress.client import NotSentError, Reply
from feldsher.integrations.mis.conformance.probe import Seen, probe
from feldsher.kernel import clock
from integrations.mis.conformance import wrong
from integrations.mis.conformance.stands import Running
from integrations.mis.conformance.wrong import HOURS, free_as


def well() -> Reply:
    return Reply(200, b"", clock.now())


def look(gateway: MisGateway, call: Callable[[], Reply] = well) -> dict[str, Seen]:
    today = clock.now().date()
    days = Window(today, today + timedelta(days=6))
    return {seen.what: seen for seen in probe(gateway, call=call, days=days)}


def test_a_mis_that_is_well_is_told_without_a_complaint(plain: Running) -> None:
    seen = look(plain.gateway())
    assert [each for each in seen.values() if each.do] == []
    assert seen["directory"].says == "2 branches, 4 doctors, 2 services (full)"
    assert seen["branch ural"].says == "На Уральской, 2 doctors"
    assert seen["zone of ural"].says == "UTC+5"
    assert seen["clock"].says == "agrees with ours to 0 s"
    assert seen["reserve"].says.startswith("no: ")
    assert seen["finding a visit"].says == "yes"


@pytest.mark.parametrize(("seconds", "way"), [(90, "ahead of"), (-90, "behind")])
def test_a_clock_that_runs_otherwise_is_told(plain: Running, seconds: int, way: str) -> None:
    seen = look(plain.gateway(), lambda: Reply(200, b"", clock.now() + timedelta(seconds=seconds)))
    assert seen["clock"].says == f"is 90 s {way} ours"
    assert "NTP" in seen["clock"].do


@pytest.mark.parametrize(
    ("words", "do"),
    [
        ("the server's certificate is not trusted: unable to get local issuer certificate", "whole chain"),
        ("RefusedHostError", "FELDSHER_INTERNAL_HOSTS"),
        ("ConnectError", "firewall"),
        ("ReadTimeout", "firewall swallows"),
    ],
)
def test_an_address_that_can_t_be_called_is_told_with_what_to_do(plain: Running, words: str, do: str) -> None:
    def call() -> Reply:
        raise NotSentError(words)

    seen = look(plain.gateway(), call)
    assert words in seen["address"].says
    assert do in seen["address"].do


def test_a_log_in_that_is_not_taken_is_told(plain: Running) -> None:
    plain.simulator.clinic._secret = b"another"
    seen = look(plain.gateway())
    assert "401" in seen["free time"].says
    assert "user and password" in seen["free time"].do


def test_free_time_at_night_is_taken_for_another_zone(plain: Running) -> None:
    shifted = free_as(
        lambda told: wrong._items(
            told,
            lambda item: replace(item, begin=item.begin.plus(-7 * HOURS), end=item.end.plus(-7 * HOURS)),
        )
    )
    seen = look(shifted(plain.gateway()))
    assert "begin at night" in seen["hours"].says
    assert "another zone" in seen["hours"].do


def test_two_zones_of_one_branch_and_an_empty_schedule_are_told(plain: Running) -> None:
    seen = look(wrong.TwoZones(plain.gateway()))
    assert seen["zone of north"].says == "UTC+0, UTC+3"
    assert "contradicts itself" in seen["zone of north"].do
    empty = free_as(lambda told: replace(told, items=(), completeness=Completeness.SUSPICIOUS_EMPTY))
    assert look(empty(plain.gateway()))["free time"].do
