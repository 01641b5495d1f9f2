"""The WSDL that `?wsdl` serves: every operation with its parameters, both SOAP bindings."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

_PERSON = ("PatientSurname", "PatientName", "PatientFatherName")
_WHEN = ("Date", "TimeBegin")
_CONTACT = ("Comment", "Phone", "Email", "Address", "Clinic", "GUID")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "GetListClinic": (),
    "GetListEmployees": (),
    "GetNomenclatureAndPrices": ("GUID", "Clinic"),
    "GetEnlargementSchedule": ("StartDate", "FinishDate"),
    "GetSchedule": ("StartDate", "FinishDate"),
    "GetSchedule20": ("StartDate", "FinishDate", "Params"),
    "GetReserve": ("Specialization", *_WHEN, "EmployeeID", "Clinic"),
    "Reservation": ("Specialization", *_WHEN, "EmployeeID", "Clinic", "Duration", "EquipmentCabinet"),
    "BookAnAppointment": ("EmployeeID", *_PERSON, *_WHEN, *_CONTACT),
    "BookAnAppointmentWithParams": ("EmployeeID", *_PERSON, *_WHEN, *_CONTACT, "Params"),
    "BookAnAppointmentWithClient": (
        "EmployeeID",
        "Client",
        "Service",
        *_WHEN,
        "Comment",
        "Clinic",
        "GUID",
        "Params",
    ),
    "FastBookAnAppointment": ("EmployeeID", *_PERSON, *_WHEN, *_CONTACT),
    "CancelBookAnAppointment": ("GUID", "AdditionalInformation", "Reason"),
    "GetAppointmentStatus": ("GUID",),
}
_TYPES = {
    "Params": "v8:Structure",
    "StartDate": "xs:dateTime",
    "FinishDate": "xs:dateTime",
    "Date": "xs:dateTime",
    "TimeBegin": "xs:dateTime",
    "Duration": "xs:dateTime",
}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:s11="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/"
 xmlns:v8="http://v8.1c.ru/8.1/data/core" xmlns:tns="ru.umc" name="Integration" targetNamespace="ru.umc">
<types>
<xs:schema targetNamespace="http://v8.1c.ru/8.1/data/core" elementFormDefault="qualified">
<xs:complexType name="Property"><xs:sequence><xs:element name="Value" type="xs:anyType" nillable="true"/>
</xs:sequence><xs:attribute name="name" type="xs:NCName" use="required"/></xs:complexType>
<xs:complexType name="Structure"><xs:sequence>
<xs:element name="Property" type="v8:Property" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType>
</xs:schema>
<xs:schema targetNamespace="ru.umc" elementFormDefault="qualified">
<xs:import namespace="http://v8.1c.ru/8.1/data/core"/>"""


def document(address: str) -> bytes:
    """Return the WSDL of the service that answers at this address."""
    return "\n".join(_lines(address)).encode()


def _lines(address: str) -> Iterator[str]:
    yield _HEAD
    for operation, parameters in PARAMETERS.items():
        yield f'<xs:element name="{operation}"><xs:complexType><xs:sequence>'
        for name in parameters:
            kind = _TYPES.get(name, "xs:string")
            yield f'<xs:element name="{name}" type="{kind}" minOccurs="0" nillable="true"/>'
        yield "</xs:sequence></xs:complexType></xs:element>"
        yield f'<xs:element name="{operation}Response"><xs:complexType><xs:sequence>'
        yield '<xs:element name="return" type="xs:string"/></xs:sequence></xs:complexType></xs:element>'
    yield "</xs:schema></types>"
    for operation in PARAMETERS:
        for suffix, element in (("Request", operation), ("Response", f"{operation}Response")):
            yield f'<message name="{operation}{suffix}">'
            yield f'<part name="parameters" element="tns:{element}"/></message>'
    yield '<portType name="IntegrationPortType">'
    for operation in PARAMETERS:
        yield f'<operation name="{operation}"><input message="tns:{operation}Request"/>'
        yield f'<output message="tns:{operation}Response"/></operation>'
    yield "</portType>"
    for prefix, name in (("s11", "IntegrationSoap"), ("s12", "IntegrationSoap12")):
        yield f'<binding name="{name}Binding" type="tns:IntegrationPortType">'
        yield f'<{prefix}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
        for operation in PARAMETERS:
            yield f'<operation name="{operation}"><{prefix}:operation soapAction="ru.umc#{operation}"/>'
            yield f'<input><{prefix}:body use="literal"/></input>'
            yield f'<output><{prefix}:body use="literal"/></output></operation>'
        yield "</binding>"
    yield '<service name="Integration">'
    for prefix, name in (("s11", "IntegrationSoap"), ("s12", "IntegrationSoap12")):
        yield f'<port name="{name}" binding="tns:{name}Binding">'
        yield f"<{prefix}:address location={quoteattr(address)}/></port>"
    yield "</service></definitions>"
