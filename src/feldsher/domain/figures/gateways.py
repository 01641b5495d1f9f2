"""Whether this process writes by itself what it has counted: bound by who serves readers."""

from typing import Final

SECONDS: Final = 5.0
"""Between two writings: what a process that is killed may lose."""
_pace: dict[str, float] = {}


def keep_writing(seconds: float = SECONDS) -> None:
    """Have a thread write every so often, from the first count on: before it the process may yet fork."""
    _pace["seconds"] = seconds


def pace() -> float | None:
    """Return the seconds between two writings; None where only `services.flush` writes."""
    return _pace.get("seconds")
