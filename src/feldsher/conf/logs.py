"""Log lines: each carries the id of its request or job, and none carries personal data or a secret.

Whatever library logs an exception, its words stay out (`kernel.accidents`). A request is named by its route:
its path may hold the secret of a visit. Local values of a frame are never printed. A line is one line.
"""

import copy
import logging
import sys
import threading
import time
from types import TracebackType
from typing import Any

from django.http import HttpRequest

from feldsher.kernel.accidents import kind_of, told_of
from feldsher.kernel.trace import trace_id

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(trace)s] %(message)s"
_ESCAPED = str.maketrans({"\n": "\\n", "\r": "\\r", "\x1b": "\\x1b"})
_log = logging.getLogger("feldsher")


class LineFormatter(logging.Formatter):
    """One line a record, with the id of the request or job; of an exception, its kind and its places."""

    converter = time.gmtime  # type: ignore[assignment]  # the stubs ask for what never happens
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        record = copy.copy(record)
        error = record.exc_info[1] if record.exc_info else None
        # Another handler may have left a whole traceback here.
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        request, told = getattr(record, "request", None), ""
        if isinstance(request, HttpRequest):
            status = getattr(record, "status_code", "-")
            record.msg, record.args = "%s %s %s", (status, _word(request.method), _route(request))
            told = getattr(request, "trace_id", "")
        elif isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        record.trace = told or trace_id() or "-"
        line = super().format(record).translate(_ESCAPED)
        return f"{line}: {told_of(error)}" if error is not None else line


def speak_of_accidents_safely() -> None:
    """Let what nobody caught, in any thread, be logged like everything else instead of being printed."""

    def main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        # In words, not as `exc_info`: who is not set up to log yet would print it whole.
        _log.critical("nobody caught it: %s", told_of(error))

    def thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            main(given.exc_type, given.exc_value, given.exc_traceback)

    sys.excepthook = main
    threading.excepthook = thread


def _safe(value: Any) -> Any:
    return kind_of(value) if isinstance(value, BaseException) else value


def _word(method: str | None) -> str:
    return method if method and method.isalpha() and len(method) <= 10 else "?"  # noqa: PLR2004 - as long as any


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match else "(no route)"
