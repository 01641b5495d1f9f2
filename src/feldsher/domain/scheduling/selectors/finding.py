"""Who calls: a phone, the beginning of a family name or a birth date, and the visits that they mean."""

from datetime import timedelta
from typing import Final

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import PatientCard, PersonField, ShownPerson
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.day import SHOWN, visit_row
from feldsher.domain.scheduling.types import FoundVisit, FoundVisits
from feldsher.foundation.access.doors import as_staff, note_nobody
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.phone import format_phone

MOST: Final = 50
"""Visits that are told of, the nearest first."""
_LATELY: Final = timedelta(hours=6)
"""Who stands at the desk may be late for a visit that has begun."""
_FIELDS: Final[tuple[PersonField, ...]] = ("family", "given", "middle", "phone", "birth_date")


def find_visits(staff: Staff, *, text: str, birth_date: str = "") -> FoundVisits:
    """Return the visits to come, and those of the last hours, of whom the text and the birth date mean.

    `text` is a phone in any usual spelling, or at least three letters of a family name; `birth_date` is ISO.
    Every person who was opened stands in the journal, and a search that has found nobody does. Raises
    ForbiddenError, InvalidInputError (fields `text`, `birth_date`), VaultError, AuditError.
    """
    sought = patients.read_search(text, birth_date)
    with as_staff(staff, Action.FIND_VISITS):
        rows = list(
            Appointment.objects.filter(
                patient__in=patients.find_sought(sought),
                state__in=SHOWN,
                starts_at__gt=clock.now() - _LATELY,
            ).order_by("starts_at", "id")[: MOST + 1]
        )
        told = rows[:MOST]
        whose = {row.patient for row in told if row.patient is not None}
        journal("appointment", Column.APPOINTMENTS, ids=[row.id for row in told], patients=whose)
        cards = patients.patient_cards(whose, fields=_FIELDS)
    fitting = {key: card for key, card in cards.items() if patients.is_sought(card, sought)}
    if not fitting:
        note_nobody(staff, Action.FIND_VISITS)
    zones = directory.zones()
    return FoundVisits(
        tuple(
            FoundVisit(
                visit_row(row, _shown(fitting[row.patient])),
                row.location,
                zones.get(row.location, "UTC"),
                fitting[row.patient].birth_date,
            )
            for row in told
            if row.patient in fitting
        ),
        is_whole=len(rows) <= MOST,
    )


def _shown(card: PatientCard) -> ShownPerson:
    name = " ".join(part for part in (card.family, card.given, card.middle) if part)
    return ShownPerson(name, format_phone(card.phone))
