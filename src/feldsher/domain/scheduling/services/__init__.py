"""Writes of scheduling: a patient's, in the order in which one meets them, and those that fill the tables."""

from feldsher.domain.scheduling.offers import rebuild as rebuild_offers
from feldsher.domain.scheduling.services.calls import request_call
from feldsher.domain.scheduling.services.cancelling import cancel
from feldsher.domain.scheduling.services.confirming import confirm, wait_for_outcome
from feldsher.domain.scheduling.services.holding import hold, release
from feldsher.domain.scheduling.services.remembering import remember_patient
from feldsher.domain.scheduling.services.stopping import change_rule, check_stop, resume_booking, stop_booking
from feldsher.domain.scheduling.sync import synchronise

__all__ = [
    "cancel",
    "change_rule",
    "check_stop",
    "confirm",
    "hold",
    "rebuild_offers",
    "release",
    "remember_patient",
    "request_call",
    "resume_booking",
    "stop_booking",
    "synchronise",
    "wait_for_outcome",
]
