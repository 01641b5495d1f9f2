"""The HTTP service: keys, Methods, spellings of dates, shapes of JSON, and what a broken caller gets."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from testbench.bit_umc.http_wire import Exchange

NOBODY = "11111111-1111-4111-8111-111111111111"


def _post(wire: Any, place: str, *, key: str = "demo-key", **fields: Any) -> httpx.Response:
    answer: httpx.Response = wire.http.post(f"{wire.simulator.http_url}/{place}", json={"Key": key, **fields})
    return answer


def _ask(wire: Any, place: str, **fields: Any) -> Any:
    answer = _post(wire, place, **fields)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    return answer.json()["Ответ"]


def _days(wire: Any, *, days: int = 13) -> dict[str, str]:
    first = date.fromisoformat(wire.today)
    return {"StartDate": f"{first:%d.%m.%Y}", "FinishDate": f"{first + timedelta(days=days):%d.%m.%Y}"}


def _reserve(wire: Any, target: dict[str, str], **fields: Any) -> httpx.Response:
    return _post(wire, "Reservation", **(target | fields))


def _rows(answer: Any) -> list[Any]:
    found = answer["ГрафикДляСайта"]
    return found if isinstance(found, list) else [found]


def test_a_visit_is_reserved_booked_moved_and_cancelled(wire: Any) -> None:
    target = wire.target(minutes=120)
    told = _ask(wire, "Reservation", **target, Duration="0:40:00")
    uid = told["УИД"]
    assert told == {"Результат": "true", "ОписаниеОшибки": "", "УИД": uid}
    assert _ask(wire, "AppointmentStatus", GUID=uid) == {
        "Результат": "true",
        "ОписаниеОшибки": "",
        "Статус": "6",
        "ОписаниеСтатуса": "Резерв времени",
    }
    visit = {"Method": "BookAnAppointmentWithParams", "GUID": uid, "PatientSurname": "Записнов"}
    for hour in (target["TimeBegin"], target["TimeBegin"].replace(":00:00", ":30:00")):
        moved = target | visit | {"TimeBegin": hour, "Birthday": "17/05/1990", "Duration": "01:30"}
        assert _ask(wire, "AppointmentCreate", **moved) == told
    row = wire.booking(uid)
    assert (row["status"], row["start"][14:16], row["end"][14:16]) == ("booked", "30", "00")
    assert wire.simulator.base.document(uid).person.birthday == "1990-05-17T00:00:00"
    cancel = {"GUID": uid, "Reason": "Тест", "AdditionalInformation": ""}
    assert _ask(wire, "AppointmentCancel", **cancel) == {"Результат": "true", "ОписаниеОшибки": ""}
    again = _ask(wire, "AppointmentCancel", **cancel)
    assert (again["Результат"], again["ОписаниеОшибки"][:6]) == ("false", "Ошибка")


def test_what_is_not_written_is_500_with_plain_text(wire: Any) -> None:
    target = wire.target()
    assert _reserve(wire, target).status_code == 200
    for answer in (_reserve(wire, target), _reserve(wire, target, TimeBegin="03:00:00")):
        assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
        assert answer.text.startswith("Не удалось записать документ")
    assert len(wire.at(target)) == 1


@pytest.mark.parametrize("field", ["EmployeeID", "Clinic"])
def test_an_unknown_doctor_or_clinic_is_an_answer(wire: Any, field: str) -> None:
    told = _ask(wire, "Reservation", **(wire.target() | {field: NOBODY}))
    assert told["Результат"] == "false"
    assert told["ОписаниеОшибки"].startswith("Не найден")


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        ("%Y-%m-%dT00:00:00", "0001-01-01T%H:%M:%S"),
        ("%d.%m.%Y", "%H:%M:%S"),
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
        ("%Y.%m.%d", "%H:%M"),
        ("%d/%m/%Y", "%Y/%m/%d %H:%M:%S"),
        ("%Y/%m/%d", "%d-%m-%YT%H:%M:%S"),
        ("%d-%m-%Y", "%d-%m-%Y %H:%M"),
    ],
)
def test_a_day_and_a_time_may_be_spelt_in_each_documented_way(wire: Any, day: str, hour: str) -> None:
    target = wire.target()
    moment = datetime.fromisoformat(target["Date"][:11] + target["TimeBegin"][11:])
    assert _reserve(wire, target, Date=f"{moment:{day}}", TimeBegin=f"{moment:{hour}}").status_code == 200
    assert len(wire.at(target)) == 1


@pytest.mark.parametrize("value", ["завтра", "7.9.26", "2026-09-31", "25:00:00", 7])
def test_a_time_that_is_none_is_400(wire: Any, value: object) -> None:
    answer = _reserve(wire, wire.target(), Date=value)
    assert (answer.status_code, answer.text) == (400, "Некорректное значение параметра Date")


def test_a_missing_parameter_is_400(wire: Any) -> None:
    assert _post(wire, "AppointmentStatus").text == "Некорректное значение параметра GUID"
    assert _post(wire, "Schedule").status_code == 400


def test_the_directory_has_few_fields(wire: Any) -> None:
    network = wire.simulator.base.network
    clinics = _ask(wire, "DictionaryData", Method="GetListClinic")
    assert clinics["Клиники"] == [{"Наименование": row.name, "УИД": row.uid} for row in network.clinics]
    people = _ask(wire, "DictionaryData", Method="GetListEmployees")["Сотрудники"]
    assert {row["УИД"] for row in people} == {row.uid for row in network.employees}
    assert set(people[0]) == {"Наименование", "УИД", "Специализация"}
    items = _ask(wire, "DictionaryData", Method="GetNomenclatureAndPrices")["Номенклатура"]
    assert len(items) == sum(not item.folder for item in network.items(network.clinics[0].uid))
    assert set(items[0]) == {"Наименование", "УИД", "Цена"}


def test_a_search_that_finds_one_gives_an_object_and_none_an_empty_string(wire: Any) -> None:
    name = wire.simulator.base.network.employees[0].full_name
    found = _ask(wire, "DictionaryData", Method="GetListEmployees", SearchName=name)
    assert found["Сотрудники"]["Наименование"] == name
    assert _ask(wire, "DictionaryData", Method="GetListEmployees", SearchName="нет")["Сотрудники"] == ""


def test_a_schedule_is_the_one_of_soap(wire: Any) -> None:
    rows = _rows(_ask(wire, "Schedule", **_days(wire)))
    assert [(row["Клиника"], row["СотрудникID"]) for row in rows] == [
        (row.clinic, row.employee) for row in wire.schedule()
    ]
    assert any(row["ПериодыГрафика"]["ЗанятоеВремя"] == "" for row in rows)


def test_with_only_free_time_a_level_vanishes(wire: Any) -> None:
    whole, free = (_rows(_ask(wire, "Schedule", **_days(wire), OnlyFreeTime=only)) for only in (False, True))
    assert {"ПериодыГрафика" in row for row in free} == {False}
    assert [row["ПериодГрафика"] for row in free] == [
        row["ПериодыГрафика"]["СвободноеВремя"]["ПериодГрафика"] for row in whole
    ]


@pytest.mark.parametrize("kind", ["ZipXML", "ZipJSON"])
def test_a_zipped_schedule_is_base64_of_one_file(wire: Any, kind: str) -> None:
    body = _post(wire, "Schedule", **_days(wire), Format=kind).text
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(body))) as archive:
        (name,) = archive.namelist()
        assert "ГрафикДляСайта" in archive.read(name).decode()
    assert _post(wire, "Schedule", **_days(wire), Format="XML").status_code == 400


def test_the_wide_schedule_is_misspelt_as_in_the_service_and_heeds_filters(wire: Any) -> None:
    one = _rows(_ask(wire, "Schedule", **_days(wire)))[0]
    asked = {"Clinic": one["Клиника"], "Employees": one["СотрудникID"]}
    wide = _ask(wire, "Schedule", Method="GetEnlargmenetSchedule", **_days(wire), **asked)
    assert wide["ГрафикДляСайта"]["СотрудникID"] == one["СотрудникID"]
    assert wide["ГрафикДляСайта"]["ПериодыГрафика"]["ЗанятоеВремя"] == ""
    assert _post(wire, "Schedule", Method="GetEnlargementSchedule", **_days(wire)).status_code == 400
    everybody = _rows(_ask(wire, "Schedule", Method="GetSchedule", **_days(wire), **asked))
    assert len(everybody) > 1


@pytest.mark.parametrize("name", ["Clinic", "\u0421linic"])
def test_the_clinic_may_be_spelt_with_the_cyrillic_letter(wire: Any, name: str) -> None:
    clinic = wire.clinics[0]
    rows = _rows(_ask(wire, "Schedule", **_days(wire), **{name: clinic}))
    assert {row["Клиника"] for row in rows} == {clinic}


def test_a_key_decides_who_is_seen_and_which_prices(simulate: Callable[..., Any]) -> None:
    network = simulate().simulator.base.network
    mine, ural = network.employees[0].uid, network.clinics[-1].uid
    wire = simulate(exchanges=(Exchange("a"), Exchange("b", ural, frozenset({mine}))))
    shown = _ask(wire, "DictionaryData", key="b", Method="GetListEmployees")["Сотрудники"]
    assert shown["УИД"] == mine
    assert {row["СотрудникID"] for row in _rows(_ask(wire, "Schedule", key="b", **_days(wire)))} == {mine}
    prices = [
        _ask(wire, "DictionaryData", key=key, Method="GetNomenclatureAndPrices")["Номенклатура"]
        for key in ("a", "b")
    ]
    assert len(prices[0]) == len(prices[1])
    assert prices[0] != prices[1]


@pytest.mark.parametrize("key", ["", "other", None])
def test_a_key_of_nobody_is_told(wire: Any, key: Any) -> None:
    answer = _post(wire, "DictionaryData", key=key, Method="GetListClinic")
    assert answer.status_code == 500
    assert answer.text.startswith("Не обнаружена настройка обмена")


@pytest.mark.parametrize("method", ["", "GetReserve", None])
def test_a_method_that_is_none_is_400(wire: Any, method: Any) -> None:
    assert _post(wire, "DictionaryData", Method=method).status_code == 400
    assert _post(wire, "AppointmentCreate", Method=method).status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"Key": {"a": 1}}', b'{"Key": ["a"]}']
)
def test_what_is_not_a_call_is_400(wire: Any, body: bytes) -> None:
    assert wire.http.post(f"{wire.simulator.http_url}/Schedule", content=body).status_code == 400


def test_the_log_in_the_address_and_the_verb_are_checked(wire: Any) -> None:
    url = wire.simulator.http_url
    assert httpx.post(f"{url}/Schedule", json={"Key": "demo-key"}).status_code == 401
    assert wire.http.post(f"{url}/GetReserve", json={}).status_code == 404
    assert wire.http.post(url, json={}).status_code == 404
    assert wire.http.get(f"{url}/Schedule").status_code == 405
    assert wire.http.post(f"{url}/Schedule", content=b" " * 1_000_001).status_code == 413


def test_a_waiting_list_takes_no_time(wire: Any) -> None:
    target = wire.target()
    told = _ask(wire, "AppointmentCreate", Method="FastBookAnAppointment", **target)
    assert told["Результат"] == "true"
    assert wire.at(target) == []


@pytest.mark.parametrize(("fault", "left"), [("commit_then_drop", 1), ("garbage", 1), ("empty_ok", 0)])
def test_the_faults_of_a_write_are_those_of_soap(wire: Any, fault: str, left: int) -> None:
    target = wire.target()
    wire.fault(fault, operation="reserve")
    if fault == "commit_then_drop":
        with pytest.raises(httpx.RemoteProtocolError):
            _reserve(wire, target)
    else:
        answer = _reserve(wire, target)
        assert answer.status_code == 200
        with pytest.raises(ValueError):  # noqa: PT011 - not UTF-8, or not JSON
            json.loads(answer.content)
    assert len(wire.at(target)) == left


def test_an_empty_answer_is_well_formed(wire: Any) -> None:
    wire.fault("empty_ok")
    assert _ask(wire, "Schedule", **_days(wire)) == ""
    assert _ask(wire, "DictionaryData", Method="GetListClinic")["Клиники"] == ""
