"""What stands on an estimate as paper, in words; `sheet` draws it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on it, in words. `lines` and `sums` are names with prices; the last sum is the total.

    `legal` are sentences about the seller, `link` is where the same choice is counted anew.
    """

    clinic: str
    phone: str
    day: date
    title: str
    subtitle: str
    lines: tuple[tuple[str, str], ...]
    sums: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    legal: tuple[str, ...]
    link: str
