"""Names for what a page of the desk shows, in a constant number of questions."""

from collections.abc import Iterable
from uuid import UUID

from feldsher.channels.desk.queue import Directory
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import CallCard, CallMark, OfferMark, TroubledVisit, VisitMark
from feldsher.foundation.access import selectors as access


def names_for(
    calls: Iterable[CallCard | CallMark],
    visits: Iterable[TroubledVisit | VisitMark],
    offers: Iterable[OfferMark] = (),
) -> Directory:
    """Return the names of everybody and every branch that these calls, visits and offers mention."""
    doctors: set[UUID] = {visit.key.practitioner_id for visit in visits}
    doctors |= {each.offer.key.practitioner_id for each in offers}
    colleagues: set[UUID] = set()
    for call in calls:
        doctors |= {call.practitioner_id} if call.practitioner_id else set()
        colleagues |= {call.taken_by} if call.taken_by else set()
    return Directory(
        doctors=directory.practitioner_cards(doctors),
        places={place.id: place for place in directory.locations()},
        colleagues=access.names(colleagues),
    )
