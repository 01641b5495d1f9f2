"""The HTTP door's own traps: what is sent, what its failures prove, and the shapes of its JSON."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.domain.directory.types import Completeness, ServiceKind
from feldsher.domain.scheduling.ports import (
    AlreadyCancelled,
    Booked,
    Found,
    GatewayUnavailableError,
    Gone,
    Held,
    HoldGone,
    Indeterminate,
    NotFound,
    Rejected,
    Unknown,
    Window,
)
from feldsher.integrations.mis.bit_umc.documents import read_document
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.bit_umc.schedule import Schedule, read_schedule
from integrations.mis.bit_umc.factory import Clinic, held, packed, query, request, slot_of, through, wall
from integrations.mis.wires import Answer, Wire
from testbench.bit_umc.http_wire import Exchange

MakeWire = Callable[[Answer], Wire]
http_alone = pytest.mark.parametrize("door", ["http"], indirect=True)
ID = "dddddddd-0000-4000-8000-000000000001"
OTHER = "22222222-2222-4222-8222-222222222222"
DOCTOR = "bbbbbbbb-0000-4000-8000-000000000001"
WINDOW = Window(wall("2026-09-07T00:00").day, wall("2026-09-08T00:00").day)
REFUSED = "Не удалось записать документ. 01.02.2026 10:00:00 - {Модуль(1)}: Не удалось записать: «Заявка»!"
UNKNOWN = "Ошибка при получении уникального идентификатора заявки на основе GUID."
REPLIES = Path(__file__).parent / "data" / "replies" / "schedule"


def _reply(body: str | bytes, *, status: str = "200 OK") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def _says(body: str | bytes, *, status: str = "200 OK") -> Answer:
    def answer(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(_reply(body, status=status))

    return answer


def _answer(**fields: Any) -> str:
    return json.dumps({"Ответ": {"Результат": "true", "ОписаниеОшибки": "", **fields}}, ensure_ascii=False)


def _replays(wire: MakeWire, replies: dict[str, str]) -> tuple[Any, Wire]:
    """Answer each Method (or last part of the address) with one reply."""

    def answer(connection: socket.socket, _: threading.Event) -> None:
        place, fields = _sent(port.requests[-1])
        connection.sendall(_reply(replies[fields.get("Method", place)]))

    port = wire(answer)
    return through("http", port.url), port


def _sent(raw: bytes) -> tuple[str, dict[str, Any]]:
    head, _, body = raw.partition(b"\r\n\r\n")
    return head.split()[1].decode().rpartition("/")[2], json.loads(body)


def test_a_booking_is_flat_and_spelt_as_the_documentation_s_samples(wire: MakeWire) -> None:
    port = wire(_says(_answer(УИД=ID)))
    slot = replace(slot_of(length=50), service_id="service")
    assert through("http", port.url).book(request(slot, hold=ID, comment="до\x0b \ud800обеда")) == Booked(ID)
    assert _sent(port.requests[0]) == (
        "AppointmentCreate",
        {
            "Key": "demo-key",
            "Method": "BookAnAppointmentWithParams",
            "EmployeeID": "doctor",
            "PatientSurname": "Записнов",
            "PatientName": "Тест",
            "PatientFatherName": "Примерович",
            "Date": "07.09.2026",
            "TimeBegin": "09:00:00",
            "Comment": "ref-1 до обеда",
            "Phone": "+70000000011",
            "Clinic": "clinic",
            "GUID": ID,
            "Duration": "00:50:00",
            "Service": "service",
            "Birthday": "17.05.1990",
        },
    )
    head = port.requests[0].partition(b"\r\n\r\n")[0].lower()
    assert b"authorization: basic " in head
    assert b"content-type: application/json; charset=utf-8" in head


def test_a_reserve_tells_its_length_and_a_cancel_its_empty_words(wire: MakeWire) -> None:
    port = wire(_says(_answer(УИД=ID)))
    gateway = through("http", port.url)
    assert gateway.hold(replace(slot_of(length=90), room="room", specialty="Терапия")) == Held(ID)
    gateway.cancel(ID, reason="")
    when = {"Date": "07.09.2026", "TimeBegin": "09:00:00"}
    who = {"EmployeeID": "doctor", "Clinic": "clinic", "Specialization": "Терапия"}
    what = {"Duration": "01:30:00", "EquipmentCabinet": "room"}
    assert [_sent(raw) for raw in port.requests] == [
        ("Reservation", {"Key": "demo-key", **when, **who, **what}),
        ("AppointmentCancel", {"Key": "demo-key", "GUID": ID, "Reason": "", "AdditionalInformation": ""}),
    ]


def test_a_schedule_is_asked_by_day_doctor_and_format(wire: MakeWire) -> None:
    port = wire(_says('{"Ответ": ""}'))
    through("http", port.url).free(WINDOW)
    through("http", port.url, format="ZipJSON").free(WINDOW, resource=slot_of().resource)
    days = {"StartDate": "07.09.2026", "FinishDate": "08.09.2026"}
    whole = {"Key": "demo-key", "Method": "GetSchedule20", **days}
    one = {"Clinic": "clinic", "Employees": "doctor", "Format": "ZipJSON"}
    assert [_sent(raw) for raw in port.requests] == [("Schedule", whole), ("Schedule", whole | one)]


def test_a_base_of_the_cyrillic_letter_is_told_the_clinic_under_both_names(wire: MakeWire) -> None:
    port = wire(_says(_answer(УИД=ID)))
    gateway = through("http", port.url, cyrillic_clinic=True)
    gateway.hold(slot_of())
    gateway.free(WINDOW, resource=slot_of().resource)
    for raw in port.requests:
        fields = _sent(raw)[1]
        assert (fields["Clinic"], fields["\u0421linic"]) == ("clinic", "clinic")


@pytest.mark.parametrize("status", ["500 Oops", "400 Bad"])
def test_the_refusal_to_write_is_plain_text_and_confirmed_by_a_second_look(
    wire: MakeWire, status: str
) -> None:
    gateway = through("http", wire(_says(REFUSED, status=status)).url)
    assert gateway.hold(slot_of()) == Rejected("not_written", REFUSED)
    assert gateway.book(request(slot_of(), hold=ID)) == Rejected("not_written", REFUSED)


@pytest.mark.parametrize("body", [UNKNOWN, _answer(Результат="false", ОписаниеОшибки=UNKNOWN)])
def test_an_unknown_document_is_told_in_words_or_in_an_answer(wire: MakeWire, body: str) -> None:
    status = "200 OK" if body.startswith("{") else "500 Oops"
    gateway = through("http", wire(_says(body, status=status)).url)
    assert gateway.book(request(slot_of(), hold=ID)) == HoldGone()
    assert gateway.move(ID, request=request(slot_of()), old=None) == Gone()
    assert gateway.cancel(ID, reason="") == NotFound()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Oops", "Ошибка при вызове метода контекста (Записать)"),
        ("500 Oops", _answer(УИД=ID)),
        ("500 Oops", ""),
        ("500 Oops", b"\xff\xfe"),
        ("400 Bad", "Некорректное значение параметра Date"),
        ("201 Created", _answer(УИД=ID)),
        ("200 OK", ""),
        ("200 OK", b"\xef\xbb\xbf"),
        ("200 OK", b'{"\xd0'),
        ("200 OK", "null"),
        ("200 OK", '"true"'),
        ("200 OK", "[]"),
        ("200 OK", '{"Ответ": ""}'),
        ("200 OK", '{"Ответ": []}'),
        ("200 OK", '{"Результат": "true"}'),
        ("200 OK", _answer(Результат="")),
        ("200 OK", _answer(Результат="false", УИД=ID)),
        ("200 OK", _answer(Результат={"Значение": "true"})),
        ("200 OK", '{"Ответ": ' + '{"a": ' * 20 + "1" + "}" * 21),
    ],
)
def test_what_proves_nothing_is_unknown(wire: MakeWire, status: str, body: str | bytes) -> None:
    gateway = through("http", wire(_says(body, status=status)).url)
    assert isinstance(gateway.hold(slot_of()), Unknown)
    assert isinstance(gateway.book(request(slot_of(), hold=ID)), Unknown)
    assert isinstance(gateway.cancel(ID, reason=""), Unknown)
    assert isinstance(gateway.find_booking(query(slot_of(), ID)), Indeterminate)


@pytest.mark.parametrize("yes", ["true", "True", True])
def test_a_success_is_a_string_or_a_boolean(wire: MakeWire, yes: object) -> None:
    gateway = through("http", wire(_says("\ufeff" + _answer(Результат=yes, УИД=OTHER))).url)
    assert gateway.hold(slot_of()) == Held(OTHER)
    assert gateway.book(request(slot_of(), hold=ID)) == Booked(OTHER)


@pytest.mark.parametrize("no", ["false", "False", False])
def test_a_refusal_is_a_string_or_a_boolean_with_words_or_without(wire: MakeWire, no: object) -> None:
    gateway = through("http", wire(_says(_answer(Результат=no, ОписаниеОшибки=None, УИД=""))).url)
    assert gateway.hold(slot_of()) == Rejected("refused")


@pytest.mark.parametrize("uid", ["", "00000000-0000-0000-0000-000000000000", None, 7])
def test_a_reserve_that_names_no_document_is_unknown(wire: MakeWire, uid: object) -> None:
    assert isinstance(through("http", wire(_says(_answer(УИД=uid))).url).hold(slot_of()), Unknown)


@pytest.mark.parametrize(
    ("number", "words", "state"),
    [
        ("1", "Заявка создана", "booked"),
        (2, "", "booked"),
        ("5", "Отменена", "cancelled"),
        ("6", "Резерв времени", "reserved"),
        ("9", "", "reserved"),
        ("3", "Заявка отменена", None),
        ("5", "Заявка просрочена", None),
        ("0", "Заявка не найдена", None),
        ("", "", None),
    ],
)
def test_a_status_is_believed_if_number_and_words_agree(
    wire: MakeWire, number: object, words: str, state: str | None
) -> None:
    gateway = through("http", wire(_says(_answer(Статус=number, ОписаниеСтатуса=words))).url)
    found = gateway.find_booking(query(slot_of(), ID))
    assert found == Found(ID, state) if state else isinstance(found, Indeterminate)


def test_a_second_cancel_is_told_from_an_unknown_document_by_the_status(wire: MakeWire) -> None:
    replies = {
        "AppointmentCancel": _answer(Результат="false", ОписаниеОшибки=UNKNOWN),
        "AppointmentStatus": _answer(Статус="5", ОписаниеСтатуса="Отменена"),
    }
    assert _replays(wire, replies)[0].cancel(ID, reason="") == AlreadyCancelled()


def test_the_directory_is_lists_of_few_fields_of_which_one_is_an_object_and_none_a_string(
    wire: MakeWire,
) -> None:
    price = {"Наименование": "Осмотр", "УИД": OTHER, "Цена": "1 500,00"}
    doctor = {"Наименование": "Одинцова Ева Примеровна", "УИД": DOCTOR, "Специализация": "Терапия"}
    replies = {
        "GetListClinic": _answer(Клиники={"Наименование": "Центральная", "УИД": ID}),
        "GetListEmployees": _answer(Сотрудники=[doctor]),
        "GetNomenclatureAndPrices": _answer(Номенклатура=price),
        "GetSchedule20": json.dumps(
            {"Ответ": {"ГрафикДляСайта": {"Клиника": ID, "СотрудникID": DOCTOR, "ПериодыГрафика": ""}}}
        ),
    }
    gateway, port = _replays(wire, replies)
    snapshot = gateway.directory()
    (row,) = snapshot.practitioners
    assert (row.family, row.given, row.middle, row.specialties, row.location_ids, row.services) == (
        "Одинцова",
        "Ева",
        "Примеровна",
        ("Терапия",),
        (ID,),
        (),
    )
    (service,) = snapshot.services
    assert (service.kind, service.minutes, service.parent_id) == (ServiceKind.SERVICE, None, None)
    assert [(row.location_id, row.amount) for row in snapshot.prices] == [(ID, Decimal("1500.00"))]
    assert (snapshot.completeness, snapshot.warnings) == (Completeness.FULL, ())
    asked = [_sent(raw)[1] for raw in port.requests if b"GetNomenclatureAndPrices" in raw]
    assert asked == [{"Key": "demo-key", "Method": "GetNomenclatureAndPrices", "GUID": ID}]
    for name, member in (("GetListEmployees", "Сотрудники"), ("GetNomenclatureAndPrices", "Номенклатура")):
        gateway, _ = _replays(wire, replies | {name: _answer(**{member: ""})})
        assert gateway.directory().completeness is Completeness.SUSPICIOUS_EMPTY


@pytest.mark.parametrize(
    "body",
    [
        _answer(Результат="false", ОписаниеОшибки="Не найдена клиника"),
        "Не обнаружена настройка обмена",
        '{"Другое": {}}',
        '{"Ответ": {"ГрафикДляСайта": "слово"}}',
        '{"Ответ": ' + '{"a": ' * 20 + "1" + "}" * 21,
        "слово",
    ],
)
def test_a_schedule_that_was_refused_or_is_none_did_not_happen(wire: MakeWire, body: str) -> None:
    with pytest.raises(GatewayUnavailableError):
        through("http", wire(_says(body)).url).free(WINDOW)


def test_a_schedule_over_the_limit_did_not_happen(wire: MakeWire) -> None:
    with pytest.raises(GatewayUnavailableError, match="over the limit"):
        through("http", wire(_says(" " * 1_000_001)).url, max_megabytes=1).free(WINDOW)


@pytest.mark.parametrize("body", ["", '{"Ответ": ""}', '{"Ответ": {}}', '{"Ответ": {"ГрафикДляСайта": ""}}'])
def test_an_empty_schedule_is_suspicious(wire: MakeWire, body: str) -> None:
    answer = through("http", wire(_says(body)).url).free(WINDOW)
    assert (answer.completeness, answer.resources) == (Completeness.SUSPICIOUS_EMPTY, ())


@pytest.mark.parametrize("name", ["lists.json", "lone-objects.json", "only-free.json"])
def test_a_zipped_schedule_may_stand_in_quotes(wire: MakeWire, name: str) -> None:
    text = (REPLIES / name).read_text("utf-8")
    told = [
        through("http", wire(_says(body)).url).free(WINDOW).items
        for body in (text, packed(text), json.dumps(packed(text)).replace("/", "\\/"))
    ]
    assert told[0]
    assert told[0] == told[1] == told[2]


@http_alone
def test_a_key_of_nobody_is_a_refusal_and_no_schedule(clinic: Clinic) -> None:
    gateway = clinic.gateway(key="other")
    refused = gateway.hold(clinic.slot())
    assert isinstance(refused, Rejected)
    assert refused.code == "no_exchange"
    with pytest.raises(GatewayUnavailableError, match="no_exchange"):
        gateway.free(clinic.window)


@http_alone
def test_a_key_shows_its_doctors_and_its_price_list(simulate: Callable[..., Clinic]) -> None:
    clinic = simulate()
    network = clinic.simulator.base.network
    mine, ural = network.employees[0].uid, network.clinics[-1].uid
    clinic = simulate(exchanges=(Exchange("demo-key"), Exchange("mine", ural, frozenset({mine}))))
    gateway = clinic.gateway(key="mine")
    assert {row.practitioner_id for row in gateway.free(clinic.window).resources} == {mine}
    snapshot = gateway.directory()
    assert [row.id for row in snapshot.practitioners] == [mine]
    expected = {item.uid: item.price for item in network.items(ural) if not item.folder}
    assert {row.location_id for row in snapshot.prices} == {row.uid for row in network.clinics}
    for row in snapshot.prices:
        assert row.amount == expected[row.service_id]
    assert held(gateway.hold(clinic.slot()))


@http_alone
def test_the_directory_has_less_than_by_soap_and_the_same_people(clinic: Clinic) -> None:
    snapshot = clinic.gateway().directory()
    by_soap = through("soap", clinic.host).directory()
    assert (snapshot.completeness, snapshot.warnings) == (Completeness.FULL, ())
    assert snapshot.locations == by_soap.locations
    people = [(row.id, row.family, row.given, row.middle, row.specialties) for row in snapshot.practitioners]
    assert people == [
        (row.id, row.family, row.given, row.middle, row.specialties) for row in by_soap.practitioners
    ]
    names = {row.id: row.name for row in by_soap.services if row.kind is not ServiceKind.FOLDER}
    assert {row.id: row.name for row in snapshot.services} == names


def test_the_key_is_in_no_repr_and_no_error(wire: MakeWire) -> None:
    port = wire(_says("", status="401 No"))
    outcome = through("http", port.url, key="a-secret").hold(slot_of())
    assert b"a-secret" in port.requests[0]
    assert "a-secret" not in f"{outcome!r} {Profile(door='http', key='a-secret')!r}"


def _periods(entry: Any) -> Any:
    return [
        {"Дата": f"{day}T00:00:00", "ВремяНачала": f"{day}T{begin}", "ВремяОкончания": f"{day}T{end}"}
        for day, begin, end in entry
    ]


DAYS = st.tuples(
    st.sampled_from(["2026-09-07", "2026-09-08"]),
    st.sampled_from(["09:00:00", "10:30:00"]),
    st.sampled_from(["11:00:00", "12:00:00"]),
)
DOCTORS = st.lists(st.tuples(st.lists(DAYS, max_size=3), st.lists(DAYS, max_size=2)), max_size=3)


@given(DOCTORS, st.data())
def test_no_shape_of_json_changes_what_a_schedule_says(doctors: Any, data: st.DataObject) -> None:
    """Draw each list as 1С may write it: one as an object, none as an empty string or not at all."""

    def shaped(items: list[Any]) -> Any:
        forms = [items] + ([items[0]] if len(items) == 1 else []) + (["", None] if not items else [])
        return data.draw(st.sampled_from(forms))

    def level(items: list[Any]) -> Any:
        if not items:
            return data.draw(st.sampled_from(["", None, {}, {"ПериодГрафика": ""}]))
        return {"ПериодГрафика": shaped(items)}

    def entry(number: int, free: Any, busy: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"Клиника": "c", "СотрудникID": f"d{number}", "ДлительностьПриема": ""}
        if not busy and data.draw(st.booleans()):
            return told | {"ПериодГрафика": shaped(_periods(free))}  # as with OnlyFreeTime
        return told | {
            "ПериодыГрафика": {"СвободноеВремя": level(_periods(free)), "ЗанятоеВремя": level(_periods(busy))}
        }

    rows = [entry(number, free, busy) for number, (free, busy) in enumerate(doctors)]
    result = Schedule(datetime(2026, 9, 7, tzinfo=UTC))
    text = json.dumps({"Ответ": {"ГрафикДляСайта": shaped(rows)}})
    read_schedule(*read_document(text, limit=1_000_000), result, profile=Profile())
    assert [row.practitioner_id for row in result.resources] == [
        f"d{number}" for number in range(len(doctors))
    ]
    told = [
        (row.resource.practitioner_id, row.kind.value, row.begin.text, row.end.text) for row in result.items
    ]
    assert told == [
        (f"d{number}", kind, f"{day}T{begin}", f"{day}T{end}")
        for number, (free, busy) in enumerate(doctors)
        for kind, spans in (("free", free), ("busy", busy))
        for day, begin, end in spans
    ]
