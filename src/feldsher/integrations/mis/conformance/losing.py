"""Lost answers: our own side of the wire is cut after the request has left, request by request."""

from feldsher.domain.scheduling.ports import Absent, Booked, BookOutcome, Found, Indeterminate, Unknown
from feldsher.integrations.mis.conformance import times
from feldsher.integrations.mis.conformance.desk import Desk, Visit
from feldsher.integrations.mis.conformance.means import MOST_REQUESTS, BenchRefusedError
from feldsher.integrations.mis.conformance.report import danger, not_tested
from feldsher.integrations.mis.conformance.writing import ADAPTER, stands_once, told

BLIND = "the MIS can't be asked for a visit, so that one whose answer is lost could not be taken back"


def lost(desk: Desk) -> str:
    """See that a visit whose answer is lost stands once or not at all, and that we know which."""
    if desk.cut is None:
        raise not_tested("the gateway does not speak through a wire that can be cut")
    said: list[str] = []
    for number in range(1, MOST_REQUESTS + 1):
        with desk.visit(desk.take()) as visit:
            _ready(visit)
            with desk.cut(number, True) as cut:  # noqa: FBT003 - a wire's own form
                outcome = visit.send(is_disturbed=True)
            if not cut.has_struck:
                break
            ended = judge(desk, visit, outcome, is_answered=True)
            said.append(f"request {number}: {ended}")
            if isinstance(outcome, Unknown):
                desk.unknown_at.append(number)
    if desk.bench is not None:
        said.append(f"dropped by the MIS: {_dropped(desk)}")
    if not said:
        raise not_tested("no answer of a booking could be lost")
    return "; ".join(said)


def _dropped(desk: Desk) -> str:
    with desk.visit(desk.take()) as visit:
        _ready(visit)
        _fault(desk, "commit_then_drop")
        outcome = visit.send(is_disturbed=True)
        _well(desk)
        return judge(desk, visit, outcome)


def late(desk: Desk) -> str:
    """See that a visit that the MIS writes after we have given up is not taken for one that never was."""
    said: list[str] = []
    if desk.bench is not None:
        with desk.visit(desk.take()) as visit:
            _ready(visit)
            _fault(desk, "commit_late", delay=desk.seconds + 0.5)
            outcome = visit.send(is_disturbed=True)
            _well(desk)
            said.append(f"written late: {judge(desk, visit, outcome)}")
    if desk.cut is not None:
        for number in desk.unknown_at:
            with desk.visit(desk.take()) as visit:
                _ready(visit)
                with desk.cut(number, False):  # noqa: FBT003 - a wire's own form
                    outcome = visit.send(is_disturbed=True)
                said.append(f"given up at once: {judge(desk, visit, outcome)}")
    if not said:
        raise not_tested("nothing that a booking sends could be given up before its answer")
    return "; ".join(said)


def judge(desk: Desk, visit: Visit, outcome: BookOutcome, *, is_answered: bool = False) -> str:
    """Hold what was said of a disturbed booking against what stands, once nothing more can appear.

    `is_answered`: the MIS had answered when the wire was cut, so that what it wrote was written by then.
    """
    trace = visit.trace
    is_over = isinstance(outcome, Booked) or (is_answered and not isinstance(outcome, Unknown))
    found = desk.find(trace) if is_over else desk.resolve(trace)
    stands = isinstance(found, Found) and found.state == "booked"
    if isinstance(found, Absent):
        trace.lost_at = None
    is_kept = desk.shows_free(times.asked(trace.slot)) is False
    if isinstance(outcome, Booked):
        if not is_kept or isinstance(found, Absent):
            raise danger("a visit is said to be booked though nothing stands in the MIS", do=ADAPTER)
        stands_once(desk, visit)
        return "booked"
    if not isinstance(outcome, Unknown):
        if stands or (is_kept and not trace.hold):
            raise danger(
                f"after a lost answer it was said that nothing is written ({told(outcome)}), and the visit"
                " stands: the time would be sold again",
                do=ADAPTER,
            )
        return told(outcome)
    if isinstance(found, Absent) and is_kept:
        raise danger(
            "a visit whose answer was lost is said to be absent, and its time is taken: it would be written"
            " again",
            do="Raise settle_seconds in the profile, or have the vendor say how a visit is looked for",
        )
    if stands and not is_kept:
        raise danger("a visit whose answer was lost stands, and its time is shown free", do=ADAPTER)
    if stands:
        _repeat(desk, visit)
        return "unknown, then found"
    if isinstance(found, Indeterminate):
        return f"unknown, and left to a registrar ({found.reason})"
    return "unknown, then absent"


def _repeat(desk: Desk, visit: Visit) -> None:
    """Where the adapter says that a call may be repeated, repeat it."""
    if desk.can.book_repeatable:
        again = visit.send(is_disturbed=True)
        if not isinstance(again, Booked | Unknown):
            raise danger(
                f"a call that may be repeated was refused: {told(again)}, and the visit stands", do=ADAPTER
            )
    stands_once(desk, visit)


def _ready(visit: Visit) -> None:
    """Prepare undisturbed; a visit that could never be found again is not sent."""
    desk = visit.desk
    if desk.is_blind and not (desk.can.holds or desk.can.frees_by_reference):
        raise not_tested(BLIND)
    refusal = visit.prepare()
    if refusal is not None:
        raise not_tested(f"a free time could not be reserved: {told(refusal)}")


def _fault(desk: Desk, name: str, *, delay: float = 0) -> None:
    try:
        if desk.bench is not None:
            desk.bench.fault((name,), "book", times=1, delay=delay)
    except BenchRefusedError as error:
        raise not_tested(str(error)) from None


def _well(desk: Desk) -> None:
    if desk.bench is not None:
        desk.bench.well()
