"""One call to HubService and its answer: with the token in every call, and what each status proves."""

import secrets

from lxml import etree

from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.integrations.mis import soap
from feldsher.integrations.mis.n3 import wire
from feldsher.integrations.mis.n3.profile import Profile
from feldsher.integrations.mis.n3.wire import Parameters
from feldsher.integrations.mis.xml import BadDocumentError, decode

OK = 200
_AT_THE_DOOR = frozenset({301, 302, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429})
_MOST = 2**31 - 1


class Door:
    """Thread-safe. `seconds` is the budget of one call unless it names its own."""

    def __init__(self, transport: HttpClient, *, guid: str, profile: Profile, seconds: float) -> None:
        self.profile = profile
        self._transport = transport
        self._guid = guid
        self.seconds = seconds

    def call(
        self, operation: str, parameters: Parameters, *, after: Parameters = (), seconds: float | None = None
    ) -> "etree._Element":
        """Return the result; raises NotSentError, LostError, or RefusedError for Success=false.

        `after` are parameters that stand behind the token and the number of the call.
        """
        history = None if self.profile.history == "none" else str(secrets.randbelow(_MOST) + 1)
        told = [*parameters, ("guid", self._guid), ("idHistory", history), *after]
        version = self.profile.soap
        reply = self._transport.post(
            wire.call(operation, told, version=version),
            headers=soap.headers(version, action=wire.ACTION + operation),
            seconds=self.seconds if seconds is None else seconds,
        )
        if reply.status in _AT_THE_DOOR:
            raise NotSentError(f"HTTP {reply.status}")
        if reply.status != OK:
            raise LostError(f"HTTP {reply.status}")
        expected = history if self.profile.history == "echoed" else None
        try:
            return wire.result(decode(reply.body), operation, history=expected)
        except BadDocumentError as error:
            raise LostError(f"{operation}: {error}") from None

    def viewer(self, lpu: str) -> Parameters:
        """Return idPat of the patient for whom the schedules of an LPU are read."""
        told = self.profile.viewers.get(lpu)
        if told is not None:
            return (("idPat", told),)
        if self.profile.blank_patient == "absent":
            return ()
        return (("idPat", None if self.profile.blank_patient == "nil" else ""),)
