"""What crosses the border of emergency: why a patient was opened without a relation, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Reason(StrEnum):
    """Why a patient has to be opened who is in nobody's care here, as a code; the words go with it."""

    LIFE = "life"
    ADMITTED = "admitted"
    COLLEAGUE = "colleague"
    OTHER = "other"

    @property
    def russian(self) -> str:
        return _RUSSIAN[self]


_RUSSIAN = {
    Reason.LIFE: "угроза жизни, экстренная помощь",
    Reason.ADMITTED: "пациент поступил на\u00a0дежурстве",
    Reason.COLLEAGUE: "лечащего врача нет, пациент обратился",
    Reason.OTHER: "другое",
}


class Judgement(StrEnum):
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True, slots=True)
class Glass:
    """One emergency access at work: whom it opens, and until when."""

    id: UUID
    patient_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class GlassCard:
    """An emergency access as its reviewer reads it. `is_own`: the reader's, so that another one reviews it.

    `is_overdue`: nobody has reviewed it by `review_by`, three working days after it. `is_told`: the provider
    has taken the patient's SMS.
    """

    id: UUID
    opened_by: str = field(repr=False)
    patient_id: UUID
    reason: Reason
    words: str = field(repr=False)
    opened_at: datetime
    ended_at: datetime
    review_by: datetime
    is_own: bool
    is_overdue: bool
    is_told: bool
    judgement: Judgement | None
    reviewed_by: str = field(repr=False)
    reviewed_at: datetime | None
    note: str = field(repr=False)


def notice_key(glass_id: UUID) -> str:
    """Return the key of the patient's message about an access."""
    return f"emergency:{glass_id}"
