"""The standard OData interface as a stranger sees it, by what 1С documents of it."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from testbench.odata_1c.model import DOCTORS, SERVICES
from testbench.odata_1c.tables import ENTITIES, RETAIL

DOCTOR = DOCTORS[0].id
WORK = "InformationRegister_ГрафикРаботыВрачей"
PRICES = "InformationRegister_ЦеныНоменклатуры"


def ask(base: httpx.Client, entity: str, **options: str) -> httpx.Response:
    given = {"$format": "json"} | {name.replace("_", "$", 1): value for name, value in options.items()}
    query = "&".join(f"{name}={quote(value)}" for name, value in given.items())
    return base.get(f"/odata/standard.odata/{quote(entity, safe='/()=,:')}?{query}")


def rows(base: httpx.Client, entity: str, **options: str) -> list[dict[str, Any]]:
    answer = ask(base, entity, **options)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def test_who_has_no_log_in_sees_nothing(base: httpx.Client) -> None:
    answer = base.get("/odata/standard.odata/Catalog_%D0%92%D1%80%D0%B0%D1%87%D0%B8", auth=("demo", "wrong"))
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")


def test_a_row_of_a_catalogue_is_as_1c_shows_it(base: httpx.Client) -> None:
    answer = ask(base, "Catalog_Врачи", _top="1", _orderby="Description")
    told = answer.json()
    assert told["odata.metadata"] == "$metadata#" + quote("Catalog_Врачи")
    assert "odata.count" not in told
    (row,) = told["value"]
    assert row["Description"] == "Бывший Иван Иванович"
    assert (row["DeletionMark"], row["Predefined"], row["СНИЛС"]) == (True, False, "")
    assert row["Специальность@navigationLinkUrl"].startswith("Специальность_Key(guid'")


def test_without_a_format_it_is_atom(base: httpx.Client) -> None:
    answer = base.get("/odata/standard.odata/" + quote("Catalog_Врачи"))
    assert answer.headers["Content-Type"].startswith("application/atom+xml")


def test_every_entity_set_has_the_fields_and_the_key_that_it_declares(base: httpx.Client) -> None:
    for name, entity in ENTITIES.items():
        found = rows(base, name)
        assert found, name
        assert all(entity.fields.keys() <= row.keys() for row in found)
        keys = [tuple(row[part] for part in entity.key) for row in found]
        assert len(set(keys)) == len(keys), name


def test_numbers_lengths_and_dates_are_spelt_as_1c_does(base: httpx.Client) -> None:
    (given, *_) = rows(base, "Catalog_Врачи_Услуги", _filter=f"Ref_Key eq guid'{DOCTORS[1].id}'")
    assert (given["LineNumber"], given["Длительность"]) == ("1", "0001-01-01T01:00:00")
    (folder,) = rows(base, "Catalog_Номенклатура", _filter="IsFolder eq true")
    assert folder["Parent_Key"] == "00000000-0000-0000-0000-000000000000"
    assert {row["Дата"][10:] for row in rows(base, WORK)} == {"T00:00:00"}


def test_a_page_is_cut_after_the_filter_and_the_order(base: httpx.Client) -> None:
    options = {
        "_filter": f"Врач_Key eq guid'{DOCTOR}' and ВидВремени ne 'Перерыв'",
        "_orderby": "Дата,ВремяНачала",
        "_select": "Дата,ВремяНачала",
        "_inlinecount": "allpages",
    }
    whole = ask(base, WORK, **options).json()
    part = ask(base, WORK, **options, _top="3", _skip="2").json()
    assert part["value"] == whole["value"][2:5]
    assert part["odata.count"] == whole["odata.count"] == str(len(whole["value"]))
    assert whole["value"] == sorted(whole["value"], key=lambda row: (row["Дата"], row["ВремяНачала"]))
    assert set(whole["value"][0]) == {"Дата", "ВремяНачала"}


def test_a_reference_is_sorted_by_its_presentation(base: httpx.Client) -> None:
    names = [row["Description"] for row in rows(base, "Catalog_Врачи", _orderby="Ref_Key")]
    assert names == sorted(names)


def test_a_slice_is_the_newest_at_a_moment(base: httpx.Client) -> None:
    def price(at: str) -> Any:
        entity = f"{PRICES}/SliceLast({at})"
        condition = f"ВидЦены_Key eq guid'{RETAIL}' and Номенклатура_Key eq guid'{SERVICES[0].id}'"
        return [row["Цена"] for row in rows(base, entity, _filter=condition)]

    assert price("Period=datetime'2020-01-01T00:00:00'") == []
    assert price("") == price("Period=datetime'2099-01-01T00:00:00'") == [5000]
    today = rows(base, WORK, _orderby="Дата")[0]["Дата"]
    assert price(f"Period=datetime'{today}'") == [2500]
    assert len(rows(base, PRICES, _filter=f"Номенклатура_Key eq guid'{SERVICES[0].id}'")) == 4


@pytest.mark.parametrize(
    ("entity", "options", "status", "words"),
    [
        ("Catalog_Пациенты", {}, 404, 'Сущность "Catalog_Пациенты" не найдена'),
        (WORK + "/SliceLast()", {}, 404, "Extra segments are found"),
        ("Catalog_Врачи", {"_select": "ФИО"}, 400, 'Сегмент пути "ФИО" не найден!'),
        ("Catalog_Врачи", {"_orderby": "ФИО"}, 400, 'Сегмент пути "ФИО" не найден!'),
        ("Catalog_Врачи", {"_filter": "ФИО eq 'я'"}, 400, 'Сегмент пути "ФИО" не найден!'),
        ("Catalog_Врачи", {"_filter": "Description = 'я'"}, 400, "Ошибка при разборе опции запроса $filter"),
        ("Catalog_Врачи", {"_filter": f"Ref_Key gt guid'{DOCTOR}'"}, 500, "Нельзя сравнивать поля"),
        ("Catalog_Врачи", {"_filter": "DeletionMark eq 'нет'"}, 500, "Нельзя сравнивать поля"),
        ("Catalog_Врачи", {"_limit": "5"}, 400, "Ошибка разбора опций запроса"),
        ("Catalog_Врачи", {"_top": "x"}, 400, "Ошибка разбора опций запроса"),
    ],
)
def test_a_wrong_question_is_an_error_of_1c(
    base: httpx.Client, entity: str, options: dict[str, str], status: int, words: str
) -> None:
    answer = ask(base, entity, **options)
    assert answer.status_code == status
    error = answer.json()["odata.error"]
    assert isinstance(error["code"], str)
    assert error["message"]["lang"] == "ru"
    assert error["message"]["value"].startswith(words)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("Code eq '000000001' or Code eq '000000002'", 2),
        ("Code eq '000000001' or Code eq '000000002' and DeletionMark eq true", 1),
        ("(Code eq '000000001' or Code eq '000000002') and DeletionMark eq true", 0),
        ("((Code eq '000000001')) or Description eq '1 or (2) and 3'", 1),
    ],
)
def test_a_condition_has_brackets_and_two_words_between(
    base: httpx.Client, condition: str, names: int
) -> None:
    assert len(rows(base, "Catalog_Врачи", _filter=condition)) == names


@pytest.mark.parametrize(
    "condition", ["(Code eq '1'", "Code eq '1')", "Code eq '1' or", "or", "Code eq '1' Code eq '2'"]
)
def test_a_condition_with_a_loose_end_is_an_error_of_1c(base: httpx.Client, condition: str) -> None:
    answer = ask(base, "Catalog_Врачи", _filter=condition)
    assert (answer.status_code, answer.json()["odata.error"]["code"]) == (400, "14")


def test_a_text_in_a_condition_may_hold_a_quote(base: httpx.Client) -> None:
    assert rows(base, "Catalog_Врачи", _filter="Description eq 'О''Нил and other'") == []
