"""Until when a patient may cancel or move a visit on their own; after that they call. Staff are not bound.

The clinic's rule holds at the moment of the act, not that of the booking. A visit that the clinic itself has
called off is changed at any hour: its patient was asked to.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.errors import TooLateToChangeError
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import AppointmentCard, State
from feldsher.kernel import clock
from feldsher.kernel.phone import format_phone


def with_cutoff(cards: Sequence[AppointmentCard]) -> list[AppointmentCard]:
    """Return the cards with those marked that are too near to be changed: one query for all of them."""
    keys = {card.id: (card.key.practitioner_id, card.key.service_id, card.key.location_id) for card in cards}
    booked = {keys[card.id] for card in cards if card.can_cancel}
    if not booked:
        return list(cards)
    cutoffs, now = directory.cutoffs(booked), clock.now()
    return [
        replace(card, is_too_late=not card.is_off and card.key.start - now < cutoffs[keys[card.id]])
        if card.can_cancel
        else card
        for card in cards
    ]


def require_in_time(row: Appointment, *, is_off: bool) -> None:
    """Raise TooLateToChangeError, with the branch's phone, for a booked visit to come that is too near."""
    now = clock.now()
    if row.state != State.BOOKED or row.visit.lower <= now or is_off:
        return
    if row.visit.lower - now < _cutoff(row.practitioner, row.service, row.location):
        raise _too_late(row.location)


def too_late_to_change(card: AppointmentCard) -> TooLateToChangeError:
    """Return the refusal to change a visit, with the phone of its branch."""
    return _too_late(card.key.location_id)


def _too_late(location: UUID) -> TooLateToChangeError:
    phone = directory.location(location).phone
    return TooLateToChangeError("past the cut-off", phone=format_phone(phone) if phone else "")


def _cutoff(practitioner: UUID, service: UUID, location: UUID) -> timedelta:
    key = (practitioner, service, location)
    return directory.cutoffs([key])[key]
