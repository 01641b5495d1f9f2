"""Random days of one doctor: two branches with rooms, tickets and grids, and what stands there already.

Time is counted in cells of five minutes from 18:00 UTC of DAY to 6:00 of the next, across midnight.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hypothesis import strategies as st

from domain.scheduling import factory
from domain.scheduling.factory import (
    COLLEAGUE,
    DOCTOR,
    LONG_VISIT,
    NORTH,
    OTHER_ROOM,
    ROOM,
    SOUTH,
    VISIT,
    at,
    minutes,
)
from feldsher.domain.scheduling.models import NO_ROOM, UNNAMED_SERVICE, Appointment
from feldsher.domain.scheduling.normaliser import Ticket
from feldsher.domain.scheduling.types import ACTIVE_STATES
from feldsher.kernel.intervals import Interval

CELLS = 144
MISES = {NORTH: factory.MIS, SOUTH: factory.OTHER_MIS}
FRESH, STALE = 5, 15
"""Minutes since a MIS was heard, within the freshness limit and beyond it."""


def cell(index: int) -> datetime:
    return at(18, index * 5)


def stretch(first: int, length: int) -> Interval:
    return Interval(cell(first), cell(first + length))


@dataclass(frozen=True)
class Place:
    """What a MIS says of the doctor in one room; work begins `early` minutes before the free time."""

    location: UUID
    room: UUID
    mis: str
    free: list[Interval]
    busy: list[Interval]
    tickets: list[Ticket]
    step: int | None
    early: int

    def lay(self) -> None:
        work = [Interval(item.start - minutes(self.early), item.end) for item in (*self.free, *self.busy)]
        rows = factory.day_rows(
            () if self.tickets else self.free,
            location=self.location,
            room=self.room,
            busy=self.busy,
            work=work,
            tickets=self.tickets,
            step=self.step,
        )
        factory.lay(rows, mis=self.mis)


@dataclass(frozen=True)
class Terms:
    """How the visit is booked in one branch; minutes."""

    length: int
    step: int
    before: int
    after: int
    notice: int
    horizon: int
    capacity: int

    def offer(self, location: UUID) -> None:
        factory.offer(
            location=location,
            mis=MISES[location],
            length=minutes(self.length),
            step=minutes(self.step),
            before=minutes(self.before),
            after=minutes(self.after),
            notice=minutes(self.notice),
            horizon=minutes(self.horizon),
            capacity=self.capacity,
        )


@dataclass(frozen=True)
class World:
    """All of it. Appointments that the constraints refuse are left out when it is laid.

    `shared` are those whose time may be shared with other places of a group.
    """

    now: datetime
    heard: dict[UUID, int]
    terms: dict[UUID, Terms]
    places: list[Place]
    appointments: list[Appointment]
    shared: list[Appointment]

    def lay(self) -> None:
        for location, ago in self.heard.items():
            factory.heard(MISES[location], as_of=self.now - minutes(ago))
        for location, terms in self.terms.items():
            terms.offer(location)
        for place in self.places:
            place.lay()
        for row in self.shared:
            times = row.visit.lower, row.visit.upper
            row.party = factory.party(*times, practitioner=row.practitioner, location=row.location)
        Appointment.objects.bulk_create([*self.shared, *self.appointments], ignore_conflicts=True)


STRETCHES = st.lists(st.builds(stretch, st.integers(0, CELLS - 1), st.integers(1, 60)), max_size=3)
TICKETS = st.lists(st.tuples(st.integers(0, CELLS - 1), st.integers(1, 8)), max_size=8, unique=True).map(
    lambda found: [
        Ticket(f"t{number}", cell(first), cell(first + length))
        for number, (first, length) in enumerate(sorted(found))
    ]
)
TERMS = st.builds(
    Terms,
    length=st.sampled_from([10, 30, 45, 60, 95]),
    step=st.sampled_from([5, 15, 30, 35, 60]),
    before=st.sampled_from([0, 5, 20]),
    after=st.sampled_from([0, 5, 15]),
    notice=st.sampled_from([0, 60, 200]),
    horizon=st.sampled_from([30 * 1440, 600]),
    capacity=st.sampled_from([1, 1, 1, 2, 3]),
)
PLACES = st.builds(
    Place,
    location=st.sampled_from([NORTH, NORTH, SOUTH]),
    room=st.sampled_from([NO_ROOM, ROOM, OTHER_ROOM]),
    mis=st.just(""),
    free=STRETCHES,
    busy=st.lists(st.builds(stretch, st.integers(0, CELLS - 1), st.integers(1, 12)), max_size=2),
    tickets=st.one_of(st.just([]), TICKETS),
    step=st.sampled_from([None, None, 10, 25]),
    early=st.integers(0, 7),
)


@st.composite
def appointments(draw: st.DrawFn, now: datetime) -> Appointment:
    first, length = draw(st.integers(0, CELLS - 1)), draw(st.integers(1, 12))
    return factory.unsaved_appointment(
        cell(first),
        cell(first + length),
        id=UUID(int=draw(st.integers(1, 2**32))),
        state=draw(st.sampled_from([*ACTIVE_STATES, "held", "cancelled", "expired"])),
        practitioner=draw(st.sampled_from([DOCTOR, DOCTOR, DOCTOR, COLLEAGUE])),
        room=draw(st.sampled_from([None, ROOM, OTHER_ROOM])),
        ticket=draw(st.sampled_from(["", "t0", "t1"])),
        **dict.fromkeys(("lane", "room_lane"), draw(st.sampled_from([0, 0, 1, 2]))),
        before=draw(st.sampled_from([0, 5, 10])),
        after=draw(st.sampled_from([0, 5, 30])),
        hold_until=now + minutes(draw(st.sampled_from([-30, 0, 5]))),
    )


@st.composite
def places_of_groups(draw: st.DrawFn, now: datetime, terms: dict[UUID, Terms]) -> Appointment:
    """Draw what may be a place of a group, or begin within one, or be of another service at its time."""
    location = draw(st.sampled_from([NORTH, NORTH, SOUTH]))
    first, length = draw(st.integers(0, CELLS - 1)), draw(st.sampled_from([0, 0, 0, 1, -1]))
    own = terms[location]
    return factory.unsaved_appointment(
        cell(first),
        cell(first + length) + minutes(own.length),
        id=UUID(int=draw(st.integers(1, 2**32))),
        state=draw(st.sampled_from(["booked", "held", "unknown", "cancelled"])),
        location=location,
        service=draw(st.sampled_from([VISIT, VISIT, UNNAMED_SERVICE, LONG_VISIT])),
        room=draw(st.sampled_from([None, ROOM])),
        ticket=draw(st.sampled_from(["", "t0", "t1"])),
        lane=draw(st.sampled_from([0, 0, 1])),
        before=own.before,
        after=own.after,
        hold_until=now + minutes(draw(st.sampled_from([0, 5]))),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    now = cell(draw(st.integers(-60, 60))) + minutes(draw(st.integers(0, 4)))
    places = draw(st.lists(PLACES, min_size=1, max_size=4, unique_by=lambda item: (item.location, item.room)))
    foreign = draw(st.sampled_from([False, False, False, True]))
    terms = {location: draw(TERMS) for location in MISES}
    return World(
        now=now,
        heard={location: draw(st.sampled_from([FRESH, FRESH, FRESH, STALE])) for location in MISES},
        terms=terms,
        places=[
            Place(**{**vars(place), "mis": factory.MIS if foreign else MISES[place.location]})
            for place in places
        ],
        appointments=draw(st.lists(appointments(now), max_size=5)),
        shared=draw(st.lists(places_of_groups(now, terms), max_size=4)),
    )
