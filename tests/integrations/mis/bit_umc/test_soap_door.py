"""The SOAP door's own: what is sent in an envelope, and what a fault proves."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from feldsher.domain.scheduling.ports import Booked, Indeterminate, Rejected, Unknown, Window
from feldsher.integrations.mis.bit_umc import BitUmcGateway
from integrations.mis.bit_umc.factory import query, request, slot_of, through, wall
from integrations.mis.wires import Answer, Wire

MakeWire = Callable[[Answer], Wire]
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NOBODY = "11111111-1111-4111-8111-111111111111"


def _told(inner: str) -> Answer:
    """Answer any call with this string of `m:return`, or with a whole fault."""

    def answer(connection: socket.socket, _: threading.Event) -> None:
        body = (
            f"<s:Envelope xmlns:s='{SOAP_12}' xmlns:m='ru.umc'><s:Body>{inner}</s:Body></s:Envelope>".encode()
        )
        status = b"500 Oops" if "s:Fault" in inner else b"200 OK"
        connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)

    return answer


def _returns(operation: str, text: str) -> Answer:
    return _told(f"<m:{operation}Response><m:return><![CDATA[{text}]]></m:return></m:{operation}Response>")


def _fault(text: str) -> Answer:
    return _told(
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>{text}</s:Text></s:Reason></s:Fault>"
    )


def _at(host: str, **options: object) -> BitUmcGateway:
    return through("soap", host, **options)


def test_a_reserve_that_names_no_document_is_unknown(wire: MakeWire) -> None:
    assert isinstance(_at(wire(_returns("Reservation", "Ok")).url).hold(slot_of()), Unknown)


def test_a_document_with_another_id_is_the_one_that_was_written(wire: MakeWire) -> None:
    other = "22222222-2222-4222-8222-222222222222"
    text = f"<ОтветНаЗаписьССайта><Результат>true</Результат><УИД>{other}</УИД></ОтветНаЗаписьССайта>"
    port = wire(_returns("BookAnAppointmentWithParams", text))
    assert _at(port.url).book(request(slot_of(), hold=NOBODY)) == Booked(other)


def test_a_fault_proves_nothing(wire: MakeWire) -> None:
    gateway = _at(wire(_fault("Ошибка преобразования данных XDTO")).url)
    assert gateway.hold(slot_of()) == Unknown("a SOAP fault")
    assert gateway.book(request(slot_of(), hold=NOBODY)) == Unknown("a SOAP fault")
    assert gateway.cancel(NOBODY, reason="") == Unknown("a SOAP fault")
    assert gateway.find_booking(query(slot_of(), NOBODY)) == Indeterminate("a SOAP fault")


def test_a_fault_that_says_nothing_was_written_is_a_refusal(wire: MakeWire) -> None:
    gateway = _at(wire(_fault("Не удалось записать документ")).url)
    assert gateway.hold(slot_of()) == Rejected("not_written", "Не удалось записать документ")


def _sent(request_: bytes) -> list[tuple[str, str]]:
    """Return what was sent, in order; a property of Params as Params.name."""
    call = etree.fromstring(request_.partition(b"\r\n\r\n")[2])[0][0]
    found = []
    for part in call:
        name = etree.QName(part).localname
        if len(part):
            found += [(f"{name}.{entry.get('name')}", entry[0].text or "") for entry in part]
        else:
            found.append((name, part.text or ""))
    return found


def test_the_parameters_stand_in_the_documented_order_and_the_length_is_never_left_to_services(
    wire: MakeWire,
) -> None:
    port = wire(_returns("BookAnAppointmentWithParams", "Ok"))
    _at(port.url).book(request(replace(slot_of(length=50), service_id="service"), hold=NOBODY))
    assert _sent(port.requests[0]) == [
        ("EmployeeID", "doctor"),
        ("PatientSurname", "Записнов"),
        ("PatientName", "Тест"),
        ("PatientFatherName", "Примерович"),
        ("Date", "2026-09-07T00:00:00"),
        ("TimeBegin", "0001-01-01T09:00:00"),
        ("Comment", "ref-1"),
        ("Phone", "+70000000011"),
        ("Email", ""),
        ("Address", ""),
        ("Clinic", "clinic"),
        ("GUID", NOBODY),
        ("Params.Duration", "0001-01-01T00:50:00"),
        ("Params.Services", "service"),
        ("Params.Birthday", "1990-05-17T00:00:00"),
    ]


def test_a_clinic_of_the_cyrillic_letter_is_named_once(wire: MakeWire) -> None:
    port = wire(_returns("GetReserve", "Error"))
    _at(port.url, cyrillic_clinic=True, reserve="GetReserve").hold(slot_of())
    assert [name for name, _ in _sent(port.requests[0])] == [
        "Specialization",
        "Date",
        "TimeBegin",
        "EmployeeID",
        "\u0421linic",
    ]


@pytest.mark.parametrize("cyrillic", [False, True])
def test_a_schedule_is_asked_to_the_end_of_its_last_day_and_filters_are_params(
    wire: MakeWire, *, cyrillic: bool
) -> None:
    port = wire(_returns("GetSchedule20", ""))
    window = Window(wall("2026-09-07T00:00").day, wall("2026-09-08T00:00").day)
    _at(port.url, cyrillic_clinic=cyrillic, format="ZipXML").free(window, resource=slot_of().resource)
    assert _sent(port.requests[0]) == [
        ("StartDate", "2026-09-07T00:00:00"),
        ("FinishDate", "2026-09-08T23:59:59"),
        ("Params.Clinic", "clinic"),
        ("Params.Employees", "doctor"),
        ("Params.Format", "ZipXML"),
        *([("Params.\u0421linic", "clinic")] if cyrillic else []),
    ]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "GUID"),
        ({"nomenclature_clinic": "Clinic"}, "Clinic"),
        ({"nomenclature_clinic": "Clinic", "cyrillic_clinic": True}, "\u0421linic"),
    ],
)
def test_a_nomenclature_names_its_clinic_as_the_profile_says(
    wire: MakeWire, options: dict[str, object], name: str
) -> None:
    clinics = f"<СписокКлиник><Клиника><УИД>{NOBODY}</УИД></Клиника></СписокКлиник>"
    lists = {"GetListClinic": clinics, "GetListEmployees": "<Сотрудники/>"}

    def answer(connection: socket.socket, stopping: threading.Event) -> None:
        asked = etree.QName(etree.fromstring(port.requests[-1].partition(b"\r\n\r\n")[2])[0][0]).localname
        _returns(asked, lists.get(asked, ""))(connection, stopping)

    port = wire(answer)
    _at(port.url, **options).directory()
    assert _sent(port.requests[2]) == [(name, NOBODY)]
