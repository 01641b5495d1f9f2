"""The talk with a MIS about one appointment: `run()` does whatever its state still needs."""

from feldsher.domain.scheduling.exchange.run import keep_promise, run

__all__ = ["keep_promise", "run"]
