"""One appointment, its exchange and its gateway, as the worker holds them; every write is short and guarded.

Before a call leaves, `sent_at` is committed; after its answer, `ended_at`. A crash in between, or an answer
that can't be believed, leaves the call open, and whoever runs next reads back first.
"""

from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import PERSON, PatientCard, PersonField
from feldsher.domain.scheduling import gateways, line, notices
from feldsher.domain.scheduling.calling import promise_call
from feldsher.domain.scheduling.exchange import moving, reporting
from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment, Exchange
from feldsher.domain.scheduling.ports import (
    Capabilities,
    GatewayUnavailableError,
    MisGateway,
    Person,
    RemoteResource,
    RemoteSlot,
)
from feldsher.domain.scheduling.sealed import open_wish
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from feldsher.kernel.errors import NotFoundError

WORK = moving.WORK
_TWO_TIMES = (
    "Сверить записи в МИС: сайт считает, что пациент записан на {time}, но МИС сообщала и о другом времени. "
    "Лишнюю запись отменить"
)
_FENCE = ("stage", "attempts", "sent_at", "ended_at")
MOST_ATTEMPTS = 10_000
"""Calls are counted up to this: a MIS that is silent for days must not overflow a small integer."""


class OvertakenError(Exception):
    """Somebody else has carried the talk on since this run read it."""


class Talk:
    """One run's view of the talk, loaded anew for each run of a job."""

    def __init__(self, appointment: UUID) -> None:
        with as_service(WORK, savepoint=False):
            self.row = Appointment.objects.get(pk=appointment)
            self.exchange = Exchange.objects.get(pk=appointment)
        self._seen = self._fence()

    @cached_property
    def gateway(self) -> MisGateway:
        """The adapter; GatewayUnavailableError when the settings name the MIS no longer."""
        return gateways.gateway(self.exchange.mis)

    @cached_property
    def capabilities(self) -> Capabilities:
        return self.gateway.capabilities()

    @property
    def state(self) -> State:
        return State(self.row.state)

    @property
    def is_open(self) -> bool:
        """Whether a call may have left whose answer nobody knows."""
        sent, ended = self.exchange.sent_at, self.exchange.ended_at
        return sent is not None and (ended is None or ended < sent)

    @property
    def is_overdue(self) -> bool:
        """Whether the hour by which the patient was promised an answer has passed."""
        return self.row.answer_by is not None and self.row.answer_by <= clock.now()

    @property
    def settled_at(self) -> datetime:
        """When even a late commit of the last call must be visible in the MIS."""
        sent = self.exchange.sent_at or clock.now()
        booking = settings.FELDSHER_BOOKING
        settle = max(booking.settle_seconds, self.capabilities.settle_seconds)
        return sent + line.PATIENCE + timedelta(seconds=booking.mis_timeout_seconds + settle)

    @cached_property
    def earlier(self) -> "Talk | None":
        """The talk about the visit that this one is to replace, as it was when this run began."""
        return None if self.exchange.moves is None else Talk(self.exchange.moves)

    @cached_property
    def slot(self) -> RemoteSlot:
        """The time in the MIS's words; NotFoundError when the MIS no longer knows a party."""
        row = self.row
        service = None if row.service == UNNAMED_SERVICE else row.service
        ids = directory.remote_ids(
            row.practitioner, location=row.location, service=service, mis=self.exchange.mis
        )
        length = row.visit.upper - row.visit.lower
        return RemoteSlot(
            resource=RemoteResource(ids.practitioner_id, ids.location_id),
            begin=WallTime.parse(self.exchange.wall_start),
            minutes=int(length.total_seconds() // 60),
            service_id=ids.service_id,
            specialty=ids.specialty,
            ticket=row.ticket,
        )

    @cached_property
    def person(self) -> Person:
        """The person behind the visit as the MIS is told: with all that is known."""
        card = self._patient(PERSON)
        return Person(
            family=card.family,
            given=card.given,
            middle=card.middle,
            phone=card.phone,
            birth_date=card.birth_date,
            email=card.email,
        )

    def _patient(self, fields: tuple[PersonField, ...]) -> PatientCard:
        """Return these fields of the patient; every row that reaches a worker has one."""
        patient = self.row.patient
        if patient is None:
            raise RuntimeError(f"appointment {self.row.id} has no patient")
        with as_service(WORK, savepoint=False):
            journal("appointment", Column.APPOINTMENTS, ids=[self.row.id], patients=[patient])
            return patients.person(patient, fields=fields)

    @property
    def reference(self) -> str:
        """Our own id of the visit, as the MIS may carry it."""
        return str(self.row.id)

    @property
    def left_over(self) -> str:
        """What of ours may stand, or may still appear, in the MIS where there is no visit; empty for nothing.

        A reserve, or our reference after a lost call, where the MIS can close it.
        """
        if self.exchange.hold_ref or self.exchange.ghost_until is None:
            return self.exchange.hold_ref
        try:
            return self.reference if self.capabilities.frees_by_reference else ""
        except GatewayUnavailableError:  # the settings name the MIS no longer
            return ""

    @property
    def wish(self) -> str:
        return open_wish(bytes(self.exchange.wish), appointment=self.row.id)

    @property
    def now_ended(self) -> datetime:
        """When the last call has its answer, if that is now; never before it was sent, whatever clocks do."""
        return max(clock.now(), self.exchange.sent_at or clock.now())

    def note(self, **values: object) -> None:
        """Write fields of the exchange at once; raises OvertakenError."""
        with as_service(WORK, savepoint=False):
            written = Exchange.objects.filter(pk=self.exchange.pk, **self._seen).update(**values)
        if not written:
            raise OvertakenError
        for name, value in values.items():
            setattr(self.exchange, name, value)
        self._seen = self._fence()

    def _fence(self) -> dict[str, object]:
        fence: dict[str, object] = {}
        for name in _FENCE:
            value = getattr(self.exchange, name)
            fence |= {f"{name}__isnull": True} if value is None else {name: value}
        return fence

    def is_as_read(self, exchange: Exchange) -> bool:
        """Whether nobody has carried the talk on since this run read it, by the exchange as it is now."""
        return all(getattr(exchange, name) == getattr(self.exchange, name) for name in _FENCE)

    def leaving(self, stage: str, **values: object) -> None:
        """Commit that a call is about to leave, later than the last one ended, whatever clocks do.

        `values` came with the answer to the call before, which so is noted in the same commit.
        """
        attempts = min(self.exchange.attempts + 1, MOST_ATTEMPTS)
        ended_at = self.now_ended if values else self.exchange.ended_at
        sent_at = clock.now()
        if ended_at is not None:
            sent_at = max(sent_at, ended_at + timedelta(microseconds=1))
        self.note(
            stage=stage, sent_at=sent_at, ended_at=ended_at, attempts=attempts, absent_reads=0, **values
        )

    def answered(self, **values: object) -> None:
        """Commit that the last call has its answer, and the values that came with it."""
        self.note(ended_at=self.now_ended, **values)

    @property
    def may_keep_ref(self) -> bool:
        """Whether who moves the record in the MIS may leave it its id: by that nothing is cancelled then."""
        try:
            return self.capabilities.move_keeps_ref
        except GatewayUnavailableError:  # the settings name the MIS no longer
            return True

    def move(
        self, state: State, *, reason: str = "", call: str = "", by_person: bool = False, **values: object
    ) -> None:
        """Change the state, with whatever the change makes necessary in the same commit.

        `values` are fields of the exchange; `call` is the topic of a call that the patient is promised
        with it. `by_person`: it is a person's word, who may have done anything to the record in the MIS.
        Raises OvertakenError.
        """
        with as_service(WORK):
            row = Appointment.objects.select_for_update().get(pk=self.row.id)
            if row.state != self.row.state:
                raise OvertakenError
            before, row.state, row.reason = State(row.state), state, reason
            if state in {State.BOOKED, State.CANCELLED}:
                row.answer_by = None
            row.save(update_fields=["state", "reason", "answer_by"])
            is_own_move = self.exchange.stage == moving.OWN_MOVE
            if values:
                self.note(**values)
            self.row = row
            if state is State.BOOKED and self.exchange.moves is not None:
                is_own = is_own_move or (by_person and self.may_keep_ref)
                is_doubtful = moving.leave(row, moves=self.exchange.moves, is_own=is_own)
                if is_doubtful and (by_person or not is_own):
                    self.request_call(_TWO_TIMES.format(time=row_time(self.exchange)))
            notices.tell_end_of_talk(row, before=before, moves=self.exchange.moves)
            if call:
                self.ask_a_person(call)
            if state is not State.UNKNOWN:
                self.look_again()
            reporting.enqueue(row, self.exchange)

    def stages_of_others(self, ref: str) -> set[str]:
        """Return how far the talks are of other visits that the MIS knows by this id."""
        with as_service(WORK, savepoint=False):
            others = Exchange.objects.filter(mis=self.exchange.mis, ref=ref).exclude(pk=self.row.id)
            return set(others.values_list("stage", flat=True))

    def look_again(self) -> None:
        """Have the doctor's day read from the MIS: something of ours has changed there."""
        moving.look_again(self.row)

    def ask_a_person(self, topic: str) -> None:
        """Promise the patient a call, once: the time is kept, and a registrar looks into the MIS."""
        if self.exchange.needs_person_at is not None:
            return
        with as_service(WORK):
            call_by = self.request_call(topic)
            self.note(needs_person_at=clock.now())
            Appointment.objects.filter(pk=self.row.id).update(answer_by=call_by)
        self.row.answer_by = call_by

    def request_call(self, topic: str) -> datetime:
        """Ask a registrar to call the patient; returns the promised hour.

        A doctor or a branch that is no more does not take the promise away.
        """
        patient = self._patient(("family", "given", "phone"))
        name = f"{patient.family} {patient.given}".strip()
        parties = {"location_id": self.row.location, "practitioner_id": self.row.practitioner}
        while True:
            try:
                asked = promise_call(self.row.id, name=name, phone=patient.phone, topic=topic, **parties)
            except NotFoundError:
                if not parties:
                    raise
                parties = {}
            else:
                return asked.call_by


def row_time(exchange: Exchange) -> str:
    """Return the start of a visit on the MIS's wall, as a registrar reads it."""
    return exchange.wall_start.replace("T", " ")[:16]
