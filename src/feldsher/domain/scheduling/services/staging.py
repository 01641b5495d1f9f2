"""Lead a branch from shadow over requests to booking, or back; each step holds from the next question on.

Times that are held already may be confirmed; a visit whose talk with the MIS has begun goes on as it began.
"""

from uuid import UUID

from django.db import transaction

from feldsher.domain.scheduling import offers, queue
from feldsher.domain.scheduling.models import BranchStage, Comparison
from feldsher.domain.scheduling.selectors.staging import staged_branch
from feldsher.domain.scheduling.types import Stage
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock


def set_stage(location: UUID, *, stage: Stage, staff: Staff) -> None:
    """Set the stage of a branch, and offer what it lets, in one commit; ForbiddenError, NotFoundError."""
    require(staff, Action.SET_STAGE)
    staged_branch(location)
    now = clock.now()
    with transaction.atomic():
        offers.alone()
        rows = BranchStage.objects.filter(location=location, ended_at=None)
        if rows.filter(stage=stage).exists():
            return
        rows.update(ended_at=now)
        BranchStage.objects.create(location=location, stage=stage, author=staff.login, created_at=now)
        offers.rebuild()


def ask_comparison(location: UUID, *, staff: Staff) -> None:
    """Have the worker compare the mirror of a branch with its MIS; ForbiddenError, NotFoundError.

    Part of leading a branch on: it calls the MIS and writes over the comparison that others read.
    """
    require(staff, Action.SET_STAGE)
    staged_branch(location)
    with transaction.atomic():
        Comparison.objects.update_or_create(
            location=location,
            defaults={"asked_at": clock.now(), "as_of": None, "error": "", "days": []},
        )
        queue.compare(location)
