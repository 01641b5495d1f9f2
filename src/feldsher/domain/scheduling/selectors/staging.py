"""Which stage each branch is at, and how its mirror differed from its MIS when that was last asked."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling.models import BranchStage, Comparison
from feldsher.domain.scheduling.types import BranchState, Compared, Difference, Stage
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import NotFoundError


def branch_states(staff: Staff) -> tuple[BranchState, ...]:
    """Return every open branch of a MIS with its stage, by name; ForbiddenError."""
    require(staff, Action.SEE_SYNC)
    own = directory.own_branches()
    rows = {row.location: row for row in BranchStage.objects.filter(ended_at=None)}
    compared = {row.location: _compared(row) for row in Comparison.objects.all()}
    return tuple(
        BranchState(
            location_id=place.id,
            stage=Stage(row.stage) if (row := rows.get(place.id)) else Stage.BOOKING,
            since=row.created_at if row else None,
            author=row.author if row else "",
            compared=compared.get(place.id),
        )
        for place in directory.locations()
        if place.id not in own
    )


def staged_branch(location: UUID) -> LocationCard:
    """Return a branch that is connected by stages: one of a MIS, none that staff made; NotFoundError."""
    if location in directory.own_branches():
        raise NotFoundError("a branch of the own schedule has no stages")
    return directory.location(location)


def _compared(row: Comparison) -> Compared:
    days = tuple(_difference(each) for each in row.days)
    return Compared(row.asked_at, row.as_of, row.error, days)


def _difference(told: dict[str, Any]) -> Difference:
    return Difference(
        practitioner_id=UUID(told["practitioner"]),
        day=date.fromisoformat(told["day"]),
        here=told["here"],
        there=told["there"],
        only_here=_stretches(told["only_here"]),
        only_there=_stretches(told["only_there"]),
    )


def _stretches(told: list[list[str]]) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in told)
