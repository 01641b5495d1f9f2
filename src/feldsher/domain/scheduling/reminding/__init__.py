"""Reminds patients of visits to come: planned in a table of our own, looked at again before each is sent."""

from feldsher.domain.scheduling.reminding.following import follow
from feldsher.domain.scheduling.reminding.planning import plan
from feldsher.domain.scheduling.reminding.sending import send_due

__all__ = ["follow", "plan", "send_due"]
