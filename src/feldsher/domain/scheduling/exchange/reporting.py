"""What became of a visit, told to its MIS where the MIS wants it (`Capabilities.reports`).

The job is put into the queue in the commit that ends the visit. A report that was lost is told again: it says
the same. A MIS that refuses one has the last word, in the log.
"""

import logging
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling import gateways, queue
from feldsher.domain.scheduling.models import Appointment, Exchange, Transition
from feldsher.domain.scheduling.ports import GatewayUnavailableError, Rejected, Reported, VisitEnd
from feldsher.domain.scheduling.selectors.visits import zone_of
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

WORK = "mis_report"
ENDS = {
    State.CANCELLED: VisitEnd.CANCELLED,
    State.FULFILLED: VisitEnd.HAPPENED,
    State.NOSHOW: VisitEnd.NO_SHOW,
}
_FOR_ITS_PATIENT = frozenset({"cancelled_by_patient", "cancelled_by_staff"})
"""Why a visit was cancelled at its patient's wish; any other cancel the MIS knows better than we do."""
_log = logging.getLogger(__name__)


class ReportLostError(Exception):
    """The MIS did not answer a report; the job is tried again."""


def enqueue(row: Appointment, exchange: Exchange) -> None:
    """Have the end of a visit told to its MIS, if it is to be; in the commit that ends the visit."""
    end = ENDS.get(State(row.state))
    if end is None or not exchange.ref or not _is_ours_to_tell(row):
        return
    try:
        wanted = gateways.gateway(exchange.mis).capabilities().reports
    except GatewayUnavailableError:  # the settings name the MIS no longer
        return
    if end in wanted:
        queue.report(row.id)


def _is_ours_to_tell(row: Appointment) -> bool:
    return row.state != State.CANCELLED or row.reason in _FOR_ITS_PATIENT


def report(appointment: UUID) -> None:
    """Tell the MIS; raises ReportLostError or GatewayUnavailableError for what is to be tried again."""
    with as_service(WORK):
        row = Appointment.objects.get(pk=appointment)
        exchange = Exchange.objects.get(pk=appointment)
        ended = Transition.objects.filter(appointment=appointment, after=row.state).order_by("-id").first()
    end = ENDS.get(State(row.state))
    if end is None or ended is None:
        return
    at = clock.wall(ended.at, ZoneInfo(zone_of(row.location)))
    outcome = gateways.gateway(exchange.mis).report(exchange.ref, end=end, at=at)
    if isinstance(outcome, Rejected):
        _log.error("appointment %s: the MIS refused the report %s: %s", appointment, end, outcome.code)
    elif not isinstance(outcome, Reported):
        raise ReportLostError(f"appointment {appointment}: {end}")
