"""Which visits make way for their own next version: whose own old time is no conflict of a move.

For whoever has the right to move the visit, and has shown it: times that only such a move can take are nobody
else's to see or to hold.
"""

from uuid import UUID

from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.models import Appointment, Exchange, Offer
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.foundation.access.context import as_service


def making_way(visit: UUID) -> UUID | None:
    """Return the visit itself where its next version may overlap its old time, None where it may not.

    It may where the record moves by its MIS's own operation (`exchange.own_move`), and where no MIS keeps
    visits, so that our rows alone decide. A move that books anew and then cancels has two records in the MIS
    for a while: there the old one would refuse the new. Which visits of those do, `makes_way` (SQL) says.
    """
    with as_service("booking"):
        row = Appointment.objects.filter(pk=visit).first()
        talk = Exchange.objects.filter(pk=visit).first()
    if row is None or talk is None:
        return None
    offers = Offer.objects.filter(practitioner=row.practitioner, location=row.location, service=row.service)
    if not offers.filter(mis=talk.mis).exists():
        return None
    try:
        can = gateways.gateway(talk.mis).capabilities()
    except GatewayUnavailableError:
        return None
    return visit if (can.can_move and talk.ref) or not can.keeps_visits else None
