"""What both doors of 1С share: a call goes in by the name of its operation, the text of its answer comes out.

The question is always the same: can it be *proved* that nothing was written? A status of HTTP that stops a
request at the web server's door proves it (a wrong log-in, a moved address: 1С never saw the call), and so
does 1С's own «Не удалось записать …» (contract §3.1, conflict). Anything else that isn't an answer is lost.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Protocol, TypeAlias

from feldsher.foundation.egress.client import NotSentError, Reply

NOT_WRITTEN = "not_written"
UNKNOWN_GUID = "unknown_guid"
NO_EXCHANGE = "no_exchange"
CYRILLIC_CLINIC = "\u0421linic"
OK = 200
BROKEN = 500
_AT_THE_DOOR = frozenset({301, 302, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429})
_REFUSALS = ("Ошибка", "Не ", "Неверн", "Некорректн", "Невозможн")
_GUID = re.compile(
    r"Ошибка при (?:получении уникального идентификатора|выполнении поиска)"
    r"(?=[^\n]*(?:GUID|заявк))(?![^\n]*EmployeeID)"
)

Parameter: TypeAlias = str | date | time
"""A day, a time of day (a length is one too, counted from 00:00), or text. Each door has its own spelling."""


class RefusedError(Exception):
    """Definitely not done. `code` is ours and stable; `text` is the service's own words, shortened."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = " ".join(text.split())[:200]


class Door(Protocol):
    """A way into one base. Thread-safe."""

    def call(self, operation: str, values: Mapping[str, Parameter], *, seconds: float | None = None) -> str:
        """Do one operation and return the text of its answer: a document, or bare words.

        `operation` and `values` have the names of the SOAP service (contract §3.1), in its order. `seconds`
        is the budget of this call unless the door's own is meant. Raises NotSentError, LostError, or
        RefusedError where the answer came as a failure of HTTP or SOAP.
        """
        ...


def refusal(text: str) -> RefusedError | None:
    """Return the refusal that a bare text is, or None when it isn't certain that it is one."""
    told = text.strip()
    if told == "Error":
        return RefusedError("error", told)
    if not told.startswith(_REFUSALS):
        return None
    if told.startswith("Не удалось записать"):
        return RefusedError(NOT_WRITTEN, told)
    if told.startswith("Не обнаружена настройка обмена"):
        return RefusedError(NO_EXCHANGE, told)
    return RefusedError(UNKNOWN_GUID if _GUID.match(told) else "refused", told)


def raise_if_unseen(reply: Reply) -> None:
    """Raise NotSentError for a status that says that 1С never saw the call."""
    if reply.status in _AT_THE_DOOR:
        raise NotSentError(f"HTTP {reply.status}")


def raise_if_refused(text: str, *codes: str) -> None:
    """Raise the refusal that a failure's text is, if it is one of those that prove that nothing was done."""
    found = refusal(text)
    if found is not None and found.code in codes:
        raise found
