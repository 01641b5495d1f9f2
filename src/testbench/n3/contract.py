"""What HubService accepts (contract §4.1).

The parameters of an operation stand in the order of its signature, the members of data in that of the
alphabet. WCF reads both as sequences: what stands at another place is silently not there. A stand-in that is
to prove a caller says so instead: BrokenCallError is a SOAP fault.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

TEMPURI = "http://tempuri.org/"
DATA = "http://schemas.datacontract.org/2004/07/HubService2"
ACTION = "http://tempuri.org/IHubService/"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
STATUSES = (
    "запись_отменена_по_инициативе_ЛПУ",
    "запись_отменена_по_инициативе_пациента",
    "запись_перенесена",
    "посещение_состоялось",
    "пациент_не_явился",
)
NO_TYPE = "отсутстствует_неопределено"
"""The name of the first SpecialistType, with its three «ст»."""
PATIENT = (
    "AriaNumber", "Birthday", "CellPhone", "Document_N", "Document_S", "HomePhone", "IdPat", "Name",
    "Polis_N", "Polis_S", "SecondName", "Snils", "Surname",
)  # fmt: skip
_ID = re.compile(r"\S.{0,63}")
_ANY = re.compile(r".{0,200}")
_INT = re.compile(r"\d{1,9}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FORMS: Mapping[str, re.Pattern[str]] = {
    "idLpu": _INT,
    "idDistrict": _INT,
    "idHistory": re.compile(r"-?\d{1,10}"),
    "idNotification": re.compile(r"\d{1,18}"),
    "idPat": _ANY,
    "idDoc": _ID,
    "idSpesiality": _ID,
    "idAppointment": _ID,
    "idAppointmentPrev": _ID,
    "visitStart": _MOMENT,
    "visitEnd": _MOMENT,
    "eventDatetime": _MOMENT,
    "guid": _GUID,
    "approvedByTfoms": re.compile("true|false"),
    "status": re.compile("|".join(STATUSES)),
    "Birthday": _MOMENT,
    "CellPhone": re.compile(r"\d{10}"),
}


class BrokenCallError(Exception):
    """Not a call of this service."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`needed` have a value in every call, the others may be absent or nil; `patient` names the Patient."""

    parameters: tuple[str, ...]
    needed: tuple[str, ...]
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came; `patient` are the members of the Patient in it."""

    operation: str
    values: Mapping[str, str]
    patient: Mapping[str, str] = field(default_factory=dict)

    def lpu(self) -> int:
        return int(self.values["idLpu"])


_TAIL = ("guid", "idHistory")
OPERATIONS: Mapping[str, Operation] = {
    "GetLPUList": Operation(("idDistrict", *_TAIL), ("guid",)),
    "GetSpesialityList": Operation(("idLpu", "idPat", *_TAIL), ("idLpu", "guid")),
    "GetDoctorList": Operation(
        ("idSpesiality", "idLpu", "idPat", *_TAIL), ("idSpesiality", "idLpu", "guid")
    ),
    "GetAvaibleAppointments": Operation(
        ("idDoc", "idLpu", "idPat", "visitStart", "visitEnd", *_TAIL),
        ("idDoc", "idLpu", "visitStart", "visitEnd", "guid"),
    ),
    "GetWorkingTime": Operation(
        ("idDoc", "idLpu", "visitStart", "visitEnd", *_TAIL),
        ("idDoc", "idLpu", "visitStart", "visitEnd", "guid"),
    ),
    "SearchTop10Patient": Operation(("pat", "idLpu", *_TAIL), ("pat", "idLpu", "guid"), "pat"),
    "AddNewPatient": Operation(
        ("patient", "idLpu", "approvedByTfoms", *_TAIL), ("patient", "idLpu", "guid"), "patient"
    ),
    "SetAppointment": Operation(
        (
            "idAppointment", "idLpu", "idPat", "doctorsReferral", "attachedReferral", "idAppointmentPrev",
            *_TAIL,
        ),
        ("idAppointment", "idLpu", "idPat", "guid"),
    ),
    "CreateClaimForRefusal": Operation(
        ("idLpu", "idPat", "idAppointment", *_TAIL), ("idLpu", "idPat", "idAppointment", "guid")
    ),
    "GetPatientHistory": Operation(("idLpu", "idPat", *_TAIL), ("idLpu", "idPat", "guid")),
    "GetErrorList": Operation(_TAIL, ("guid",)),
    "SendNotificationAboutAppointmentStatus": Operation(
        (
            "idNotification", "idLpu", "idPat", "idAppointment", "doctorsReferral", "status", "eventDatetime",
            *_TAIL, "registryArea", "appointmentReason",
        ),
        ("status", "eventDatetime", "guid"),
    ),
}  # fmt: skip


def read(element: "etree._Element") -> Call:
    """Hold a call against the contract; raises BrokenCallError with what is wrong."""
    name = etree.QName(element)
    operation = OPERATIONS.get(name.localname)
    if name.namespace != TEMPURI or operation is None:
        raise BrokenCallError(f"нет операции {element.tag}")
    parts = _ordered(element, TEMPURI, operation.parameters)
    values: dict[str, str] = {}
    patient: dict[str, str] = {}
    for part, child in parts.items():
        if part == operation.patient:
            inner = _ordered(child, DATA, PATIENT)
            patient = {key: _value(key, member) for key, member in inner.items()}
            values[part] = "given"
        else:
            values[part] = _value(part, child)
    for part in operation.needed:
        if not values.get(part):
            raise BrokenCallError(f"{name.localname}: нет {part}")
    return Call(name.localname, values, {key: told for key, told in patient.items() if told})


def day(text: str) -> date:
    """Return the day of a date, or of a time; raises BrokenCallError."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BrokenCallError(f"неверная дата {text}") from None


def _ordered(
    element: "etree._Element", namespace: str, names: tuple[str, ...]
) -> "dict[str, etree._Element]":
    """Return the children by name; each must be known, once, and in the order of `names`."""
    found: dict[str, etree._Element] = {}
    last = -1
    for child in element:
        name = etree.QName(child)
        if name.namespace != namespace or name.localname not in names:
            raise BrokenCallError(f"лишний элемент {child.tag}")
        place = names.index(name.localname)
        if place <= last:
            raise BrokenCallError(f"элемент {name.localname} не на своём месте")
        last = place
        found[name.localname] = child
    return found


def _value(name: str, element: "etree._Element") -> str:
    if element.get(NIL) == "true":
        return ""
    text = element.text or ""
    if len(element) or text != text.strip():
        raise BrokenCallError(f"неверное значение {name}")
    if text and not _FORMS.get(name, _ANY).fullmatch(text):
        raise BrokenCallError(f"неверное значение {name}")
    return text
