"""An editor composes a programme at the desk; nobody else does."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from channels.desk.factory import signed_in
from domain.checkups.factory import EDITOR, composed, founded
from domain.directory.factory import GLASSES, row
from feldsher.domain.checkups import selectors
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock, formats

pytestmark = pytest.mark.django_db


def test_an_editor_composes_a_programme_from_nothing() -> None:
    founded()
    editor = signed_in(Role.EDITOR)
    said = {"name": "Зрение", "slug": "zrenie", "age_from": "18"}
    answer = editor.post("/desk/checkups/add/", said)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert editor.post(address, {**said, "published": "1"}).status_code == 409
    page = editor.get(address, {"q": "очков"}).content.decode()
    assert str(row(Kind.SERVICE, GLASSES.id)) in page
    given = {"service": str(row(Kind.SERVICE, GLASSES.id)), "age_from": "40"}
    assert editor.post(f"{address}items/", given).status_code == 303
    assert editor.post(f"{address}prices/", {"amount": "700"}).status_code == 303
    assert editor.post(address, {**said, "published": "1"}).status_code == 303
    card = selectors.programme("zrenie")
    assert [(item.name, item.bounds.age_from, item.is_optional) for item in card.items] == [
        (GLASSES.name, 40, False)
    ]
    assert "700" in editor.get(address).content.decode()
    assert "Зрение" in editor.get("/desk/checkups/").content.decode()


def test_what_is_wrong_stands_on_the_page() -> None:
    founded()
    made = composed()
    editor, address = signed_in(Role.EDITOR), f"/desk/checkups/{made}/"
    for path, said, words in (
        ("", {"name": "", "slug": "x"}, "Напишите название"),
        ("", {"name": "x", "slug": "x", "age_from": "сорок"}, "Целые годы"),
        ("items/", {}, "Выберите услугу"),
        ("prices/", {"amount": "0"}, "Цена в\u00a0рублях, больше нуля"),
        ("prices/", {"amount": ""}, "Цена в\u00a0рублях, больше нуля"),
        ("prices/", {"amount": "много"}, "Цена в\u00a0рублях, больше нуля"),
    ):
        answer = editor.post(address + path, said)
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_an_item_is_removed_and_a_stranger_is_a_miss() -> None:
    founded()
    made = composed()
    editor = signed_in(Role.EDITOR)
    (card,) = selectors.programmes()
    assert editor.post(f"/desk/checkups/{made}/items/{card.items[2].id}/remove/").status_code == 303
    assert len(selectors.programmes()[0].items) == 2
    assert editor.get(f"/desk/checkups/{UUID(int=9)}/").status_code == 404


def test_a_price_from_a_day_that_cannot_be_read_changes_no_price() -> None:
    founded()
    made = composed()
    editor, address = signed_in(Role.EDITOR), f"/desk/checkups/{made}/prices/"
    today = formats.local_day(clock.now(), formats.MOSCOW)
    later = today + timedelta(days=30)
    assert editor.post(address, {"amount": "2 500,50", "since": later.isoformat()}).status_code == 303
    for since in ("завтра", "2026-13-01", "2020-01-01", "2199-01-01"):
        answer = editor.post(address, {"amount": "700", "since": since})
        assert answer.status_code == 422
        assert "День с\u00a0сегодняшнего" in answer.content.decode()
        assert f'value="{since}"' in answer.content.decode()
    (price,) = selectors.own_prices(EDITOR, made)
    assert (price.amount, price.since) == (Decimal("2500.50"), later)


def test_a_fault_of_an_item_stands_in_its_form_which_stays() -> None:
    founded()
    made = composed()
    said = {"q": "очков", "service": str(row(Kind.SERVICE, GLASSES.id)), "age_from": "сорок", "optional": "1"}
    page = signed_in(Role.EDITOR).post(f"/desk/checkups/{made}/items/", said).content.decode()
    assert 'id="item-age_from-error"' in page
    assert 'id="field-age_from-error"' not in page
    assert 'value="сорок"' in page
    assert '<input type="hidden" name="q" value="очков">' in page
