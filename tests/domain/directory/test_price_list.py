"""Price lists of 1С in the directory: what a line means, what a file changes, and what it never does."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest

from domain.directory.factory import FIRST_VISIT, GLASSES, MIS, row, snapshot
from domain.directory.price_lists import (
    RETAIL,
    SOURCE,
    STAFF,
    document,
    good,
    goods,
    offer,
    offers,
    priced,
    take,
)
from feldsher.domain.directory import gateways, services
from feldsher.domain.directory.errors import BadPriceListError
from feldsher.domain.directory.models import Price, PriceListItem
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.price_list import ListKind, PriceListTerms
from feldsher.integrations import commerceml

pytestmark = pytest.mark.django_db

VISIT, PICK = FIRST_VISIT.name, GLASSES.name


@pytest.fixture(autouse=True)
def clinic() -> None:
    """Two services with the codes A-1 and A-2, whose prices nobody has said."""
    services.import_snapshot(MIS, snapshot=snapshot(prices=()))


@pytest.fixture(autouse=True)
def terms() -> object:
    yield
    gateways.bind(commerceml.read, terms={})


def item(value: str) -> PriceListItem:
    return PriceListItem.objects.get(source=SOURCE, value=value)


def test_lines_with_a_service_s_code_price_it_and_the_others_are_counted() -> None:
    report = take(
        goods(good("g1", " a-1 "), good("g2", "A- 2"), good("g3", "Z-9")),
        offers(offer("g1", "1 900,50"), offer("g2", 0), offer("g3", 500)),
    )
    assert priced() == {VISIT: Decimal("1900.50"), PICK: Decimal(0)}
    assert (report.lines, report.priced, report.unknown) == (6, 2, 1)
    assert report.full == {ListKind.GOODS, ListKind.OFFERS}


def test_the_same_file_again_changes_nothing() -> None:
    parts = (goods(good("g1", "A-1")), offers(offer("g1", 1900)))
    take(*parts)
    again = take(*parts, whole=True)
    assert (again.priced, again.ended) == (0, 0)
    assert Price.objects.count() == 1


def test_a_change_of_price_ends_the_old_one_and_keeps_it() -> None:
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900)))
    take(offers(offer("g1", 2100), full=False))
    assert priced() == {VISIT: Decimal(2100)}
    assert sorted(Price.objects.values_list("amount", flat=True)) == [1900, 2100]


def test_changes_alone_take_nothing_away_and_a_whole_list_does_at_its_end() -> None:
    take(goods(good("g1", "A-1"), good("g2", "A-2")), offers(offer("g1", 1900), offer("g2", 800)), whole=True)
    take(goods(good("g1", "A-1"), full=False), offers(offer("g1", 1950), full=False), whole=True)
    assert priced() == {VISIT: Decimal(1950), PICK: Decimal(800)}
    whole = uuid4()
    take(goods(good("g1", "A-1")), offers(offer("g1", 1950)), exchange=whole)
    assert priced() == {VISIT: Decimal(1950), PICK: Decimal(800)}
    services.close_absent(SOURCE, exchange=whole)
    assert priced() == {VISIT: Decimal(1950)}
    assert item("g2").closed_at is not None


def test_a_whole_list_in_several_files_takes_away_only_what_none_of_them_names() -> None:
    take(
        goods(good("g1", "A-1"), good("g2", "A-2"), good("g3")),
        offers(offer("g1", 1900), offer("g2", 800), offer("g3", 1)),
    )
    whole = uuid4()
    take(goods(good("g1", "A-1")), exchange=whole)
    take(goods(good("g2", "A-2")), exchange=whole)
    take(offers(offer("g1", 1900)), exchange=whole)
    take(offers(offer("g2", 800)), exchange=whole, whole=True)
    assert priced() == {VISIT: Decimal(1900), PICK: Decimal(800)}
    assert item("g3").closed_at is not None


def test_a_whole_list_without_a_line_closes_nothing() -> None:
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900)), whole=True)
    take(goods(), offers(), whole=True)
    assert priced() == {VISIT: Decimal(1900)}


def test_a_whole_list_of_stocks_says_nothing_of_prices() -> None:
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900)), whole=True)
    stocks = "<Предложение><Ид>g1</Ид><Количество>5</Количество></Предложение>"
    take(offers(stocks), whole=True)
    assert priced() == {VISIT: Decimal(1900)}


@pytest.mark.parametrize("mark", [' Статус="Удален"', ""])
def test_a_deleted_line_ends_its_price_and_comes_back_with_it(mark: str) -> None:
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900)))
    gone = good("g1", "A-1", rest=mark)
    if not mark:
        gone = gone.replace("</Товар>", "<ПометкаУдаления>true</ПометкаУдаления></Товар>")
    take(goods(gone, full=False))
    assert priced() == {}
    take(goods(good("g1", "A-1"), full=False))
    assert priced() == {VISIT: Decimal(1900)}


def test_variants_are_lines_of_their_own_and_mean_nothing_by_their_good_s_article() -> None:
    report = take(
        goods(good("g1", "A-1")),
        offers(offer("g1#v1", 1900, name="Первичный"), offer("g1#v2", 900, name="Повторный")),
    )
    assert priced() == {}
    assert report.unknown == 2
    assert item("g1#v2").name == "Повторный"
    take(goods(good("g1", "A-1", rest=' Статус="Удален"'), full=False))
    assert item("g1#v2").closed_at is not None


def test_a_thing_is_no_service_and_is_not_asked_about() -> None:
    report = take(goods(good("g1", "A-1", kind="Товар"), good("g2", kind="Запас")), offers(offer("g1", 5)))
    assert (report.unknown, priced()) == (0, {})


def test_one_code_on_two_lines_or_two_services_means_nothing() -> None:
    report = take(goods(good("g1", "A-1"), good("g2", "a1-"), good("g3", "A-1")), offers(offer("g1", 5)))
    assert (priced(), report.unknown) == ({}, 3)


def test_a_line_that_means_a_service_keeps_it_when_a_twin_comes_and_leaves_it_when_deleted() -> None:
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900)))
    take(goods(good("g2", "A-1"), full=False), offers(offer("g2", 2500), full=False))
    assert priced() == {VISIT: Decimal(1900)}
    take(goods(good("g1", "A-1", rest=' Статус="Удален"'), full=False))
    assert priced() == {VISIT: Decimal(2500)}
    take(goods(good("g1", "A-1"), full=False))
    assert priced() == {VISIT: Decimal(2500)}


def test_an_id_of_a_named_mis_speaks_before_a_code() -> None:
    gateways.bind(commerceml.read, terms={SOURCE: PriceListTerms(SOURCE, ids_of=MIS)})
    take(goods(good("svc-glasses", "A-1"), good("g2", "A-2")), offers(offer("svc-glasses", 800)))
    assert priced() == {PICK: Decimal(800)}


def test_types_of_prices_are_of_branches_by_the_settings() -> None:
    north = row(Kind.LOCATION, "loc-north")
    branches = {"Розничная": None, "t2": north}
    gateways.bind(commerceml.read, terms={SOURCE: PriceListTerms(SOURCE, branches)})
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900, 1500), types=RETAIL + STAFF))
    found = Price.objects.values_list("location", "amount")
    assert set(found) == {(None, Decimal(1900)), (north, Decimal(1500))}


def test_several_types_of_prices_are_refused_until_one_is_named() -> None:
    with pytest.raises(BadPriceListError) as refused:
        take(goods(good("g1", "A-1")), offers(offer("g1", 1900, 1500), types=RETAIL + STAFF))
    assert "«Розничная», «Сотрудникам»" in refused.value.message
    assert PriceListItem.objects.count() == 0


def test_prices_without_a_type_s_name_or_in_another_currency() -> None:
    report = take(goods(good("g1", "A-1"), good("g2", "A-2")), offers(offer("g1", 1900), types=""))
    assert (priced(), report.warnings) == ({VISIT: Decimal(1900)}, ())
    dollars = offer("g2", 10).replace("</Цена>", "<Валюта>USD</Валюта></Цена>")
    report = take(offers(dollars, full=False))
    assert PICK not in priced()
    assert report.warnings == ("1 prices are in another currency and were left out",)


def test_what_is_no_amount_or_has_no_id_is_left_out_and_said() -> None:
    report = take(goods(good("g1", "A-1"), good("")), offers(offer("g1", -5), full=False))
    assert priced() == {}
    assert report.warnings == (
        "1 lines have no usable id and were left out",
        "1 prices are no amount and were left out",
    )


def test_a_price_that_a_mis_gives_is_left_to_it() -> None:
    services.import_snapshot(MIS, snapshot=snapshot())
    report = take(goods(good("g2", "A-2")), offers(offer("g2", 999)))
    assert priced() == {}
    assert "1 prices were left as another source gives them" in report.warnings


@pytest.mark.parametrize("cut", [0, 5, 150, 700])
def test_a_file_that_breaks_off_changes_nothing_and_says_why(cut: int) -> None:
    take(goods(good("g1", "A-1")), offers(offer("g1", 1900)))
    whole = document(goods(good("g1", "A-1"), good("g2", "A-2")), offers(offer("g1", 5), offer("g2", 6)))
    with pytest.raises(BadPriceListError) as refused:
        services.import_price_list(SOURCE, stream=BytesIO(whole[: cut or -30]), exchange=uuid4())
    assert "Ничего не\u00a0изменилось" in refused.value.message
    assert priced() == {VISIT: Decimal(1900)}
    assert PriceListItem.objects.count() == 1


def test_an_empty_package_is_no_list() -> None:
    with pytest.raises(BadPriceListError) as refused:
        take("<Классификатор><Ид>1</Ид></Классификатор>")
    assert "ни\u00a0каталога" in refused.value.message
