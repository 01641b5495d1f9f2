"""Under which cards MISes know a patient."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from feldsher.domain.patients.models import RemoteCard
from feldsher.domain.patients.types import CardOfMis
from feldsher.kernel import clock


def bind_card(patient_id: UUID, *, card: CardOfMis) -> None:
    """Keep that the card is the patient's, in the caller's context; one that is another's stays theirs."""
    RemoteCard.objects.get_or_create(
        mis=card.mis,
        location=card.location,
        value=card.value,
        defaults={"patient_id": patient_id, "created_at": clock.now()},
    )


def cards_of(patient_id: UUID) -> tuple[CardOfMis, ...]:
    """Return the patient's cards, in the caller's context."""
    rows = RemoteCard.objects.filter(patient=patient_id).order_by("id")
    return tuple(CardOfMis(row.mis, row.location, row.value) for row in rows)


def stale_cards(patients: Collection[UUID], *, after: timedelta) -> set[UUID]:
    """Return those of the patients whose cards have not been read for so long, in the caller's context."""
    old = Q(read_at=None) | Q(read_at__lt=clock.now() - after)
    rows = RemoteCard.objects.filter(old, patient__in=patients)
    return set(rows.values_list("patient_id", flat=True))


def mark_read(patient_id: UUID) -> None:
    """Keep that the patient's cards have been read just now, in the caller's context."""
    RemoteCard.objects.filter(patient=patient_id).update(read_at=clock.now())
