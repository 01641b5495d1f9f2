"""The talk with a MIS about one appointment: `run()` does whatever its state still needs."""

from feldsher.domain.scheduling.exchange.moving import OWN_MOVE, leave
from feldsher.domain.scheduling.exchange.reporting import ReportLostError, report
from feldsher.domain.scheduling.exchange.run import ask_to_call, keep_promise, run
from feldsher.domain.scheduling.exchange.verdict import decide

__all__ = ["OWN_MOVE", "ReportLostError", "ask_to_call", "decide", "keep_promise", "leave", "report", "run"]
