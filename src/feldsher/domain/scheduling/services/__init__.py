"""Writes of scheduling: a patient's, in the order in which one meets them, a registrar's, and the tables'."""

from feldsher.domain.scheduling.offers import rebuild as rebuild_offers
from feldsher.domain.scheduling.offers import rebuilding as rebuilding_offers
from feldsher.domain.scheduling.services.agreeing import settle_differing
from feldsher.domain.scheduling.services.attending import mark_visit
from feldsher.domain.scheduling.services.calls import (
    call_later,
    finish_call,
    request_call,
    request_programme,
    take_call,
)
from feldsher.domain.scheduling.services.cancelling import cancel, cancel_by_staff, cancel_own
from feldsher.domain.scheduling.services.closing import offer_other_times
from feldsher.domain.scheduling.services.confirming import (
    confirm,
    confirm_by_staff,
    wait_for_answer,
    wait_for_outcome,
)
from feldsher.domain.scheduling.services.consenting import withdraw_consent
from feldsher.domain.scheduling.services.deciding import check_again, decide
from feldsher.domain.scheduling.services.disowning import disown, disown_own, own_again
from feldsher.domain.scheduling.services.holding import hold, hold_by_staff, release, release_by_staff
from feldsher.domain.scheduling.services.looking import look_up_own
from feldsher.domain.scheduling.services.moving import move, move_by_staff, move_own
from feldsher.domain.scheduling.services.overbooking import overbook_by_staff
from feldsher.domain.scheduling.services.proving import phone_code, request_phone_code
from feldsher.domain.scheduling.services.remembering import book_again, remember_patient
from feldsher.domain.scheduling.services.reminding import say_coming
from feldsher.domain.scheduling.services.staging import ask_comparison, set_stage
from feldsher.domain.scheduling.services.stopping import change_rule, check_stop, resume_booking, stop_booking
from feldsher.domain.scheduling.services.waiting import (
    accept_time,
    accept_time_own,
    decline_time,
    decline_time_own,
    stop_waiting,
    stop_waiting_own,
    wait_for_sooner,
    wait_for_sooner_own,
)
from feldsher.domain.scheduling.services.waiting_by_staff import (
    accept_by_staff,
    decline_by_staff,
    wait_for_sooner_by_staff,
    wish_by_staff,
    withdraw_wish_by_staff,
)
from feldsher.domain.scheduling.services.wishing import decline_wished, wish_for_time, withdraw_wish
from feldsher.domain.scheduling.services.wording import change_text, return_usual_text
from feldsher.domain.scheduling.services.working import close_days, end_days, set_days, set_week
from feldsher.domain.scheduling.sync import synchronise

__all__ = [
    "accept_by_staff",
    "accept_time",
    "accept_time_own",
    "ask_comparison",
    "book_again",
    "call_later",
    "cancel",
    "cancel_by_staff",
    "cancel_own",
    "change_rule",
    "change_text",
    "check_again",
    "check_stop",
    "close_days",
    "confirm",
    "confirm_by_staff",
    "decide",
    "decline_by_staff",
    "decline_time",
    "decline_time_own",
    "decline_wished",
    "disown",
    "disown_own",
    "end_days",
    "finish_call",
    "hold",
    "hold_by_staff",
    "look_up_own",
    "mark_visit",
    "move",
    "move_by_staff",
    "move_own",
    "offer_other_times",
    "overbook_by_staff",
    "own_again",
    "phone_code",
    "rebuild_offers",
    "rebuilding_offers",
    "release",
    "release_by_staff",
    "remember_patient",
    "request_call",
    "request_phone_code",
    "request_programme",
    "resume_booking",
    "return_usual_text",
    "say_coming",
    "set_days",
    "set_stage",
    "set_week",
    "settle_differing",
    "stop_booking",
    "stop_waiting",
    "stop_waiting_own",
    "synchronise",
    "take_call",
    "wait_for_answer",
    "wait_for_outcome",
    "wait_for_sooner",
    "wait_for_sooner_by_staff",
    "wait_for_sooner_own",
    "wish_by_staff",
    "wish_for_time",
    "withdraw_consent",
    "withdraw_wish",
    "withdraw_wish_by_staff",
]
