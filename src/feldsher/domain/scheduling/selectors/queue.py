"""The waiting list as registrars see it: who waits for whom, and what is kept for them."""

from dataclasses import dataclass, replace
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import ShownPerson
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, WishNotFoundError
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.sealed import open_waiting_phone
from feldsher.domain.scheduling.selectors.booking import NO_VISIT
from feldsher.domain.scheduling.selectors.unheard import unheard_offers
from feldsher.domain.scheduling.selectors.waiting import can_wait, offered_times, position_of, window_of
from feldsher.domain.scheduling.types import (
    OfferMark,
    OfferState,
    SoonerCard,
    State,
    UntoldOffer,
    WaitingRow,
    WishState,
)
from feldsher.domain.scheduling.waiting.queue import Places
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, sees_clear
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.phone import format_phone, mask_phone

NO_WISH = "Этот пациент больше не\u00a0ждёт, или\u00a0ссылка неверна. Откройте лист ожидания заново."
MOST = 500
"""A longer list is nobody's to read."""


def waiting_list(staff: Staff) -> tuple[WaitingRow, ...]:
    """Return the first who wait, in their order, names and phones masked where the role has them so.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        queue = Wish.objects.filter(state=WishState.WAITING).order_by("created_at", "id")
        return _rows_of(list(queue[:MOST]), staff=staff)


def wish_of_desk(staff: Staff, wish_id: UUID) -> WaitingRow:
    """Return one who waits, as staff may see them, with their place in the queue.

    Raises ForbiddenError, WishNotFoundError for one who does not wait any more, VaultError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        wish = Wish.objects.filter(pk=wish_id, state=WishState.WAITING).first()
        if wish is None:
            note_miss(staff, Action.BOOK_VISITS, wish_id)
            raise WishNotFoundError("does not wait", sentence=NO_WISH)
        (row,) = _rows_of([wish], staff=staff)
    return replace(row, position=position_of(wish))


def untold_offers(staff: Staff) -> tuple[UntoldOffer, ...]:
    """Return the open offers whose SMS reached nobody, those that end first first: somebody has to call.

    Each is over with its answer or its end. Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        marks = _untold_marks()
        wishes = Wish.objects.in_bulk([mark.wish_id for mark in marks])
        persons = _persons(list(wishes.values()), staff=staff)
    return tuple(
        UntoldOffer(mark, person.name, person.phone)
        for mark in marks
        if (person := persons.get(mark.wish_id)) is not None
    )


def untold_offer_marks(staff: Staff) -> tuple[OfferMark, ...]:
    """Return what may change of the same offers: opens and journals nobody. Raises ForbiddenError."""
    with as_staff(staff, Action.BOOK_VISITS):
        return _untold_marks()


def _untold_marks() -> tuple[OfferMark, ...]:
    opened = WaitingOffer.objects.filter(state=OfferState.OPEN, until__gt=clock.now())
    if not opened.exists():
        return ()
    failed = unheard_offers()
    times = offered_times(opened.filter(pk__in=failed))
    marks = [OfferMark(wish, offer, failed[offer.id]) for wish, offer in times.items()]
    return tuple(sorted(marks, key=lambda mark: (mark.offer.until, mark.offer.id)))


def sooner_of_desk(staff: Staff, appointment_id: UUID) -> SoonerCard | None:
    """Return how a visit waits for an earlier time, None where it can't; the journal keeps one that does.

    Raises ForbiddenError, AppointmentNotFoundError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        visit = Appointment.objects.filter(pk=appointment_id, patient__isnull=False).first()
        if visit is None or visit.patient is None:
            note_miss(staff, Action.BOOK_VISITS, appointment_id)
            raise AppointmentNotFoundError("no such visit", sentence=NO_VISIT)
        wish = Wish.objects.filter(chain=visit.chain).exclude(state=WishState.ENDED).first()
        if wish is None:
            return SoonerCard() if can_wait(visit) else None
        journal("wish", Column.APPOINTMENTS, ids=[wish.pk], patients=[visit.patient])
        is_waiting = wish.state == WishState.WAITING and visit.state == State.BOOKED
        return SoonerCard(wish.pk, window_of(wish)) if is_waiting else None


def _rows_of(wishes: list[Wish], *, staff: Staff) -> tuple[WaitingRow, ...]:
    """Return wishes as staff may see them, in the context of BOOK_VISITS, which the journal keeps.

    Their positions are those among these wishes: name them all from the first that waits.
    """
    persons = _persons(wishes, staff=staff)
    opened = WaitingOffer.objects.filter(
        wish__in=[wish.pk for wish in wishes], state=OfferState.OPEN, until__gt=clock.now()
    )
    times = offered_times(opened)
    failed = unheard_offers() if times else {}
    chains = [wish.chain for wish in wishes if wish.chain is not None]
    booked = Appointment.objects.filter(chain__in=chains, active=True, state=State.BOOKED)
    visits = dict(booked.values_list("chain", "starts_at"))
    places = directory.specialty_places({wish.specialty for wish in wishes if wish.specialty})
    reaches = [_reach(wish, places) for wish in wishes]
    found = []
    for number, wish in enumerate(wishes):
        person, offer = persons.get(wish.pk), times.get(wish.pk)
        found.append(
            WaitingRow(
                id=wish.pk,
                practitioner_id=wish.practitioner,
                specialty=wish.specialty,
                location_ids=tuple(wish.locations),
                position=1 + sum(_meet(reaches[number], other) for other in reaches[:number]),
                since=wish.created_at,
                name=person.name if person else "",
                phone=person.phone if person else "",
                has_visit=wish.chain is not None,
                visit_at=visits.get(wish.chain) if wish.chain else None,
                window=window_of(wish),
                offer=offer,
                unheard=failed.get(offer.id) if offer else None,
            )
        )
    return tuple(found)


def _persons(wishes: list[Wish], *, staff: Staff) -> dict[UUID, ShownPerson]:
    """Return who waits by wish, in the context of BOOK_VISITS; each wish stands in the journal."""
    action = Action.BOOK_VISITS
    whose = {wish.patient for wish in wishes if wish.patient is not None}
    journal("wish", Column.APPOINTMENTS, ids=[wish.pk for wish in wishes], patients=whose)
    shown = patients.shown_persons(staff, action, whose)
    is_clear = sees_clear(staff, action, Column.CONTACTS)
    found = {
        wish.pk: shown.get(wish.patient) if wish.patient else _owner(wish, is_clear=is_clear)
        for wish in wishes
    }
    return {wish: person for wish, person in found.items() if person is not None}


def _owner(wish: Wish, *, is_clear: bool) -> ShownPerson:
    phone = open_waiting_phone(bytes(wish.phone), wish=wish.pk)
    return ShownPerson("", format_phone(phone) if is_clear else mask_phone(phone))


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a wish may be given: times of doctors, of a specialty by its places, in branches (none: any)."""

    specialty: str
    doctors: frozenset[UUID]
    branches: frozenset[UUID]


def _reach(wish: Wish, places: Places) -> _Reach:
    branches = frozenset(wish.locations)
    if wish.practitioner is not None:
        return _Reach("", frozenset({wish.practitioner}), branches)
    pairs = places.get(wish.specialty, frozenset())
    here = frozenset(doctor for doctor, place in pairs if not branches or place in branches)
    return _Reach(wish.specialty, here, branches)


def _meet(one: _Reach, other: _Reach) -> bool:
    """Whether both may be given the same time."""
    is_same = bool(one.specialty) and one.specialty == other.specialty
    if not is_same and one.doctors.isdisjoint(other.doctors):
        return False
    return not one.branches or not other.branches or not one.branches.isdisjoint(other.branches)
