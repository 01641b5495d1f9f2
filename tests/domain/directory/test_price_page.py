"""A branch's price list: what stands in it, at which price, under which heading, and what reading costs."""

from datetime import timedelta
from decimal import Decimal
from time import perf_counter
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from domain.directory.factory import (
    AT,
    DAY,
    DROPS,
    EYE,
    FIRST_VISIT,
    FOLDER,
    GLASSES,
    MIS,
    NORTH,
    PRICES,
    SOUTH,
    doctor,
    priced_network,
    row,
    snapshot,
)
from feldsher.domain.directory import selectors
from feldsher.domain.directory.services import clear_overlay, import_snapshot, set_overlay
from feldsher.domain.directory.text import nomenclature_of
from feldsher.domain.directory.types import (
    Kind,
    PriceQuery,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.domain.directory.types.price_page import PriceLine
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db

TODAY = AT.date()
BLOOD = RemoteService("svc-blood", "Общий анализ крови", ServiceKind.SERVICE, None, "В03.016.003", None)
OTHER = doctor("doc-other", services=(RemoteServiceNorm(FIRST_VISIT.id, 20),))


def _load(*prices: RemotePrice, **changes: object) -> None:
    given: dict[str, object] = {
        "practitioners": (EYE, OTHER),
        "services": (FIRST_VISIT, GLASSES, BLOOD, DROPS, FOLDER),
        "prices": prices or PRICES,
        **changes,
    }
    import_snapshot(MIS, snapshot=snapshot(**given))


def _lines(branch: str = NORTH.id, *, text: str = "", days: int = 0) -> dict[str, PriceLine]:
    day = TODAY + timedelta(days=days)
    found = selectors.price_page(row(Kind.LOCATION, branch), day=day, text=text)
    return {line.name: line for section in found.sections for line in section.lines}


def _sections(branch: str = NORTH.id) -> list[tuple[str, list[str]]]:
    found = selectors.price_page(row(Kind.LOCATION, branch), day=TODAY)
    return [(section.name, [line.name for line in section.lines]) for section in found.sections]


def test_each_branch_has_its_own_prices() -> None:
    _load()
    assert _lines(NORTH.id)[FIRST_VISIT.name].amount == Decimal(1900)
    assert _lines(SOUTH.id)[FIRST_VISIT.name].amount == Decimal(1700)


def test_a_price_that_depends_on_the_doctor_is_told_from_the_least() -> None:
    own = RemotePrice(FIRST_VISIT.id, NORTH.id, OTHER.id, Decimal(2500))
    _load(*PRICES, own)
    line = _lines()[FIRST_VISIT.name]
    assert (line.amount, line.is_from) == (Decimal(1900), True)
    assert not _lines(SOUTH.id)[FIRST_VISIT.name].is_from


def test_one_who_has_no_price_makes_it_from_and_a_zero_is_nobodys() -> None:
    _load(
        RemotePrice(FIRST_VISIT.id, None, EYE.id, Decimal(1900)),
        RemotePrice(BLOOD.id, None, None, Decimal(0)),
    )
    lines = _lines()
    assert (lines[FIRST_VISIT.name].amount, lines[FIRST_VISIT.name].is_from) == (Decimal(1900), True)
    for name in (BLOOD.name, GLASSES.name):
        assert (lines[name].amount, lines[name].is_from, lines[name].since) == (None, False, None)


def test_a_test_without_a_doctor_stands_there_if_it_has_a_price() -> None:
    _load(*PRICES, RemotePrice(BLOOD.id, NORTH.id, None, Decimal(450)))
    line = _lines()[BLOOD.name]
    assert (line.amount, line.is_given, line.code) == (Decimal(450), False, "B03.016.003")
    assert _lines()[FIRST_VISIT.name].is_given
    assert BLOOD.name not in _lines(SOUTH.id)


def test_materials_and_closed_services_are_left_out() -> None:
    _load(*PRICES, RemotePrice(DROPS.id, None, None, Decimal(90)))
    assert set(_lines()) == {FIRST_VISIT.name, GLASSES.name}
    _load(services=(FIRST_VISIT, FOLDER), as_of=AT + DAY)
    assert set(_lines(days=1)) == {FIRST_VISIT.name}


def test_the_list_is_dated_by_its_newest_price() -> None:
    _load()
    later = RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal(2100))
    _load(later, *PRICES[1:], as_of=AT + 3 * DAY)
    north = row(Kind.LOCATION, NORTH.id)
    before = selectors.price_page(north, day=TODAY)
    after = selectors.price_page(north, day=TODAY + timedelta(days=3))
    assert (before.since, after.since) == (TODAY, TODAY + timedelta(days=3))
    line = _lines()[FIRST_VISIT.name]
    assert (line.amount, line.until) == (Decimal(1900), TODAY + timedelta(days=3))
    assert _lines(days=3)[FIRST_VISIT.name].amount == Decimal(2100)


def test_a_section_is_the_folder_of_the_mis_until_an_editor_says_another() -> None:
    _load(*PRICES, RemotePrice(BLOOD.id, NORTH.id, None, Decimal(450)))
    assert _sections() == [("Офтальмология", [GLASSES.name, FIRST_VISIT.name]), ("", [BLOOD.name])]
    blood = row(Kind.SERVICE, BLOOD.id)
    set_overlay(Kind.SERVICE, target=blood, field="section", value="Анализы", author="anna")
    assert _sections()[0] == ("Анализы", [BLOOD.name])
    clear_overlay(Kind.SERVICE, target=blood, field="section")
    assert _sections()[1] == ("", [BLOOD.name])


@pytest.mark.parametrize("text", ["приЕМ  первичн", "очков", "ПОДБОР", "A-1"])
def test_a_search_compares_names_by_words(text: str) -> None:
    _load()
    assert set(_lines(text=text)) == (
        {FIRST_VISIT.name} if "при" in text else set() if text == "A-1" else {GLASSES.name}
    )


def test_a_code_of_the_nomenclature_is_searched_for_too() -> None:
    _load()
    service = row(Kind.SERVICE, FIRST_VISIT.id)
    set_overlay(Kind.SERVICE, target=service, field="nomenclature", value="В01.029.001", author="anna")
    assert _lines()[FIRST_VISIT.name].code == "B01.029.001"
    assert set(_lines(text="b01.029")) == {FIRST_VISIT.name}


@pytest.mark.parametrize("code", ["A-1", "", "B01", "B01.1", "C01.001", "B01.001.001.001.001.001"])
def test_what_is_no_code_of_the_nomenclature_is_not_shown(code: str) -> None:
    assert nomenclature_of(code) == ""


def test_a_wrong_code_and_a_wrong_address_are_refused() -> None:
    _load()
    service, north = row(Kind.SERVICE, FIRST_VISIT.id), selectors.location(row(Kind.LOCATION, NORTH.id))
    with pytest.raises(InvalidInputError) as refused:
        set_overlay(Kind.SERVICE, target=service, field="nomenclature", value="A-1", author="anna")
    assert refused.value.fields == {"nomenclature": "Код номенклатуры вида B01.047.001 или A16.07.002.001."}
    for address in (
        "javascript:alert(1)",
        "//evil.example",
        "http://x.example",
        "/",
        "/a b",
        "/\\evil.example",
    ):
        with pytest.raises(InvalidInputError):
            set_overlay(
                Kind.ORGANIZATION,
                target=north.organization_id,
                field="contract_url",
                value=address,
                author="anna",
            )
    for address in ("/legal/contract/", "https://clinic.example/contract"):
        set_overlay(
            Kind.ORGANIZATION,
            target=north.organization_id,
            field="contract_url",
            value=address,
            author="anna",
        )
        assert selectors.location(north.id).legal.contract_url == address


def test_two_thousand_services_are_one_query_and_less_than_a_second(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    import_snapshot(MIS, snapshot=priced_network(services=2000, doctors=100))
    north = row(Kind.LOCATION, NORTH.id)
    with django_assert_num_queries(1):
        began = perf_counter()
        found = selectors.price_page(north, day=TODAY)
        took = perf_counter() - began
    assert (found.size, len(found.sections), len(found.sections[0].lines)) == (2000, 1, 2000)
    assert took < 1


def test_it_says_what_a_visit_would_cost() -> None:
    """The oracle: each line agrees with `prices`, which resolves one visit at a time."""
    _load(
        RemotePrice(FIRST_VISIT.id, None, None, Decimal(1500)),
        RemotePrice(FIRST_VISIT.id, None, OTHER.id, Decimal(1200)),
        RemotePrice(FIRST_VISIT.id, SOUTH.id, None, Decimal(1700)),
        RemotePrice(FIRST_VISIT.id, NORTH.id, EYE.id, Decimal(1300)),
        RemotePrice(GLASSES.id, None, EYE.id, Decimal(700)),
    )
    service = {item.id: row(Kind.SERVICE, item.id) for item in (FIRST_VISIT, GLASSES)}
    for branch in (NORTH, SOUTH):
        place = row(Kind.LOCATION, branch.id)
        for item in (FIRST_VISIT, GLASSES):
            givers = [
                row(Kind.PRACTITIONER, each.id)
                for each in (EYE, OTHER)
                if branch.id in each.location_ids
                and any(norm.service_id == item.id for norm in each.services)
            ]
            asked = [PriceQuery(service[item.id], place, giver, TODAY) for giver in givers]
            amounts = set(selectors.prices(asked).values())
            line = _lines(branch.id)[item.name]
            assert (line.amount, line.is_from) == (min(filter(None, amounts)), len(amounts) > 1)


def test_a_branch_that_nobody_knows_has_no_lines() -> None:
    found = selectors.price_page(uuid4(), day=TODAY)
    assert (found.size, found.sections, found.since) == (0, (), None)
