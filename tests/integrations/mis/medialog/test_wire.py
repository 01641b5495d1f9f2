"""The wire, both ways, against samples written by hand from contract §2.1."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feldsher.domain.scheduling.ports import (
    Booked,
    Cancelled,
    GatewayUnavailableError,
    NotSent,
    PatientRef,
    RemoteResource,
    RemoteSlot,
    TimeItem,
    TimeKind,
    Unknown,
    Window,
)
from feldsher.integrations.mis.medialog import messages, times
from feldsher.integrations.mis.medialog.carrier import Carrier
from feldsher.integrations.mis.medialog.profile import read_profile
from feldsher.kernel.clock import WallTime
from integrations.mis.medialog.factory import CLINICS, EVENTS, PERSON, Clinic, Hand, answered, field, request

GUID = "1b0e7c1e-0000-4000-8000-000000000001"
MODELS = "<QUERY_RESULT><R><PL_PARAM_ID>1</PL_PARAM_ID><NAME>Врачи</NAME></R></QUERY_RESULT>"
SUBJECTS = (
    "<QUERY_RESULT><R><PL_SUBJ_ID>501</PL_SUBJ_ID><NAME>Кабинет 5</NAME><MEDECINS_ID>11</MEDECINS_ID>"
    "<MEDECIN_NOM>Пробная  Анна Тестовна</MEDECIN_NOM><SPEC_NAME>Терапия</SPEC_NAME></R></QUERY_RESULT>"
)
EXAMS = "<QUERY_RESULT><R><PL_EXAM_ID>701</PL_EXAM_ID><NAME>Приём</NAME><DUREE>30</DUREE></R></QUERY_RESULT>"
SLOTS = (
    "<QUERY_RESULT><R><PL_SUBJ_ID>501</PL_SUBJ_ID><DATE_VISIT>20260901093000</DATE_VISIT><DUREE>30</DUREE></R>"
    "<R><PL_SUBJ_ID>501</PL_SUBJ_ID><DATE_VISIT>20260901100000</DATE_VISIT><DUREE>30</DUREE></R></QUERY_RESULT>"
)
WEEK = Window(date(2026, 9, 1), date(2026, 9, 7))
ANNA = RemoteResource("11", "C1")


@pytest.fixture
def clinic_by_hand(hand: Hand) -> Hand:
    hand.results = {
        "PLANNING_PARAMS_QUERY": MODELS,
        "PLANNING_SUBJ_QUERY": SUBJECTS,
        "PLANNING_EXAMS_QUERY": EXAMS,
        "PLANNING_SUBJ_SLOTS_QUERY": SLOTS,
    }
    return hand


def test_a_question_is_the_sample_of_the_contract() -> None:
    fields = {
        "CLINIC_CODE": "C1", "WEB_USER": "web", "PL_SUBJ_ID": "501",
        "DATE_FROM": times.day(date(2026, 9, 1)), "DATE_TO": times.day(date(2026, 9, 7)), "PID": "",
    }  # fmt: skip
    told = messages.question(
        "PLANNING_SUBJ_SLOTS_QUERY", fields, message_id=GUID, profile=read_profile({"clinics": CLINICS})
    )
    assert told == (
        "<PLANNING_SUBJ_SLOTS_QUERY><MESSAGE_INFO><MESSAGE_ID>1b0e7c1e-0000-4000-8000-000000000001</MESSAGE_ID>"
        "</MESSAGE_INFO><QUERY_INFO><CLINIC_CODE>C1</CLINIC_CODE><WEB_USER>web</WEB_USER>"
        "<PL_SUBJ_ID>501</PL_SUBJ_ID><DATE_FROM>20260901</DATE_FROM><DATE_TO>20260907</DATE_TO></QUERY_INFO>"
        "</PLANNING_SUBJ_SLOTS_QUERY>"
    )


def test_slots_written_by_hand_become_cells_of_their_schedule(clinic_by_hand: Hand) -> None:
    found = clinic_by_hand.gateway().free(WEEK, resource=ANNA)
    assert (found.completeness, found.resources) == ("full", (ANNA,))
    assert found.items[0] == TimeItem(
        resource=ANNA,
        kind=TimeKind.FREE,
        begin=WallTime(date(2026, 9, 1), 34_200),
        end=WallTime(date(2026, 9, 1), 36_000),
        room="501",
        step_minutes=30,
    )
    assert [item.begin.text for item in found.items] == ["20260901093000", "20260901100000"]


def test_a_visit_is_sent_as_the_contract_names_its_fields(clinic_by_hand: Hand) -> None:
    clinic_by_hand.results["PLANNING_ADD_VISIT"] = (
        "<QUERY_RESULT><PLANNING_ID>88001</PLANNING_ID></QUERY_RESULT>"
    )
    slot = RemoteSlot(ANNA, WallTime.parse("2026-09-01T09:30"), 30, "701")
    gateway = clinic_by_hand.gateway(reference_field="COMMENT", extra={"LANG_CODE": "rus"})
    assert gateway.book(request(slot, patient="9001")) == Booked("88001@C1")
    (sent,) = clinic_by_hand.sent("PLANNING_ADD_VISIT")
    told = etree.fromstring(sent.encode()).find("QUERY_INFO")
    assert told is not None
    assert {child.tag: child.text for child in told} == {
        "LANG_CODE": "rus",
        "CLINIC_CODE": "C1",
        "WEB_USER": "web",
        "PL_SUBJ_ID": "501",
        "PL_EXAM_ID": "701",
        "DATE_VISIT": "20260901093000",
        "PID": "9001",
        "PAT_NOM": "Записнова",
        "PAT_PRENOM": "Алёна",
        "PAT_PATRONYME": "Примеровна",
        "PHONE": "79000000011",
        "COMMENT": "ref-1 звонить после 10",
    }
    assert sent.startswith('<?xml version="1.0" encoding="utf-8"?><PLANNING_ADD_VISIT>')


def test_every_message_has_a_guid_of_its_own(clinic_by_hand: Hand) -> None:
    clinic_by_hand.gateway().free(WEEK, resource=ANNA)
    numbers = [field(message, "MESSAGE_ID") for message in clinic_by_hand.asked]
    assert len(set(numbers)) == len(numbers) == 3
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", number) for number in numbers)


def test_a_clinic_that_spells_fields_otherwise_is_spoken_with_in_its_own_words(clinic_by_hand: Hand) -> None:
    names = {"DUREE": "LENGTH", "PL_SUBJ_ID": "SUBJ", "DATE_VISIT": "FREE_AT", "PHONE": "TEL_NUMBER"}
    for ours, theirs in names.items():
        for event, text in clinic_by_hand.results.items():
            spelt = text.replace(f"<{ours}>", f"<{theirs}>").replace(f"</{ours}>", f"</{theirs}>")
            clinic_by_hand.results[event] = spelt
    gateway = clinic_by_hand.gateway(names=names)
    assert len(gateway.free(WEEK, resource=ANNA).items) == 2
    assert field(clinic_by_hand.sent("PLANNING_SUBJ_SLOTS_QUERY")[0], "SUBJ") == "501"


def test_rows_may_lie_deeper_and_other_events_have_their_own_name(clinic_by_hand: Hand) -> None:
    wrapped = EXAMS.replace("<R>", "<LIST><R>").replace("</R>", "</R></LIST>")
    clinic_by_hand.results["PLANNING_EXAMS_QUERY"] = wrapped
    clinic_by_hand.results["SVOYA_OTMENA"] = (
        "<QUERY_RESULT><V><PLANNING_ID>88001</PLANNING_ID></V></QUERY_RESULT>"
    )
    gateway = clinic_by_hand.gateway(cancel_event="SVOYA_OTMENA")
    assert [service.minutes for service in gateway.directory().services] == [30]
    assert gateway.cancel("88001@C1", reason="") == Cancelled()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (lambda text: text.replace("PLANNING_ADD_VISIT", "PLANNING_SUBJ_QUERY"), "something else"),
        (lambda text: re.sub(r"<MESSAGE_ID>.*?<", f"<MESSAGE_ID>{GUID}<", text), "another message"),
        (lambda text: re.sub(r"<ACK_INFO>.*</ACK_INFO>", "", text), "another message"),
        (lambda text: text.replace("<CODE>AA</CODE>", "<CODE>OK</CODE>"), "nobody documents"),
        (lambda text: text.replace("<CODE>AA</CODE>", ""), "nobody documents"),
    ],
)
def test_an_answer_that_is_not_certainly_ours_leaves_a_visit_unknown(
    clinic_by_hand: Hand, told: Callable[[str], str], why: str
) -> None:
    result = "<QUERY_RESULT><PLANNING_ID>88001</PLANNING_ID></QUERY_RESULT>"
    clinic_by_hand.results["PLANNING_ADD_VISIT"] = lambda message: told(answered(message, result))
    slot = RemoteSlot(ANNA, WallTime.parse("2026-09-01T09:30"), 30, "701")
    outcome = clinic_by_hand.gateway().book(request(slot))
    assert isinstance(outcome, Unknown)
    assert why in outcome.reason


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotSent),
        (404, NotSent),
        (413, NotSent),
        (429, NotSent),
        (201, Unknown),
        (500, Unknown),
        (503, Unknown),
    ],
)
def test_a_status_decides_before_the_body_whether_a_visit_may_have_been_written(
    clinic_by_hand: Hand, status: int, kind: type[object]
) -> None:
    def told(message: str) -> str:
        clinic_by_hand.status = status
        return answered(message, "<QUERY_RESULT><PLANNING_ID>88001</PLANNING_ID></QUERY_RESULT>")

    clinic_by_hand.results["PLANNING_ADD_VISIT"] = told
    slot = RemoteSlot(ANNA, WallTime.parse("2026-09-01T09:30"), 30, "701")
    assert isinstance(clinic_by_hand.gateway().book(request(slot)), kind)


def test_a_card_search_whose_filter_did_not_fit_finds_only_the_person(clinic_by_hand: Hand) -> None:
    def card(pid: str, name: str, phone: str) -> str:
        return (
            f"<R><PID>{pid}</PID><PAT_NOM>Записнова</PAT_NOM><PAT_PRENOM>{name}</PAT_PRENOM>"
            f"<PHONE>{phone}</PHONE></R>"
        )

    everybody = [
        card("1", "Алёна", "8 (900) 000-00-11"),
        card("2", "Алёна", "79000000012"),
        card("3", "Алёна", ""),
        card("4", "Мария", "79000000011"),
        card("", "Алёна", "79000000011"),
    ]
    clinic_by_hand.results[EVENTS["patient_event"]] = f"<QUERY_RESULT>{''.join(everybody)}</QUERY_RESULT>"
    assert clinic_by_hand.gateway().ensure_patient(PERSON, location_id="C1") == PatientRef("1")


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
def test_either_soap_in_either_encoding_is_understood_by_the_simulator(
    simulate: Callable[..., Clinic], soap: str, encoding: str
) -> None:
    clinic = simulate(encoding=encoding)
    gateway = clinic.gateway(soap=soap, encoding=encoding)
    names = [practitioner.family for practitioner in gateway.directory().practitioners]
    assert names == ["Пробная", "Образцов", "Условная", "Макетов", "Кабинет"]
    assert isinstance(gateway.book(request(clinic.slot())), Booked)
    assert [card["name"] for card in clinic.cards()] == ["Записнова Алёна"]


def test_a_letter_that_windows_1251_lacks_arrives_whole(simulate: Callable[..., Clinic]) -> None:
    clinic = simulate(encoding="windows-1251")
    for carrier in ("soap", "http"):
        clinic.carrier = carrier
        gateway = clinic.gateway(encoding="windows-1251", reference_field="COMMENT")
        base = request(clinic.slot())
        asked = type(base)(slot=base.slot, person=base.person, reference="ref-9", comment="Әлия ☎ & <b>")
        assert isinstance(gateway.book(asked), Booked)
    assert [row["client_ref"] for row in clinic.site_visits()] == ["ref-9 Әлия ☎ & <b>"] * 2


def test_what_a_person_types_cannot_break_the_message(clinic: Clinic) -> None:
    base = request(clinic.slot())
    nasty = "</PAT_NOM><PID>1</PID>\x00\x1b]]>"
    asked = type(base)(
        slot=base.slot, person=type(base.person)(nasty, "А", "", "+79000000011"), reference="r"
    )
    assert isinstance(clinic.gateway().book(asked), Booked)
    assert [card["name"] for card in clinic.cards()] == ["</PAT_NOM><PID>1</PID>]]> А"]


def test_a_body_that_lies_about_its_encoding_is_no_answer(clinic_by_hand: Hand) -> None:
    def lying(message: str) -> bytes:
        return b'<?xml version="1.0" encoding="windows-1251"?>' + answered(message, SUBJECTS).encode()

    def other(message: str) -> bytes:
        return b'<?xml version="1.0" encoding="utf-8"?>' + answered(message, SUBJECTS).encode("cp1251")

    def strange(message: str) -> bytes:
        return b'<?xml version="1.0" encoding="utf-16"?>' + answered(message, SUBJECTS).encode()

    for told, why in ((lying, "not windows-1251"), (other, "not utf-8"), (strange, "nobody agreed upon")):
        clinic_by_hand.results["PLANNING_SUBJ_QUERY"] = told
        with pytest.raises(GatewayUnavailableError, match=why):
            clinic_by_hand.gateway().directory()


def test_an_answer_in_windows_1251_is_read_whatever_was_asked_in(clinic_by_hand: Hand) -> None:
    def told(message: str) -> bytes:
        head = b'<?xml version="1.0" encoding="Windows-1251"?>'
        return head + answered(message, SUBJECTS).encode("cp1251")

    clinic_by_hand.results["PLANNING_SUBJ_QUERY"] = told
    (doctor,) = clinic_by_hand.gateway().directory().practitioners
    assert (doctor.family, doctor.given, doctor.middle) == ("Пробная", "Анна", "Тестовна")


def test_a_wsdl_of_the_clinic_s_own_is_spoken() -> None:
    profile = read_profile({
        "clinics": CLINICS, "namespace": "http://clinic.example/ws", "operation": "SendMessage",
        "parameter": "xml", "result": "SendMessageResult", "soap_action": "http://clinic.example/ws/Send",
    })  # fmt: skip
    sent: dict[str, Any] = {}

    class Transport:
        def post(self, body: bytes, *, headers: Any, seconds: float, path: str = "") -> Any:
            del seconds, path
            sent.update(headers)
            root = etree.fromstring(body)
            message = root.findtext(".//{http://clinic.example/ws}SendMessage/{http://clinic.example/ws}xml")
            assert message is not None
            told = answered(message, EXAMS).replace("<", "&lt;")
            return type("Reply", (), {"status": 200, "body": (
                '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
                '<SendMessageResponse xmlns="http://clinic.example/ws"><SendMessageResult>'
                f"{told}</SendMessageResult></SendMessageResponse></e:Body></e:Envelope>"
            ).encode()})()  # fmt: skip

    carrier = Carrier(Transport(), profile=profile, seconds=1)  # type: ignore[arg-type]  # speaks no network
    told = carrier.call("PLANNING_EXAMS_QUERY", "C1", {"PL_SUBJ_ID": "501"})
    assert [dict(row) for row in told.rows] == [{"PL_EXAM_ID": "701", "NAME": "Приём", "DUREE": "30"}]
    assert sent["SOAPAction"] == '"http://clinic.example/ws/Send"'


@pytest.mark.parametrize("text", ["20260901093000", "202609010930"])
def test_a_time_is_read_as_the_clock_on_the_wall(text: str) -> None:
    assert times.begin_of({"DATE_VISIT": text}) == WallTime(date(2026, 9, 1), 34_200)


@pytest.mark.parametrize(
    "row",
    [
        {"DATE_VISIT": "2026090109300"},
        {"DATE_VISIT": "20260901246000"},
        {"DATE_VISIT": "20261301093000"},
        {"DATE_VISIT": "00000101093000"},
        {"DATE_VISIT": "2026-09-01T09:30:00+03:00"},
        {"DATE_CONS": "20260901"},
        {"DATE_CONS": "20260901", "HEURE": "965"},
        {"DATE_CONS": "20260901", "HEURE": "9:30"},
        {},
    ],
)
def test_what_is_no_time_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        times.begin_of(row)


WSDL = Path(__file__).parents[4] / "docs" / "integrations" / "medialog.wsdl"


def test_the_documented_wsdl_names_what_the_defaults_say_and_the_simulator_serves(soap: Clinic) -> None:
    profile = read_profile({"clinics": CLINICS})
    served = soap.http.get(f"{soap.simulator.soap_url}?wsdl", auth=("demo", "demo"))
    for told in (etree.parse(WSDL).getroot(), etree.fromstring(served.content)):
        assert told.get("targetNamespace") == profile.namespace
        spaces = {
            "wsdl": "http://schemas.xmlsoap.org/wsdl/",
            "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
            "xs": "http://www.w3.org/2001/XMLSchema",
        }
        (operation,) = told.findall("wsdl:portType/wsdl:operation", spaces)
        (action,) = told.findall("wsdl:binding/wsdl:operation/soap:operation", spaces)
        elements = [item.get("name") for item in told.iterfind(".//xs:element", spaces)]
        assert operation.get("name") == profile.operation
        assert action.get("soapAction") == profile.soap_action
        assert elements == [
            profile.operation, profile.parameter, f"{profile.operation}Response", profile.result
        ]  # fmt: skip
