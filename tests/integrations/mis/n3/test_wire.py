"""The wire, both ways, against samples written by hand from contract §4.1."""

from datetime import date

import pytest
from lxml import etree

from feldsher.domain.scheduling.ports import (
    Booked,
    Cancelled,
    PatientRef,
    RemoteResource,
    Reported,
    TimeItem,
    TimeKind,
    Unknown,
    VisitEnd,
    Window,
)
from feldsher.kernel.clock import WallTime
from integrations.mis.n3.factory import (
    BY_HAND,
    PERSON,
    SHOWN,
    Hand,
    Hub,
    answered,
    field,
    history,
    query,
    refused,
    request,
    ticket,
    tickets,
    visit,
)
from testbench.n3.hub import TOKEN

DAY = Window(date(2026, 9, 1), date(2026, 9, 1))
FREE, SET = "GetAvaibleAppointments", "SetAppointment"
TEMPURI, DATA = "{http://tempuri.org/}", "{http://schemas.datacontract.org/2004/07/HubService2}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
REF = "1/p-1/000123/2026-09-01T09%3A30%3A00/18"


def parameters(call: str) -> list[tuple[str, str | None]]:
    """Return the parameters of a call as they stand, nil as None."""
    (told,) = etree.fromstring(call.encode())[0]
    return [
        (child.tag.removeprefix(TEMPURI), None if child.get(NIL) == "true" else child.text or "")
        for child in told
    ]


def test_a_ticket_is_taken_as_in_the_sample_of_the_contract(hand: Hand) -> None:
    hand.results[FREE] = SHOWN
    assert hand.gateway().book(request(BY_HAND)) == Booked(REF)
    (sent,) = hand.sent(SET)
    number = field(sent, "idHistory")
    assert parameters(sent) == [
        ("idAppointment", "000123"),
        ("idLpu", "1"),
        ("idPat", "p-1"),
        ("guid", TOKEN),
        ("idHistory", number),
    ]
    assert 0 < int(number) < 2**31


@pytest.mark.parametrize(
    ("version", "kind", "action"),
    [
        ("1.1", "text/xml; charset=utf-8", '"http://tempuri.org/IHubService/GetErrorList"'),
        (
            "1.2",
            'application/soap+xml; charset=utf-8; action="http://tempuri.org/IHubService/GetErrorList"',
            None,
        ),
    ],
)
def test_either_soap_says_its_action_as_it_does(
    hand: Hand, version: str, kind: str, action: str | None
) -> None:
    hand.gateway(soap=version)._door.call("GetErrorList", ())
    assert (hand.headers["Content-Type"], hand.headers.get("SOAPAction")) == (kind, action)
    space = (
        "http://schemas.xmlsoap.org/soap/envelope/"
        if version == "1.1"
        else "http://www.w3.org/2003/05/soap-envelope"
    )
    assert etree.fromstring(hand.asked[0].encode()).tag == f"{{{space}}}Envelope"  # fmt: skip


@pytest.mark.parametrize(
    ("options", "bounds", "who"),
    [
        ({}, ("2026-09-01T00:00:00", "2026-09-14T23:59:59"), [("idPat", "")]),
        ({"bare_days": True}, ("2026-09-01", "2026-09-15"), [("idPat", "")]),
        ({"viewers": {"1": "p-7"}}, ("2026-09-01T00:00:00", "2026-09-14T23:59:59"), [("idPat", "p-7")]),
        ({"blank_patient": "nil"}, ("2026-09-01T00:00:00", "2026-09-14T23:59:59"), [("idPat", None)]),
        ({"blank_patient": "absent"}, ("2026-09-01T00:00:00", "2026-09-14T23:59:59"), []),
    ],
)
def test_tickets_are_asked_for_in_the_order_of_the_signature(
    hand: Hand, options: dict[str, object], bounds: tuple[str, str], who: list[tuple[str, str | None]]
) -> None:
    hand.results[FREE] = SHOWN
    hand.gateway(history="none", **options).free(DAY, resource=BY_HAND.resource)
    (sent,) = hand.sent(FREE)
    assert parameters(sent) == [
        ("idDoc", "18"),
        ("idLpu", "1"),
        *who,
        ("visitStart", bounds[0]),
        ("visitEnd", bounds[1]),
        ("guid", TOKEN),
        ("idHistory", None),
    ]


def test_tickets_written_by_hand_are_read_whole_with_their_ids_rooms_and_lengths(hand: Hand) -> None:
    hand.results[FREE] = tickets(
        ticket("000123", "2026-09-01T09:30:00", "2026-09-01T09:45:00", room="205"),
        ticket("000124", "2026-09-01T10:00:00.0000000", "2026-09-01T10:20:00"),
        ticket("000200", "2026-09-09T10:00:00", "2026-09-09T10:20:00"),
    )
    found = hand.gateway().free(DAY, resource=BY_HAND.resource)
    assert (found.completeness, found.resources) == ("full", (BY_HAND.resource,))
    assert found.items == (
        TimeItem(
            resource=BY_HAND.resource,
            kind=TimeKind.FREE,
            begin=WallTime(date(2026, 9, 1), 34_200),
            end=WallTime(date(2026, 9, 1), 35_100),
            room="205",
            ticket="000123",
        ),
        TimeItem(
            resource=BY_HAND.resource,
            kind=TimeKind.FREE,
            begin=WallTime(date(2026, 9, 1), 36_000),
            end=WallTime(date(2026, 9, 1), 37_200),
            ticket="000124",
        ),
    )
    assert hand.gateway(rooms="ignore").free(DAY, resource=BY_HAND.resource).items[0].room == ""


def test_who_writes_namespaces_otherwise_is_read_all_the_same(hand: Hand) -> None:
    """A sample of a МИС that puts a default namespace on each member, and calls nothing `a:`."""
    told = SHOWN.replace("a:ListAppointments>", "ListAppointments>").replace("<a:", "<").replace("</a:", "</")

    def answer(call: str) -> str:
        whole = answered(call, told.replace("<ListAppointments>", '<ListAppointments xmlns="urn:x">'))
        return whole.replace(' i:nil="true"', "")

    hand.results[FREE] = answer
    assert len(hand.gateway().free(DAY, resource=BY_HAND.resource).items) == 1


def test_a_card_is_sent_in_the_order_of_the_alphabet(hand: Hand) -> None:
    hand.results["AddNewPatient"] = "<a:IdPat>p-9</a:IdPat>"
    assert hand.gateway().ensure_patient(PERSON, location_id="1") == PatientRef("p-9")
    (search,), (made,) = hand.sent("SearchTop10Patient"), hand.sent("AddNewPatient")
    for call, names in (
        (search, ["Birthday", "Name", "SecondName", "Surname"]),
        (made, ["Birthday", "CellPhone", "Name", "SecondName", "Surname"]),
    ):
        person = etree.fromstring(call.encode())[0][0][0]
        assert [child.tag.removeprefix(DATA) for child in person] == names
    assert [name for name, _ in parameters(made)] == [
        "patient", "idLpu", "approvedByTfoms", "guid", "idHistory",
    ]  # fmt: skip
    assert (field(made, "CellPhone"), field(made, "Birthday")) == ("9000000011", "1990-05-17T00:00:00")


@pytest.mark.parametrize(
    ("form", "phone"), [("79…", "79000000011"), ("+79…", "+79000000011"), ("89…", "89000000011")]
)
def test_a_phone_is_spelt_as_the_clinic_spells_it(hand: Hand, form: str, phone: str) -> None:
    hand.results["AddNewPatient"] = "<a:IdPat>p-9</a:IdPat>"
    hand.gateway(phone=form).ensure_patient(PERSON, location_id="1")
    assert field(hand.sent("AddNewPatient")[0], "CellPhone") == phone


def test_a_visit_is_cancelled_by_patient_and_ticket(hand: Hand) -> None:
    hand.results["GetPatientHistory"] = history(visit("000123", "2026-09-01T09:30:00"))
    assert hand.gateway().cancel(REF, reason="передумал") == Cancelled()
    (sent,) = hand.sent("CreateClaimForRefusal")
    assert parameters(sent)[:3] == [("idLpu", "1"), ("idPat", "p-1"), ("idAppointment", "000123")]
    assert "передумал" not in "".join(hand.asked)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (VisitEnd.CANCELLED, "запись_отменена_по_инициативе_пациента"),
        (VisitEnd.HAPPENED, "посещение_состоялось"),
        (VisitEnd.NO_SHOW, "пациент_не_явился"),
    ],
)
def test_what_became_of_a_visit_is_told_by_an_identifier_of_the_contract(
    hand: Hand, end: VisitEnd, status: str
) -> None:
    at = WallTime.parse("2026-09-01T09:41:07")
    assert hand.gateway().report(REF, end=end, at=at) == Reported()
    assert parameters(hand.asked[0]) == [
        ("idNotification", None),
        ("idLpu", "1"),
        ("idPat", "p-1"),
        ("idAppointment", "000123"),
        ("doctorsReferral", None),
        ("status", status),
        ("eventDatetime", "2026-09-01T09:41:07"),
        ("guid", TOKEN),
        ("idHistory", field(hand.asked[0], "idHistory")),
    ]


@pytest.mark.parametrize(("mode", "kind"), [("echoed", Unknown), ("sent", Booked), ("none", Booked)])
def test_an_answer_to_another_call_is_not_this_one_s(hand: Hand, mode: str, kind: type) -> None:
    hand.results[FREE] = SHOWN
    hand.results[SET] = lambda call: answered(call, "", history="77")
    assert isinstance(hand.gateway(history=mode).book(request(BY_HAND)), kind)


@pytest.mark.parametrize("told", ["", "maybe"])
def test_an_answer_that_does_not_say_how_it_went_proves_nothing(hand: Hand, told: str) -> None:
    hand.results |= {FREE: SHOWN, SET: lambda call: answered(call, "", success=told)}
    assert isinstance(hand.gateway().book(request(BY_HAND)), Unknown)


def test_success_is_false_with_http_200_and_says_why(hand: Hand) -> None:
    hand.results |= {FREE: SHOWN, SET: lambda call: refused(call, (39, "Талон  к врачу\nзанят"))}
    outcome = hand.gateway().book(request(BY_HAND))
    assert (type(outcome).__name__, getattr(outcome, "text", "")) == ("Taken", "Талон к врачу занят")


def test_all_that_the_adapter_sends_passes_the_contract_of_the_simulator(either: Hub) -> None:
    """Every operation, in either SOAP, with each way to spell nobody, days and phones."""
    for options in (
        {},
        {"bare_days": True, "blank_patient": "nil", "history": "none", "counts": "ignored"},
        {"blank_patient": "absent", "approved_by_tfoms": "false", "moves": True},
    ):
        gateway = either.gateway(**options)
        assert gateway.directory().completeness == "full"
        assert gateway.free(either.window).completeness == "full"
        slot = either.slot()
        outcome = gateway.book(either.request(slot))
        assert isinstance(outcome, Booked)
        assert gateway.find_booking(query(slot)) == gateway.find_booking(query(slot, None, ref=outcome.ref))
        assert gateway.cancel(outcome.ref, reason="") == Cancelled()
        at = WallTime.parse("2026-11-26T12:00:00")
        assert gateway.report(outcome.ref, end=VisitEnd.CANCELLED, at=at) == Reported()
        gateway._door.call("GetErrorList", ())
    assert len(either.cards()) == 1
    assert [row["status"] for row in either.state()["reports"]] == [
        "запись_отменена_по_инициативе_пациента"
    ] * 3  # fmt: skip


def test_a_doctor_s_id_is_that_of_the_lpu_or_of_the_network(hand: Hand) -> None:
    hand.results[FREE] = SHOWN
    gateway = hand.gateway(doctor_ids="network")
    gateway.free(DAY, resource=RemoteResource("18@1", "1"))
    assert field(hand.asked[0], "idDoc") == "18@1"
