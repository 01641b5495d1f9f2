"""The waiting list as registrars see it: who waits for which doctor, and what is kept for them."""

from collections import defaultdict
from uuid import UUID

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import ShownPerson
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.sealed import open_waiting_phone
from feldsher.domain.scheduling.types import OfferState, State, WaitingRow, WishState
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, sees_clear
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.phone import format_phone, mask_phone

MOST = 500
"""A longer list is nobody's to read."""


def waiting_list(staff: Staff) -> tuple[WaitingRow, ...]:
    """Return who waits, by doctor and in their order, names and phones masked where the role has them so.

    Raises ForbiddenError, VaultError, AuditError.
    """
    action = Action.BOOK_VISITS
    with as_staff(staff, action):
        queue = Wish.objects.filter(state=WishState.WAITING).order_by("practitioner", "created_at", "id")
        wishes = list(queue[:MOST])
        whose = {wish.patient for wish in wishes if wish.patient is not None}
        journal("wish", Column.APPOINTMENTS, ids=[wish.pk for wish in wishes], patients=whose)
        persons = patients.shown_persons(staff, action, whose)
        is_clear = sees_clear(staff, action, Column.CONTACTS)
        offers = {
            offer.wish: offer
            for offer in WaitingOffer.objects.filter(
                wish__in=[wish.pk for wish in wishes], state=OfferState.OPEN, until__gt=clock.now()
            )
        }
        chains = [wish.chain for wish in wishes if wish.chain is not None]
        booked = Appointment.objects.filter(chain__in=chains, active=True, state=State.BOOKED)
        visits = dict(booked.values_list("chain", "starts_at"))
        found = []
        before: dict[UUID, list[UUID | None]] = defaultdict(list)
        for wish in wishes:
            person = persons.get(wish.patient) if wish.patient else _owner(wish, is_clear=is_clear)
            offer, rivals = offers.get(wish.pk), before[wish.practitioner]
            found.append(
                WaitingRow(
                    practitioner_id=wish.practitioner,
                    location_id=wish.location,
                    position=1 + sum(_meet(wish.location, other) for other in rivals),
                    since=wish.created_at,
                    name=person.name if person else "",
                    phone=person.phone if person else "",
                    visit_at=visits.get(wish.chain) if wish.chain else None,
                    days=(wish.first_day, wish.last_day) if wish.first_day and wish.last_day else None,
                    offered_at=offer.starts_at if offer else None,
                    until=offer.until if offer else None,
                )
            )
            rivals.append(wish.location)
    return tuple(found)


def _owner(wish: Wish, *, is_clear: bool) -> ShownPerson:
    phone = open_waiting_phone(bytes(wish.phone), wish=wish.pk)
    return ShownPerson("", format_phone(phone) if is_clear else mask_phone(phone))


def _meet(one: UUID | None, other: UUID | None) -> bool:
    """Whether two branches, None for any, may be the same."""
    return one is None or other is None or one == other
