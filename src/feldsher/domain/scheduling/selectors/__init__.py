"""Reads of scheduling: times for anybody, a hold for who has its id, a visit for who has its secret."""

from feldsher.domain.scheduling.selectors.people import booked_here, standing_consent
from feldsher.domain.scheduling.selectors.rules import (
    barrier,
    live_stops,
    questions,
    refusal,
    stop_of,
    unanswered,
    visit_rules,
)
from feldsher.domain.scheduling.selectors.times import (
    alternatives,
    next_times,
    next_times_by_branch,
    open_times,
    peek,
)
from feldsher.domain.scheduling.selectors.visits import appointment, card_of, held, sync_states
from feldsher.domain.scheduling.selectors.why import why_not

__all__ = [
    "alternatives",
    "appointment",
    "barrier",
    "booked_here",
    "card_of",
    "held",
    "live_stops",
    "next_times",
    "next_times_by_branch",
    "open_times",
    "peek",
    "questions",
    "refusal",
    "standing_consent",
    "stop_of",
    "sync_states",
    "unanswered",
    "visit_rules",
    "why_not",
]
