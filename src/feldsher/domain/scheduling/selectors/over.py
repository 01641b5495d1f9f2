"""What a registrar is told before a taken time is booked over: what stands there, and whether it may be."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import gateways, sql_calls
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    NotOverbookableError,
    ScheduleStaleError,
    SlotNotOfferedError,
)
from feldsher.domain.scheduling.models import Appointment, Offer
from feldsher.domain.scheduling.selectors.booking import ALL_ANSWERED, NO_VISIT
from feldsher.domain.scheduling.selectors.times import PER_OFFER, freshness
from feldsher.domain.scheduling.tokens import read_slot_token, slot_token
from feldsher.domain.scheduling.types import NoOver, OpenSlot, SlotKey, Standing, State, TakenTime
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.clock import day_bounds

_INSTANT: Final = timedelta(microseconds=1)
_NO_FIT: Final = (
    "На\u00a0это время приём не\u00a0помещается: врач не\u00a0работает, оно прошло "
    "или\u00a0начинается не\u00a0так. Выберите другое."
)

_BARS: Final = {
    NoOver.IN_MIS: "Записать поверх нельзя: временем врача распоряжается МИС. Запишите в\u00a0ней самой "
    "или\u00a0выберите свободное время.",
    NoOver.GROUP: "Поверх места в\u00a0группе не\u00a0записывают: "
    "сколько в\u00a0ней мест, говорит правило записи.",
    NoOver.BY_RULE: "Записать поверх нельзя: так говорит правило записи. Выберите свободное время.",
}
_ELSEWHERE: Final = (
    "Записать поверх нельзя: врач в\u00a0это время занят в\u00a0другом филиале. Выберите свободное время."
)


def taken_times(
    staff: Staff, practitioner: UUID, *, location: UUID, service: UUID | None, day: date
) -> tuple[TakenTime, ...]:
    """Return the times of a doctor's day that are taken and may be booked over; none where no time may.

    Raises ForbiddenError, NotFoundError, ScheduleStaleError.
    """
    zone = directory.location(location).zone
    with as_staff(staff, Action.OVERBOOK):
        offer = _offer(practitioner, location=location, service=service)
        if not zone or offer is None or _bar(offer) is not None:
            return ()
        return _taken(offer, day_bounds(day, ZoneInfo(zone)), limit=PER_OFFER)


def taken_time(staff: Staff, slot: str) -> TakenTime:
    """Return the time of a slot's token with what stands there: nothing, where it is free by now.

    Raises ForbiddenError, SlotTokenError, SlotNotOfferedError where no visit fits, NotOverbookableError,
    ScheduleStaleError.
    """
    with as_staff(staff, Action.OVERBOOK):
        key = read_slot_token(slot)
        offer = _offer(key.practitioner_id, location=key.location_id, service=key.service_id)
        if offer is None:
            raise SlotNotOfferedError("no such offer", sentence=_NO_FIT)
        bar = _bar(offer)
        if bar is not None:
            raise NotOverbookableError(f"no visit stands over another there: {bar}", sentence=_BARS[bar])
        found = _times(offer, (key.start, key.start + _INSTANT), limit=1)
        if not found:
            raise SlotNotOfferedError("the visit does not fit there", sentence=_NO_FIT)
        taken = _over(offer, found[0], _kept(offer, found))
        if taken is None:
            raise NotOverbookableError("the doctor is in another branch", sentence=_ELSEWHERE)
        return taken


def bar_sentence(key: SlotKey) -> str:
    """Return why no visit stands over another at a time that was refused as such, for who asked for it."""
    offer = _offer(key.practitioner_id, location=key.location_id, service=key.service_id)
    bar = _bar(offer) if offer is not None else None
    return _BARS[bar] if bar is not None else _ELSEWHERE


def why_not_over(practitioner: UUID, *, location: UUID, service: UUID) -> NoOver | None:
    """Return why no visit can stand over one of a doctor's in a branch; None where one can.

    By the offer of its service, else of the doctor's usual visit; where nothing is offered, by who keeps the
    schedule.
    """
    offer = _offer(practitioner, location=location, service=service) or _offer(
        practitioner, location=location, service=None
    )
    if offer is not None:
        return _bar(offer)
    keeper = directory.schedule_keepers().get((practitioner, location))
    return NoOver.BY_RULE if keeper is None or keeper in gateways.overbooking() else NoOver.IN_MIS


def slot_over(staff: Staff, visit_id: UUID) -> str:
    """Return the token of the time at which a visit, or a held time, begins: of its service if offered.

    Raises ForbiddenError, AppointmentNotFoundError for one that takes no time, NotOverbookableError.
    """
    with as_staff(staff, Action.OVERBOOK):
        row = Appointment.objects.filter(pk=visit_id, active=True).first()
        if row is None:
            note_miss(staff, Action.OVERBOOK, visit_id)
            raise AppointmentNotFoundError("nothing stands there", sentence=NO_VISIT)
        offer = _offer(row.practitioner, location=row.location, service=row.service) or _offer(
            row.practitioner, location=row.location, service=None
        )
        if offer is None:
            raise NotOverbookableError("nothing is offered there")
        return slot_token(
            SlotKey(row.practitioner, row.location, offer.service, row.visit.lower, ALL_ANSWERED)
        )


def _offer(practitioner: UUID, *, location: UUID, service: UUID | None) -> Offer | None:
    offers = Offer.objects.filter(practitioner=practitioner, location=location)
    return (offers.filter(is_default=True) if service is None else offers.filter(service=service)).first()


def _bar(offer: Offer) -> NoOver | None:
    if offer.mis not in gateways.overbooking():
        return NoOver.IN_MIS
    if offer.capacity > 1:
        return NoOver.GROUP
    return None if offer.overbook > 0 else NoOver.BY_RULE


def _taken(offer: Offer, span: tuple[datetime, datetime], *, limit: int) -> tuple[TakenTime, ...]:
    slots = _times(offer, span, limit=limit)
    kept = _kept(offer, slots)
    found = (_over(offer, slot, kept) for slot in slots)
    return tuple(each for each in found if each is not None and each.standing)


def _times(offer: Offer, span: tuple[datetime, datetime], *, limit: int) -> list[OpenSlot]:
    """Return the starts that staff might take if nothing of ours stood there."""
    if not freshness(sql_calls.heard([offer.practitioner], location=offer.location))[1]:
        raise ScheduleStaleError("the mirror is too old")
    return sql_calls.free_slots(
        [offer.practitioner],
        location=offer.location,
        service=offer.service,
        span=span,
        limit=limit,
        answers=ALL_ANSWERED,
        by_staff=True,
        over=True,
    )


def _kept(offer: Offer, slots: Sequence[OpenSlot]) -> list[Any]:
    """Return the rows of the doctor that take time anywhere between these slots, in order."""
    if not slots:
        return []
    whole = DateTimeTZRange(slots[0].key.start - offer.before, slots[-1].end + offer.after)
    overdue = Q(state=State.HELD, hold_until__lte=clock.now())
    rows = Appointment.objects.filter(active=True, practitioner=offer.practitioner, occupied__overlap=whole)
    return list(rows.exclude(overdue).order_by("starts_at", "id"))


def _over(offer: Offer, slot: OpenSlot, kept: Sequence[Any]) -> TakenTime | None:
    """Return a time with what stands there; None where the doctor is in another branch then."""
    begin, end = slot.key.start - offer.before, slot.end + offer.after
    rows = [row for row in kept if row.occupied.lower < end and begin < row.occupied.upper]
    if any(row.location != offer.location for row in rows):
        return None
    lanes = {row.lane for row in rows}
    standing = tuple(
        Standing(
            row.id,
            row.visit.lower,
            row.visit.upper,
            State(row.state),
            row.channel,
            row.hold_until if row.state == State.HELD else None,
        )
        for row in rows
    )
    lane = next(each for each in count() if each not in lanes)
    return TakenTime(slot, standing, offer.overbook, is_full=lane > offer.overbook)
