"""Reads of scheduling: times for all, a hold by its id, a visit by its secret, and what staff see."""

from feldsher.domain.scheduling.attendance import marks
from feldsher.domain.scheduling.cutoff import too_late_to_change
from feldsher.domain.scheduling.selectors.agreement import (
    TOLD_DIFFERENCES,
    days_off,
    differing_count,
    differing_days,
    reconciliations,
    settled_differences,
    still_standing,
)
from feldsher.domain.scheduling.selectors.booking import (
    booking_of_desk,
    programme_day_for_staff,
    time_to_move_to,
    times_for_staff,
    visit_to_cancel,
)
from feldsher.domain.scheduling.selectors.came import reached, visits_come_to
from feldsher.domain.scheduling.selectors.counted import changed_visits, counted_visits, presses
from feldsher.domain.scheduling.selectors.day import day_of_visits
from feldsher.domain.scheduling.selectors.desk import (
    call_about,
    hours_to_call,
    open_call_card,
    open_call_marks,
    open_calls,
    troubled_visit,
    troubled_visit_marks,
    troubled_visits,
)
from feldsher.domain.scheduling.selectors.emergency import emergency_record
from feldsher.domain.scheduling.selectors.finding import find_visits
from feldsher.domain.scheduling.selectors.grid import grid, names_on_grid, visit_of_grid, week_of_grid
from feldsher.domain.scheduling.selectors.health import (
    call_totals,
    exchange_health,
    mis_health,
    worker_heard_at,
)
from feldsher.domain.scheduling.selectors.in_reach import visit_with, visits_of_patient
from feldsher.domain.scheduling.selectors.opened import who_opened
from feldsher.domain.scheduling.selectors.over import slot_over, taken_time, taken_times, why_not_over
from feldsher.domain.scheduling.selectors.own import behind, own_consents, own_visit, own_visits, represented
from feldsher.domain.scheduling.selectors.people import booked_here, standing_consent
from feldsher.domain.scheduling.selectors.queue import (
    sooner_of_desk,
    untold_offer_marks,
    untold_offers,
    waiting_list,
    wish_of_desk,
)
from feldsher.domain.scheduling.selectors.rules import (
    barrier,
    live_stops,
    needs_birth_date,
    questions,
    refusal,
    stop_of,
    stop_words,
    unanswered,
    visit_rules,
)
from feldsher.domain.scheduling.selectors.staging import branch_states, staged_branch
from feldsher.domain.scheduling.selectors.times import (
    alternatives,
    day_times,
    leading_times,
    next_times,
    open_times,
    peek,
    times_of_colleagues,
    times_to_move_to,
)
from feldsher.domain.scheduling.selectors.visits import appointment, card_of, held, is_disowned, sync_states
from feldsher.domain.scheduling.selectors.waiting import has_waiting_list, waiting, waiting_for, waiting_own
from feldsher.domain.scheduling.selectors.watching import patient_facts
from feldsher.domain.scheduling.selectors.why import why_not
from feldsher.domain.scheduling.selectors.wording import text_faults
from feldsher.domain.scheduling.selectors.working import (
    has_exchange,
    keeps_own_records,
    keeps_own_schedule,
    outside_count,
    visits_outside,
)

__all__ = [
    "TOLD_DIFFERENCES",
    "alternatives",
    "appointment",
    "barrier",
    "behind",
    "booked_here",
    "booking_of_desk",
    "branch_states",
    "call_about",
    "call_totals",
    "card_of",
    "changed_visits",
    "counted_visits",
    "day_of_visits",
    "day_times",
    "days_off",
    "differing_count",
    "differing_days",
    "emergency_record",
    "exchange_health",
    "find_visits",
    "grid",
    "has_exchange",
    "has_waiting_list",
    "held",
    "hours_to_call",
    "is_disowned",
    "keeps_own_records",
    "keeps_own_schedule",
    "leading_times",
    "live_stops",
    "marks",
    "mis_health",
    "names_on_grid",
    "needs_birth_date",
    "next_times",
    "open_call_card",
    "open_call_marks",
    "open_calls",
    "open_times",
    "outside_count",
    "own_consents",
    "own_visit",
    "own_visits",
    "patient_facts",
    "peek",
    "presses",
    "programme_day_for_staff",
    "questions",
    "reached",
    "reconciliations",
    "refusal",
    "represented",
    "settled_differences",
    "slot_over",
    "sooner_of_desk",
    "staged_branch",
    "standing_consent",
    "still_standing",
    "stop_of",
    "stop_words",
    "sync_states",
    "taken_time",
    "taken_times",
    "text_faults",
    "time_to_move_to",
    "times_for_staff",
    "times_of_colleagues",
    "times_to_move_to",
    "too_late_to_change",
    "troubled_visit",
    "troubled_visit_marks",
    "troubled_visits",
    "unanswered",
    "untold_offer_marks",
    "untold_offers",
    "visit_of_grid",
    "visit_rules",
    "visit_to_cancel",
    "visit_with",
    "visits_come_to",
    "visits_of_patient",
    "visits_outside",
    "waiting",
    "waiting_for",
    "waiting_list",
    "waiting_own",
    "week_of_grid",
    "who_opened",
    "why_not",
    "why_not_over",
    "wish_of_desk",
    "worker_heard_at",
]
