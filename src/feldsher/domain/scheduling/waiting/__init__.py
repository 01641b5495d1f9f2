"""The waiting list: time that gets free is kept for who waits for it, in their order, until they answer."""

from feldsher.domain.scheduling.waiting.offering import CHANNEL, offer_times
from feldsher.domain.scheduling.waiting.settling import settle

__all__ = ["CHANNEL", "offer_times", "settle"]
