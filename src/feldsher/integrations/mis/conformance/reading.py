"""The scenarios that only read: they may run against a clinic at work at any hour."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    FreeTime,
    GatewayUnavailableError,
    RemoteResource,
    SlotShape,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.conformance import times
from feldsher.integrations.mis.conformance.desk import Desk
from feldsher.integrations.mis.conformance.means import BenchRefusedError
from feldsher.integrations.mis.conformance.report import danger, not_applicable, not_tested, wrong
from feldsher.kernel.intervals import Interval

NOBODY = RemoteResource("0", "0")
AT_ONCE = 4
LATE = 4
"""Timeouts after which an answer that is to come too late is sent."""
MANY = 1000
"""How often a fault strikes that is to last until it is switched off."""
_ADAPTER = "It is the adapter's mistake: book nothing through it until it is mended"


def directory(desk: Desk) -> str:
    """See that branches, doctors and services are told whole, and no id means two things."""
    told = desk.directory
    if told.completeness is not Completeness.FULL:
        raise wrong(
            f"the directory came {told.completeness.value}: {'; '.join(told.warnings[:3])}",
            do="See that the login may read every branch and doctor that is to be on the site",
        )
    for what, rows in (
        ("branch", told.locations),
        ("doctor", told.practitioners),
        ("service", told.services),
    ):
        twice = _twice(row.id for row in rows)
        if twice:
            raise danger(
                f"the id {twice} is told for two records ({what}): a visit may be written to the other",
                do="Have the vendor make the ids unique, or leave these records out",
            )
    branches = {row.id for row in told.locations}
    for doctor in told.practitioners:
        strange = set(doctor.location_ids) - branches
        if strange:
            raise wrong(
                f"the doctor {doctor.id} works in the branch {min(strange)}, which is not told",
                do="Let the login read that branch, or take the doctor out of it",
            )
    if desk.facts.doctor is not None:
        _check_doctor(desk)
    counts = (len(told.locations), len(told.practitioners), len(told.services))
    return "{} branches, {} doctors, {} services".format(*counts)


def _check_doctor(desk: Desk) -> None:
    wanted = desk.doctor
    doctor = next((row for row in desk.directory.practitioners if row.id == wanted.practitioner_id), None)
    if doctor is None or wanted.location_id not in doctor.location_ids:
        raise wrong(
            f"the test doctor {wanted.practitioner_id} in {wanted.location_id} is not in the directory",
            do="Take the ids from the MIS's own directory; `feldsher mis init` shows them",
        )


def _twice(ids: Iterable[str]) -> str:
    return next((each for each, count in Counter(ids).items() if count > 1), "")


def ticket(desk: Desk) -> str:
    """See that each free ticket has an id that stands for one time of one doctor."""
    items = _free_of_shape(desk, SlotShape.TICKET)
    seen: dict[tuple[RemoteResource, str], TimeItem] = {}
    for item in items:
        if not item.ticket:
            raise danger(
                f"a free ticket of doctor {item.resource.practitioner_id} has no id, so that another may be"
                " booked in its place",
                do=_ADAPTER,
            )
        other = seen.setdefault((item.resource, item.ticket), item)
        if other is not item:
            raise danger(
                f"the ticket {item.ticket} stands for two times of one doctor ({other.begin.iso()} and"
                f" {item.begin.iso()}), so that one may be booked as the other",
                do=_ADAPTER,
            )
    return f"{len(items)} tickets, each with an id of its own"


def interval(desk: Desk) -> str:
    """See that free stretches are not empty and hold no visit."""
    items = _free_of_shape(desk, SlotShape.INTERVAL)
    _refuse_taken_time(desk)
    return f"{len(items)} free stretches"


def grid(desk: Desk) -> str:
    """See that free cells are no shorter than their step and hold no visit."""
    items = _free_of_shape(desk, SlotShape.GRID)
    for item in items:
        place = times.stretch(item.begin, item.end)
        step = item.step_minutes
        if place is not None and step is not None and place.end - place.start < timedelta(minutes=step):
            raise wrong(
                f"a free cell of {item.begin.iso()} is shorter than its own step of {step} minutes",
                do="Ask the vendor what the cell means; its time is not offered meanwhile",
            )
    _refuse_taken_time(desk)
    return f"{len(items)} free cells"


def _free_of_shape(desk: Desk, shape: SlotShape) -> list[TimeItem]:
    told = desk.can.semantics.shape
    if told is not shape:
        raise not_applicable(f"free time here is of the shape {told.value}")
    items = [item for item in desk.network.items if item.kind is TimeKind.FREE]
    empty = [item for item in items if times.stretch(item.begin, item.end) is None]
    if empty:
        raise wrong(
            f"{len(empty)} free stretches end before they begin, the first at {empty[0].begin.iso()}",
            do="Ask the vendor to mend these schedules; their time is not offered meanwhile",
        )
    if not items:
        raise not_tested("no free time on these days: name others by --days")
    return items


def _refuse_taken_time(desk: Desk) -> None:
    if desk.can.semantics.bookings_removed:
        _refuse_overlap(desk.network.items, TimeKind.BUSY, "a visit that stands there")


def breaks(desk: Desk) -> str:
    """See that breaks are not sold."""
    told = [item for item in desk.network.items if item.kind is TimeKind.BREAK]
    if desk.can.semantics.breaks_removed:
        _refuse_overlap(desk.network.items, TimeKind.BREAK, "a break")
    known = _hours(desk, desk.facts.breaks)
    sold = _sold(desk, known)
    if sold:
        raise danger(
            f"the test doctor's break is shown as free ({times.spelt(sold[0])})",
            do="Read the schedule that leaves breaks out (see the adapter's page), and check again",
        )
    if known:
        return f"the test doctor's breaks are not free on {len(known)} days"
    if told:
        return f"{len(told)} breaks, none of them in free time"
    raise not_tested("this MIS tells no breaks: name the test doctor's by --break HH:MM-HH:MM")


def zones(desk: Desk) -> str:
    """See that the MIS's clock is the one on the branch's wall."""
    said = [_offsets(desk)] if desk.can.semantics.zone_on_wire else []
    if desk.facts.works is not None and desk.facts.doctor is not None:
        said.append(_within_hours(desk))
    if not any(said):
        raise not_tested("nothing to compare with: name the branch's zone by --zone, or the hours by --works")
    return "; ".join(filter(None, said))


def _offsets(desk: Desk) -> str:
    """Compare the offsets that the MIS claims with each other and with the zone that was named."""
    told: dict[tuple[str, object], set[int]] = defaultdict(set)
    for each in desk.network.offsets:
        told[each.location_id, each.day].add(each.minutes)
    for (branch, _), minutes in told.items():
        if len(minutes) > 1:
            raise danger(
                f"the branch {branch} is told in two zones at once, so that visits are written hours off",
                do="Have the zone of the branch corrected in the MIS",
            )
    zone, doctor = desk.facts.zone, desk.facts.doctor
    if zone is None or doctor is None:
        return ""
    own = [each for each in desk.network.offsets if each.location_id == doctor.location_id]
    for each in own:
        ours = times.offset(zone, each.day)
        if each.minutes != ours:
            raise danger(
                f"the MIS takes the branch {each.location_id} for UTC{each.minutes / 60:+g}, and {zone.key}"
                f" is UTC{ours / 60:+g}: every visit would be hours off",
                do="Correct the zone in the MIS or on the site, which stops the branch till then",
            )
    return f"the MIS and {zone.key} agree" if own else ""


def _within_hours(desk: Desk) -> str:
    works = desk.facts.works
    known = _hours(desk, (works,) if works else ())
    open_time = desk.open_time()
    for place in open_time:
        if not any(hours.contains(place) for hours in known):
            raise danger(
                f"the test doctor is shown free outside of the hours that you named ({times.spelt(place)}):"
                " a clock of another zone would look like this",
                do="Compare one visit by eye in the MIS and here, and correct the zone of the branch",
            )
    return f"{len(open_time)} free stretches of the test doctor lie within the hours" if open_time else ""


def _hours(desk: Desk, hours: Iterable[tuple[str, str]]) -> list[Interval]:
    """Return these hours of each day of the check."""
    days, wanted = desk.facts.days, list(hours)
    found = [
        times.of_day(days.first + timedelta(days=number), *each)
        for number in range((days.last - days.first).days + 1)
        for each in wanted
    ]
    return [place for place in found if place is not None]


def _sold(desk: Desk, places: list[Interval]) -> list[Interval]:
    """Return which of these places are shown free of the test doctor."""
    if not places:
        return []
    open_time = desk.open_time()
    return [place for place in places if times.touches(open_time, place)]


def _refuse_overlap(items: Iterable[TimeItem], kind: TimeKind, what: str) -> None:
    by_doctor: dict[RemoteResource, list[TimeItem]] = defaultdict(list)
    for item in items:
        by_doctor[item.resource].append(item)
    for resource, own in by_doctor.items():
        free, holes = times.stretches(own, TimeKind.FREE), times.stretches(own, kind)
        for hole in holes:
            if times.touches(free, hole):
                raise danger(
                    f"doctor {resource.practitioner_id} is shown free over {what} ({times.spelt(hole)})",
                    do="Read the schedule that leaves it out (see the adapter's page), and check again",
                )


def emptiness(desk: Desk) -> str:
    """See that an answer that is empty, partial or broken is not believed."""
    nobody = _asked_for_nobody(desk)
    if desk.bench is None:
        raise not_tested(
            f"an empty answer can't be provoked on a live MIS; asked for a stranger it said: {nobody}"
        )
    free = _free_by_doctor(desk.network, desk)
    said = []
    for names in (("empty_ok", "empty"), ("partial",), ("http_500",), ("garbage", "html")):
        try:
            desk.bench.fault(names, "schedule", times=MANY)
        except BenchRefusedError:
            continue
        try:
            after = desk.gateway.free(desk.facts.days)
        except GatewayUnavailableError:
            said.append(f"{names[0]}: no answer")
            continue
        finally:
            desk.bench.well()
        _judge_answer(names[0], after, free, desk)
        said.append(f"{names[0]}: {after.completeness.value}")
    if not said:
        raise not_tested("the simulator has no fault that spoils a schedule")
    return "; ".join(said)


def _judge_answer(
    name: str, after: FreeTime, free: dict[RemoteResource, tuple[Interval, ...]], desk: Desk
) -> None:
    if after.completeness is not Completeness.FULL:
        return
    if name != "partial":
        raise danger(
            f"an answer that was spoilt ({name}) is called full: whatever it lacks vanishes, the visits of"
            " doctors too, and other branches offer their time",
            do=_ADAPTER,
        )
    for resource, places in _free_by_doctor(after, desk).items():
        for place in places:
            if not times.whole(free.get(resource, ()), place):
                raise danger(
                    f"an answer that was spoilt ({name}) shows time free that was not"
                    f" ({times.spelt(place)}, doctor {resource.practitioner_id})",
                    do=_ADAPTER,
                )


def _asked_for_nobody(desk: Desk) -> str:
    try:
        told = desk.gateway.free(desk.facts.days, resource=NOBODY)
    except GatewayUnavailableError:
        return "no answer"
    if told.completeness is Completeness.FULL and not told.resources:
        raise danger(
            "an answer without a single doctor is called full: whatever it lacks vanishes, the visits of"
            " doctors too, and other branches offer their time",
            do=_ADAPTER,
        )
    return told.completeness.value.replace("_", " ")


def _free_by_doctor(told: FreeTime, desk: Desk) -> dict[RemoteResource, tuple[Interval, ...]]:
    by_doctor: dict[RemoteResource, list[TimeItem]] = defaultdict(list)
    for item in told.items:
        by_doctor[item.resource].append(item)
    return {each: times.open_time(items, desk.can.semantics) for each, items in by_doctor.items()}


def limits(desk: Desk) -> str:
    """See that the longest window is answered, several at once too, and a slow answer is given up."""
    first = desk.facts.days.first
    longest = Window(first, first + timedelta(days=desk.can.max_window_days - 1))
    began = time.monotonic()
    told = desk.gateway.free(longest)
    seconds = time.monotonic() - began
    if told.completeness is Completeness.SUSPICIOUS_EMPTY:
        raise wrong(
            f"{desk.can.max_window_days} days at once are answered with nothing",
            do="Lower max_window_days in the profile to what the MIS answers",
        )
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(desk.gateway.free, [desk.facts.days] * AT_ONCE))
    if len({frozenset(answer.resources) for answer in answers}) > 1:
        raise wrong(
            f"{AT_ONCE} calls at once are answered with different doctors",
            do="Lower connections in the profile to 1, and ask the vendor how many calls the MIS bears",
        )
    said = f"{desk.can.max_window_days} days in {seconds:.1f} s, {AT_ONCE} calls at once agree"
    return f"{said}; {_slow(desk)}"


def _slow(desk: Desk) -> str:
    if desk.bench is None or desk.facts.doctor is None:
        return "a slow answer was not tested"
    try:
        desk.bench.fault(("slow",), "schedule", times=MANY, delay=desk.seconds * LATE)
    except BenchRefusedError:
        return "a slow answer was not tested"
    began = time.monotonic()
    with suppress(GatewayUnavailableError):
        desk.gateway.free(desk.facts.days, resource=desk.doctor)
    seconds = time.monotonic() - began
    desk.bench.well()
    if seconds > desk.seconds * LATE:
        raise wrong(
            f"an answer that takes {desk.seconds * LATE:g} s is waited for, though the timeout is"
            f" {desk.seconds:g} s",
            do=_ADAPTER,
        )
    return "a slow answer is given up"


def changes(desk: Desk) -> str:
    """See that the feed answers, and says the same again while nobody acknowledges it."""
    if not desk.can.change_feed:
        raise not_applicable("the MIS tells no changes; the schedule is read instead")
    first, second = desk.gateway.changes(""), desk.gateway.changes("")
    if first.ack_token is not None and len(second.changes) < len(first.changes):
        raise danger(
            f"of {len(first.changes)} changes that nobody acknowledged {len(second.changes)} are left: a"
            " crash of ours would lose them for ever",
            do=_ADAPTER,
        )
    return "the feed answers"
