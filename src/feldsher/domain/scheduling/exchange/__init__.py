"""The talk with a MIS about one appointment: `run()` does whatever its state still needs."""

from feldsher.domain.scheduling.exchange.reporting import report
from feldsher.domain.scheduling.exchange.run import keep_promise, run
from feldsher.domain.scheduling.exchange.verdict import decide

__all__ = ["decide", "keep_promise", "report", "run"]
