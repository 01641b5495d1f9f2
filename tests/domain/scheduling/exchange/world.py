"""A clinic with one doctor, a MIS in memory, a worker in miniature and a clock: enough to book and to die."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from domain.directory import factory as clinic
from domain.scheduling.scripted import Killed, ScriptedMis
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import exchange, queue, services, tending, tokens
from feldsher.domain.scheduling.models import Appointment, CallRequest, Exchange
from feldsher.domain.scheduling.ports import RemoteResource, RemoteSlot
from feldsher.domain.scheduling.types import Confirmation, PersonInput, State
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

NOW: Final = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Nine in the morning in Moscow: registrars call back."""
VISIT_AT: Final = datetime(2026, 11, 26, 7, tzinfo=UTC)
WALL: Final = "2026-11-26T10:00:00"
SLOT: Final = RemoteSlot(
    RemoteResource(clinic.EYE.id, clinic.NORTH.id), WallTime.parse(WALL), 30, clinic.FIRST_VISIT.id
)
PERSON: Final = PersonInput("Пробный", "Пётр", "+7 900 000-00-01")
TICK: Final = 10
FINAL: Final = frozenset({State.BOOKED, State.REJECTED, State.CANCELLED})


def found_clinic() -> None:
    """Import the invented clinic, give its branch a zone, and publish the texts of consents."""
    import_snapshot(clinic.MIS, snapshot=clinic.snapshot())
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="zone", value="Europe/Moscow", author="test")
    publish_consent_text(
        Purpose.BOOKING, version="test", body="Согласие {operator}.", valid_from=NOW - timedelta(days=9)
    )


def hold(start: datetime = VISIT_AT, *, minutes: int = 30) -> UUID:
    """Write a hold as hold_slot leaves it."""
    row_id = uuid4()
    visit = DateTimeTZRange(start, start + timedelta(minutes=minutes))
    Appointment.objects.create(
        id=row_id,
        chain=row_id,
        practitioner=clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        service=clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        visit=visit,
        occupied=visit,
        state=State.HELD,
        channel="site",
        hold_until=clock.now() + timedelta(minutes=10),
    )
    return row_id


def confirm(appointment: UUID, *, person: PersonInput = PERSON) -> None:
    services.confirm(appointment, confirmation=Confirmation(person, ("booking",), wish="У окна"))


@dataclass
class World:
    mis: ScriptedMis
    set_clock: Callable[[datetime], None]
    moment: datetime = NOW
    appointment: UUID = field(default_factory=uuid4)

    def book(self) -> None:
        """Hold and confirm: BOOKING and its job are there, nobody has spoken with the MIS."""
        self.appointment = hold()
        confirm(self.appointment)

    def cancel(self) -> None:
        services.cancel(self.appointment, token=tokens.appointment_token(self.appointment))

    def row(self) -> Appointment:
        return Appointment.objects.get(pk=self.appointment)

    def talk(self) -> Exchange:
        return Exchange.objects.get(pk=self.appointment)

    @property
    def state(self) -> State:
        return State(self.row().state)

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.set_clock(self.moment)

    def work(self) -> int:
        """Run the talks that wait in the queue; one that dies or fails leaves the queue."""
        jobs = take_jobs()
        for appointment in jobs:
            try:
                exchange.run(appointment)
            except (Killed, RuntimeError):
                continue
        return len(jobs)

    def tick(self, seconds: float = TICK) -> None:
        """Let time pass, and do what the worker does in it."""
        self.forward(seconds)
        tending.keep_promises()
        tending.resume_exchanges()
        self.work()

    def quieten(self, seconds: int = 250) -> None:
        """Go on without new faults until nothing is left to do, for at most that long."""
        self.mis.script.clear()
        self.mis.always.clear()
        for _ in range(seconds // TICK):
            self.tick()
            if self.state in FINAL and self.talk().stage != "release":
                break
        self.mis.settle()

    def calls_promised(self) -> list[CallRequest]:
        return list(CallRequest.objects.order_by("created_at"))

    def agrees(self) -> None:
        """Check the guarantee: one booking in the MIS or none, the same here, and nobody waits in silence."""
        visits = self.mis.booked()
        state = self.state
        assert len(visits) <= 1, (state, visits)
        if state in FINAL:
            assert (state is State.BOOKED) == (len(visits) == 1), (state, visits, self.mis.calls)
        else:
            assert state in {State.UNKNOWN, State.CANCELLING}
            assert self.talk().needs_person_at is not None, state
        if self.talk().needs_person_at is not None:
            assert len(self.calls_promised()) == 1
        if state is State.BOOKED:
            assert self.talk().ref == visits[0].ref


def take_jobs() -> list[UUID]:
    """Take the waiting talks out of the queue, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = %s AND status = 'todo'"
            " RETURNING id, args ->> 'appointment'",
            [queue.EXCHANGE],
        )
        rows = sorted(cursor.fetchall())
    return [UUID(row[1]) for row in rows]


@contextmanager
def killed_at_write(number: int) -> Iterator[list[str]]:
    """Die just before the n-th writing statement (from 0) of the block; yields the statements that ran."""
    seen: list[str] = []

    def wrapper(execute: Any, statement: str, *rest: Any) -> Any:
        if statement.startswith(("UPDATE", "INSERT", "RELEASE")):
            seen.append(statement)
            if len(seen) == number + 1:
                raise Killed
        return execute(statement, *rest)

    with connection.execute_wrapper(wrapper):
        yield seen


def specialties() -> tuple[str, ...]:
    return directory.practitioner(clinic.row(Kind.PRACTITIONER, clinic.EYE.id)).specialties
