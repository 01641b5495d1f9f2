"""Reports over the wire to the stand-in: what leaves, and what each answer means."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from feldsher.domain.conversions.types import Answer, Denied, Fact, Later, Report, Told, Unfit
from feldsher.integrations.yandex import YandexDoctors
from support.egress import known
from testbench.yandex_reports import server

FIELDS = {
    "oauth": "token",
    "mark": "ya_token",
    "pressed": "pressed_at",
    "slot": "starts_at",
    "clinic": "clinic",
    "doctor": "doctor",
    "what": "service",
    "kind": "=online",
}
REPORT = Report(
    UUID(int=1),
    "m-1/+=",
    pressed_at=datetime(2026, 11, 23, 6, 0, 0, 999, tzinfo=UTC),
    starts_at=datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Asia/Yekaterinburg")),
    clinic=UUID(int=2),
    doctor=UUID(int=3),
    service=UUID(int=4),
)


@pytest.fixture
def bench() -> Iterator[server.RunningSimulator]:
    running = server.start()
    yield running
    running.stop()


def catalogue(bench: server.RunningSimulator, **changes: Any) -> YandexDoctors:
    told: dict[str, Any] = {"token": "demo-token", "fields": FIELDS, "seconds": 1.0}
    return YandexDoctors(url=f"{known(bench.url)}{server.PATH}", **told | changes)


def strike(bench: server.RunningSimulator, name: str) -> None:
    bench.reports.faults.put(bench.reports.faults.make(name, times=1))


def test_a_report_says_what_the_settings_name_and_no_more(bench: server.RunningSimulator) -> None:
    assert catalogue(bench).tell(REPORT) == Told()
    assert bench.reports.listing() == [
        {
            "mark": "m-1/+=",
            "pressed": "2026-11-23T06:00:00+00:00",
            "slot": "2026-11-24T09:30:00+05:00",
            "clinic": str(UUID(int=2)),
            "doctor": str(UUID(int=3)),
            "what": str(UUID(int=4)),
            "kind": "online",
        }
    ]
    few = catalogue(bench, fields={"oauth": "token", "mark": "ya_token"})
    assert few.tell(REPORT) == Told()
    assert bench.reports.listing()[1] == {"mark": "m-1/+="}
    assert (set(catalogue(bench).facts), few.facts) == (set(Fact), ())


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("moved", Denied("http_302")),
        ("too_many", Later("http_429")),
        ("http_500", Later("http_500")),
        ("http_503", Later("http_503")),
        ("slow", Later("no_answer")),
        ("drop", Later("no_answer")),
        ("accept_then_drop", Later("no_answer")),
    ],
)
def test_an_answer_that_is_no_yes_is_said_again_later(
    bench: server.RunningSimulator, fault: str, answer: Answer
) -> None:
    strike(bench, fault)
    assert catalogue(bench, seconds=0.5).tell(REPORT) == answer
    assert len(bench.reports.listing()) == (fault == "accept_then_drop")
    assert catalogue(bench).tell(REPORT) == Told()


def test_an_old_token_is_a_refusal_and_a_server_that_is_away_is_none(bench: server.RunningSimulator) -> None:
    assert catalogue(bench, token="expired").tell(REPORT) == Denied("http_401")
    assert catalogue(bench).tell(replace(REPORT, click="")) == Unfit("http_400")
    away = catalogue(bench)
    bench.stop()
    assert away.tell(REPORT) == Later("not_sent")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": ""}, "needs the token"),
        ({"fields": {"mark": "ya_token"}}, "needs the token"),
        ({"fields": {"oauth": "token"}}, "needs the token"),
        ({"fields": {**FIELDS, "patient": "phone"}}, "'phone' is no value"),
        ({"url": "yandex"}, "address"),
    ],
)
def test_settings_that_tell_nothing_or_too_much_are_refused(changes: dict[str, Any], words: str) -> None:
    told: dict[str, Any] = {"token": "t", "fields": FIELDS, "url": "https://catalogue.example/x"}
    with pytest.raises(ValueError, match=words):
        YandexDoctors(seconds=1.0, **told | changes)
