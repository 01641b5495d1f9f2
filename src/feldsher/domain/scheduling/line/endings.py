"""How a call to a MIS ends, in the words of counts and metrics."""

from enum import StrEnum

from feldsher.domain.scheduling.ports import (
    AgeLimit,
    Gone,
    HoldGone,
    Indeterminate,
    NeedsReferral,
    NotForPatient,
    NotSent,
    PatientConflict,
    Rejected,
    Taken,
    Unknown,
)


class Ending(StrEnum):
    """How a call ended.

    REFUSED: the MIS answered, and wrote nothing. UNSURE: it could not be asked for a visit, or did not say.
    BROKEN: the adapter itself failed. HELD_BACK: the call was never made, by the breaker or the pace.
    """

    OK = "ok"
    REFUSED = "refused"
    UNSURE = "unsure"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"
    HELD_BACK = "held_back"


ANSWERED = frozenset({Ending.OK, Ending.REFUSED})
FAILED = frozenset({Ending.NOT_SENT, Ending.UNKNOWN, Ending.UNAVAILABLE})
"""What says that the MIS, or the way to it, is in trouble."""
MADE = frozenset(Ending) - {Ending.HELD_BACK}


_BY_KIND: dict[type[object], Ending] = {
    Taken: Ending.REFUSED,
    PatientConflict: Ending.REFUSED,
    NeedsReferral: Ending.REFUSED,
    AgeLimit: Ending.REFUSED,
    NotForPatient: Ending.REFUSED,
    HoldGone: Ending.REFUSED,
    Gone: Ending.REFUSED,
    Rejected: Ending.REFUSED,
    Indeterminate: Ending.UNSURE,
    Unknown: Ending.UNKNOWN,
}


def ending_of(answer: object) -> Ending:
    """Return how a call ended that brought this answer of the port."""
    if isinstance(answer, NotSent):
        return Ending.REFUSED if answer.is_answered else Ending.NOT_SENT
    return _BY_KIND.get(type(answer), Ending.OK)
