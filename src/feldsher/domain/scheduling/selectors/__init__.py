"""Reads of scheduling: times for anybody, a hold for who has its id, a visit for who has its secret."""

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
