"""The pages of a clinic without a MIS are not there for any other."""

from feldsher.domain.scheduling import selectors as scheduling
from feldsher.kernel.errors import NotFoundError


def needs_own_records() -> None:
    """Raise NotFoundError where all records come from a MIS."""
    if not scheduling.keeps_own_records():
        raise NotFoundError("all records come from a MIS")


def needs_own_schedule() -> None:
    """Raise NotFoundError where the settings name no own schedule."""
    if not scheduling.keeps_own_schedule():
        raise NotFoundError("the settings name no own schedule")
