"""The directory of a base of 1С: over the stand-in, and rows as 1С writes them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from feldsher.domain.directory.types import (
    Completeness,
    RemoteLocation,
    RemotePractitioner,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.domain.scheduling.ports import GatewayUnavailableError, RemoteResource
from feldsher.kernel import clock
from integrations.mis.odata_1c.factory import FIRST, INTERVALS, VISITS, WORK, Clinic, Hand, work
from testbench.odata_1c.model import BRANCHES, DOCTORS, NORTH, SERVICES, URAL

TOMORROW = str(clock.now().date() + timedelta(days=1))
ELSEWHERE = RemoteResource("22222222-0000-4000-8000-000000000001", FIRST.location_id)
VISITS_ENCODED = quote(VISITS)
PRICES = "InformationRegister_ЦеныНоменклатуры"


def named(number: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"Ref_Key": number, "Description": name, "DeletionMark": False, **fields}


@pytest.fixture
def base(hand: Hand) -> Hand:
    """One branch, one doctor, one service, as 1С writes them."""
    doctor, service, specialty = FIRST.practitioner_id, SERVICES[0].id, "33333333-0000-4000-8000-000000000001"
    hand.tables = {
        "Catalog_Филиалы": [named(FIRST.location_id, "Поликлиника")],
        "Catalog_Специальности": [named(specialty, "Терапия")],
        "Catalog_Врачи": [
            named(
                doctor.upper(), "Лесная  Вера Ильинична", Специальность_Key=specialty, СНИЛС="112-233-445 95"
            )
        ],
        "Catalog_Номенклатура": [
            named(service, "Приём", Артикул="А-1", Длительность="0001-01-01T00:30:00", IsFolder=False)
        ],
        "Catalog_Врачи_Услуги": [
            {
                "Ref_Key": doctor,
                "LineNumber": "1",
                "Услуга_Key": service,
                "Длительность": "0001-01-01T00:00:00",
            }
        ],
        PRICES: [{"Номенклатура_Key": service, "Цена": 2500.5}],
        WORK: [work(TOMORROW, "09:00:00", "13:00:00")],
    }
    return hand


def test_rows_of_1c_are_a_directory(base: Hand) -> None:
    found = base.gateway().directory()
    assert (found.completeness, found.warnings) == (Completeness.FULL, ())
    assert found.locations == (RemoteLocation(FIRST.location_id, "Поликлиника"),)
    assert found.services == (RemoteService(SERVICES[0].id, "Приём", ServiceKind.SERVICE, None, "А-1", 30),)
    assert found.practitioners == (
        RemotePractitioner(
            FIRST.practitioner_id, "Лесная", "Вера", "Ильинична", ("Терапия",), (FIRST.location_id,),
            (RemoteServiceNorm(SERVICES[0].id, None),), snils="11223344595",
        ),
    )  # fmt: skip
    assert found.prices == (RemotePrice(SERVICES[0].id, None, None, Decimal("2500.50")),)


def test_the_stand_in_s_directory_is_read_whole(clinic: Clinic) -> None:
    found = clinic.gateway().directory()
    assert found.completeness is Completeness.FULL
    assert {one.id for one in found.locations} == {one.id for one in BRANCHES}
    assert {one.id for one in found.services} == {one.id for one in SERVICES}
    assert {one.service_id: one.amount for one in found.prices} == {one.id: one.roubles for one in SERVICES}
    doctors = {one.id: one for one in found.practitioners}
    assert doctors.keys() == {one.id for one in DOCTORS if one.is_public and not one.is_deleted}
    assert set(doctors[DOCTORS[2].id].location_ids) == {NORTH.id, URAL.id}
    assert doctors[DOCTORS[1].id].services[0] == RemoteServiceNorm(SERVICES[0].id, 60)
    assert (doctors[DOCTORS[2].id].family, doctors[DOCTORS[2].id].middle) == ("Речная", "")


def test_pages_of_two_are_the_same_directory(clinic: Clinic) -> None:
    whole, paged = clinic.gateway().directory(), clinic.gateway(page=2).directory()
    assert (paged.practitioners, paged.services, paged.prices) == (
        whole.practitioners, whole.services, whole.prices,
    )  # fmt: skip
    assert len(clinic.reads()) > 40


def test_the_price_in_force_is_asked_for_and_not_the_one_to_come(clinic: Clinic) -> None:
    clinic.gateway().directory()
    ((entity, options),) = [one for one in clinic.reads() if one[0].startswith(PRICES)]
    assert entity.startswith(f"{PRICES}/SliceLast(Period=datetime'20")
    assert options["$filter"].startswith("ВидЦены_Key eq guid'")


def test_a_branch_of_the_doctor_s_own_row_needs_no_schedule(base: Hand) -> None:
    base.tables["Catalog_Врачи"][0]["Филиал_Key"] = FIRST.location_id
    del base.tables[WORK]
    doctors = INTERVALS["doctors"] | {"branch": "Филиал_Key"}
    (doctor,) = base.gateway(doctors=doctors).directory().practitioners
    assert doctor.location_ids == (FIRST.location_id,)
    assert not any(WORK in one.path for one in base.asked)


@pytest.mark.parametrize("rows", [[], [work("2020-01-01", "09:00:00", "13:00:00")]])
def test_trap_07_a_schedule_that_tells_no_places_takes_none_away(base: Hand, rows: list[Any]) -> None:
    base.tables["Catalog_Филиалы"].append(named(URAL.id, "Вторая"))
    base.tables[WORK] = rows
    found = base.gateway().directory()
    assert (found.completeness, found.practitioners[0].location_ids) == (Completeness.PARTIAL, ())
    assert found.warnings == (f"{WORK} has no row in these days",)


def test_a_doctor_whose_time_cannot_be_read_works_there_all_the_same(base: Hand) -> None:
    base.tables["Catalog_Филиалы"].append(named(URAL.id, "Вторая"))
    base.tables[WORK][0]["ВремяНачала"] = "девять"
    base.tables[WORK].append(work(TOMORROW, "09:00:00", "13:00:00", resource=ELSEWHERE))
    found = base.gateway().directory()
    assert (found.completeness, found.practitioners[0].location_ids) == (
        Completeness.FULL, (FIRST.location_id,),
    )  # fmt: skip
    assert not any(VISITS_ENCODED in one.path for one in base.asked)


def test_where_there_is_one_branch_everybody_works_in_it(base: Hand) -> None:
    del base.tables[WORK]
    (doctor,) = base.gateway().directory().practitioners
    assert doctor.location_ids == (FIRST.location_id,)
    assert not any(quote(WORK) in one.path for one in base.asked)


@pytest.mark.parametrize(
    ("table", "row", "what"),
    [
        ("Catalog_Филиалы", {"Description": ""}, "Description is empty"),
        ("Catalog_Филиалы", {"Description": 7}, "Description is no text"),
        ("Catalog_Врачи", {"Description": "я" * 300}, "Description is no text"),
        ("Catalog_Врачи", {"Description": "я" * 150}, "Description has a part of over 100"),
        ("Catalog_Врачи", {"Специальность_Key": 5}, "Специальность_Key is no reference"),
        ("Catalog_Номенклатура", {"Длительность": "2026-01-01T00:30:00"}, "Длительность is no length"),
        ("Catalog_Номенклатура", {"Длительность": "0001-01-01T00:30:30"}, "Длительность is no length"),
        ("Catalog_Номенклатура", {"Длительность": -5}, "Длительность is no length"),
        ("Catalog_Номенклатура", {"Длительность": 10**30}, "Длительность is no length"),
        ("Catalog_Номенклатура", {"Длительность": 7.5}, "Длительность is no whole number"),
        ("Catalog_Номенклатура", {"Длительность": True}, "Длительность is no length"),
        (PRICES, {"Цена": "даром"}, "Цена is no amount"),
        (PRICES, {"Цена": -1}, "Цена is no amount"),
        (PRICES, {"Цена": 1e300}, "Цена is no amount"),
        (PRICES, {"Цена": None}, "Цена is no amount"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_takes_nothing_away(
    base: Hand, table: str, row: dict[str, Any], what: str
) -> None:
    strange = "22222222-0000-4000-8000-000000000009"
    key = "Номенклатура_Key" if table == PRICES else "Ref_Key"
    base.tables[table].append(base.tables[table][0] | {key: strange} | row)
    found = base.gateway().directory()
    assert found.completeness is Completeness.PARTIAL
    (warning,) = found.warnings
    assert warning.startswith(f"{table} {strange}: {what}")
    assert (len(found.locations), len(found.practitioners), len(found.services)) == (1, 1, 1)


def test_ten_thousand_broken_rows_are_a_handful_of_warnings(base: Hand) -> None:
    base.tables["Catalog_Врачи"] += [
        named(f"22222222-0000-4000-8000-{count:012}", "") for count in range(10_000)
    ]
    found = base.gateway(page=20_000).directory()
    assert (found.completeness, len(found.warnings)) == (Completeness.PARTIAL, 21)
    assert found.warnings[-1] == "and 9980 rows more of Catalog_Врачи"


@pytest.mark.parametrize("table", ["Catalog_Филиалы", "Catalog_Врачи", "Catalog_Номенклатура"])
def test_trap_07_a_catalogue_without_rows_is_suspicious(base: Hand, table: str) -> None:
    base.tables[table] = []
    assert base.gateway().directory().completeness is Completeness.SUSPICIOUS_EMPTY


@pytest.mark.parametrize("table", ["Catalog_Специальности", "Catalog_Врачи_Услуги", PRICES])
def test_trap_07_a_table_without_rows_takes_nothing_away(base: Hand, table: str) -> None:
    base.tables[table] = []
    found = base.gateway().directory()
    assert (found.completeness, found.warnings) == (
        Completeness.PARTIAL, (f"{table} has no rows: does the mapping fit?",),
    )  # fmt: skip


def test_what_is_not_on_the_site_is_passed_over(base: Hand) -> None:
    strange = "22222222-0000-4000-8000-000000000009"
    base.tables["Catalog_Врачи_Услуги"].append(
        {"Ref_Key": FIRST.practitioner_id, "LineNumber": "2", "Услуга_Key": strange, "Длительность": ""}
    )
    base.tables[PRICES].append({"Номенклатура_Key": strange, "Цена": 1})
    base.tables["Catalog_Врачи"].append(named(strange, "Бывший Иван") | {"DeletionMark": True})
    found = base.gateway().directory()
    assert (found.completeness, found.warnings) == (Completeness.FULL, ())
    assert len(found.practitioners) == len(found.prices) == 1


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-1", "1e9", "1e999999999", "1" * 5000, "", True]
)
def test_what_is_no_amount_is_a_row_less_and_no_more(base: Hand, amount: Any) -> None:
    base.tables[PRICES][0]["Цена"] = amount
    found = base.gateway().directory()
    assert (found.completeness, found.prices) == (Completeness.PARTIAL, ())
    assert any("Цена is no amount" in warning for warning in found.warnings)


def test_two_prices_of_one_service_are_told(base: Hand) -> None:
    prices = INTERVALS["prices"] | {"key": ["Номенклатура_Key", "ВидЦены_Key"], "where": {}}
    (row,) = base.tables[PRICES]
    base.tables[PRICES] = [row | {"ВидЦены_Key": "1"}, row | {"ВидЦены_Key": "2"}]
    found = base.gateway(prices=prices).directory()
    assert (found.warnings, len(found.prices)) == (("1 prices come twice: is where missing?",), 1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"entity": "Catalog_Доктора"}, 'HTTP 404, 1С says: 8 Сущность "Catalog_Доктора" не найдена'),
        ({"name": "ФИО"}, 'HTTP 400, 1С says: 21 Сегмент пути "ФИО" не найден!'),
        ({"where": {"ПоказыватьНаСайте": "да"}}, "HTTP 500, 1С says: 0 Нельзя сравнивать"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told_in_the_words_of_1c(
    clinic: Clinic, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(GatewayUnavailableError) as failure:
        clinic.gateway(doctors=INTERVALS["doctors"] | options).directory()
    assert str(failure.value).startswith(says)
