"""What these tests are made of: the adapter against a running simulator, and a port that answers as told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from feldsher.domain.scheduling.ports import (
    Booked,
    BookingQuery,
    BookRequest,
    FreeTime,
    PatientRef,
    Person,
    RemoteResource,
    RemoteSlot,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.infoclinica import InfoclinicaGateway, build
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from integrations.mis.wires import Asked
from support.egress import known
from testbench.infoclinica import network
from testbench.infoclinica.base import Card, Record
from testbench.infoclinica.faults import Fault
from testbench.infoclinica.server import RunningSimulator

LOGIN: dict[str, Any] = {"client_id": "site", "client_secret": "demo-secret"}
PERSON = Person("Записнов", "Тест", "Примерович", "+79000000011", birth_date=date(1990, 5, 17))
ANNA, BORIS = RemoteResource("7001", "1"), RemoteResource("7002", "1")
NAMESPACE = "http://sdsys.ru/"


def through(url: str, *, timeout: float = 5.0, **options: Any) -> InfoclinicaGateway:
    return build(url=known(url), user="demo", password="demo", timeout=timeout, options=LOGIN | options)


@dataclass
class Clinic:
    """A simulator and the adapter that speaks with it."""

    simulator: RunningSimulator

    @property
    def window(self) -> Window:
        today = clock.now().date()
        return Window(today, today + timedelta(days=6))

    def gateway(self, *, timeout: float = 5.0, **options: Any) -> InfoclinicaGateway:
        return through(self.simulator.url, timeout=timeout, **options)

    def fault(self, name: str, **values: Any) -> None:
        self.simulator.faults.put(Fault(name, **{"times": 1} | values))

    def records(self) -> list[Any]:
        """Return the records that stand, in the order in which they were written."""
        return [one for one in self.simulator.base.records.values() if one.removed_at is None]

    def clerk_books(self, at: RemoteSlot) -> None:
        """Let a registrar write a visit by phone."""
        base = self.simulator.base
        one = next(branch for branch in network.BRANCHES if str(branch.id) == at.resource.location_id)
        day, begin = at.begin.day, at.begin.seconds // 60
        ident = next(
            found.ident
            for found in network.intervals(one, now=base.clock(), first=day, last=day)
            if str(found.doctor.id) == at.resource.practitioner_id
        )
        card = base.add_card(Card(0, "Звонкова", "Регина", "", "+70000000000", ""))
        doctor = int(at.resource.practitioner_id)
        base.reserve(Record(0, one, doctor, ident, day, begin, begin + at.minutes, card.id, source="clerk"))

    def sent(self, operation: str) -> list[Any]:
        return [one for one in self.simulator.messages if one.operation == operation]


def day_after(days: int = 2) -> date:
    return clock.now().date() + timedelta(days=days)


def slot(
    hour: float = 10,
    *,
    minutes: int = 30,
    at: RemoteResource = ANNA,
    days: int = 2,
    service: str | None = None,
) -> RemoteSlot:
    return RemoteSlot(at, WallTime(day_after(days), int(hour * 3600)), minutes, service_id=service)


def request(
    gateway: InfoclinicaGateway, at: RemoteSlot, *, reference: str = "our-1", who: Person = PERSON
) -> BookRequest:
    patient = gateway.ensure_patient(who, location_id="1")
    assert isinstance(patient, PatientRef), patient
    return BookRequest(at, who, reference, patient=patient)


def query(at: RemoteSlot, *, reference: str = "our-1", who: Person | None = PERSON) -> BookingQuery:
    return BookingQuery(at, reference, person=who)


def ref(outcome: object) -> str:
    assert isinstance(outcome, Booked), outcome
    return outcome.ref


def hours(found: FreeTime, kind: TimeKind, at: RemoteResource, day: date) -> list[tuple[float, float]]:
    """Return the stretches of a kind on a day as hours of the wall clock."""
    return [
        (item.begin.seconds / 3600, item.end.seconds / 3600)
        for item in found.items
        if item.resource == at and item.kind is kind and item.begin.day == day
    ]


def ack(operation: str, inner: str, *, result: int = 1, namespace: str = f' xmlns="{NAMESPACE}"') -> bytes:
    """Return an answer as the contract shows one."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ACK{namespace}><MSA><MSA.1>AA</MSA.1></MSA>'
        f"<{operation}_OUT><SPRESULT>{result}</SPRESULT><SPCOMMENT>…</SPCOMMENT>{inner}</{operation}_OUT></ACK>"
    ).encode()


Say = bytes | tuple[int, bytes] | Callable[[bytes], bytes]


@dataclass
class Canned:
    """A port that answers each operation as told and keeps what it was sent; it gives anybody a token."""

    url: str = ""
    says: dict[str, Say] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)
    forms: list[bytes] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        if asked.path == "/oauth2/token":
            self.forms.append(asked.body)
        if asked.path != "/api/xml":
            return 200, b'{"access_token": "t"}'
        self.sent.append(asked.body)
        operation = asked.body.split(b"<MSG.2>")[1].split(b"</MSG.2>")[0].decode()
        said = self.says.get(operation, (404, b""))
        if isinstance(said, tuple):
            return said
        return 200, said if isinstance(said, bytes) else said(asked.body)

    def gateway(self, **options: Any) -> InfoclinicaGateway:
        return through(self.url, **options)

    def tell(self, **answers: str) -> None:
        """Answer these operations with SPRESULT 1 around what is given."""
        self.says |= {operation: ack(operation, inner) for operation, inner in answers.items()}


def stint(
    day: date, *, doctor: str = "7001", ident: str = "800077", begin: int = 9, end: int = 12, more: str = ""
) -> str:
    """Return a SCHINTERVAL as the contract shows one."""
    return (
        f"<SCHINTERVAL><SCHEDIDENT>{ident}</SCHEDIDENT><DCODE>{doctor}</DCODE><FILIAL>1</FILIAL>"
        f"<WDATE>{day:%Y%m%d}</WDATE><BEGHOUR>{begin}</BEGHOUR><BEGMIN>0</BEGMIN><ENDHOUR>{end}</ENDHOUR>"
        f"<ENDMIN>0</ENDMIN><ONLINEMODE>0</ONLINEMODE>{more}<FREEFLAG>1</FREEFLAG></SCHINTERVAL>"
    )


def cell(begin: str, end: str, kind: int = 1, more: str = "") -> str:
    b_hour, b_min = begin.split(":")
    f_hour, f_min = end.split(":")
    return (
        f"<INTERVAL><BHOUR>{b_hour}</BHOUR><BMIN>{b_min}</BMIN><FHOUR>{f_hour}</FHOUR><FMIN>{f_min}</FMIN>"
        f"<FREETYPE>{kind}</FREETYPE>{more}</INTERVAL>"
    )


def grid(day: date, cells: str, *, doctor: str = "7001", ident: str = "800077") -> str:
    return (
        f"<DEP><DEPNUM>501</DEPNUM><DOCT><DCODE>{doctor}</DCODE><WRDATE><WDATE>{day:%Y%m%d}</WDATE>"
        f"<SCHEDINT><SCHEDIDENT>{ident}</SCHEDIDENT><RNUM>К1</RNUM>{cells}</SCHEDINT></WRDATE></DOCT></DEP>"
    )


BRANCH = "<GETFILIALLIST><FILIAL>1</FILIAL><FNAME>Клиника</FNAME><TIMEZONE>3</TIMEZONE></GETFILIALLIST>"
