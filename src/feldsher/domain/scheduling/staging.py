"""At which stage of being connected a branch is. One of which nobody has said anything books."""

from uuid import UUID

from feldsher.domain.scheduling.models import BranchStage
from feldsher.domain.scheduling.types import Stage


def stage_of(location: UUID) -> Stage:
    row = BranchStage.objects.filter(location=location, ended_at=None).first()
    return Stage.BOOKING if row is None else Stage(row.stage)


def shadowed() -> set[UUID]:
    """Return the branches of which nothing is offered."""
    rows = BranchStage.objects.filter(stage=Stage.SHADOW, ended_at=None)
    return set(rows.values_list("location", flat=True))
