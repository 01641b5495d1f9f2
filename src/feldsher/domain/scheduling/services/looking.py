"""Looks for what the clinic has booked itself for who has come to see their visits."""

from collections.abc import Collection

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Behind
from feldsher.domain.scheduling import agreement, queue
from feldsher.foundation.access.context import as_service

WORK = "mis_agreement"


def look_up_own(people: Collection[Behind]) -> None:
    """Have the cards of everybody behind a proved phone read, unless that was done ten minutes ago or less.

    What is found stands in their list the next time: no page waits for a MIS.
    """
    ids = [who.patient_id for who in people]
    with as_service(WORK):
        for patient in patients.stale_cards(ids, after=agreement.AGAIN):
            queue.look_up(patient)
