"""What a check has found: one result a scenario, as a table for people and as JSON for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

WIDTH = 110


class Status(StrEnum):
    """Only `passed` says that anything was shown."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_APPLICABLE = "not applicable"
    NOT_TESTED = "not tested"


class Ended(Exception):  # noqa: N818 - most of its ends are no errors
    """A scenario that ends otherwise than by passing.

    `says` is what was seen or why it was not looked at, `do` what to do about a failure. `is_danger`: a
    double booking is possible.
    """

    def __init__(self, status: Status, says: str, *, do: str = "", is_danger: bool = False) -> None:
        super().__init__(says)
        self.status, self.says, self.do, self.is_danger = status, says, do, is_danger


def wrong(says: str, *, do: str) -> Ended:
    """Return the end at something wrong that books nobody twice."""
    return Ended(Status.FAILED, says, do=do)


def danger(says: str, *, do: str) -> Ended:
    """Return the end at something by which a time may be sold twice, or another's visit be lost."""
    return Ended(Status.FAILED, says, do=do, is_danger=True)


def not_applicable(why: str) -> Ended:
    return Ended(Status.NOT_APPLICABLE, why)


def not_tested(why: str) -> Ended:
    return Ended(Status.NOT_TESTED, why)


@dataclass(frozen=True, slots=True)
class Result:
    """`seconds` is how long the scenario took, its waiting included."""

    name: str
    title: str
    status: Status
    says: str
    do: str = ""
    is_danger: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Report:
    """`left` names what of ours could not be taken back; `is_whole` is false after an interruption."""

    mis: str
    began: datetime
    may_write: bool
    has_bench: bool
    results: list[Result] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    is_whole: bool = True

    @property
    def is_dangerous(self) -> bool:
        return any(result.is_danger for result in self.results)

    @property
    def has_failed(self) -> bool:
        return any(result.status is Status.FAILED for result in self.results)

    @property
    def has_shown(self) -> bool:
        return any(result.status is Status.PASSED for result in self.results)

    @property
    def exit_code(self) -> int:
        """Return 3 where a double booking is possible, 1 where anything is wrong or nothing shown, or 0."""
        if self.is_dangerous:
            return 3
        return 1 if self.has_failed or self.left or not self.is_whole or not self.has_shown else 0

    def as_json(self) -> dict[str, Any]:
        return {
            "mis": self.mis,
            "began": self.began.isoformat(timespec="seconds"),
            "may_write": self.may_write,
            "has_bench": self.has_bench,
            "is_whole": self.is_whole,
            "double_booking_possible": self.is_dangerous,
            "scenarios": [asdict(result) for result in self.results],
            "left": self.left,
        }

    def lines(self) -> Iterator[str]:
        """Yield the table, then a sentence for each failure, what was left, and the verdict."""
        wide = max((len(result.title) for result in self.results), default=0)
        for result in self.results:
            says = result.says if result.status is not Status.FAILED else "see below"
            yield f"{result.title:<{wide}}  {result.status:<14}  {says}"
        for result in self.results:
            if result.status is Status.FAILED:
                kind = "DOUBLE BOOKING POSSIBLE" if result.is_danger else "WRONG"
                yield ""
                yield f"{kind}: {result.title}: {result.says}. {result.do}."
        if self.left:
            yield ""
            yield "Left in the MIS, to be taken back by a registrar:"
            yield from (f"  {line}" for line in self.left)
        yield ""
        yield self._verdict()

    def _verdict(self) -> str:
        counts = [sum(result.status is status for result in self.results) for status in Status]
        told = ", ".join(f"{count} {status.lower()}" for count, status in zip(counts, Status, strict=True))
        if not self.is_whole:
            return f"Interrupted: {told}"
        if self.is_dangerous:
            return f"A double booking is possible: {told}"
        if not self.has_shown:
            return f"Nothing was shown: {told}"
        if self.has_failed:
            return f"Nothing seen by which a time would be sold twice, but not all is well: {told}"
        return f"Nothing seen by which a time would be sold twice: {told}"
