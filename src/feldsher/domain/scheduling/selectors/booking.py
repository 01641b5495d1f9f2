"""What a registrar reads while booking for somebody: free times without the bounds of strangers, a hold."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    HoldNotFoundError,
    ScheduleStaleError,
    SlotNotOfferedError,
)
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.day import visit_row
from feldsher.domain.scheduling.selectors.times import PER_OFFER, freshness
from feldsher.domain.scheduling.selectors.visits import as_card, zone_of
from feldsher.domain.scheduling.selectors.waiting import is_of_desk
from feldsher.domain.scheduling.tokens import read_slot_token
from feldsher.domain.scheduling.types import (
    Answer,
    AppointmentCard,
    OpenSlot,
    ProgrammeDay,
    State,
    VisitToCome,
)
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.clock import day_bounds

ALL_ANSWERED = Answer.FIRST | Answer.REPEAT | Answer.AGE | Answer.REFERRAL
"""What an offer asks keeps no time from staff: the registrar reads it beside the held time, and asks."""

SHARED_DAYS = 14
"""How far a day is sought on which all visits of a programme may be booked."""
_INSTANT = timedelta(microseconds=1)
_NO_FIT = (
    "На\u00a0это время запись не\u00a0перенести: оно занято, короче приёма, или\u00a0врач такого "
    "не\u00a0ведёт. Выберите другое."
)
NO_VISIT = "Такой записи нет, или её уже отменили. Посмотрите записи на\u00a0день."
"""What staff read of a visit that can't be cancelled because it is not there."""


def times_for_staff(
    staff: Staff, practitioner: UUID, *, location: UUID, service: UUID | None, day: date
) -> tuple[OpenSlot, ...]:
    """Return the free times of a doctor on a branch's day, the default visit's without a service.

    No stop, notice or quota of online booking takes one away, and no question. Raises ForbiddenError,
    NotFoundError, ScheduleStaleError where the schedule has not been read for too long.
    """
    require(staff, Action.BOOK_VISITS)
    zone = directory.location(location).zone
    if not zone:
        return ()
    if not freshness(sql_calls.heard([practitioner], location=location))[1]:
        raise ScheduleStaleError("the mirror is too old")
    return tuple(
        sql_calls.free_slots(
            [practitioner],
            location=location,
            service=service,
            span=day_bounds(day, ZoneInfo(zone)),
            limit=PER_OFFER,
            answers=ALL_ANSWERED,
            by_staff=True,
        )
    )


def programme_day_for_staff(
    staff: Staff,
    visits: Mapping[UUID, Sequence[UUID]],
    *,
    location: UUID,
    first: date,
    day: date | None = None,
) -> ProgrammeDay:
    """Return the free times of a programme's services on one day of a branch, as `times_for_staff` would.

    `visits`: services and who gives them there. Without a `day` it is the first one of SHARED_DAYS, from
    `first` on, that has a time for each service, else `first`. Whether the times follow each other, a person
    sees. One query a service, and one for how old the schedules are. Raises ForbiddenError, NotFoundError.
    """
    require(staff, Action.BOOK_VISITS)
    zone = directory.location(location).zone
    doctors = sorted({each for given in visits.values() for each in given})
    if not zone or not doctors:
        return ProgrammeDay(day or first, has_no_day=False, times={}, stale=frozenset())
    here, last = ZoneInfo(zone), day or first + timedelta(days=SHARED_DAYS - 1)
    span = (day_bounds(day or first, here)[0], day_bounds(last, here)[1])
    heard = sql_calls.heard_of_each(doctors, location=location)
    stale = frozenset(each for each, hours in heard.items() if not freshness(hours)[1])
    found = {
        service: sql_calls.free_slots(
            sorted(given),
            location=location,
            service=service,
            span=span,
            limit=PER_OFFER,
            answers=ALL_ANSWERED,
            by_staff=True,
        )
        for service, given in visits.items()
        if given
    }
    days = [{slot.key.start.astimezone(here).date() for slot in slots} for slots in found.values()]
    shared = day or min(set.intersection(*days), default=None)
    shown = shared or first
    times = {
        service: tuple(slot for slot in slots if slot.key.start.astimezone(here).date() == shown)
        for service, slots in found.items()
    }
    return ProgrammeDay(shown, has_no_day=shared is None and not stale, times=times, stale=stale)


def booking_of_desk(staff: Staff, hold_id: UUID) -> AppointmentCard:
    """Return a time that staff hold, or that was offered to a phone, or the visit that became of it.

    Nobody's name is in it.

    Raises ForbiddenError, HoldNotFoundError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        row = Appointment.objects.filter(pk=hold_id).first()
        if row is None or not is_of_desk(row):
            note_miss(staff, Action.BOOK_VISITS, hold_id)
            raise HoldNotFoundError("no such hold of the desk")
        if row.patient is not None:
            journal(
                "appointment", Column.APPOINTMENTS, ids=[row.id], patients=[row.patient], fields=("state",)
            )
    return as_card(row, zone=zone_of(row.location))


def visit_to_cancel(staff: Staff, visit_id: UUID) -> VisitToCome:
    """Return a booked visit to come with its patient, for who is about to cancel it.

    Raises ForbiddenError, AppointmentNotFoundError for any other, VaultError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        row = Appointment.objects.filter(
            pk=visit_id, state=State.BOOKED, patient__isnull=False, starts_at__gt=clock.now()
        ).first()
        if row is None or row.patient is None:
            note_miss(staff, Action.BOOK_VISITS, visit_id)
            raise AppointmentNotFoundError("no such booked visit to come", sentence=NO_VISIT)
        journal("appointment", Column.APPOINTMENTS, ids=[row.id], patients=[row.patient])
        persons = patients.shown_persons(staff, Action.BOOK_VISITS, {row.patient})
    return VisitToCome(visit_row(row, persons.get(row.patient)), row.location, zone_of(row.location))


def terms_to_move(row: Appointment) -> tuple[UUID, Answer]:
    """Return the service of a visit, and the answers that keep it where it is to take place."""
    is_remote = Answer.REMOTE in Answer(row.answers)
    return row.service, ALL_ANSWERED | (Answer.REMOTE if is_remote else Answer.IN_PERSON)


def time_to_move_to(staff: Staff, visit_id: UUID, *, slot: str) -> OpenSlot:
    """Return the time at which a visit itself may begin where another visit's slot begins, its own service's.

    Raises ForbiddenError, AppointmentNotFoundError, SlotTokenError, SlotNotOfferedError where the visit does
    not fit there.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        row = Appointment.objects.filter(pk=visit_id, patient__isnull=False).first()
        if row is None or row.patient is None:
            note_miss(staff, Action.BOOK_VISITS, visit_id)
            raise AppointmentNotFoundError("no such visit", sentence=NO_VISIT)
        journal("appointment", Column.APPOINTMENTS, ids=[row.id], patients=[row.patient], fields=("service",))
    service, answers = terms_to_move(row)
    to = read_slot_token(slot)
    found = sql_calls.free_slots(
        [to.practitioner_id],
        location=row.location,
        service=service,
        span=(to.start, to.start + _INSTANT),
        limit=1,
        answers=answers,
        by_staff=True,
        instead=making_way(visit_id),
    )
    if not found or to.location_id != row.location:
        raise SlotNotOfferedError("the visit does not fit there", sentence=_NO_FIT)
    return found[0]
