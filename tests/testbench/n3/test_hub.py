"""The simulator against the contract: raw calls over real HTTP, nothing of the product."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from support.simulators import several
from testbench.n3.base import ERRORS, Rules
from testbench.n3.contract import OPERATIONS, PATIENT
from testbench.n3.hub import TOKEN
from testbench.n3.server import RunningSimulator, start

TEMPURI = "http://tempuri.org/"
DATA = "http://schemas.datacontract.org/2004/07/HubService2"
SOAP = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
PERSON = {"Birthday": "1990-05-17", "CellPhone": "9000000011", "Name": "Алёна", "Surname": "Записнова"}
Parts = list[tuple[str, Any]]


class Wire:
    """A caller of both ports."""

    def __init__(self, simulator: RunningSimulator, http: httpx.Client) -> None:
        self.simulator = simulator
        self.http = http

    def post(
        self, operation: str, parts: Parts, *, version: str = "1.1", action: str | None = None, kind: str = ""
    ) -> httpx.Response:  # fmt: skip
        inner = "".join(_part("t", name, value) for name, value in parts)
        body = (
            f'<s:Envelope xmlns:s="{SOAP[version]}" xmlns:t="{TEMPURI}" xmlns:h="{DATA}"><s:Body>'
            f"<t:{operation}>{inner}</t:{operation}></s:Body></s:Envelope>"
        )
        said = f"{TEMPURI}IHubService/{operation}" if action is None else action
        headers = (
            {"Content-Type": kind or "text/xml; charset=utf-8", "SOAPAction": f'"{said}"'}
            if version == "1.1"
            else {"Content-Type": kind or f'application/soap+xml; charset=utf-8; action="{said}"'}
        )
        return self.http.post(self.simulator.soap_url, content=body.encode(), headers=headers)

    def call(self, operation: str, **parts: Any) -> Any:
        """Call with the parameters in their order, and return the result."""
        named = {"guid": TOKEN, **parts}
        answer = self.post(
            operation, [(name, named[name]) for name in OPERATIONS[operation].parameters if name in named]
        )
        assert answer.status_code == 200, answer.text
        (result,) = etree.fromstring(answer.content)[0][0]
        assert etree.QName(result).localname == f"{operation}Result"
        return result

    def codes(self, operation: str, **parts: Any) -> list[str]:
        result = self.call(operation, **parts)
        assert text(result, "Success") == ("false" if len(child(result, "ErrorList")) else "true")
        return [text(error, "IdError") for error in child(result, "ErrorList")]

    def window(self, days: int = 13) -> dict[str, str]:
        return {"visitStart": f"{self.day(0)}T00:00:00", "visitEnd": f"{self.day(days)}T23:59:59"}

    def day(self, nth: int) -> date:
        return self.simulator.base.now().date() + timedelta(days=nth)

    def tickets(self, doctor: str = "18", lpu: int = 1, **parts: Any) -> list[dict[str, str]]:
        told = self.call("GetAvaibleAppointments", idDoc=doctor, idLpu=str(lpu), **{**self.window(), **parts})
        return rows(told, "ListAppointments")

    def patient(self, **parts: str) -> str:
        made = self.call("AddNewPatient", patient={**PERSON, **parts}, idLpu="1")
        return text(made, "IdPat")

    def bench(self, call: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)

    def state(self) -> Any:
        return self.http.get(f"{self.simulator.bench_url}/_bench/state").json()

    def visits(self) -> list[Any]:
        return [row for row in self.state()["bookings"] if row["source"] == "site"]


def _part(prefix: str, name: str, value: Any) -> str:
    inner = "".join(_part("h", *member) for member in value.items()) if isinstance(value, dict) else value
    return f"<{prefix}:{name}>{inner}</{prefix}:{name}>"


def child(element: Any, name: str) -> Any:
    found = element.find(f"{{{DATA}}}{name}")
    return () if found is None else found


def text(element: Any, name: str) -> str:
    told: str = element.findtext(f"{{{DATA}}}{name}")
    return told


def rows(element: Any, name: str) -> list[dict[str, str]]:
    return [
        {etree.QName(member).localname: member.text or "" for member in row} for row in child(element, name)
    ]


@pytest.fixture
def wired() -> Iterator[Callable[..., Wire]]:
    with (
        httpx.Client(timeout=10, trust_env=False) as http,
        several(start, lambda one: Wire(one, http)) as make,
    ):
        yield make


@pytest.fixture
def wire(wired: Callable[..., Wire]) -> Wire:
    return wired()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_an_answer_comes_in_the_version_of_the_call_with_its_history_and_base_members_first(
    wire: Wire, version: str
) -> None:
    answer = wire.post(
        "GetSpesialityList",
        [("idLpu", "2"), ("idPat", ""), ("guid", TOKEN), ("idHistory", "7")],
        version=version,
    )
    root = etree.fromstring(answer.content)
    assert root.tag == f"{{{SOAP[version]}}}Envelope"
    (result,) = root[0][0]
    assert [etree.QName(member).localname for member in result] == [
        "ErrorList", "IdHistory", "Success", "ListSpesiality",
    ]  # fmt: skip
    assert text(result, "IdHistory") == "7"
    first = child(result, "ListSpesiality")[0]
    names = [etree.QName(member).localname for member in first]
    assert names == sorted(names)
    assert text(first, "NameSpesiality") == "Хирургия"


@pytest.mark.parametrize(
    ("operation", "parts", "words"),
    [
        ("GetSpecialityList", [], "нет операции"),
        ("GetSpesialityList", [("guid", TOKEN), ("idLpu", "1")], "элемент idLpu не на своём месте"),
        ("GetSpesialityList", [("idLpu", "1"), ("guid", TOKEN), ("guid", TOKEN)], "не на своём месте"),
        ("GetSpesialityList", [("idLpu", "1")], "нет guid"),
        ("GetSpesialityList", [("idLpu", "один"), ("guid", TOKEN)], "неверное значение idLpu"),
        ("GetSpesialityList", [("idLpu", "1"), ("guid", "secret")], "неверное значение guid"),
        ("GetSpesialityList", [("idLPU", "1"), ("guid", TOKEN)], "лишний элемент"),
        (
            "SearchTop10Patient",
            [("pat", {"Surname": "А", "Name": "Б"}), ("idLpu", "1"), ("guid", TOKEN)],
            "элемент Name не на своём месте",
        ),
        (
            "AddNewPatient",
            [("patient", {**PERSON, "Patronymic": "А"}), ("idLpu", "1"), ("guid", TOKEN)],
            "лишний элемент",
        ),
        (
            "GetPatientHistory",
            [("idLpu", "1"), ("idPat", ""), ("guid", TOKEN)],
            "GetPatientHistory: нет idPat",
        ),
        (
            "SendNotificationAboutAppointmentStatus",
            [("status", "посещение состоялось"), ("eventDatetime", "2026-09-01T09:00:00"), ("guid", TOKEN)],
            "неверное значение status",
        ),
    ],
)
def test_a_call_that_breaks_the_contract_is_a_fault_and_remembered(
    wire: Wire, operation: str, parts: Parts, words: str
) -> None:
    answer = wire.post(operation, parts)
    assert answer.status_code == 500
    assert words in answer.text
    (refused,) = wire.state()["refused"]
    assert words in refused


@pytest.mark.parametrize(
    ("version", "changed"),
    [
        ("1.1", {"action": "http://tempuri.org/IHubService/GetVersion"}),
        ("1.1", {"action": ""}),
        ("1.1", {"kind": "application/soap+xml; charset=utf-8"}),
        ("1.2", {"action": "GetErrorList"}),
        ("1.2", {"kind": "application/soap+xml; charset=utf-8"}),
    ],
)
def test_headers_that_do_not_fit_the_envelope_are_a_fault(
    wire: Wire, version: str, changed: dict[str, str]
) -> None:
    answer = wire.post("GetErrorList", [("guid", TOKEN)], version=version, **changed)
    assert answer.status_code == 500


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<a", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        f'<s:Envelope xmlns:s="{SOAP["1.1"]}"><s:Body/></s:Envelope>'.encode(),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_a_fault(wire: Wire, body: bytes) -> None:
    assert wire.http.post(wire.simulator.soap_url, content=body).status_code == 500


def test_another_token_has_no_access_and_the_answer_is_http_200(wire: Wire) -> None:
    assert wire.codes("GetLPUList", guid="00000000-0000-4000-8000-000000000000") == ["1"]


def test_the_table_of_errors_stands_where_a_failure_has_its_own(wire: Wire) -> None:
    told = wire.call("GetErrorList")
    assert text(told, "Success") == "true"
    assert {int(text(error, "IdError")) for error in child(told, "ErrorList")} == set(ERRORS)


def test_members_of_a_patient_are_those_of_the_contract_by_the_alphabet() -> None:
    assert list(PATIENT) == sorted(PATIENT)


def test_a_ticket_is_given_once_and_is_no_longer_free(wire: Wire) -> None:
    ticket, *others = wire.tickets()
    one, other = wire.patient(), wire.patient(Name="Вера")
    assert wire.codes("SetAppointment", idAppointment=ticket["IdAppointment"], idLpu="1", idPat=one) == []
    assert wire.codes("SetAppointment", idAppointment=ticket["IdAppointment"], idLpu="1", idPat=other) == [
        "39"
    ]
    assert wire.tickets() == others
    (visit,) = wire.visits()
    assert (visit["client"], visit["ticket"], visit["start"][:19]) == (
        one, ticket["IdAppointment"], ticket["VisitStart"],
    )  # fmt: skip


def test_the_type_of_a_visit_is_misspelt_as_in_life(wire: Wire) -> None:
    (ticket, *_), patient = wire.tickets(), wire.patient()
    told = wire.call("SetAppointment", idAppointment=ticket["IdAppointment"], idLpu="1", idPat=patient)
    assert text(told, "Type") == "отсутстствует_неопределено"


@pytest.mark.parametrize(
    ("lpu", "doctor", "patient", "code"),
    [
        (1, "20", {}, "36"),
        (1, "19", {}, "45"),
        (1, "18", {"idPat": "p-0"}, "20"),
        (1, "18", {"idAppointment": "00000"}, "38"),
    ],
)
def test_what_a_patient_may_not_have_is_refused_by_its_code(
    wire: Wire, lpu: int, doctor: str, patient: dict[str, str], code: str
) -> None:
    (ticket, *_) = wire.tickets(doctor, lpu)
    asked = {"idAppointment": ticket["IdAppointment"], "idLpu": str(lpu), "idPat": wire.patient(), **patient}
    assert wire.codes("SetAppointment", **asked) == [code]
    assert wire.visits() == []


def test_a_doctor_of_another_area_shows_no_tickets_and_says_why(wire: Wire) -> None:
    patient = wire.patient()
    told = wire.call("GetAvaibleAppointments", idDoc="20", idLpu="1", idPat=patient, **wire.window())
    assert (rows(told, "ListAppointments"), text(told, "NotAvailableReasonCode")) == ([], "41")
    assert wire.tickets("20")


def test_a_cancelled_ticket_is_free_again_and_a_second_cancel_is_refused(wire: Wire) -> None:
    (ticket, *_), patient = wire.tickets(), wire.patient()
    asked = {"idLpu": "1", "idPat": patient, "idAppointment": ticket["IdAppointment"]}
    wire.codes("SetAppointment", **asked)
    history = wire.call("GetPatientHistory", idLpu="1", idPat=patient)
    assert [row["IdAppointment"] for row in rows(history, "ListHistoryVisit")] == [ticket["IdAppointment"]]
    assert wire.codes("CreateClaimForRefusal", **asked) == []
    assert wire.codes("CreateClaimForRefusal", **asked) == ["75"]
    history = wire.call("GetPatientHistory", idLpu="1", idPat=patient)
    assert rows(history, "ListHistoryVisit") == []
    assert [row["VisitStart"] for row in rows(history, "ListHistoryRefusal")] == [ticket["VisitStart"]]
    assert ticket in wire.tickets()


def test_a_cancel_reaches_whatever_the_id_denotes_now_and_nobody_else_s(wire: Wire) -> None:
    (ticket, other, *_), patient = wire.tickets(), wire.patient()
    asked = {"idLpu": "1", "idPat": patient, "idAppointment": ticket["IdAppointment"]}
    wire.codes("SetAppointment", **asked)
    wire.bench("swap", lpu=1, one=ticket["IdAppointment"], other=other["IdAppointment"])
    assert wire.codes("CreateClaimForRefusal", **asked) == ["75"]
    assert wire.codes("CreateClaimForRefusal", **{**asked, "idAppointment": other["IdAppointment"]}) == []


def test_a_move_gives_the_old_ticket_back_in_the_same_call(wire: Wire) -> None:
    (first, second, *_), patient = wire.tickets(), wire.patient()
    asked = {"idLpu": "1", "idPat": patient}
    wire.codes("SetAppointment", idAppointment=first["IdAppointment"], **asked)
    moved = {"idAppointment": second["IdAppointment"], "idAppointmentPrev": first["IdAppointment"]}
    assert wire.codes("SetAppointment", **moved, **asked) == []
    assert [row["ticket"] for row in wire.visits() if row["status"] == "booked"] == [second["IdAppointment"]]


def test_a_мис_may_name_visits_by_its_own_numbers_and_refuse_a_move(wired: Callable[..., Wire]) -> None:
    wire = wired(rules=Rules(own_ids=True, moves=False))
    (first, second, *_), patient = wire.tickets(), wire.patient()
    asked = {"idLpu": "1", "idPat": patient}
    wire.codes("SetAppointment", idAppointment=first["IdAppointment"], **asked)
    (told,) = rows(wire.call("GetPatientHistory", **asked), "ListHistoryVisit")
    assert told["IdAppointment"].startswith("v-")
    moved = {"idAppointment": second["IdAppointment"], "idAppointmentPrev": told["IdAppointment"]}
    assert wire.codes("SetAppointment", **moved, **asked) == ["99"]
    assert wire.codes("CreateClaimForRefusal", idAppointment=told["IdAppointment"], **asked) == []


@pytest.mark.parametrize("one_visit", [True, False])
def test_a_clinic_may_give_a_patient_one_coming_visit_to_a_doctor(
    wired: Callable[..., Wire], one_visit: object
) -> None:
    wire = wired(rules=Rules(one_visit=bool(one_visit)))
    tickets, patient = wire.tickets(), wire.patient()
    codes = [
        wire.codes("SetAppointment", idAppointment=tickets[nth]["IdAppointment"], idLpu="1", idPat=patient)
        for nth in (0, -1)
    ]
    assert codes == [[], ["35"] if one_visit else []]


def test_working_time_says_of_each_day_whether_a_ticket_is_left(wire: Wire) -> None:
    asked = {**wire.window(), "visitStart": f"{wire.day(1)}T00:00:00"}  # today may be over by now
    days = rows(wire.call("GetWorkingTime", idDoc="18", idLpu="1", **asked), "WorkingTimeList")
    assert {day["RecordableDay"] for day in days} == {"true"}
    free = wire.tickets(**asked)
    day = free[-1]["VisitStart"][:10]
    for ticket in free:
        if ticket["VisitStart"].startswith(day):
            start_at = f"{ticket['VisitStart']}+03:00"
            assert wire.bench("book", resource="18@1", start=start_at).status_code == 200
    days = rows(wire.call("GetWorkingTime", idDoc="18", idLpu="1", **asked), "WorkingTimeList")
    full = [(one["VisitStart"][:10], one["DenyCause"]) for one in days if one["RecordableDay"] == "false"]
    assert full == [(day, "Нет свободных талонов")]


def test_a_search_answers_at_most_ten_cards_whose_names_begin_so(wire: Wire) -> None:
    for number in range(12):
        wire.patient(Name=f"Анна{number}")
    told = wire.call("SearchTop10Patient", pat={"Name": "анна", "Surname": "записнова"}, idLpu="1")
    assert len(rows(told, "ListPatient")) == 10
    assert wire.codes("SearchTop10Patient", pat={"IdPat": "p-1"}, idLpu="1") == ["4"]


def test_a_report_names_a_visit_of_the_patient(wire: Wire) -> None:
    (ticket, *_), patient = wire.tickets(), wire.patient()
    asked = {"idLpu": "1", "idPat": patient, "idAppointment": ticket["IdAppointment"]}
    told = {"status": "пациент_не_явился", "eventDatetime": "2026-11-27T12:00:00"}
    assert wire.codes("SendNotificationAboutAppointmentStatus", **asked, **told) == ["38"]
    wire.codes("SetAppointment", **asked)
    assert wire.codes("SendNotificationAboutAppointmentStatus", **asked, **told) == []
    assert wire.state()["reports"] == [{**asked, **told}]


def test_a_registrar_takes_a_ticket_that_is_there_and_no_other(wire: Wire) -> None:
    (ticket, *_) = wire.tickets()
    start_at = f"{ticket['VisitStart']}+03:00"
    assert wire.bench("book", resource="18@1", start=start_at).json()["source"] == "clerk"
    taken = wire.bench("book", resource="18@1", start=start_at)
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    nothing = wire.bench("book", resource="18@1", start="2026-01-01T03:00:00+03:00")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
