"""The scenarios that write: a test doctor's time, a test patient's name, each visit taken back at once."""

from datetime import timedelta

from feldsher.domain.scheduling.ports import (
    Absent,
    Ambiguous,
    Booked,
    BookOutcome,
    CancelOutcome,
    ChangeBatch,
    ChangeKind,
    Found,
    HoldOutcome,
    Indeterminate,
    NotSent,
    PatientRef,
    Rejected,
    RemoteSlot,
    Taken,
    Unknown,
)
from feldsher.integrations.mis.conformance import times
from feldsher.integrations.mis.conformance.desk import GONE, Desk, Visit
from feldsher.integrations.mis.conformance.ledger import Trace
from feldsher.integrations.mis.conformance.means import MOST_REQUESTS, PATIENTS, BenchRefusedError
from feldsher.integrations.mis.conformance.report import danger, not_applicable, not_tested, wrong
from feldsher.kernel.intervals import Interval

ADAPTER = "It is the adapter's mistake: book nothing through it until it is mended"
VENDOR = "Ask the vendor to refuse a time that is taken, and book by requests until then"
RIVAL = 1
PAGES = 20
"""How many batches of changes are read before the rest is left alone."""


def hold(desk: Desk) -> str:
    """See that a reserve keeps the time, alone, until it is released."""
    if not desk.can.holds:
        raise not_applicable("the MIS has no reserve apart from the visit")
    slot = desk.take()
    with desk.visit(slot) as visit:
        refusal = visit.prepare()
        if refusal is not None:
            raise wrong(
                f"a free time could not be reserved: {told(refusal)}", do="See what the MIS says, and its log"
            )
        if desk.shows_free(_begin(slot)):
            raise danger("a reserved time is still shown free, and may be sold again", do=ADAPTER)
        with desk.visit(slot, patient=RIVAL) as rival:
            if rival.prepare() is None:
                raise danger("one time was reserved twice", do=VENDOR)
        is_released = desk.take_back(visit.trace)
    if not is_released or not desk.is_free(slot):
        raise wrong(
            "a released reserve still blocks its time", do="See which right to cancel the login lacks"
        )
    return f"kept for about {desk.can.hold_minutes} min, refused to another, free after its release"


def book(desk: Desk) -> str:
    """See that a free time is booked once, and is not free any more."""
    slot = desk.take()
    with desk.visit(slot) as visit:
        outcome = visit.book()
        if not isinstance(outcome, Booked):
            raise wrong(
                f"a free time was not booked: {told(outcome)}",
                do="See what the MIS says: rights of the login, the service, the hours of online booking",
            )
        if desk.shows_free(_begin(slot)):
            raise danger("a booked time is still shown free, and may be sold again", do=ADAPTER)
        stands_once(desk, visit)
    return "booked, and not shown free any more"


def cancel(desk: Desk) -> str:
    """See that a cancelled visit frees its time, and no other."""
    slot, other = desk.take(), desk.take()
    with desk.visit(slot) as visit, desk.visit(other) as neighbour:
        _booked(visit)
        _booked(neighbour)
        outcome = visit.cancel()
        if desk.is_free(other):
            raise danger(
                "a cancel took another visit away: its patient comes, and the time is sold again", do=ADAPTER
            )
        if not isinstance(outcome, GONE):
            raise wrong(
                f"a visit could not be cancelled: {told(outcome)}",
                do="Name the event or the right to cancel (see the adapter's page)",
            )
        if not desk.is_free(slot):
            raise wrong(
                "a cancelled visit still blocks its time",
                do="Ask the vendor what else frees it; the time is lost to the clinic meanwhile",
            )
    return "its time is free again, and the other visit stands"


def read_back(desk: Desk) -> str:
    """See that a visit that stands is found, one that was never sent is not."""
    slot, empty = desk.take(), desk.take()
    with desk.visit(slot) as visit, desk.visit(empty) as ghost:
        _booked(visit)
        found = desk.find(visit.trace)
        if isinstance(found, Indeterminate):
            desk.is_blind = True
            raise not_applicable(
                f"the MIS can't be asked ({found.reason}): a registrar settles what was lost"
            )
        if isinstance(found, Absent):
            raise danger(
                "a visit that stands is said to be absent: after a lost answer it would be written again",
                do=ADAPTER,
            )
        if found.state != "booked" or found.begin not in {None, slot.begin}:
            raise danger(
                f"a visit that stands is read back otherwise ({found.state},"
                f" {found.begin and found.begin.iso()}): it would be given up, and its time sold again",
                do=ADAPTER,
            )
        stranger = desk.find(ghost.trace)
        if isinstance(stranger, Found) and stranger.state == "booked":
            raise danger(
                "a visit that was never sent is found: another's would be taken for ours, and cancelled",
                do=ADAPTER,
            )
    return f"found as {found.state}; one that was never sent is not"


def taken(desk: Desk) -> str:
    """See that a time that somebody has is not booked again, nor one that overlaps it."""
    slot = desk.take()
    is_shown, says = _rival(desk, slot, slot)
    said = [f"the same time: {says}"]
    if not times.is_ticket(desk.can.semantics):
        slot, later = desk.take_overlapping()
        is_overlap_shown, says = _rival(desk, slot, later)
        is_shown = is_shown and is_overlap_shown
        said.append(f"{_clock(later)} over {_clock(slot)}, {slot.minutes} min each: {says}")
    said.append(_clerk(desk))
    if not is_shown:
        raise not_tested("; ".join(said))
    return "; ".join(said)


def _rival(desk: Desk, slot: RemoteSlot, wanted: RemoteSlot) -> tuple[bool, str]:
    """Book a time, and for a second patient one that it takes: whether a refusal was for that, and its words.

    "Taken" of the very time is. Of any other refusal only the MIS knows what it is for, and it may be
    the adapter's own: it counts if the second patient gets the time once nobody has it.
    """
    with desk.visit(slot) as visit:
        _booked(visit)
        with desk.visit(wanted, patient=RIVAL) as rival:
            outcome = rival.book()
            if isinstance(outcome, Booked):
                raise danger(
                    f"a time that is taken ({slot.begin.iso()}) was booked again at {wanted.begin.iso()}",
                    do=VENDOR,
                )
            if isinstance(outcome, Unknown):
                raise not_tested(f"the MIS did not answer: {outcome.reason}")
    says = told(outcome)
    if isinstance(outcome, Taken) and wanted == slot:
        return True, says
    if not isinstance(outcome, Taken | Rejected):
        return False, f"{says}, which says nothing of the time"
    if desk.ledger.traces or not desk.is_free(wanted):
        return False, f"{says}, and the time did not become free to ask again"
    with desk.visit(wanted, patient=RIVAL) as rival:
        again = rival.book()
    if isinstance(again, Booked):
        return True, f"{says}, booked once it was free"
    return False, f"{says}, and once it was free {told(again)}"


def _clerk(desk: Desk) -> str:
    """Let a registrar take the time within the moment of booking, where a simulator can do that."""
    if desk.bench is None:
        return "a registrar at the same moment was not tested"
    slot = desk.take()
    with desk.visit(slot) as visit:
        if visit.prepare() is not None:
            raise not_tested("a free time could not be reserved")
        try:
            desk.bench.fault(("clerk_race",), "book", times=1)
        except BenchRefusedError:
            return "a registrar at the same moment was not tested"
        outcome = visit.send(is_disturbed=True)
        desk.bench.well()
        ours = desk.bench.standing(slot).count("site")
        if isinstance(outcome, Booked) or ours:
            raise danger(
                "a visit was written over one that a registrar had made at the same moment", do=VENDOR
            )
        visit.trace.lost_at = None  # the registry has shown that nothing of ours was written
    return "a registrar at the same moment wins"


def durations(desk: Desk) -> str:
    """See that a visit keeps its whole length."""
    slot = desk.take(is_long=True)
    with desk.visit(slot) as visit:
        _booked(visit)
        place = times.asked(slot)
        if desk.shows_free(place):
            left = [each for each in desk.open_time() if each.overlaps(place)]
            raise danger(
                f"of a visit of {slot.minutes} min a part is still shown free ({times.spelt(left[0])})"
                if left
                else f"of a visit of {slot.minutes} min a part was shown free",
                do="Correct the length of the service in the MIS or in the profile, and check again",
            )
    return f"all {slot.minutes} min are kept"


def buffers(desk: Desk) -> str:
    """See that the MIS keeps the pauses between visits that it is said to keep."""
    if not desk.can.semantics.buffers_applied:
        raise not_applicable("the MIS keeps no pauses between visits; the site adds the clinic's own")
    slot = desk.take()
    with desk.visit(slot) as visit:
        _booked(visit)
        place = times.asked(slot)
        minute = timedelta(minutes=1)
        if desk.shows_free(Interval(place.end, place.end + minute)):
            raise danger(
                "the MIS is said to keep a pause after a visit, and shows the time free at once",
                do="Take buffers_applied off the adapter, so that the site keeps the pauses itself",
            )
    return "the time right after a visit is kept"


def move(desk: Desk) -> str:
    """See that a moved visit stands at its new time alone."""
    if not desk.can.can_move:
        raise not_applicable("the MIS can't move a visit by this profile; the site books anew and cancels")
    slot, new = desk.take(), desk.take()
    with desk.visit(slot) as visit:
        ref = _booked(visit)
        outcome = desk.gateway.move(ref, request=visit.request(new), old=slot)
        if not isinstance(outcome, Booked):
            raise wrong(f"a visit could not be moved: {told(outcome)}", do="Leave moving to the registry")
        with desk.visit(new) as moved:
            if outcome.ref != ref:
                moved.trace.ref = outcome.ref
                desk.ledger.save()
            if desk.shows_free(_begin(new)):
                raise danger(
                    "the new time of a moved visit is still shown free, and may be sold again", do=ADAPTER
                )
            if not desk.is_free(slot):
                raise wrong(
                    "a moved visit still blocks its old time",
                    do="Leave moving to the registry; the old time is lost to the clinic meanwhile",
                )
    return "it stands at the new time, and the old one is free"


def cancel_twice(desk: Desk) -> str:
    """See that a cancel that is repeated, or whose answer was lost, ends as cancelled."""
    said: list[str] = []
    for number in range(1, MOST_REQUESTS + 1):
        slot = desk.take()
        with desk.visit(slot) as visit:
            is_lost, outcomes = _repeated(visit, number)
            if not desk.is_free(slot):
                raise wrong(
                    "a visit that is cancelled twice still blocks its time",
                    do="Ask the vendor what else frees it",
                )
        what = f"without the answer to request {number}" if is_lost else "undisturbed"
        said.append(f"{what}: {', '.join(map(told, outcomes))}")
        if not is_lost:
            break
    return "; ".join(said)


def _repeated(visit: Visit, number: int) -> tuple[bool, list[CancelOutcome]]:
    """Cancel until the visit is gone, and once more. The first time loses one answer if it can."""
    desk, ref = visit.desk, _booked(visit)
    is_lost = False
    if desk.cut is None:
        outcomes = [visit.cancel()]
    else:
        with desk.cut(number, True) as cut:  # noqa: FBT003 - a wire's own form
            outcomes = [visit.cancel()]
        is_lost = cut.has_struck
    if is_lost and not isinstance(outcomes[0], Unknown | NotSent | GONE):
        raise wrong(
            f"a cancel whose answer was lost is told as refused: {told(outcomes[0])}",
            do="It is the adapter's mistake: the time stays blocked here, though it is free there",
        )
    if not isinstance(outcomes[0], GONE):
        outcomes.append(visit.cancel())
    outcomes.append(visit.cancel(ref))
    refused = next((each for each in outcomes[1:] if not isinstance(each, GONE)), None)
    if refused is not None:
        raise wrong(
            f"a cancel that is repeated is refused: {told(refused)}",
            do="Tell the profile the MIS's words for a visit that is gone; the time stays blocked meanwhile",
        )
    return is_lost, outcomes


def cards(desk: Desk) -> str:
    """See that one person has one card, however often they book."""
    if not desk.can.needs_patient:
        raise not_applicable(
            "the MIS makes the card from the visit itself; whether it matches cards is its setting"
        )
    for _ in range(2):
        with desk.visit(desk.take()) as visit:
            _booked(visit)
    place = desk.doctor.location_id
    found = [desk.gateway.ensure_patient(PATIENTS[0], location_id=place) for _ in range(2)]
    for each in found:
        if isinstance(each, Ambiguous):
            raise danger(
                f"one person has {each.count} cards after two visits, and the MIS does not see their clashes",
                do="Correct by what the profile looks for cards, and have a registrar merge these",
            )
        if not isinstance(each, PatientRef):
            raise not_tested(f"the card could not be looked for: {each.reason}")
    if found[0] != found[1]:
        raise danger(
            "one person gets a new card each time, and the MIS does not see their clashes",
            do="Correct by what the profile looks for cards, and have a registrar merge these",
        )
    return "found again"


def acknowledgement(desk: Desk) -> str:
    """See that what the MIS changes is told, and comes again until it is acknowledged."""
    if not desk.can.change_feed:
        raise not_applicable("the MIS tells no changes; the schedule is read instead")
    start = desk.gateway.changes("")
    if any(change.resource != desk.doctor for change in start.changes):
        raise not_tested("changes of other doctors wait, which are the site's to acknowledge, not ours")
    _acknowledge(desk, start)
    with desk.visit(desk.take()) as visit:
        _booked(visit)
        first = _heard(desk, start.cursor, visit.trace)
        if first is None:
            raise danger(
                "a visit that was made is not told by the feed: what the registry makes would stay unseen",
                do="Have the vendor switch the queue on for this login; till then set the profile to no feed",
            )
        if _heard(desk, start.cursor, visit.trace) is None:
            raise danger(
                "a change comes once only, acknowledged or not: a crash of ours would lose it for ever",
                do=ADAPTER,
            )
        _acknowledge(desk, first)
        cursor, trace = first.cursor, visit.trace
        ref = trace.ref
    if _heard(desk, cursor, trace, ref=ref, kind=ChangeKind.CANCELLED) is None:
        raise wrong(
            "a visit that was cancelled is not told by the feed",
            do="Have the vendor queue cancels too; the site sees them by the free time alone",
        )
    _acknowledge(desk, desk.gateway.changes(cursor))
    return "a new visit and its cancel are told, and come again until acknowledged"


def _acknowledge(desk: Desk, batch: ChangeBatch) -> None:
    """Acknowledge what is all ours: the rest is the site's."""
    if batch.ack_token is not None and all(change.resource == desk.doctor for change in batch.changes):
        desk.gateway.ack(batch.ack_token)


def _heard(
    desk: Desk, cursor: str, trace: Trace, *, ref: str = "", kind: ChangeKind | None = None
) -> ChangeBatch | None:
    """Return the batch that tells of the visit."""
    for _ in range(PAGES):
        batch = desk.gateway.changes(cursor)
        for change in batch.changes:
            is_ours = change.reference == trace.reference or change.ref == (ref or trace.ref)
            if is_ours and kind in {None, change.kind}:
                return batch
        if batch.cursor == cursor:
            desk.sleep(min(1.0, desk.can.settle_seconds / 10))
        cursor = batch.cursor
    return None


def stands_once(desk: Desk, visit: Visit) -> None:
    """Hold the registry against what was said, where it can be looked into."""
    standing = desk.standing(visit.trace.slot)
    if standing is not None and standing != ["site"]:
        raise danger(f"the registry has {len(standing)} visits where one was booked", do=ADAPTER)


def told(outcome: object) -> str:
    """Return an outcome in a few words: its kind, and the MIS's own words."""
    words = next(
        (getattr(outcome, name, "") for name in ("text", "reason", "code") if hasattr(outcome, name)), ""
    )
    return f"{type(outcome).__name__}{f' ({words})' if words else ''}"


def _booked(visit: Visit) -> str:
    """Book, and return the MIS's id of the visit."""
    outcome: HoldOutcome | BookOutcome = visit.book()
    if not isinstance(outcome, Booked):
        raise not_tested(f"a free time was not booked: {told(outcome)}")
    return outcome.ref


def _clock(slot: RemoteSlot) -> str:
    return slot.begin.iso()[11:16]


def _begin(slot: RemoteSlot) -> Interval:
    """Return the first minute of a visit."""
    begin = times.asked(slot).start
    return Interval(begin, begin + timedelta(minutes=1))
