"""The job's body: by state, and harmless when there is nothing left to do."""

import logging
from uuid import UUID

from feldsher.domain.scheduling.exchange.booking import book, end_of_run
from feldsher.domain.scheduling.exchange.freeing import (
    end_of_cancel,
    end_of_release,
    free_reserve,
    free_visit,
)
from feldsher.domain.scheduling.exchange.talk import OvertakenError, Talk
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import State

_log = logging.getLogger(__name__)


def run(appointment: UUID) -> None:
    """Do whatever the appointment's state needs from its MIS. Idempotent, serial per doctor by its lock.

    A fault of an adapter is raised after the patient's promise was kept.
    """
    talk = Talk(appointment)
    before = talk.state
    try:
        _act(talk)
    except OvertakenError:
        _log.warning("appointment %s: another run has carried the talk on", appointment)
    except GatewayUnavailableError as error:
        _log.warning("appointment %s: %s", appointment, error)
        keep_promise(appointment)
    except Exception:
        keep_promise(appointment)
        raise
    if talk.state is not before:
        _log.info("appointment %s: %s → %s %s", appointment, before, talk.state, talk.row.reason)


def keep_promise(appointment: UUID) -> None:
    """Do what the hour makes necessary without a MIS: end a booking that never left, or have someone call."""
    talk = Talk(appointment)
    try:
        if talk.state is State.CANCELLING:
            end_of_cancel(talk)
        elif _is_reserve_left(talk):
            end_of_release(talk, is_answered=False)
        else:
            end_of_run(talk)
    except OvertakenError:
        _log.warning("appointment %s: another run has carried the talk on", appointment)


def ask_to_call(appointment: UUID, *, topic: str) -> None:
    """Have a registrar call the patient of a visit about something else than its talk."""
    Talk(appointment).request_call(topic)


def _act(talk: Talk) -> None:
    if talk.state in {State.BOOKING, State.UNKNOWN}:
        book(talk)
    elif talk.state is State.CANCELLING:
        free_visit(talk)
    if _is_reserve_left(talk):
        free_reserve(talk)


def _is_reserve_left(talk: Talk) -> bool:
    return talk.state in {State.REJECTED, State.MOVED} and talk.exchange.stage == "release"
