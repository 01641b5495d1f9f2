"""Writes of accounting: what is handed over and confirmed, what is said of it, and the daily check."""

from feldsher.domain.accounting.services.checking import check, check_all
from feldsher.domain.accounting.services.handing import confirm_taken, hand_over, open_base
from feldsher.domain.accounting.services.listening import take_words

__all__ = ["check", "check_all", "confirm_taken", "hand_over", "open_base", "take_words"]
