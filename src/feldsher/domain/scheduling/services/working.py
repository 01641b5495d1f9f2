"""Say when doctors work, where the own schedule keeps their time; a fresh look at it is the same commit.

Roster lies below and knows nothing of times on offer. Visits that now lie outside of the hours stay, and
staff find them in `selectors.visits_outside`: nothing cancels by itself.
"""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.roster import selectors as roster
from feldsher.domain.roster import services
from feldsher.domain.roster.types import Stretches, Workplace
from feldsher.domain.scheduling import queue


def set_week(workplace: Workplace, *, days: Sequence[Stretches], since: date, author: str) -> None:
    """Say a doctor's ordinary week in a branch from a date on; raises as `roster.set_week` does."""
    with transaction.atomic():
        services.set_week(workplace, days=days, since=since, author=author)
        queue.sync(OWN_SCHEDULE)


def set_days(
    workplace: Workplace, *, first: date, last: date, stretches: Stretches, reason: str, author: str
) -> None:
    """Say the hours of dates that differ from the week; raises as `roster.set_days` does."""
    with transaction.atomic():
        services.set_days(
            workplace, first=first, last=last, stretches=stretches, reason=reason, author=author
        )
        _look(workplace, first=first, last=last)


def close_days(*, location: UUID | None, first: date, last: date, reason: str, author: str) -> None:
    """Close a branch or the whole clinic on dates; raises as `roster.close_days` does."""
    with transaction.atomic():
        services.close_days(location=location, first=first, last=last, reason=reason, author=author)
        queue.sync(OWN_SCHEDULE)


def end_days(day_ids: Collection[UUID], *, author: str) -> None:
    """Take words about dates back; raises as `roster.end_days` does."""
    words = roster.days_by(day_ids)
    places = {(word.practitioner_id, word.location_id) for word in words}
    with transaction.atomic():
        services.end_days(day_ids, author=author)
        if len(places) != 1:
            queue.sync(OWN_SCHEDULE)
            return
        practitioner, location = places.pop()
        if practitioner is None or location is None:
            queue.sync(OWN_SCHEDULE)
        else:
            _look(Workplace(practitioner, location), first=words[0].day, last=words[-1].day)


def _look(workplace: Workplace, *, first: date, last: date) -> None:
    """Have one date looked at by itself, several with all others: a whole look costs one question of ours."""
    if first == last:
        queue.sync_day(workplace.practitioner_id, location=workplace.location_id, day=first.isoformat())
    else:
        queue.sync(OWN_SCHEDULE)
