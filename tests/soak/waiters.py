"""What must be true of the waiting list: whose an offered time is, in what order, and how a wish ends.

Who waits, what suits them and who came first is said anew here; that a time is free `free_slots` says.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.models import Appointment, Offer, Transition, WaitingOffer, Wish
from feldsher.domain.scheduling.types import OpenSlot, SlotKey
from feldsher.foundation.messaging.models import Message
from soak.known import ViolationError

if TYPE_CHECKING:
    from soak.player import Player

TAKES_TIME: Final = ("held", "booking", "booked", "unknown", "cancelling", "arrived")
GAIN: Final = timedelta(hours=1)
"""By how much a time must be earlier than the visit that waits for it."""
SOONEST: Final = timedelta(hours=2)
DAY: Final = (9, 21)
"""Between which hours of the branch somebody may be told."""
_LIVE: Final = """
    SELECT o.wish, w.state, w.chain, h.id, h.state, h.practitioner, lower(h.visit)
    FROM scheduling_waiting_offer o
    JOIN scheduling_wish w ON w.id = o.wish
    JOIN scheduling_appointment h ON h.id = o.hold
    WHERE o.state = 'open' AND o.until > %s
"""


@dataclass(frozen=True)
class Waiter:
    """A wish that waits, and all that decides which times suit it."""

    wish: Wish
    person: int | None
    visit: Appointment | None
    busy: tuple[tuple[datetime, datetime], ...]
    """When the patient has other visits."""
    seen: frozenset[tuple[UUID, datetime]]
    """Doctors and times that were offered to it before."""


def at_each_step(player: "Player") -> Iterator[str]:
    """Tell of an offer whose time nothing keeps, and of a phone that has two of them; one statement."""
    if not player.waiting.wishes:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [player.timeline.now()])
        live = cursor.fetchall()
    phones: Counter[int] = Counter()
    for wish, state, chain, hold, held, _, _ in live:
        name = player.waiting.name_of(wish)
        if state != "waiting":
            yield f"{name} is {state}, and a time is offered to it"
        if held == "expired" or (held != "held" and chain is not None):
            yield f"a time is offered to {name}, and nothing keeps it: {player.name_of(hold)} is {held}"
        person = player.waiting.person_of(wish)
        if person is not None:
            phones[person] += 1
    for person, count in phones.items():
        if count > 1:
            yield f"person {person} has {count} offers at one time"


@contextmanager
def kept_in_order(player: "Player") -> Iterator[None]:
    """Watch an act that may offer times: to whom who came first, and what it lets go to the next.

    Not asked where others act at the same moment. Raises ViolationError.
    """
    if not player.is_ordered:
        yield
        return
    before = waiters(player)
    opened = {offer.pk: offer for offer in WaitingOffer.objects.filter(state="open")}
    holds = Appointment.objects.filter(pk__in=[offer.hold for offer in opened.values()], state="held")
    held = list(holds.values_list("pk", flat=True))
    known = set(WaitingOffer.objects.values_list("pk", flat=True))
    yield
    made = list(WaitingOffer.objects.exclude(pk__in=known))
    closed = WaitingOffer.objects.filter(pk__in=opened).exclude(state__in=("open", "accepted"))
    order = _Order(player, before, had={player.waiting.person_of(offer.wish) for offer in opened.values()})
    found = [*order.broken_by(made, is_pass=not closed)]
    let_go = Appointment.objects.filter(pk__in=held, state="released", hold_until__gt=player.timeline.now())
    given = [_key(row) for row in Appointment.objects.filter(pk__in=[offer.hold for offer in made])]
    found += _forgotten(player, [key for row in let_go if (key := _key(row)) not in given])
    if found:
        raise ViolationError(*found)


def none_waits_in_vain(player: "Player") -> None:
    """Raise ViolationError where a time is free that suits somebody; asked after a pass that offered none."""
    found = [*_forgotten(player, [slot.key for slot in player.times])] if player.is_ordered else []
    if found:
        raise ViolationError(*found)


def waiters(player: "Player") -> list[Waiter]:
    """Return whoever waits and may be offered a time as far as their own visits go, first come first."""
    now = player.timeline.now()
    waiting = list(Wish.objects.filter(state="waiting").order_by("created_at"))
    chains = [wish.chain for wish in waiting if wish.chain is not None]
    rows = Appointment.objects.filter(state__in=TAKES_TIME)
    standing = list(rows.filter(chain__in=chains))
    others = list(rows.filter(patient__in=[wish.patient for wish in waiting if wish.patient is not None]))
    offers = list(WaitingOffer.objects.filter(wish__in=[wish.pk for wish in waiting]))
    found = []
    for wish in waiting:
        mine = [row for row in standing if wish.chain is not None and row.chain == wish.chain]
        if wish.chain is not None and [row.state for row in mine] != ["booked"]:
            continue  # is being moved, or called off
        if mine and mine[0].visit.lower <= now:
            continue
        busy = [
            (row.visit.lower, row.visit.upper)
            for row in others
            if row.patient == wish.patient and row.chain != wish.chain
        ]
        seen = frozenset((each.practitioner, each.starts_at) for each in offers if each.wish == wish.pk)
        person = player.waiting.person_of(wish.pk)
        found.append(Waiter(wish, person, mine[0] if mine else None, tuple(busy), seen))
    return found


def suits(who: Waiter, key: SlotKey, *, end: datetime, now: datetime) -> bool:
    """Whether a time that is free would be offered to them, were nobody before them."""
    wish, here = who.wish, (key.practitioner_id, key.location_id)
    zone = ZoneInfo(directory.location(key.location_id).zone)
    local = key.start.astimezone(zone)
    if wish.specialty:
        is_there = here in directory.specialty_places([wish.specialty]).get(wish.specialty, ())
    else:
        is_there = wish.practitioner == key.practitioner_id
    return (
        DAY[0] <= now.astimezone(zone).hour < DAY[1]
        and key.start >= now + SOONEST
        and is_there
        and (not wish.locations or key.location_id in wish.locations)
        and (wish.service or _usual(key)) == key.service_id
        and (who.visit is None or key.start <= who.visit.visit.lower - GAIN)
        and (wish.first_day is None or wish.first_day <= local.date() <= wish.last_day)
        and (wish.first_day is None or wish.opens <= local.time() < wish.closes)
        and (key.practitioner_id, key.start) not in who.seen
        and not any(begin < end and key.start < over for begin, over in who.busy)
    )


def at_the_end(player: "Player") -> Iterator[str]:
    """Tell of offers that are open or untold, and of wishes that are lost or ended as nobody said."""
    offers = list(WaitingOffer.objects.all())
    holds = {row.pk: row for row in Appointment.objects.filter(pk__in=[offer.hold for offer in offers])}
    wishes = {wish.pk: wish for wish in Wish.objects.all()}
    for offer in offers:
        name = player.waiting.name_of(offer.wish)
        if offer.state == "open":
            yield f"an offer to {name} is open for ever"
        if offer.state == "accepted" and holds[offer.hold].state == "booked":
            yield from _moved(player, holds[offer.hold])
        told = Message.objects.filter(kind="waiting_offer", key__startswith=f"waiting_offer:{offer.pk}")
        if told.count() != 1:
            yield f"{told.count()} messages tell of an offer to {name}: one of a kind is told of an offer"
    times = Counter((offer.wish, offer.practitioner, offer.starts_at) for offer in offers)
    for (wished, _, start), count in times.items():
        if count > 1:
            yield f"{start} was offered {count} times to {player.waiting.name_of(wished)}"
    for one in player.waiting.wishes.values():
        wish = wishes.pop(one.id, None)
        mine = [offer for offer in offers if offer.wish == one.id]
        if wish is None:
            yield f"{one.name} is lost"
        else:
            yield from _ended(one.name, wish, mine, holds, is_asked=one.stop_asked)
    if wishes:
        yield f"{len(wishes)} wish that nobody has made"


def _ended(
    name: str, wish: Wish, offers: list[WaitingOffer], holds: dict[UUID, Appointment], *, is_asked: bool
) -> Iterator[str]:
    """Hold the end of a wish against what its offers and visits became."""
    taken = {holds[offer.hold].state for offer in offers if offer.state == "accepted"}
    been = set(
        Transition.objects.filter(appointment__in=[offer.hold for offer in offers]).values_list(
            "after", flat=True
        )
    )
    if wish.state == "waiting":
        yield f"{name} waits still, though it was taken off the list"
    elif wish.state == "taking" and not taken & {"booking", "unknown"}:
        yield f"{name} is being served for ever"
    elif wish.state == "ended" and wish.reason == "met" and "booked" not in been:
        yield f"{name} is said to be met, and no time of its offers was ever booked"
    elif wish.state == "ended" and wish.reason in {"withdrawn", "desk_asked"} and not is_asked:
        yield f"{name} was taken off the list, and nobody asked for it"
    elif wish.state == "ended" and wish.reason == "visit_ended":
        if Appointment.objects.filter(chain=wish.chain, state="booked").exists():
            yield f"{name} ended with its visit, which stands"
    elif wish.state == "ended" and wish.reason == "unanswered":
        last = sorted(offers, key=lambda each: each.created_at)[-2:]
        if [each.state for each in last] != ["expired", "expired"]:
            yield f"{name} is said to have left two offers unanswered: {[each.state for each in last]}"
    if taken & {"booked"} and wish.reason != "met":
        yield f"{name} has got its time, and ended as {wish.reason or wish.state}"


def _moved(player: "Player", taken: Appointment) -> Iterator[str]:
    """Tell of another version that stands beside the one that was offered and booked."""
    others = Appointment.objects.filter(chain=taken.chain, state__in=TAKES_TIME).exclude(pk=taken.pk)
    for row in others.exclude(version__gt=taken.version):
        new, old = player.name_of(taken.pk), player.name_of(row.pk)
        yield f"{new} was offered and booked, and {old} is {row.state} still"


@dataclass(frozen=True)
class _Order:
    """The queue before an act, and whose phones had an offer then."""

    player: "Player"
    before: list[Waiter]
    had: set[int | None]

    def broken_by(self, made: list[WaitingOffer], *, is_pass: bool) -> Iterator[str]:
        """Tell of offers for which somebody waited longer, who got none, or in a pass a later time."""
        waits_on = set(Wish.objects.filter(state="waiting").values_list("pk", flat=True))
        for offer in made:
            winner = Wish.objects.get(pk=offer.wish)
            row = Appointment.objects.get(pk=offer.hold)
            for who in self.before:
                is_first = who.wish.created_at < winner.created_at and who.wish.pk in waits_on
                if not is_first or self._is_excused(who, offer, made, is_pass=is_pass):
                    continue
                if suits(who, _key(row), end=row.visit.upper, now=self.player.timeline.now()):
                    first, other = (self.player.waiting.name_of(each.pk) for each in (who.wish, winner))
                    yield f"{self.player.time_of(_key(row))} is offered to {other}, and {first} came first"

    def _is_excused(
        self, who: Waiter, offer: WaitingOffer, made: list[WaitingOffer], *, is_pass: bool
    ) -> bool:
        """Whether their phone had an offer, or got another one that came before this."""
        theirs = [each for each in made if self.player.waiting.person_of(each.wish) == who.person]
        got = [each for each in theirs if each.wish == who.wish.pk]
        is_later = (
            is_pass and len(got) == len(theirs) and all(each.starts_at > offer.starts_at for each in got)
        )
        return who.person in self.had or (bool(theirs) and not is_later)


def _forgotten(player: "Player", keys: list[SlotKey]) -> Iterator[str]:
    """Tell of times that are free although somebody whom they suit has no offer."""
    with_offer = {
        player.waiting.person_of(wish)
        for wish in WaitingOffer.objects.filter(state="open").values_list("wish", flat=True)
    }
    left = [who for who in waiters(player) if who.person is not None and who.person not in with_offer]
    if not left:
        return
    now = player.timeline.now()
    for key in dict.fromkeys(keys):
        slot = _free(key)
        for who in left:
            if slot is not None and suits(who, key, end=slot.end, now=now):
                name = player.waiting.name_of(who.wish.pk)
                yield f"{player.time_of(key)} is free, and {name} waits for it in vain"


def _free(key: SlotKey) -> OpenSlot | None:
    span = (key.start, key.start + timedelta(seconds=1))
    found = sql_calls.free_slots(
        [key.practitioner_id], location=key.location_id, service=key.service_id, span=span, limit=1
    )
    return found[0] if found else None


def _usual(key: SlotKey) -> UUID | None:
    """Return the service of a doctor's usual visit in that branch."""
    offers = Offer.objects.filter(practitioner=key.practitioner_id, location=key.location_id, is_default=True)
    return offers.values_list("service", flat=True).first()


def _key(row: Appointment) -> SlotKey:
    return SlotKey(row.practitioner, row.location, row.service, row.visit.lower)
