"""A whole exchange over HTTP: 1С calls, the site answers, and the prices stand on the site."""

from decimal import Decimal

import pytest

from channels.exchange.conftest import Base
from domain.directory.factory import FIRST_VISIT, GLASSES
from domain.directory.price_lists import priced
from feldsher.channels.exchange import files, work
from feldsher.channels.exchange.models import Piece, Task
from feldsher.domain.directory.models import PriceListItem
from testbench.commerceml.client import Cut, FailureError
from testbench.commerceml.export import Line, archive, goods_file, offers_file, price_list

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clinic", "worker")]

VISIT = Line("g-visit", "Приём", "A-1", "1900")
PICK = Line("g-pick", "Подбор очков", "A-2", "800")
BOTH = [VISIT, PICK]
PRICED = {FIRST_VISIT.name: Decimal(1900), GLASSES.name: Decimal(800)}


def test_a_whole_exchange_prices_the_services_and_says_what_it_did(base: Base) -> None:
    accounting = base()
    said = accounting.exchange({"import.xml": goods_file(BOTH), "offers.xml": offers_file(BOTH)})
    assert said[1] == "Строк: 2. Новых цен: 2, снято: 0. Без услуги на\u00a0сайте: 0."
    assert priced() == PRICED
    assert [mode for mode, _ in accounting.log][:4] == ["checkauth", "init", "file", "file"]
    assert Piece.objects.count() == 0


def test_a_module_that_knows_no_sessid_and_never_says_complete(base: Base) -> None:
    for lines in (BOTH, [VISIT]):
        base(has_sessid=False).exchange(
            {"import.xml": goods_file(lines), "offers.xml": offers_file(lines)}, ends=False
        )
    assert priced() == {FIRST_VISIT.name: Decimal(1900)}


def test_a_list_in_numbered_parts_is_whole_when_its_exchange_ends(base: Base) -> None:
    base().exchange({"import0_1.xml": goods_file(BOTH), "offers0_1.xml": offers_file(BOTH)})
    parts = {
        "import0_1.xml": goods_file([PICK]),
        "import0_2.xml": goods_file([Line("g-3", "Новое", "A-3")]),
        "prices0_1.xml": offers_file([PICK]),
    }
    base().exchange(parts, ends=False)
    assert priced() == PRICED
    base().exchange({name: goods_file([PICK]) for name in parts if name.startswith("import")})
    assert set(priced()) == {GLASSES.name}


def test_an_archive_in_small_pieces(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIECE_BYTES", 512)
    lines = [*BOTH, *price_list(200)]
    packed = archive(
        {
            "import.xml": goods_file(lines),
            "offers.xml": offers_file(lines),
            "import_files/a1/picture.jpg": [b"\xff\xd8picture"],
        }
    )
    accounting = base()
    accounting.begin()
    assert (accounting.file_limit, accounting.is_zipped) == (512, True)
    accounting.send("v8_1.zip", packed)
    accounting.send("import_files/a1/picture.jpg", b"\xff\xd8")
    assert Piece.objects.count() == -(-len(packed) // 512) > 10
    for name in ("import.xml", "offers.xml"):
        accounting.have_imported(name)
    accounting.end()
    assert priced() == PRICED
    assert PriceListItem.objects.count() == 202


@pytest.mark.parametrize("cut", Cut)
def test_a_cut_in_any_request_is_gone_on_from(base: Base, monkeypatch: pytest.MonkeyPatch, cut: Cut) -> None:
    """Every request of the exchange is cut once, and then sent again."""
    monkeypatch.setattr(files, "PIECE_BYTES", 400)
    monkeypatch.setattr(work, "WAIT_SECONDS", 0.2)
    accounting = base(cuts=dict.fromkeys(range(0, 200, 2), cut))
    packed = archive({"import.xml": goods_file(BOTH), "offers.xml": offers_file(BOTH)})
    accounting.begin()
    accounting.send("v8.zip", packed)
    assert b"".join(bytes(piece.body) for piece in Piece.objects.order_by("number")) == packed
    for name in ("import.xml", "offers.xml"):
        accounting.have_imported(name)
    accounting.end()
    assert accounting.calls > len(accounting.log) * 1.8
    assert priced() == PRICED
    assert Task.objects.filter(state="done").count() == 3


def test_an_exchange_that_is_begun_anew_in_the_middle_ends_as_if_nothing_had_been(base: Base) -> None:
    first = base()
    first.begin()
    first.send("import.xml", b"".join(goods_file(BOTH))[:1000])
    base().exchange({"import.xml": goods_file(BOTH), "offers.xml": offers_file(BOTH)})
    assert priced() == PRICED


@pytest.mark.parametrize("bad", [b"<html>", b"", b"\xef\xbb\xbf<x/>", b"PK\x03\x04"])
def test_a_bad_file_changes_nothing_and_says_why_each_time_it_is_asked(base: Base, bad: bytes) -> None:
    base().exchange({"import.xml": goods_file(BOTH), "offers.xml": offers_file(BOTH)})
    accounting = base()
    accounting.begin()
    accounting.send("import.xml", b"".join(goods_file([VISIT])))
    accounting.send("offers.xml", bad)
    accounting.have_imported("import.xml")
    for _ in range(2):
        with pytest.raises(FailureError, match="Ничего не\u00a0изменилось"):
            accounting.have_imported("offers.xml")
    with pytest.raises(FailureError, match="ничего не\u00a0снято"):
        accounting.end()
    assert priced()[FIRST_VISIT.name] == Decimal(1900)
    accounting.send("offers.xml", b"".join(offers_file([VISIT])))
    accounting.have_imported("offers.xml")


def test_a_long_import_is_reported_until_it_is_done(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "WAIT_SECONDS", 0.05)
    lines = list(price_list(3000))
    accounting = base()
    accounting.exchange({"import.xml": goods_file(lines), "offers.xml": offers_file(lines)})
    assert accounting.log.count(("import", "progress")) > 1
    assert PriceListItem.objects.count() == 3000
