"""Clinics, employees and the catalogue of the demo network."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

import testbench.bit_umc
from testbench.bit_umc.network import DemoNetwork

ZERO = "00000000-0000-0000-0000-000000000000"


def _texts(root: Any, path: str) -> list[str]:
    return [node.text or "" for node in root.iterfind(path)]


def test_three_clinics_and_no_zone_on_the_wire(wire: Any) -> None:
    text = wire.call("GetListClinic")
    root = etree.fromstring(text.encode())
    assert root.tag == "{S1}СписокКлиник"
    assert _texts(root, "{S1}Клиника/{S1}УИД") == wire.clinics
    assert len(wire.clinics) == 3
    assert "Europe" not in text
    assert "+03" not in text
    assert {clinic.zone.key for clinic in wire.simulator.base.network.clinics} == {
        "Europe/Moscow",
        "Asia/Yekaterinburg",
    }


def test_employees_have_text_specialties_and_mostly_no_durations(wire: Any) -> None:
    root = wire.xml("GetListEmployees")
    assert root.tag == "{S2}Сотрудники"
    assert len(root) == 28
    assert len(set(_texts(root, "{S2}Сотрудник/{S2}Специализация"))) == 12
    lengths = _texts(root, "{S2}Сотрудник/{S2}ОсновныеУслуги/{S2}ОсновнаяУслуга/{S2}Продолжительность")
    assert len(lengths) == 240
    assert lengths.count("0001-01-01T00:00:00") == 233
    assert _texts(root, "{S2}Сотрудник/{S2}Организация").count(ZERO) == 3


def test_the_catalogue_has_folders_services_materials_sets_and_zero_prices(wire: Any) -> None:
    root = wire.xml("GetNomenclatureAndPrices", GUID=wire.clinics[0])
    assert root.tag == "{S2}Каталоги"
    kinds = _texts(root, "{S2}Каталог/{S2}Вид")
    assert [kinds.count(kind) for kind in ("", "Услуга", "Материал", "Набор")] == [13, 106, 8, 3]
    assert _texts(root, "{S2}Каталог/{S2}ЭтоПапка").count("true") == 13
    services = [node for node in root if node.findtext("{S2}Вид") == "Услуга"]
    assert sum(node.findtext("{S2}Цена") == "0" for node in services) == 6
    uids = _texts(root, "{S2}Каталог/{S2}UID")
    assert len(set(uids)) == len(uids) == 130


def test_the_catalogue_takes_each_spelling_of_its_parameter(wire: Any) -> None:
    texts = {
        wire.call("GetNomenclatureAndPrices", **{name: wire.clinics[0]})
        for name in ("GUID", "Clinic", "Сlinic")
    }
    assert len(texts) == 1


def test_prices_differ_by_branch(wire: Any) -> None:
    prices = [
        _texts(wire.xml("GetNomenclatureAndPrices", GUID=uid), "{S2}Каталог/{S2}Цена") for uid in wire.clinics
    ]
    assert prices[0] == prices[1]
    assert prices[0] != prices[2]


def test_an_unknown_clinic_has_no_exchange(wire: Any) -> None:
    root = wire.xml("GetNomenclatureAndPrices", GUID=ZERO)
    assert root.tag == "{S1}ОтветНаЗаписьССайта"
    assert root.findtext("{S1}Результат") == "false"
    assert (
        root.findtext("{S1}ОписаниеОшибки") == "Не обнаружена настройка обмена с сайтом для данной клиники!"
    )


def test_the_network_is_the_same_for_the_same_seed(simulate: Callable[..., Any]) -> None:
    one, same, other = simulate(seed=5), simulate(seed=5), simulate(seed=6)
    assert one.state() == same.state()
    assert one.schedule() == same.schedule()
    assert one.schedule() != other.schedule()
    assert one.call("GetListEmployees") == other.call("GetListEmployees")


def test_the_overlay_names_each_clinic_and_specialty_of_the_demo() -> None:
    path = Path(testbench.bit_umc.__file__).with_name("overlay.json")
    overlay = json.loads(path.read_text(encoding="utf-8"))
    network = DemoNetwork(1)
    assert {uid: ZoneInfo(row["zone"]) for uid, row in overlay["locations"].items()} == {
        clinic.uid: clinic.zone for clinic in network.clinics
    }
    of_each = {"zone", "city", "address", "phone", "hours", "latitude", "longitude"}
    assert all(
        of_each <= set(row) <= of_each | {"metro", "directions"} for row in overlay["locations"].values()
    )
    assert {employee.specialty for employee in network.employees} <= set(overlay["specialties"])


def test_the_large_network_has_500_doctors_who_give_2000_services() -> None:
    network, small = DemoNetwork(1, is_large=True), DemoNetwork(1)
    names = [employee.full_name for employee in network.employees]
    assert len(names) == len(set(names)) == 514
    assert set(names) >= {employee.full_name for employee in small.employees}
    given = {service.uid for employee in network.employees for service in employee.services}
    for clinic in network.clinics:
        assert given == {item.uid for item in network.items(clinic.uid) if item.kind == "Услуга"}
    assert len(given) == 2014
