"""One call into the XML gateway: an operation goes in, its `<OP>_OUT` comes out.

The question is always the same: can it be *proved* that nothing was written? It is where the call never left
(no connection, no token), where the web server stopped it at its door, and where the gateway itself answers
`SPRESULT` 0, -2 or -99 (contract §1.2). Anything else that isn't an answer is lost.
"""

from dataclasses import dataclass
from datetime import datetime
from math import inf
from time import monotonic
from zoneinfo import ZoneInfo

from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError, Reply
from feldsher.integrations.mis.infoclinica import envelope
from feldsher.integrations.mis.infoclinica.access import Access
from feldsher.integrations.mis.infoclinica.envelope import BLOCKING, Check, Fields, Out
from feldsher.integrations.mis.infoclinica.profile import Profile
from feldsher.integrations.mis.xml import BadDocumentError
from feldsher.kernel import clock

PATH = "/api/xml"
OK = 200
_WHO_ARE_YOU = frozenset({401, 403})
_AT_THE_DOOR = frozenset({301, 302, 307, 308, 404, 405, 411, 413, 415, 429})
_LONGEST = 200
SCHEDULE = "SCHEDULE"
"""The one operation whose answer may be good and closed: its time is there, and not for this patient."""


class RefusedError(Exception):
    """Definitely not done. `result` is SPRESULT, `text` the gateway's own words, shortened, for staff.

    `words` are all of its words in small letters, to be recognised by the profile.
    """

    def __init__(self, result: int, comment: str, checks: tuple[Check, ...]) -> None:
        super().__init__(f"SPRESULT {result}")
        self.result = result
        blocking = [check for check in checks if check.code == BLOCKING] or list(checks)
        told = [part for check in blocking for part in (check.label, check.text)] + [comment]
        self.text = " ".join(next((part for part in told if part), "").split())[:_LONGEST]
        self.words = " ".join(" ".join(told).split()).lower()


@dataclass(frozen=True, slots=True)
class Door:
    """The gateway of one clinic network. Thread-safe; `seconds` is the budget of one request."""

    transport: HttpClient
    access: Access
    profile: Profile
    seconds: float

    def call(
        self,
        operation: str,
        values: Fields,
        *,
        branch: str = "",
        seconds: float | None = None,
        leave_by: float = inf,
    ) -> Out:
        """Do one operation in a branch (empty: where nobody's is meant) and return what came out.

        `leave_by` (of `time.monotonic`) is when it must have left, tokens included. Raises NotSentError,
        LostError, or RefusedError for what the gateway itself has refused.
        """
        budget = self.seconds if seconds is None else seconds
        body = envelope.request(
            operation,
            values,
            branch=branch or self.profile.home_branch,
            sender=self.profile.sender,
            written_at=self._now(),
        )
        reply = self._post(body, budget, leave_by)
        if reply.status in _WHO_ARE_YOU and self.access.forget():
            reply = self._post(body, budget, leave_by)  # a token that ran out early; nobody has seen the call
        if reply.status in _WHO_ARE_YOU:
            raise NotSentError(self.access.refused(reply))
        if reply.status in _AT_THE_DOOR:
            raise NotSentError(f"HTTP {reply.status}")
        if reply.status != OK:
            raise LostError(f"{operation}: HTTP {reply.status}")
        try:
            out = envelope.answer(reply.body, operation)
        except BadDocumentError as error:
            raise LostError(f"{operation}: an answer that is {error}") from None
        return _judged(operation, out)

    def _post(self, body: bytes, seconds: float, leave_by: float) -> Reply:
        headers = {"Content-Type": "text/xml", **self.access.headers(seconds)}
        if monotonic() > leave_by:
            raise NotSentError("it is too late for the call to leave")
        return self.transport.post(body, headers=headers, seconds=seconds, path=PATH)

    def _now(self) -> datetime:
        return clock.now().astimezone(ZoneInfo(self.profile.clock_zone))


def _judged(operation: str, out: Out) -> Out:
    if out.result in {envelope.REFUSED, envelope.NOT_FOUND, envelope.MALFORMED}:
        raise RefusedError(out.result, out.comment, out.checks)
    is_closed = operation != SCHEDULE and any(check.code == BLOCKING for check in out.checks)
    if out.result != envelope.OK or is_closed:
        raise LostError(f"{operation}: an answer that contradicts itself")
    return out
