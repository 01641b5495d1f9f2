"""One call of the web service: what came over HTTP is sorted into an answer, a refusal or a loss.

The question is always the same: can it be *proved* that nothing was written? A status of HTTP that stops a
request at the web server's door proves it (a wrong log-in, a moved address: 1С never saw the call), and so
does 1С's own «Не удалось записать …» (contract §3.1, conflict). A SOAP fault proves nothing: 1С builds its
reply after it has written, and may break while doing so.
"""

import re
from collections.abc import Mapping

from feldsher.integrations.mis.bit_umc import soap
from feldsher.integrations.mis.bit_umc.documents import BadDocumentError, decode
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.bit_umc.transport import LostError, NotSentError, Transport

NOT_WRITTEN = "not_written"
UNKNOWN_GUID = "unknown_guid"
NO_EXCHANGE = "no_exchange"
CYRILLIC_CLINIC = "\u0421linic"
_AT_THE_DOOR = frozenset({301, 302, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429})
_OK = 200
_BROKEN = 500
_REFUSALS = ("Ошибка", "Не ", "Неверн", "Некорректн", "Невозможн")
_GUID = re.compile(
    r"Ошибка при (?:получении уникального идентификатора|выполнении поиска)"
    r"(?=[^\n]*(?:GUID|заявк))(?![^\n]*EmployeeID)"
)


class RefusedError(Exception):
    """Definitely not done. `code` is ours and stable; `text` is the service's own words, shortened."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = shorten(text)


def shorten(text: str) -> str:
    return " ".join(text.split())[:200]


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


class WebService:
    """The operations by name. `seconds` is the budget of one call unless told otherwise. Thread-safe."""

    def __init__(self, transport: Transport, *, profile: Profile, seconds: float) -> None:
        self._transport = transport
        self._profile = profile
        self._seconds = seconds

    def call(
        self,
        operation: str,
        values: Mapping[str, str],
        *,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> str:
        """Return the string that the operation returned; raises NotSentError, LostError or RefusedError."""
        version = self._profile.soap
        body = soap.envelope(operation, self._named(values), params=params, version=version)
        reply = self._transport.post(
            body, headers=soap.headers(version), seconds=self._seconds if seconds is None else seconds
        )
        if reply.status in _AT_THE_DOOR:
            raise NotSentError(f"HTTP {reply.status}")
        try:
            if reply.status == _BROKEN:
                _raise_if_not_written(decode(reply.body))
            told = soap.returned(reply.body, operation)
        except soap.FaultError as fault:
            _raise_if_not_written(fault.text)
            raise LostError("a SOAP fault") from None
        except BadDocumentError as error:
            raise LostError(f"HTTP {reply.status}, {error}") from None
        if reply.status != _OK:
            raise LostError(f"HTTP {reply.status}")
        return told

    def _named(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Spell the parameter Clinic as the base was published; a parameter of a WSDL has one name."""
        if not self._profile.cyrillic_clinic:
            return values
        return {CYRILLIC_CLINIC if name == "Clinic" else name: value for name, value in values.items()}


def _raise_if_not_written(text: str) -> None:
    found = refusal(text)
    if found is not None and found.code == NOT_WRITTEN:
        raise found
