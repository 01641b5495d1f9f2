"""Reads of scheduling: free times for anybody, a hold for whoever has its id, a visit for whoever has its secret."""

from feldsher.domain.scheduling.selectors.times import alternatives, next_times, open_times, peek
from feldsher.domain.scheduling.selectors.visits import appointment, card_of, held, sync_states

__all__ = [
    "alternatives",
    "appointment",
    "card_of",
    "held",
    "next_times",
    "open_times",
    "peek",
    "sync_states",
]
