"""Runs the scenarios in their order, and whatever happens takes back what they wrote."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from feldsher.domain.scheduling.ports import GatewayUnavailableError, MisGateway
from feldsher.integrations.mis.conformance import losing, reading, writing
from feldsher.integrations.mis.conformance.desk import Desk
from feldsher.integrations.mis.conformance.ledger import Ledger, undisturbed
from feldsher.integrations.mis.conformance.means import Bench, BenchRefusedError, Cut, Facts
from feldsher.integrations.mis.conformance.report import Ended, Report, Result, Status
from feldsher.kernel import clock

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`act` returns what was seen, or ends by `Ended`.

    `needs` must not have failed; before anything is written, they must not have been left out either.
    """

    name: str
    title: str
    act: Callable[[Desk], str]
    needs: tuple[str, ...] = ()
    writes: bool = False


_WRITTEN = ("book", "cancel")
_FOUND = (*_WRITTEN, "read_back", "durations")
SCENARIOS = (
    Scenario("directory", "directory", reading.directory),
    Scenario("ticket", "free time: tickets", reading.ticket),
    Scenario("interval", "free time: intervals", reading.interval),
    Scenario("grid", "free time: grid", reading.grid),
    Scenario("zones", "zones", reading.zones),
    Scenario("breaks", "breaks", reading.breaks, ("zones",)),
    Scenario("empty", "empty and partial answers", reading.emptiness),
    Scenario("limits", "limits", reading.limits),
    Scenario("changes", "changes", reading.changes),
    Scenario("hold", "hold", writing.hold, ("directory",), writes=True),
    Scenario("book", "book", writing.book, ("hold",), writes=True),
    Scenario("cancel", "cancel", writing.cancel, ("book",), writes=True),
    Scenario("read_back", "read-back", writing.read_back, _WRITTEN, writes=True),
    Scenario("durations", "durations", writing.durations, _WRITTEN, writes=True),
    Scenario("taken", "taken", writing.taken, (*_WRITTEN, "durations"), writes=True),
    Scenario("buffers", "buffers", writing.buffers, _WRITTEN, writes=True),
    Scenario("cancel_twice", "cancel twice", writing.cancel_twice, _WRITTEN, writes=True),
    Scenario("move", "move", writing.move, _WRITTEN, writes=True),
    Scenario("cards", "duplicate patient cards", writing.cards, _WRITTEN, writes=True),
    Scenario("lost", "lost answer", losing.lost, _FOUND, writes=True),
    Scenario("late", "late commit", losing.late, (*_FOUND, "lost"), writes=True),
    Scenario("ack", "acknowledgement", writing.acknowledgement, (*_WRITTEN, "changes"), writes=True),
)
BROKEN = "Tell whoever writes the adapter what stands in the log"
_log = logging.getLogger(__name__)


def check(
    gateway: MisGateway,
    facts: Facts,
    *,
    mis: str,
    seconds: float,
    cut: Cut | None = None,
    bench: Bench | None = None,
    tell: Told = lambda _: None,
) -> Report:
    """Run every scenario that the facts allow; `seconds` is the gateway's budget of one request.

    Nothing is written unless `facts.may_write`. After an interruption the report is not whole, and tells what
    is left. Raises ValueError for facts that don't fit together.
    """
    refuse_unfit(facts, most_days=gateway.capabilities().max_window_days)
    desk = Desk(gateway, facts, Ledger(facts.ledger), seconds, time.sleep, cut, bench)
    report = Report(mis, clock.now(), facts.may_write, bench is not None)
    try:
        if facts.may_write:
            take_back_earlier(desk, tell)
        for scenario in SCENARIOS:
            report.results.append(_run(scenario, desk, report))
            tell(f"{scenario.title}: {report.results[-1].status}")
    except KeyboardInterrupt:
        report.is_whole = False
    finally:
        with undisturbed():
            if desk.ledger.traces:
                tell(f"taking back {len(desk.ledger.traces)}, please wait")
            report.left = list(_left(desk))
    report.results += _not_reached(report)
    return report


def refuse_unfit(facts: Facts, *, most_days: int) -> None:
    days = (facts.days.last - facts.days.first).days + 1
    if not 1 <= days <= most_days:
        raise ValueError(f"--days: name 1 to {most_days} days, the first one first")
    if not facts.may_write:
        return
    if facts.doctor is None:
        raise ValueError("--write needs a test doctor: --doctor ID --branch ID")
    if facts.days.first <= clock.now().date() + timedelta(days=1):
        raise ValueError("--write needs days that begin the day after tomorrow or later")


def take_back_earlier(desk: Desk, tell: Told) -> None:
    """Take back what an earlier check could not, before anything new is written."""
    desk.ledger.recall()
    for trace in list(desk.ledger.traces):
        tell(f"taking back what an earlier check has left: {trace.spelt()}")
        desk.take_back(trace)


def _left(desk: Desk) -> Iterator[str]:
    for trace in list(desk.ledger.traces):
        if not desk.take_back(trace):
            yield trace.spelt()


def _run(scenario: Scenario, desk: Desk, report: Report) -> Result:
    began = time.monotonic()
    status, says, do, is_danger = Status.NOT_TESTED, _hindrance(scenario, desk, report), "", False
    if not says:
        try:
            says, status = scenario.act(desk), Status.PASSED
        except Ended as ended:
            status, says, do, is_danger = ended.status, ended.says, ended.do, ended.is_danger
        except GatewayUnavailableError as error:
            says = f"the MIS did not answer: {error.detail}"
        except BenchRefusedError as error:
            says = f"the bench: {error}"
        except Exception as error:  # noqa: BLE001 - an adapter returns outcomes, whatever a MIS answers
            _log.exception("the scenario %s broke", scenario.name)
            status, says, do = Status.FAILED, f"the adapter broke: {type(error).__name__}", BROKEN
    seconds = round(time.monotonic() - began, 2)
    return Result(scenario.name, scenario.title, status, says, do, is_danger, seconds)


def _hindrance(scenario: Scenario, desk: Desk, report: Report) -> str:
    """Return why a scenario is not run, empty for none."""
    if scenario.writes and not desk.facts.may_write:
        return "read only: --write, a test doctor and days"
    done = {result.name: result for result in report.results}
    blocking = {Status.FAILED, Status.NOT_TESTED} if scenario.writes else {Status.FAILED}
    missing = [done[name].title for name in scenario.needs if done[name].status in blocking]
    if scenario.writes and not missing:
        if desk.ledger.traces:
            return "what was written before could not be taken back"
        read = [result for result in report.results if not _of(result.name).writes]
        missing = [result.title for result in read if result.is_danger]
    return f"mend first: {', '.join(missing)}" if missing else ""


def _of(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


def _not_reached(report: Report) -> Iterator[Result]:
    done = {result.name for result in report.results}
    for scenario in SCENARIOS:
        if scenario.name not in done:
            yield Result(scenario.name, scenario.title, Status.NOT_TESTED, "interrupted before")
