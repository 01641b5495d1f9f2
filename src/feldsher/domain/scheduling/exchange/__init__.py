"""The talk with a MIS about one appointment: `run()` does whatever its state still needs."""

from feldsher.domain.scheduling.exchange.moving import leave
from feldsher.domain.scheduling.exchange.reporting import ReportLostError, report
from feldsher.domain.scheduling.exchange.run import keep_promise, run
from feldsher.domain.scheduling.exchange.verdict import decide

__all__ = ["ReportLostError", "decide", "keep_promise", "leave", "report", "run"]
