"""The project's HTTP service that books: the small JSON contract, in the words of the profile.

The rules are the contract's (docs/integrations/plain.md, 2 to 8): a reference is one visit for ever, the
look and the write are one transaction, a refusal with a code wrote nothing. The profile renames addresses,
methods, fields and values; begins go out with seconds, as 1С reads and writes them. A code in an answer of
200 is a refusal, too: many services of 1С have no other status. A code beside the very state that was asked
for is neither: taken for a refusal, a visit that stands would be booked again.
"""

import json
from collections.abc import Mapping
from urllib.parse import quote

from feldsher.foundation.egress.client import HttpClient
from feldsher.integrations.mis.odata_1c.mapping import canonical
from feldsher.integrations.mis.odata_1c.profile import REFERENCE, Booking, Call
from feldsher.integrations.mis.plain.door import CODE, RefusedError, told
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row, matching

_HEADERS = {"Accept": "application/json", "Cache-Control": "no-cache"}
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_WITH_SECONDS = len("2026-12-01T09:30:00")
_NO_SECONDS = ":00"


class Service:
    """Implements the contract's `VisitDoor`. Thread-safe."""

    def __init__(self, transport: HttpClient, *, booking: Booking, seconds: float) -> None:
        self._transport = transport
        self._booking = booking
        self._seconds = seconds

    def book(self, reference: str, order: Row) -> Row:
        order = order | {"begin": order["begin"] + _NO_SECONDS}
        return self._call(self._booking.book, reference, order, done="booked")

    def visit(self, reference: str) -> Row:
        return self._call(self._booking.status, reference, {})

    def cancel(self, reference: str) -> Row:
        return self._call(self._booking.cancel, reference, {}, done="cancelled")

    def _call(self, call: Call, reference: str, fields: Row, *, done: str = "") -> Row:
        """Return the answer; `done` is the state that a call which writes leads to."""
        body, headers = b"", _HEADERS
        if call.has_body:
            known = {} if REFERENCE in call.path else {"reference": reference}
            body = json.dumps(_renamed(known | fields, self._booking.names), ensure_ascii=False).encode()
            headers = _HEADERS | _JSON
        path = quote(call.path.replace(REFERENCE, reference))
        reply = self._transport.send(call.method, body, headers=headers, seconds=self._seconds, path=path)
        row = told(reply, translated=lambda answer: _consistent(self._translated(answer), done))
        code = row.get("code")
        if code:
            raise RefusedError(matching(row, "code", CODE), str(row.get("text", "")))
        return row

    def _translated(self, row: Row) -> Row:
        """Bring an answer into the words of the contract."""
        booking = self._booking
        found = _renamed(row, {theirs: ours for ours, theirs in booking.names.items()})
        for name in ("state", "code"):
            if name in found:
                found[name] = booking.words.get(canonical(found[name]), found[name])
        begin = found.get("begin")
        if isinstance(begin, str) and len(begin) == _WITH_SECONDS:
            found["begin"] = begin.removesuffix(_NO_SECONDS)
        return found


def _consistent(row: Row, done: str) -> Row:
    if done and row.get("code") and row.get("state") == done:
        raise BadAnswerError("done and refused at once")
    return row


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    """Return the row with these names, in the patient within it too."""
    return {
        names.get(name, name): _renamed(value, names) if isinstance(value, dict) else value
        for name, value in row.items()
    }
