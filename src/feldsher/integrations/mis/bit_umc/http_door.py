"""The HTTP service of 1С (`/hs/bwi/`) as a door: JSON in, JSON or bare words out (contract §3.1).

It differs from SOAP in four ways. The call carries the key of an exchange setting, which decides what is
seen. Days are `dd.MM.yyyy` and times `HH:mm:ss`, as in the documentation's samples. There is no Params: all
is flat. And what 1С refuses to write comes as HTTP 500 with its words as plain text.
"""

import json
from collections.abc import Mapping
from datetime import date, time

from feldsher.foundation.egress.client import HttpClient, LostError
from feldsher.integrations.mis.bit_umc.door import (
    BROKEN,
    CYRILLIC_CLINIC,
    NO_EXCHANGE,
    NOT_WRITTEN,
    OK,
    UNKNOWN_GUID,
    Parameter,
    raise_if_refused,
    raise_if_unseen,
)
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.xml import BadDocumentError, decode, speakable

# Operation -> (last part of the address, whether Method names the operation there).
_PLACES = {
    "GetListClinic": ("DictionaryData", True),
    "GetListEmployees": ("DictionaryData", True),
    "GetNomenclatureAndPrices": ("DictionaryData", True),
    "GetSchedule": ("Schedule", True),
    "GetSchedule20": ("Schedule", True),
    "Reservation": ("Reservation", False),
    "BookAnAppointmentWithParams": ("AppointmentCreate", True),
    "CancelBookAnAppointment": ("AppointmentCancel", False),
    "GetAppointmentStatus": ("AppointmentStatus", False),
}
_NAMES = {"Services": "Service"}
_MAY_BE_EMPTY = frozenset({"Reason", "AdditionalInformation"})
_BAD_REQUEST = 400
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}


class HttpDoor:
    """Implements `Door`.

    Under HTTP 400 and 500 three texts prove that nothing was written: the refusal to write, an unknown
    document and an unknown key. Any other may be of a failure after the writing.
    """

    def __init__(self, transport: HttpClient, *, profile: Profile, seconds: float) -> None:
        self._transport = transport
        self._profile = profile
        self._seconds = seconds

    def call(self, operation: str, values: Mapping[str, Parameter], *, seconds: float | None = None) -> str:
        """Return the body of the answer; see `Door.call`."""
        place, has_method = _PLACES[operation]
        fields = {"Key": self._profile.key} | ({"Method": operation} if has_method else {})
        fields |= self._fields(operation, values)
        reply = self._transport.post(
            json.dumps(fields, ensure_ascii=False).encode(),
            headers=_HEADERS,
            seconds=self._seconds if seconds is None else seconds,
            path=f"/{place}",
        )
        raise_if_unseen(reply)
        try:
            told = decode(reply.body).strip()
        except BadDocumentError as error:
            raise LostError(f"HTTP {reply.status}, {error}") from None
        if reply.status in {BROKEN, _BAD_REQUEST}:
            raise_if_refused(told, NOT_WRITTEN, UNKNOWN_GUID, NO_EXCHANGE)
        if reply.status != OK:
            raise LostError(f"HTTP {reply.status}")
        return told

    def _fields(self, operation: str, values: Mapping[str, Parameter]) -> dict[str, str]:
        """Return the parameters as they are sent; an empty one is left out where it may be."""
        fields = {}
        for name, value in values.items():
            told = _spelt(value)
            if not told and name not in _MAY_BE_EMPTY:
                continue
            fields[_NAMES.get(name, name)] = told
        if operation == "GetNomenclatureAndPrices":
            fields[self._profile.nomenclature_clinic] = fields.pop("Clinic")
        if "Clinic" in fields and self._profile.cyrillic_clinic:
            fields[CYRILLIC_CLINIC] = fields["Clinic"]
        return fields


def _spelt(value: Parameter) -> str:
    if isinstance(value, time):
        return f"{value:%H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return speakable(value)
