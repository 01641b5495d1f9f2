"""Free times as the public pages read them: none where the clinic does not book on its site.

A mirror of times may lie in the database from the days of another kind of project; no page shows it then.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import NO_ANSWERS, Answers, OpenSlot
from feldsher.foundation.modules import has_booking


def next_times(
    practitioners: Sequence[UUID],
    *,
    per: int,
    location_id: UUID | None = None,
    service_id: UUID | None = None,
    answers: Answers = NO_ANSWERS,
) -> Mapping[UUID, tuple[OpenSlot, ...]]:
    """Return the nearest `per` times of each doctor who has any; nothing where nobody books."""
    if not has_booking():
        return {}
    return scheduling.next_times(
        practitioners, location_id=location_id, service_id=service_id, per=per, answers=answers
    )


def offered_words() -> str:
    """Return what pages offer beside their subject, as their descriptions say it."""
    return (
        "Свободное время, цены и\u00a0запись без\u00a0звонка"
        if has_booking()
        else "Цены, филиалы и\u00a0заказ звонка"
    )
