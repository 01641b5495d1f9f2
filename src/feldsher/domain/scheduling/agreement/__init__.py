"""Holds our visits against what their MIS says of them, and settles where the two differ."""

from feldsher.domain.scheduling.agreement.asking import ask_about, suspects
from feldsher.domain.scheduling.agreement.judging import judge, keep, settle
from feldsher.domain.scheduling.agreement.nightly import begin, go_on
from feldsher.domain.scheduling.agreement.noting import note

__all__ = ["ask_about", "begin", "go_on", "judge", "keep", "note", "settle", "suspects"]
