"""The SOAP service of 1С as a door (contract §3.1)."""

from collections.abc import Mapping
from datetime import date, time

from feldsher.foundation.egress.client import HttpClient, LostError
from feldsher.integrations.mis.bit_umc import soap
from feldsher.integrations.mis.bit_umc.door import (
    BROKEN,
    CYRILLIC_CLINIC,
    NOT_WRITTEN,
    OK,
    Parameter,
    raise_if_refused,
    raise_if_unseen,
)
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.soap import FaultError, headers
from feldsher.integrations.mis.xml import BadDocumentError, decode, speakable

# What goes into the Structure `Params`; an operation that isn't named here has none.
_PARAMS = {
    "GetSchedule20": ("Clinic", "Employees", "Format"),
    "BookAnAppointmentWithParams": ("Duration", "Services", "Birthday"),
}


class SoapDoor:
    """Implements `Door`. A fault proves nothing: 1С builds its reply after it has written."""

    def __init__(self, transport: HttpClient, *, profile: Profile, seconds: float) -> None:
        self._transport = transport
        self._profile = profile
        self._seconds = seconds

    def call(self, operation: str, values: Mapping[str, Parameter], *, seconds: float | None = None) -> str:
        """Return the string that the operation returned; see `Door.call`."""
        version = self._profile.soap
        reply = self._transport.post(
            self._envelope(operation, values),
            headers=headers(version),
            seconds=self._seconds if seconds is None else seconds,
        )
        raise_if_unseen(reply)
        try:
            if reply.status == BROKEN:
                raise_if_refused(decode(reply.body), NOT_WRITTEN)
            told = soap.returned(reply.body, operation)
        except FaultError as fault:
            raise_if_refused(fault.text, NOT_WRITTEN)
            raise LostError("a SOAP fault") from None
        except BadDocumentError as error:
            raise LostError(f"HTTP {reply.status}, {error}") from None
        if reply.status != OK:
            raise LostError(f"HTTP {reply.status}")
        return told

    def _envelope(self, operation: str, values: Mapping[str, Parameter]) -> bytes:
        inner = _PARAMS.get(operation)
        spelt = {name: _spelt(name, value) for name, value in values.items()}
        plain = {self._name(operation, name): spelt[name] for name in spelt if name not in (inner or ())}
        params = None if inner is None else {name: spelt[name] for name in spelt if name in inner}
        if params and "Clinic" in params and self._profile.cyrillic_clinic:
            params[CYRILLIC_CLINIC] = params["Clinic"]
        return soap.envelope(operation, plain, params=params, version=self._profile.soap)

    def _name(self, operation: str, name: str) -> str:
        """Spell the parameter Clinic as the base was published; a parameter of a WSDL has one name."""
        if name != "Clinic":
            return name
        if operation == "GetNomenclatureAndPrices" and self._profile.nomenclature_clinic != "Clinic":
            return self._profile.nomenclature_clinic
        return CYRILLIC_CLINIC if self._profile.cyrillic_clinic else name


def _spelt(name: str, value: Parameter) -> str:
    if isinstance(value, time):
        return f"0001-01-01T{value:%H:%M:%S}"
    if isinstance(value, date):
        return f"{value}T23:59:59" if name == "FinishDate" else f"{value}T00:00:00"
    return speakable(value)
