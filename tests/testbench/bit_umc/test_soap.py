"""Envelopes, log-in, WSDL, and what a hostile or broken caller gets."""

from typing import Any

import httpx
import pytest
from lxml import etree

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


@pytest.mark.parametrize(
    ("version", "content_type"),
    [(SOAP_11, "text/xml; charset=utf-8"), (SOAP_12, "application/soap+xml; charset=utf-8")],
)
def test_each_version_of_soap_is_answered_in_kind(wire: Any, version: str, content_type: str) -> None:
    answer = wire.post(wire.envelope("GetListClinic", version=version))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == content_type
    assert etree.fromstring(answer.content).tag == f"{{{version}}}Envelope"


def test_the_result_is_an_xml_document_in_cdata(wire: Any) -> None:
    answer = wire.post(wire.envelope("GetListClinic"))
    assert b'xsi:type="xs:string"><![CDATA[<?xml version="1.0"?>' in answer.content


def test_the_second_path_serves_the_same(wire: Any) -> None:
    url = wire.simulator.soap_url.replace("ws1.1cws", "Integration")
    assert wire.http.post(url, content=wire.envelope("GetListClinic")).status_code == 200
    assert wire.http.post(url + "x", content=wire.envelope("GetListClinic")).status_code == 404


@pytest.mark.parametrize("auth", [None, ("demo", "wrong"), ("пользователь", "demo")])
def test_without_the_right_log_in_it_is_401(wire: Any, auth: tuple[str, str] | None) -> None:
    answer = httpx.post(wire.simulator.soap_url, content=wire.envelope("GetListClinic"), auth=auth)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="umc"'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"\xff\xfe",
        b"<a/>",
        b'<s:Envelope xmlns:s="urn:other"><s:Body/></s:Envelope>',
        f'<s:Envelope xmlns:s="{SOAP_12}"/>'.encode(),
        f'<s:Envelope xmlns:s="{SOAP_12}"><s:Body/></s:Envelope>'.encode(),
        f'<s:Envelope xmlns:s="{SOAP_12}"><s:Body><GetListClinic/></s:Body></s:Envelope>'.encode(),
        f'<s:Envelope xmlns:s="{SOAP_12}"><s:Body><m:Nope xmlns:m="ru.umc"/></s:Body></s:Envelope>'.encode(),
        f'<s:Envelope xmlns:s="{SOAP_12}"><s:Body><!-- x --><?y z?></s:Body></s:Envelope>'.encode(),
    ],
)
def test_what_is_not_a_call_gets_a_fault(wire: Any, body: bytes) -> None:
    answer = wire.post(body)
    assert answer.status_code == 500
    assert etree.fromstring(answer.content).find(f".//{{{SOAP_12}}}Fault/{{{SOAP_12}}}Reason") is not None


def test_a_fault_of_soap_11_has_its_own_shape(wire: Any) -> None:
    answer = wire.post(wire.envelope("Nope", version=SOAP_11))
    assert answer.status_code == 500
    assert etree.fromstring(answer.content).findtext(".//faultstring") == "Операция не найдена: Nope"


@pytest.mark.parametrize(
    "doctype",
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd">', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'],
)
def test_document_types_and_entities_are_refused(wire: Any, doctype: str) -> None:
    body = (
        f'<?xml version="1.0"?>{doctype}<s:Envelope xmlns:s="{SOAP_12}" xmlns:m="ru.umc"><s:Body>'
        "<m:GetListClinic/></s:Body></s:Envelope>"
    )
    answer = wire.post(body.encode())
    assert answer.status_code == 500
    assert "Объявление типа документа не допускается" in answer.text


def test_a_body_over_the_limit_is_refused_unread(wire: Any) -> None:
    assert wire.post(b" " * 1_000_001).status_code == 413


def test_a_missing_or_wrong_parameter_is_a_fault(wire: Any) -> None:
    for values in ({}, {"StartDate": "07.09.2026", "FinishDate": "2026-09-08T00:00:00"}):
        answer = wire.post(wire.envelope("GetSchedule", **values))
        assert answer.status_code == 500
        assert "Ошибка преобразования данных XDTO: параметр StartDate" in answer.text


def test_the_wsdl_names_every_operation_and_both_bindings(wire: Any) -> None:
    answer = wire.http.get(wire.simulator.soap_url + "?wsdl")
    assert answer.status_code == 200
    root = etree.fromstring(answer.content)
    assert root.get("targetNamespace") == "ru.umc"
    wsdl = "{http://schemas.xmlsoap.org/wsdl/}"
    names = [row.get("name") for row in root.iterfind(f"{wsdl}portType/{wsdl}operation")]
    assert names == [
        "GetListClinic",
        "GetListEmployees",
        "GetNomenclatureAndPrices",
        "GetEnlargementSchedule",
        "GetSchedule",
        "GetSchedule20",
        "GetReserve",
        "Reservation",
        "BookAnAppointment",
        "BookAnAppointmentWithParams",
        "BookAnAppointmentWithClient",
        "FastBookAnAppointment",
        "CancelBookAnAppointment",
        "GetAppointmentStatus",
    ]
    ports = [port[0].get("location") for port in root.iterfind(f"{wsdl}service/{wsdl}port")]
    assert ports == [wire.simulator.soap_url] * 2


def test_a_get_without_wsdl_is_not_allowed(wire: Any) -> None:
    assert wire.http.get(wire.simulator.soap_url).status_code == 405
