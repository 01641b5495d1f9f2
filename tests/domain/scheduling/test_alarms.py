"""What of the exchange is an alarm, by the state that the database shows."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from domain.scheduling.exchange.conftest import Build, build
from domain.scheduling.exchange.world import World
from domain.scheduling.scripted import Fault
from feldsher.domain.conversions.types import AlarmCode as ReportAlarmCode
from feldsher.domain.scheduling import alarms, gateways, jobs
from feldsher.domain.scheduling.alarms import AlarmCode
from feldsher.domain.scheduling.line import Tally
from feldsher.domain.scheduling.line.endings import Ending
from feldsher.domain.scheduling.models import Discrepancy, MisLine, SyncStatus, Unapplied
from feldsher.domain.scheduling.types import DiscrepancyKind, DiscrepancyState, State
from feldsher.foundation.alarms.selectors import open_alarms
from feldsher.foundation.alarms.types import runbook
from feldsher.foundation.messaging.types import AlarmCode as SmsAlarmCode

__all__ = ["build"]
pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
MIS = "umc"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(build: Build) -> World:
    world = build("blind")
    heard(0)
    return world


def heard(minutes: float, *, failures: int = 0, last_error: str = "") -> None:
    values = {"as_of": NOW - timedelta(minutes=minutes), "failures": failures, "last_error": last_error}
    SyncStatus.objects.update_or_create(mis=MIS, defaults=values)


def codes() -> list[str]:
    return [each.code for each in alarms.met()]


def sentence(code: AlarmCode) -> str:
    return next(each.sentence for each in alarms.met() if each.code == code)


def test_where_all_is_well_there_is_no_alarm(world: World) -> None:
    assert codes() == []


def test_a_schedule_that_lags_is_an_alarm_before_it_is_taken_away(world: World) -> None:
    heard(5)
    assert codes() == []
    heard(5.1)
    assert codes() == [AlarmCode.SYNC_LAG]
    assert sentence(AlarmCode.SYNC_LAG) == (
        "Данные на 5 мин назад, обмен должен идти раз в 2 мин. После 10 мин сайт уберёт времена."
    )


def test_past_the_freshness_limit_the_mis_is_silent_and_no_lag_any_more(world: World) -> None:
    heard(10.1, failures=4, last_error="no connection")
    assert codes() == [AlarmCode.MIS_SILENT]
    assert "Расписание не обновлялось 10 мин: сайт не показывает времён" in sentence(AlarmCode.MIS_SILENT)


def test_a_mis_that_was_never_asked_is_no_alarm_and_one_that_never_answered_is(world: World) -> None:
    SyncStatus.objects.all().delete()
    assert codes() == []
    SyncStatus.objects.create(mis=MIS, failures=1, last_error="http_500")
    assert codes() == [AlarmCode.MIS_SILENT]
    assert "не обновлялось с самого начала" in sentence(AlarmCode.MIS_SILENT)


def test_a_line_that_rests_is_an_alarm_after_a_minute(world: World) -> None:
    line = MisLine(mis=MIS, turn_at=NOW, failures=5, rests=1, last_error="free: ConnectTimeout")
    line.resting_since = NOW - timedelta(seconds=59)
    line.save()
    assert codes() == []
    line.resting_since = NOW - timedelta(minutes=7)
    line.save()
    assert codes() == [AlarmCode.MIS_BREAKER_OPEN]
    assert "Связи нет 7 мин." in sentence(AlarmCode.MIS_BREAKER_OPEN)


def test_calls_that_fail_are_an_alarm_from_a_fifth_on_and_not_by_a_few(world: World) -> None:
    count(Ending.OK, 4)
    count(Ending.UNAVAILABLE, 5)
    assert codes() == []
    count(Ending.OK, 12)
    assert codes() == [AlarmCode.MIS_ERROR_RATE]
    assert "сорвались 5 из 21 вызовов (чаще всего free: unavailable)." in sentence(AlarmCode.MIS_ERROR_RATE)
    count(Ending.OK, 5)
    assert codes() == []
    count(Ending.REFUSED, 50)
    count(Ending.HELD_BACK, 50)
    assert codes() == []


def count(ending: Ending, times: int) -> None:
    tally = Tally(None)
    for _ in range(times):
        tally.add(MIS, "free", ending, seconds=1)
    tally.flush()


def test_a_zone_that_does_not_agree_is_an_alarm_with_both_zones(world: World) -> None:
    heard(0, last_error="филиал 7 остановлен: МИС считает его время UTC+5, а в справочнике Europe/Moscow")
    assert codes() == [AlarmCode.MIS_ZONE_MISMATCH]
    assert sentence(AlarmCode.MIS_ZONE_MISMATCH).startswith("Филиал 7 остановлен: МИС считает")


def test_an_error_of_a_sync_that_failed_is_no_zone(world: World) -> None:
    heard(1, failures=1, last_error="no connection")
    assert codes() == []


def test_visits_without_an_answer_are_an_alarm_after_half_an_hour(world: World) -> None:
    world.book()
    world.mis.script["book"] = [Fault.DROPPED]
    world.work()
    assert world.state is State.UNKNOWN
    world.forward(29 * 60)
    heard(-29)
    assert codes() == []
    world.forward(60)
    assert codes() == [AlarmCode.UNKNOWNS_TOO_LONG]
    told = sentence(AlarmCode.UNKNOWNS_TOO_LONG).replace("\u00a0", " ")
    assert told.startswith("1 запись без ответа МИС, самая старая 30 мин.")
    assert "Пробный" not in told


def test_a_change_that_stays_unapplied_is_an_alarm_after_a_quarter_of_an_hour(world: World) -> None:
    Unapplied.objects.create(
        mis=MIS, ref="r1", change={}, reason="ValueError", first_at=NOW, last_at=NOW, tries=3
    )
    world.forward(899)
    heard(-14)
    assert codes() == []
    world.forward(1)
    assert codes() == [AlarmCode.QUARANTINE_GREW]
    told = sentence(AlarmCode.QUARANTINE_GREW).replace("\u00a0", " ")
    assert told == "1 изменение МИС не удаётся применить, самое старое 15 мин. Остальные применяются."


def test_differences_that_nobody_decides_are_an_alarm_after_two_hours(world: World) -> None:
    world.book()
    row = world.row()
    for state, appointment in ((DiscrepancyState.WAITING, row.id), (DiscrepancyState.SEEN, uuid4())):
        Discrepancy.objects.create(
            appointment=appointment,
            mis=MIS,
            kind=DiscrepancyKind.MISSING,
            practitioner=row.practitioner,
            location=row.location,
            day=NOW.date(),
            state=state,
            found_at=NOW,
            seen_at=NOW,
        )
    world.forward(7199)
    heard(-119)
    assert codes() == []
    world.forward(1)
    assert codes() == [AlarmCode.DIFFERENCES_OPEN]
    told = sentence(AlarmCode.DIFFERENCES_OPEN).replace("\u00a0", " ")
    assert told.startswith("1 запись МИС помнит иначе, самая старая 120 мин.")


def test_a_mis_that_the_settings_name_no_longer_raises_nothing(world: World) -> None:
    heard(100)
    gateways.bind({})
    assert codes() == []


def test_the_job_opens_what_is_met(world: World) -> None:
    heard(11)
    jobs.raise_alarms(0)
    assert [(each.code, each.subject) for each in open_alarms()] == [("mis_silent", MIS)]


PARTS = ("## What it means", "## What patients see", "## What to look at", "## What to do", "## How it ends")


ALL = [*AlarmCode, *SmsAlarmCode, *ReportAlarmCode]


@pytest.fixture(params=ALL, ids=str)
def page(request: pytest.FixtureRequest) -> str:
    return (ROOT / runbook(request.param)).read_text(encoding="utf-8")


def test_each_code_has_its_runbook_with_all_its_parts(page: str) -> None:
    assert [line for line in page.splitlines() if line.startswith("## ")] == list(PARTS)


def test_there_is_no_runbook_without_a_code() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}
    assert pages == set(ALL)
    listed = (ROOT / "docs" / "runbooks" / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\((\w+)\.md\)", listed)) == set(ALL)
