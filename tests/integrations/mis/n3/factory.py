"""What these tests are made of: the adapter against a running simulator, and a port that answers as told."""

import dataclasses
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from feldsher.domain.scheduling.ports import (
    Booked,
    BookingQuery,
    BookRequest,
    PatientRef,
    Person,
    RemoteResource,
    RemoteSlot,
    TimeItem,
    Window,
)
from feldsher.integrations.mis.n3 import N3Gateway, build
from feldsher.kernel.clock import WallTime
from integrations.mis.wires import Asked
from support.egress import known
from testbench.n3.hub import TOKEN
from testbench.n3.server import RunningSimulator

VERSIONS = ("1.1", "1.2")
LPUS = {"1": "Поликлиника на Липовой", "2": "Поликлиника на Озёрной"}
PERSON = Person("Записнова", "Алёна", "Примеровна", "+79000000011", birth_date=date(1990, 5, 17))
CHILD = Person("Записнова", "Мила", "Ильинична", "+79000000011", birth_date=date(2020, 5, 17))
HEART = RemoteResource("18@1", "1")
EYES = RemoteResource("19@1", "1")
AREA = RemoteResource("20@1", "1")
SURGERY = RemoteResource("17@2", "2")
THERAPY = RemoteResource("17@1", "1")
DATA = "http://schemas.datacontract.org/2004/07/HubService2"


class Hub:
    """A simulator and the adapter that speaks with it."""

    def __init__(self, simulator: RunningSimulator, http: httpx.Client, soap: str = "1.1") -> None:
        self.simulator = simulator
        self.http = http
        self.soap = soap
        today = simulator.base.now().date()
        self.window = Window(today, today + timedelta(days=9))

    def gateway(self, *, timeout: float = 5.0, **options: Any) -> N3Gateway:
        given = {"lpus": LPUS, "soap": self.soap, **options}
        url = known(self.simulator.soap_url)
        return build(url=url, user="", password=TOKEN, timeout=timeout, options=given)

    def fault(self, name: str, operation: str | None = None, **fields: Any) -> None:
        self.clerk("faults", name=name, operation=operation, **fields)

    def clerk(self, call: str, **fields: Any) -> Any:
        answer = self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Any:
        told = self.http.get(f"{self.simulator.bench_url}/_bench/state").json()
        assert told["refused"] == []
        return told

    def site_visits(self) -> list[Any]:
        """Return the visits that the site made and that stand."""
        return [
            row for row in self.state()["bookings"] if row["source"] == "site" and row["status"] == "booked"
        ]

    def cards(self, name: str = "Записнова") -> list[Any]:
        return [row for row in self.state()["patients"] if row["name"].startswith(name)]

    def items(self, resource: RemoteResource, **options: Any) -> list[TimeItem]:
        found = self.gateway(**options).free(self.window, resource=resource)
        return sorted(found.items, key=lambda item: item.begin)

    def slot(self, resource: RemoteResource = HEART, *, days: int = 2, nth: int = 0) -> RemoteSlot:
        """Return the nth ticket of a doctor from that day on."""
        first = self.window.first + timedelta(days=days)
        return slot_of([item for item in self.items(resource) if item.begin.day >= first][nth])

    def patient(self, person: Person = PERSON, *, lpu: str = "1") -> PatientRef:
        found = self.gateway().ensure_patient(person, location_id=lpu)
        assert isinstance(found, PatientRef)
        return found

    def request(self, slot: RemoteSlot, person: Person = PERSON) -> BookRequest:
        return request(slot, person, patient=self.patient(person, lpu=slot.resource.location_id).id)

    def booked(self, slot: RemoteSlot, person: Person = PERSON) -> str:
        outcome = self.gateway().book(self.request(slot, person))
        assert isinstance(outcome, Booked)
        return outcome.ref

    def clerk_books(self, slot: RemoteSlot) -> Any:
        zones = {row["id"]: row["zone"] for row in self.state()["locations"]}
        start = slot.begin.at(ZoneInfo(zones[slot.resource.location_id])).isoformat()
        return self.clerk("book", resource=slot.resource.practitioner_id, start=start)


def slot_of(item: TimeItem) -> RemoteSlot:
    length = (item.end.day - item.begin.day).days * 86_400 + item.end.seconds - item.begin.seconds
    return RemoteSlot(item.resource, item.begin, length // 60, ticket=item.ticket)


def request(slot: RemoteSlot, person: Person = PERSON, *, patient: str | None = "p-1") -> BookRequest:
    ref = None if patient is None else PatientRef(patient)
    return BookRequest(slot=slot, person=person, reference="ref-1", patient=ref, comment="звонить после 10")


def query(slot: RemoteSlot, person: Person | None = PERSON, *, ref: str | None = None) -> BookingQuery:
    return BookingQuery(slot=slot, reference="ref-1", ref=ref, person=person)


def operation_of(call: str) -> str:
    found = re.search(r"<tem:([A-Za-z0-9]+)[ >/]", call)
    assert found, call
    return found[1]


def field(call: str, name: str) -> str:
    """Return the text of a parameter or a member of a call."""
    found = re.search(f"<(?:tem|hub):{name}>([^<]*)</", call)
    return found[1] if found else ""


def answered(call: str, inner: str, *, history: str | None = None, success: str = "true") -> str:
    """Return an answer as the contract has it; `inner` stands after Success."""
    operation = operation_of(call)
    echoed = field(call, "idHistory") if history is None else history
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<{operation}Response xmlns="http://tempuri.org/"><{operation}Result xmlns:a="{DATA}" '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a:ErrorList/>'
        f"<a:IdHistory>{echoed}</a:IdHistory><a:Success>{success}</a:Success>{inner}"
        f"</{operation}Result></{operation}Response></s:Body></s:Envelope>"
    )


def refused(call: str, *errors: tuple[int, str]) -> str:
    rows = "".join(
        f"<a:Error><a:ErrorDescription>{text}</a:ErrorDescription><a:IdError>{code}</a:IdError></a:Error>"
        for code, text in errors
    )
    told = answered(call, "", success="false")
    return told.replace("<a:ErrorList/>", f"<a:ErrorList>{rows}</a:ErrorList>")


def ticket(number: str, begin: str, end: str, *, room: str = "") -> str:
    return (
        f'<a:Appointment><a:Address i:nil="true"/><a:IdAppointment>{number}</a:IdAppointment>'
        f'<a:Num i:nil="true"/><a:Room>{room}</a:Room><a:VisitEnd>{end}</a:VisitEnd>'
        f"<a:VisitStart>{begin}</a:VisitStart></a:Appointment>"
    )


def tickets(*rows: str, reason: str = "") -> str:
    told = f"<a:NotAvailableReasonCode>{reason}</a:NotAvailableReasonCode>" if reason else ""
    return f"<a:ListAppointments>{''.join(rows)}</a:ListAppointments>{told}"


def history(*visits: str, refusals: tuple[str, ...] = ()) -> str:
    return (
        f"<a:ListHistoryRefusal>{''.join(refusals)}</a:ListHistoryRefusal>"
        f"<a:ListHistoryVisit>{''.join(visits)}</a:ListHistoryVisit>"
    )


def visit(number: str, begin: str, *, doctor: str = "", name: str = "HistoryVisit") -> str:
    whose = (
        f"<a:DoctorRendingConsultation><a:IdDoc>{doctor}</a:IdDoc></a:DoctorRendingConsultation>"
        if doctor
        else ""
    )
    return (
        f"<a:{name}><a:DateCreatedAppointment>2026-08-30T12:00:00</a:DateCreatedAppointment>{whose}"
        f"<a:IdAppointment>{number}</a:IdAppointment><a:VisitStart>{begin}</a:VisitStart></a:{name}>"
    )


ONE_SPECIALITY = (
    "<a:ListSpesiality><a:Spesiality><a:IdSpesiality>12</a:IdSpesiality>"
    "<a:NameSpesiality>Кардиология</a:NameSpesiality></a:Spesiality></a:ListSpesiality>"
)


def doctors(*ids: str, count: int = 1) -> str:
    rows = "".join(
        f"<a:Doctor><a:CountFreeTicket>{count}</a:CountFreeTicket><a:IdDoc>{number}</a:IdDoc>"
        f"<a:Name>Образцов Пётр Ильич</a:Name></a:Doctor>"
        for number in ids
    )
    return f"<a:Docs>{rows}</a:Docs>"


@dataclass
class Hand:
    """A hub whose answers a test writes by hand, operation by operation.

    A result is what stands after Success, or a function of the call that returns the whole answer: text, or
    bytes as they go. `asked` are the calls as they came, `headers` those of the last.
    """

    url: str = ""
    status: int = 200
    results: dict[str, Any] = dataclasses.field(default_factory=dict)
    asked: list[str] = dataclasses.field(default_factory=list)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        call = asked.body.decode()
        self.asked.append(call)
        self.headers = asked.headers
        told = self.results.get(operation_of(call), "")
        whole = told(call) if callable(told) else answered(call, told)
        return self.status, whole if isinstance(whole, bytes) else whole.encode()

    def gateway(self, **options: Any) -> N3Gateway:
        given = {"lpus": {"1": LPUS["1"]}, **options}
        return build(url=known(self.url), user="", password=TOKEN, timeout=3, options=given)

    def sent(self, operation: str) -> list[str]:
        return [call for call in self.asked if operation_of(call) == operation]


BY_HAND = RemoteSlot(RemoteResource("18@1", "1"), WallTime.parse("2026-09-01T09:30"), 30, ticket="000123")
"""The ticket of the samples that are written by hand."""
SHOWN = tickets(ticket("000123", "2026-09-01T09:30:00", "2026-09-01T10:00:00"))
