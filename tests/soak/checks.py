"""What must be true of every history: at each step, and once it is quiet.

Nothing here asks the product what it thinks of itself: which states take time is said anew, and `active`,
which its constraints stand on, is not read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, starmap
from typing import Final, NamedTuple
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.models import (
    UNNAMED_SERVICE,
    Appointment,
    CallRequest,
    Discrepancy,
    Exchange,
    WaitingOffer,
)
from feldsher.domain.scheduling.types import DiscrepancyKind, DiscrepancyState, OpenSlot
from soak import messages, waiters
from soak.known import ViolationError
from soak.places import Booking
from soak.player import Player
from soak.steps import Step
from soak.waiters import TAKES_TIME

OPEN: Final = ("unknown", "cancelling")
SYNC: Final = 120
"""Seconds between two synchronisations, as the settings have it."""
HOLD: Final = 610
"""Seconds after which every hold is over."""
RESERVE: Final = 17 * 60
"""Seconds after which the MIS has given up every reserve by itself."""
NIGHTS: Final = 2
"""That a visit is missing in the MIS takes two looks."""
UNANSWERED: Final = 2
"""So many times offers are left unanswered at the end; then whoever waits still stops."""
TICKS: Final = (*[10] * 6, *[30] * 8, *[60] * 28)
"""Seconds between two looks of the worker while it becomes quiet: 33 minutes in all."""


def at_each_step(player: Player) -> None:
    """Raise ViolationError where two visits overlap that must not, or an offered time is not kept."""
    _raise(chain(_overlaps(player), waiters.at_each_step(player)))


def at_the_end(player: Player) -> None:
    """Let it become quiet, and raise ViolationError for whatever the two systems don't agree upon."""
    _quieten(player)
    rules = (
        _overlaps(player),
        _unfinished(),
        _unheard(),
        _disagreements(player),
        _surprises(player),
        _times(player),
        messages.messages(player),
        messages.plan(player),
        waiters.at_the_end(player),
    )
    _raise(chain.from_iterable(rules))


def _raise(found: Iterable[str]) -> None:
    sentences = list(found)
    if sentences:
        raise ViolationError(*sentences)


def _overlaps(player: Player) -> Iterator[str]:
    """Tell of each visit that stands over an earlier one; places of one group may, up to its capacity."""
    now = player.timeline.now()
    standing = [row for row in _rows() if row.state != "held" or row.hold_until > now]
    for number, later in enumerate(standing):
        if later.mis_overlap:
            continue  # what the MIS did over ours is its own
        earlier = [row for row in standing[:number] if row.chain != later.chain]
        group = [row for row in earlier if _is_of_one_group(row, later)]
        is_full = len(group) >= player.capacity_of(later.practitioner, later.service)
        for row in earlier:
            both = " and ".join(f"{player.name_of(each.id)} ({each.state})" for each in (row, later))
            if is_full or row not in group:
                if row.practitioner == later.practitioner and _cross(row.occupied, later.occupied):
                    yield f"one doctor has {both} at one time"
                if row.room and row.room == later.room and _cross(row.occupied, later.occupied):
                    yield f"one room has {both} at one time"
            if row.patient and row.patient == later.patient and _cross(row.visit, later.visit):
                yield f"one patient has {both} at one time"


def _is_of_one_group(one: "_Row", other: "_Row") -> bool:
    """Whether both have the very same time of a doctor in a branch, and no two services are named."""
    named = {one.service, other.service} - {UNNAMED_SERVICE}
    where = (one.practitioner, one.location, one.visit)
    return where == (other.practitioner, other.location, other.visit) and len(named) < 2


class _Row(NamedTuple):
    id: UUID
    state: str
    hold_until: datetime
    chain: UUID
    mis_overlap: bool
    practitioner: UUID
    location: UUID
    service: UUID
    room: UUID | None
    patient: UUID | None
    occupied: DateTimeTZRange
    visit: DateTimeTZRange


def _rows() -> list[_Row]:
    """Return what takes time, in the order in which it was written."""
    rows = Appointment.objects.filter(state__in=TAKES_TIME).order_by("created_at", "id")
    return list(starmap(_Row, rows.values_list(*_Row._fields)))


def _cross(one: DateTimeTZRange, other: DateTimeTZRange) -> bool:
    return bool(one.lower < other.upper and other.lower < one.upper)


def _quieten(player: Player) -> None:
    """Switch the faults off, and let the worker go on until nothing is left; what repeats is not told."""
    player.is_quiet = player.is_ordered = True
    player.place.well()
    since_sync = 0
    for tick in TICKS:
        seconds = tick if any(_unfinished(but="held")) else HOLD
        player.play(Step("wait", number=seconds))
        player.play(Step("tend"))
        if player.waiting.wishes:
            player.play(Step("offer"))
        while player.play(Step("work")) != "no talk waits":
            pass
        is_over = not any(_unfinished(are_offers_over=False))
        since_sync += seconds
        if is_over or since_sync >= SYNC:
            player.play(Step("sync"))
            since_sync = 0
        if is_over and not any(_unfinished(are_offers_over=False)):
            break
    _end_of_waiting(player)
    for _ in range(NIGHTS):
        player.play(Step("night"))
        player.play(Step("wait", number=SYNC))
    if any(item["status"] == "reserved" and item["source"] == "site" for item in player.place.registry()):
        player.play(Step("wait", number=RESERVE))  # one whose id nobody learned runs out by itself
    player.play(Step("look"))
    player.play(Step("sync"))


def _end_of_waiting(player: Player) -> None:
    """Let offers run out and their times pass on, a few times; then whoever waits still stops."""
    if not player.waiting.wishes:
        return
    for _ in range(UNANSWERED):
        while player.play(Step("offer")) != "0 offered":
            pass
        opened = WaitingOffer.objects.filter(state="open").order_by("until").first()
        if opened is None:
            break
        left = opened.until - player.timeline.now()
        player.play(Step("wait", number=int(left.total_seconds()) + 1))
        player.play(Step("sync"))
    for name in list(player.waiting.wishes):
        player.play(Step("stop", name))
    player.play(Step("offer"))


def _unfinished(*, but: str = "", are_offers_over: bool = True) -> Iterator[str]:
    """Tell what is neither at its end nor with a person, leaving out what is in a state.

    Unless `are_offers_over`, what keeps an offered time is left out too.
    """
    opened = WaitingOffer.objects.filter(state="open").values("hold")
    rows = Appointment.objects.exclude(state=but)
    if not are_offers_over:
        rows = rows.exclude(pk__in=opened, state="held")
    talks = {talk.pk: talk for talk in Exchange.objects.all()}
    asked: Counter[UUID | None] = Counter(
        CallRequest.objects.filter(appointment__isnull=False, done_at=None).values_list(
            "appointment", flat=True
        )
    )
    for row in rows:
        talk = talks.get(row.id)
        if row.state in {"held", "booking"}:
            yield f"{row.id} is {row.state} for ever"
        elif row.state in OPEN and (talk is None or talk.needs_person_at is None or not asked[row.id]):
            yield f"{row.id} is {row.state}, and nobody was asked to look"
        elif talk is not None and talk.stage == "release":
            yield f"{row.id} is {row.state}, and its reserve is not given back"
    for appointment, count in asked.items():
        if count > 1:
            yield f"{count} calls are promised about {appointment}"


def _unheard() -> Iterator[str]:
    """Tell of what the MIS told otherwise, and was neither believed nor given to a person."""
    for seen in Discrepancy.objects.filter(state=DiscrepancyState.SEEN):
        yield f"{seen.appointment} is {seen.kind} in the MIS, and nothing came of it"


@dataclass(frozen=True)
class _Place:
    """A doctor and a beginning, in the MIS's words."""

    doctor: str
    start: datetime


def _disagreements(player: Player) -> Iterator[str]:
    """Hold what stands in the MIS from us against what we say stands there, time by time."""
    if not player.place.has_registry:
        return
    ours: dict[_Place, list[Appointment]] = defaultdict(list)
    asked: dict[str, _Place] = {}
    for row in Appointment.objects.exclude(channel="mis"):
        place = _Place(player.remote(row.practitioner, row.location), row.visit.lower)
        ours[place].append(row)
        if row.state in OPEN:  # whoever looks finds it by our reference, wherever the MIS has written it
            asked[str(row.id)] = place
    theirs: dict[_Place, list[Booking]] = defaultdict(list)
    registry = player.place.registry()
    for item in registry:
        if item["source"] == "site":
            meant = asked.get(item["client_ref"])
            theirs[meant or _Place(item["resource"], datetime.fromisoformat(item["start"]))].append(item)
    moving = _on_the_way()
    for where in ours.keys() | theirs.keys():
        yield from _disagreement(player, ours[where], theirs[where], moving)
    for item in registry:
        if (
            item["source"] == "clerk"
            and item["status"] == "cancelled"
            and str(item["id"]) not in player.cancelled_there
        ):
            yield f"a registrar's booking of {item['start']} was cancelled by us"


def _on_the_way() -> set[UUID]:
    """Return the visits whose record the MIS was asked to move, without an answer: at either of two times."""
    asked = Exchange.objects.filter(moves__isnull=False, stage="move")
    rows = Appointment.objects.filter(state__in=OPEN, pk__in=asked.values("appointment"))
    return set(asked.filter(appointment__in=rows.values("pk")).values_list("moves", flat=True))


def _disagreement(
    player: Player, rows: list[Appointment], items: list[Booking], moving: set[UUID]
) -> Iterator[str]:
    states = Counter("unknown" if row.id in moving else row.state for row in rows)
    doubted = Discrepancy.objects.filter(
        appointment__in=[row.id for row in rows if row.state == "booked"], state=DiscrepancyState.WAITING
    ).count()  # a person was told that the MIS says otherwise
    kept_there = Discrepancy.objects.filter(
        appointment__in=[row.id for row in rows if row.state in {"cancelled", "moved"}],
        kind=DiscrepancyKind.STANDS,
        state=DiscrepancyState.WAITING,
    ).count()  # as above: the MIS said that it was cancelled, and has it still
    told = (
        ", ".join(f"{player.name_of(row.id)} {row.state} {row.reason}".strip() for row in rows) or "nothing"
    )
    stands = sum(item["status"] == "booked" for item in items)
    reserved = sum(item["status"] == "reserved" for item in items)
    still_open = sum(states[state] for state in OPEN)
    if stands < states["booked"] - doubted:
        yield f"booked here, and not in the MIS: {told}; there {stands} of ours stand"
    if stands > states["booked"] + still_open + kept_there:
        yield f"{stands} of ours stand in the MIS at one time, and here there is: {told}"
    if reserved > still_open:
        yield f"a reserve of ours is left in the MIS, and here there is: {told}"
    references = Counter(item["client_ref"] for item in items if item["status"] == "booked")
    if any(count > 1 for reference, count in references.items() if reference is not None):
        yield f"one visit stands twice in the MIS: {told}"


def _surprises(player: Player) -> Iterator[str]:
    """Tell of ends that nobody asked for."""
    known = {one.id: one for one in player.visits.values()}
    for row in Appointment.objects.exclude(channel="mis"):
        one = known.get(row.id)
        if row.state == "cancelled" and not (one and one.cancel_asked) and not player.cancelled_there:
            yield f"{player.name_of(row.id)} is cancelled ({row.reason}), and nobody asked for it"


def _times(player: Player) -> Iterator[str]:
    """Tell of times that are offered though taken, or that are free everywhere and not offered."""
    rows = list(Appointment.objects.filter(state__in=TAKES_TIME))
    registry = player.place.registry()
    for number, slot in enumerate(player.times):
        key = slot.key
        found = sql_calls.free_slots(
            [key.practitioner_id],
            location=key.location_id,
            service=key.service_id,
            span=(key.start, key.start + timedelta(seconds=1)),
            limit=1,
        )
        here = [row for row in rows if _is_in_the_way(row, key.practitioner_id, slot.end, key.start)]
        group = [row for row in here if _is_place_of(row, slot)]
        is_full = len(group) >= player.capacity_of(key.practitioner_id, key.service_id)
        is_taken = is_full or len(group) < len(here)
        there = bool(player.standing(slot, registry))
        if found and (is_taken or there):
            yield f"time {number} is offered, and taken {'here' if is_taken else 'in the MIS'}"
        if not found and not is_taken and not there:
            yield f"time {number} is free here and in the MIS, and not offered"


def _is_in_the_way(row: Appointment, practitioner: UUID, end: datetime, start: datetime) -> bool:
    return row.practitioner == practitioner and row.occupied.lower < end and start < row.occupied.upper


def _is_place_of(row: Appointment, slot: OpenSlot) -> bool:
    at_that_time = (row.visit.lower, row.visit.upper) == (slot.key.start, slot.end)
    return (
        at_that_time
        and row.location == slot.key.location_id
        and row.service in {slot.key.service_id, UNNAMED_SERVICE}
    )
