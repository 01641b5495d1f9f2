"""The job's body: by state, and harmless when there is nothing left to do."""

import logging
from uuid import UUID

from feldsher.domain.scheduling.exchange.booking import book, unreachable
from feldsher.domain.scheduling.exchange.freeing import free_reserve, free_visit
from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import State

_log = logging.getLogger(__name__)


def run(appointment: UUID) -> None:
    """Do whatever the appointment's state still needs from its MIS. Idempotent; serial per doctor."""
    talk = Talk(appointment)
    before = talk.state
    try:
        _act(talk)
    except GatewayUnavailableError as error:
        _log.warning("appointment %s: %s", appointment, error)
        unreachable(talk)
    if talk.state is not before:
        _log.info("appointment %s: %s → %s %s", appointment, before, talk.state, talk.row.reason)


def _act(talk: Talk) -> None:
    if talk.state in {State.BOOKING, State.UNKNOWN}:
        book(talk)
    elif talk.state is State.CANCELLING:
        free_visit(talk)
    if talk.state is State.REJECTED and talk.exchange.stage == "release":
        free_reserve(talk)
