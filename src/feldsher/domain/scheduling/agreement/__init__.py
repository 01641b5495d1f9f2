"""Holds our visits against what their MIS says of them, and settles where the two differ."""

from feldsher.domain.scheduling.agreement.asking import ask_about, suspects
from feldsher.domain.scheduling.agreement.cards import AGAIN, look_up
from feldsher.domain.scheduling.agreement.judging import judge, keep, settle
from feldsher.domain.scheduling.agreement.nightly import begin, go_on
from feldsher.domain.scheduling.noting import note

__all__ = ["AGAIN", "ask_about", "begin", "go_on", "judge", "keep", "look_up", "note", "settle", "suspects"]
