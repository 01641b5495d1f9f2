"""What every MIS's profile has, and how an option is read: ValueError with one sentence for what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, Protocol

BOUNDS = {
    "settle_seconds": (1, 3600),
    "bulk_timeout": (1, 600),
    "max_megabytes": (1, 512),
    "connections": (1, 64),
    "calls_per_second": (1, 1000),
}
"""The least and the most of `Bounds`; how many days a window may have, each MIS says itself."""


class AsProfile(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Seconds, days and megabytes as the names say.

    `settle_seconds` is how long after a lost answer the MIS may still commit. `bulk_timeout` is for the
    directory and whole schedules; None takes the ordinary timeout. `connections` bounds the requests at once
    of one process, `calls_per_second` the calls of the port of all processes (the line to the MIS keeps it).
    """

    settle_seconds: int = 60
    max_window_days: int = 31
    bulk_timeout: int | None = None
    max_megabytes: int = 32
    connections: int = 8
    calls_per_second: int = 20

    @property
    def max_bytes(self) -> int:
        return self.max_megabytes * 1_000_000


def refuse_unknown(options: Mapping[str, Any], profile: type[AsProfile]) -> None:
    """Refuse an option that the profile has no field for."""
    known = sorted(item.name for item in fields(profile))
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; known are: {', '.join(known)}")


def choice(name: str, value: Any, choices: Sequence[object]) -> Any:
    if isinstance(value, bool) or value not in choices:
        raise ValueError(f"option {name} must be one of: {', '.join(map(str, choices))}")
    return value


def whole(name: str, value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"option {name} must be a whole number from {least} to {most}")
    return value


def flag(name: str, value: Any) -> bool:
    if value is not True and value is not False:
        raise ValueError(f"option {name} must be true or false")
    return bool(value)


def line(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"option {name} must be a line of text")
    return value
