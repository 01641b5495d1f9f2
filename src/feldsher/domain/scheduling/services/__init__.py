"""Writes of scheduling, in the order in which a patient meets them."""

from feldsher.domain.scheduling.services.calls import request_call
from feldsher.domain.scheduling.services.cancelling import cancel
from feldsher.domain.scheduling.services.confirming import confirm, wait_for_outcome
from feldsher.domain.scheduling.services.holding import hold, release

__all__ = ["cancel", "confirm", "hold", "release", "request_call", "wait_for_outcome"]
