"""Reserve, book, edit, cancel, status: what is written and what is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from testbench.bit_umc.base import Rules
from testbench.bit_umc.grid import visit_minutes
from testbench.refusal import Refusal

PERSON = {
    "PatientSurname": "Записнов",
    "PatientName": "Тест",
    "PatientFatherName": "Примерович",
    "Phone": "+70000000011",
    "Comment": "ref-1",
}
NOBODY = "11111111-1111-4111-8111-111111111111"
UNKNOWN_GUID = "Ошибка при получении уникального идентификатора заявки на основе GUID.\n"


def _outcome(text: str) -> tuple[str, str, str]:
    root = etree.fromstring(text.encode())
    assert root.tag == "{S1}ОтветНаЗаписьССайта"
    told = (root.findtext(f"{{S1}}{name}") or "" for name in ("Результат", "ОписаниеОшибки", "УИД"))
    ok, error, uid = told
    return ok, error, uid


def _reserve(wire: Any, target: dict[str, str], operation: str = "GetReserve", **more: str) -> str:
    ok, error, uid = _outcome(wire.call(operation, **target, **more))
    assert (ok, error) == ("true", " ")
    return uid


def _later(target: dict[str, str], minutes: int) -> dict[str, str]:
    begin = datetime.fromisoformat(target["TimeBegin"]) + timedelta(minutes=minutes)
    return target | {"TimeBegin": begin.isoformat()}


def _length(wire: Any, uid: str) -> int:
    row = wire.booking(uid)
    length = datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"])
    return length // timedelta(minutes=1)


def _services(wire: Any, target: dict[str, str], *, own: bool) -> tuple[str, int]:
    """Return a service of the doctor and its norm, his own or the catalogue's."""
    base = wire.simulator.base
    employee = base.employee(target["EmployeeID"])
    service = next(row for row in employee.services if bool(row.minutes) == own)
    norms = {item.uid: item.minutes for item in base.network.items(target["Clinic"])}
    return service.uid, service.minutes or norms[service.uid]


def test_a_reserve_takes_the_time_until_it_is_booked_under_its_guid(wire: Any) -> None:
    target = wire.target()
    uid = _reserve(wire, target)
    assert wire.booking(uid)["status"] == "reserved"
    assert [row["id"] for row in wire.at(target)] == [uid]
    assert wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params={}) == "Ok"
    assert [(row["id"], row["status"], row["client_ref"]) for row in wire.at(target)] == [
        (uid, "booked", "ref-1")
    ]
    assert wire.booking(uid)["patient"] == {"name": "Записнов Тест Примерович", "phone": "+70000000011"}


def test_the_state_carries_offsets(wire: Any) -> None:
    rows = wire.state()["bookings"]
    offsets = {datetime.fromisoformat(row[end]).utcoffset() for row in rows for end in ("start", "end")}
    assert offsets == {timedelta(hours=3), timedelta(hours=5)}


def test_booked_time_is_busy_with_an_empty_kind(wire: Any) -> None:
    target = wire.target()
    wire.call("BookAnAppointment", **target, **PERSON)
    start = target["Date"][:11] + target["TimeBegin"][11:]
    row = next(
        row
        for row in wire.schedule()
        if (row.employee, row.clinic) == (target["EmployeeID"], target["Clinic"])
    )
    assert [kind for begin, _, kind in row.busy if begin == start] == [""]
    assert not [begin for begin, end, _ in row.free if begin <= start < end]


@pytest.mark.parametrize("operation", ["GetReserve", "Reservation", "BookAnAppointmentWithParams"])
def test_an_overlap_is_refused_with_the_text_of_1c(wire: Any, operation: str) -> None:
    target = wire.target()
    _reserve(wire, target)
    for minutes in (0, 10, 29):
        ok, error, uid = _outcome(wire.call(operation, **_later(target, minutes), **PERSON))
        assert (ok, uid) == ("false", "")
        assert error.startswith("Не удалось записать документ")
    _reserve(wire, _later(target, 30))


def test_the_plain_booking_refuses_in_bare_text(wire: Any) -> None:
    target = wire.target()
    _reserve(wire, target)
    assert wire.call("BookAnAppointment", **target, **PERSON).startswith("Не удалось записать документ")


def test_a_cabinet_is_taken_once(wire: Any) -> None:
    target = wire.target()
    start = target["Date"][:11] + target["TimeBegin"][11:]
    others = (
        row.employee
        for row in wire.schedule(params={"Clinic": target["Clinic"]})
        if row.employee != target["EmployeeID"] and row.default == "00:00"
        for begin, end, _ in row.free
        if begin <= start and end >= _later(target, 30)["Date"][:11] + _later(target, 30)["TimeBegin"][11:]
    )
    other = target | {"EmployeeID": next(others)}
    uid = _reserve(wire, target, "Reservation", EquipmentCabinet=NOBODY)
    ok, error, _ = _outcome(wire.call("Reservation", **other, EquipmentCabinet=NOBODY))
    assert (ok, error) == ("false", 'Не удалось записать документ "Заявка". Кабинет занят.')
    # booking the first without its cabinet clears it, so the second may have it
    assert wire.booking(uid)["cabinet"] == NOBODY
    wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params={})
    assert wire.booking(uid)["cabinet"] is None
    _reserve(wire, other, "Reservation", EquipmentCabinet=NOBODY)


def test_a_doctor_of_two_branches_is_one_person(wire: Any) -> None:
    base = wire.simulator.base
    places = {(row.employee, row.clinic) for row in wire.schedule()}
    doctor = next(one for one, clinic in places for two, other in places if one == two and clinic != other)
    here, there = sorted(clinic for employee, clinic in places if employee == doctor)
    row = next(row for row in wire.schedule() if (row.employee, row.clinic) == (doctor, here))
    start = datetime.fromisoformat(f"{row.free[0][0]}+03:00")
    assert wire.bench(
        "book", resource=doctor, location=there, start=start.isoformat(), minutes=30, force=True
    ).is_success
    target = {
        "EmployeeID": doctor,
        "Clinic": here,
        "Date": f"{row.free[0][0][:10]}T00:00:00",
        "TimeBegin": f"0001-01-01T{row.free[0][0][11:]}",
    }
    ok, error, _ = _outcome(wire.call("GetReserve", **target))
    assert ok == "false"
    assert error.startswith("Не удалось записать документ")
    assert base.clinic(here).zone.key == base.clinic(there).zone.key == "Europe/Moscow"


def test_time_off_is_refused(wire: Any) -> None:
    target = wire.target()
    for time in ("03:00:00", "23:50:00"):
        ok, error, _ = _outcome(wire.call("GetReserve", **target | {"TimeBegin": f"0001-01-01T{time}"}))
        assert (ok, error.startswith("Не удалось записать документ")) == ("false", True)


@pytest.mark.parametrize("wrong", ["EmployeeID", "Clinic"])
def test_an_unknown_doctor_or_clinic_is_refused(wire: Any, wrong: str) -> None:
    ok, error, _ = _outcome(wire.call("GetReserve", **wire.target() | {wrong: NOBODY}))
    assert ok == "false"
    assert error in {"Не найден сотрудник по GUID", "Не найдена клиника по GUID"}


def test_a_soap_reserve_holds_only_the_default_length(wire: Any) -> None:
    assert _length(wire, _reserve(wire, wire.target(), Duration="0001-01-01T01:00:00")) == 30
    assert _length(wire, _reserve(wire, wire.target(default="00:20"))) == 20


def test_a_reservation_may_say_its_length(wire: Any) -> None:
    uid = _reserve(wire, wire.target(minutes=90), "Reservation", Duration="0001-01-01T01:10:00")
    assert _length(wire, uid) == 70


def test_the_sum_of_the_services_wins_over_the_duration(wire: Any) -> None:
    target = wire.target(minutes=120, default="00:20")
    own, own_norm = _services(wire, target, own=True)
    other, norm = _services(wire, target, own=False)
    uid = _reserve(wire, target)
    params = {
        "DurationType": "ServiceDuration",
        "Services": f"{own};{other}",
        "Duration": "0001-01-01T00:05:00",
    }
    assert wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params=params) == "Ok"
    assert _length(wire, uid) == own_norm + norm
    assert wire.booking(uid)["services"] == [own, other]
    # without DurationType the explicit length counts, and what isn't named is cleared
    params = {"Duration": "0001-01-01T00:45:00"}
    assert wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params=params) == "Ok"
    assert (_length(wire, uid), wire.booking(uid)["services"]) == (45, [])


def test_a_longer_visit_under_a_reserve_may_meet_the_next_one(wire: Any) -> None:
    target = wire.target(minutes=60)
    uid = _reserve(wire, target)
    _reserve(wire, _later(target, 30))
    params = {"Duration": "0001-01-01T00:40:00"}
    ok, error, _ = _outcome(
        wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params=params)
    )
    assert (ok, error.startswith("Не удалось записать документ")) == ("false", True)
    assert (wire.booking(uid)["status"], _length(wire, uid)) == ("reserved", 30)


def test_without_any_length_there_is_an_error(simulate: Callable[..., Any]) -> None:
    wire = simulate(rules=Rules(planning_step=0))
    ok, error, _ = _outcome(wire.call("GetReserve", **wire.target()))
    assert (ok, error) == ("false", "Не удалось определить длительность приема")


@pytest.mark.parametrize(
    ("norms", "duration", "default", "step", "length"),
    [
        ([20, 30], 15, 10, 5, 50),
        ([0], 15, 10, 5, 15),
        (None, 15, 10, 5, 15),
        (None, 0, 10, 5, 10),
        (None, 0, 0, 5, 5),
    ],
)
def test_the_rule_of_duration(
    norms: list[int] | None, duration: int, default: int, step: int, length: int
) -> None:
    assert visit_minutes(norms=norms, duration=duration, doctor_default=default, planning_step=step) == length


def test_the_rule_of_duration_refuses_to_guess() -> None:
    with pytest.raises(Refusal):
        visit_minutes(norms=None, duration=0, doctor_default=0, planning_step=0)


def test_booking_again_with_the_guid_moves_the_same_document(wire: Any) -> None:
    target = wire.target(minutes=120)
    uid = _reserve(wire, target)
    for minutes in (0, 0, 60):
        moved = _later(target, minutes)
        assert wire.call("BookAnAppointmentWithParams", **moved, **PERSON, GUID=uid, params={}) == "Ok"
        assert [row["id"] for row in wire.at(moved)] == [uid]
    assert wire.at(target) == []
    assert sum(row["client_ref"] == "ref-1" for row in wire.state()["bookings"]) == 1


def test_an_unknown_guid_is_the_real_error(wire: Any) -> None:
    target = wire.target()
    assert wire.call("GetAppointmentStatus", GUID=NOBODY) == UNKNOWN_GUID
    ok, error, _ = _outcome(wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=NOBODY))
    assert (ok, error) == ("false", UNKNOWN_GUID)
    assert wire.call("BookAnAppointment", **target, **PERSON, GUID=NOBODY) == UNKNOWN_GUID
    root = wire.xml("CancelBookAnAppointment", GUID=NOBODY)
    assert (root.findtext("{S1}Результат"), root.findtext("{S1}ОписаниеОшибки")) == ("false", UNKNOWN_GUID)
    assert wire.at(target) == []


def test_cancelling_frees_the_time_and_is_done_once(wire: Any) -> None:
    target = wire.target()
    uid = _reserve(wire, target)
    root = wire.xml("CancelBookAnAppointment", GUID=uid, Reason="Передумал")
    assert root.tag == "{S1}РезультатВыполнения"
    assert (root.findtext("{S1}Результат"), root.findtext("{S1}ОписаниеОшибки")) == ("true", " ")
    assert wire.booking(uid)["status"] == "cancelled"
    again = wire.xml("CancelBookAnAppointment", GUID=uid)
    assert again.findtext("{S1}Результат") == "false"
    _reserve(wire, target)
    ok, error, _ = _outcome(wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid))
    assert (ok, error.startswith("Не удалось записать документ")) == ("false", True)
    assert wire.booking(uid)["status"] == "cancelled"


def _status(wire: Any, uid: str) -> tuple[str, str]:
    root = wire.xml("GetAppointmentStatus", GUID=uid)
    assert root.tag == "{S1}ОтветНаЗапросСтатусаЗаявки"
    return root.findtext("{S1}Результат"), root.findtext("{S1}ОписаниеРезультата")


def test_statuses_are_computed_at_the_call(wire: Any, clock: Any) -> None:
    target = wire.target()
    uid = _reserve(wire, target)
    assert _status(wire, uid) == ("6", "Резерв времени")
    wire.fault("reserve_status_9")
    assert _status(wire, uid)[0] == "9"
    wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params={})
    assert _status(wire, uid)[0] == "1"
    assert wire.bench("mark", id=uid).is_success
    assert _status(wire, uid)[0] == "2"
    clock.forward(days=14)
    assert _status(wire, uid)[0] == "4"
    assert wire.bench("mark", id=uid, arrived=True).is_success
    assert _status(wire, uid)[0] == "3"
    wire.call("CancelBookAnAppointment", GUID=uid)
    assert _status(wire, uid) == ("5", "Отменена")


def test_trap_14_the_waiting_list_occupies_nothing(wire: Any) -> None:
    target = wire.target()
    before = wire.schedule()
    ok, _, uid = _outcome(wire.call("FastBookAnAppointment", **target, **PERSON))
    assert ok == "true"
    assert wire.schedule() == before
    assert [row["id"] for row in wire.state()["waiting"]] == [uid]
    assert wire.at(target) == []
    _reserve(wire, target)


def test_the_hold_job_frees_what_outlived_its_time_and_nothing_else(wire: Any, clock: Any) -> None:
    first, second = wire.target(minutes=90), _later(wire.target(minutes=90), 60)
    held = _reserve(wire, first)
    booked = _reserve(wire, second)
    wire.call("BookAnAppointmentWithParams", **second, **PERSON, GUID=booked, params={})
    clock.forward(minutes=14, seconds=59)
    assert wire.simulator.base.expire_reserves() == 0
    clock.forward(seconds=1)
    assert _status(wire, held)[0] == "6"  # the time is over, but the job hasn't run
    assert wire.simulator.base.expire_reserves() == 1
    assert (_status(wire, held)[0], _status(wire, booked)[0]) == ("5", "1")
    _reserve(wire, first)


def _clients(wire: Any) -> int:
    target = wire.target(minutes=120)
    for minutes in (0, 60):
        wire.call("BookAnAppointment", **_later(target, minutes), **PERSON)
    return len({row["client"] for row in wire.state()["bookings"] if row["source"] == "site"})


def test_each_booking_makes_a_new_client_card(wire: Any) -> None:
    assert _clients(wire) == 2


def test_cards_are_matched_where_the_exchange_is_set_so(simulate: Callable[..., Any]) -> None:
    assert _clients(simulate(rules=Rules(match_clients=True))) == 1


def test_a_booking_may_name_the_client(wire: Any) -> None:
    target = wire.target(minutes=120)
    wire.call("BookAnAppointment", **target, **PERSON)
    client = wire.at(target)[0]["client"]
    later = _later(target, 60)
    assert wire.call("BookAnAppointmentWithClient", **later, Client=client) == "Ok"
    assert wire.at(later)[0]["patient"]["phone"] == "+70000000011"
    ok, error, _ = _outcome(wire.call("BookAnAppointmentWithClient", **later, Client=NOBODY))
    assert (ok, error) == ("false", "Не найден клиент по GUID")


def test_xml_answers_carry_the_uid(simulate: Callable[..., Any]) -> None:
    wire = simulate(bare_ok=False)
    target = wire.target()
    ok, _, uid = _outcome(wire.call("BookAnAppointment", **target, **PERSON))
    assert ok == "true"
    assert [row["id"] for row in wire.at(target)] == [uid]


def test_sixteen_callers_of_one_time_make_one_booking(wire: Any) -> None:
    target = wire.target()
    body = wire.envelope("BookAnAppointmentWithParams", **target, **PERSON)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: wire.post(body).text, range(16)))
    assert sum(">Ok<" in text for text in answers) == 1
    assert sum("Не удалось записать документ" in text for text in answers) == 15
    assert len(wire.at(target)) == 1
