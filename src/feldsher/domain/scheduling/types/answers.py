"""What a patient is asked before times are shown, and what they answered."""

from dataclasses import dataclass
from enum import IntFlag

from feldsher.domain.directory.types import VisitMode, VisitOrder


class Answer(IntFlag):
    """What a patient said before times were shown, as the sum that SQL and slot tokens carry.

    AGE: the age that was told is within the offer's limits. REMOTE and IN_PERSON: where the visit shall be;
    a token never carries IN_PERSON, which is what is meant anyway.
    """

    FIRST = 1
    REPEAT = 2
    AGE = 4
    REFERRAL = 8
    REMOTE = 16
    IN_PERSON = 32


NO_ANSWER = Answer(0)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a patient has answered so far; None is "not asked". `age` in full years."""

    age: int | None = None
    visit: VisitOrder | None = None
    has_referral: bool | None = None
    mode: VisitMode | None = None

    @property
    def flags(self) -> Answer:
        """Return all but the age, which each offer compares with its own limits."""
        flags = NO_ANSWER
        if self.visit is VisitOrder.FIRST:
            flags |= Answer.FIRST
        if self.visit is VisitOrder.REPEAT:
            flags |= Answer.REPEAT
        if self.has_referral:
            flags |= Answer.REFERRAL
        if self.mode is VisitMode.REMOTE:
            flags |= Answer.REMOTE
        if self.mode is VisitMode.IN_PERSON:
            flags |= Answer.IN_PERSON
        return flags


NO_ANSWERS = Answers()
