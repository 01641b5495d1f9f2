"""The profile of one clinic's own system. The contract leaves little open, so there is little to say."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_RANGES = {
    "settle_seconds": (1, 3600),
    "max_window_days": (2, 31),
    "bulk_timeout": (1, 600),
    "max_megabytes": (1, 512),
    "connections": (1, 64),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds, days and megabytes as the names say.

    `changes`: the system answers `/changes`. `settle_seconds` is how long after a lost answer it may still
    commit. `bulk_timeout` is for the directory and whole schedules; None takes the ordinary timeout.
    """

    changes: bool = True
    settle_seconds: int = 60
    max_window_days: int = 31
    bulk_timeout: int | None = None
    max_megabytes: int = 32
    connections: int = 8

    @property
    def max_bytes(self) -> int:
        return self.max_megabytes * 1_000_000


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    known = [item.name for item in fields(Profile)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; known are: {', '.join(known)}")
    for name, value in options.items():
        if name == "changes":
            if not isinstance(value, bool):
                raise ValueError("option changes must be true or false")
            continue
        least, most = _RANGES[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"option {name} must be a whole number from {least} to {most}")
    return Profile(**options)
