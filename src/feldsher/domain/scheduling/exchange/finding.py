"""Ask a MIS for a visit of ours, and tell ours from what only looks like it."""

from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.ports import Absent, BookingQuery, FindOutcome, Found, Indeterminate
from feldsher.kernel.errors import NotFoundError


def find(talk: Talk, *, ref: str | None = None) -> FindOutcome:
    """Ask the MIS for the visit, in every way that it can be asked; by `ref` where it may bear that id."""
    ref = ref or talk.exchange.ref or talk.exchange.hold_ref or None
    try:
        query = BookingQuery(slot=talk.slot, reference=talk.reference, ref=ref, person=talk.person)
    except NotFoundError:
        return Indeterminate("the directory no longer has a party")
    return _of_this(talk, talk.gateway.find_booking(query))


def _of_this(talk: Talk, found: FindOutcome) -> FindOutcome:
    """Tell apart an earlier visit whose patient left the time and takes it again: by both it looks like ours.

    Cancelled, its record says nothing of ours; while it is being freed, nobody knows what stands there.
    """
    if not isinstance(found, Found) or found.ref in {talk.exchange.ref, talk.exchange.hold_ref}:
        return found
    stages = talk.stages_of_others(found.ref)
    if stages and found.state == "cancelled":
        return Absent()
    return Indeterminate("an earlier visit is still being freed there") if "release" in stages else found
