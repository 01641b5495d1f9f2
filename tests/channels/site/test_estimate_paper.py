"""An estimate on paper and by a link: the same choice, today's price, and nobody's name."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from django.test import Client

from channels.site.pdf_text import pages_of
from conftest import SetClock
from domain.checkups.factory import EDITOR, composed, founded
from domain.directory.factory import AT, GLASSES, NORTH, row
from feldsher.channels.frontend.warning import WARNING
from feldsher.channels.site import sheet
from feldsher.channels.site.estimates import letter
from feldsher.channels.site.paper import Paper
from feldsher.channels.site.sheet import draw
from feldsher.domain.checkups import selectors, services
from feldsher.domain.checkups.models import Item
from feldsher.domain.directory.types import Kind

PAGE, FILE = "/checkups/glaza-40/", "/checkups/glaza-40/estimate.pdf"
BLANK = Paper(
    clinic="Клиника",
    phone="",
    day=date(2026, 11, 24),
    title="Глаза",
    subtitle="",
    lines=(),
    sums=(("Итого", "1 900 ₽"),),
    notes=(),
    legal=(),
    link="https://example.test/",
)


@pytest.fixture
def made(set_clock: SetClock, db: None) -> UUID:
    set_clock(AT)
    founded()
    made = composed(not_for_pregnant=True)
    services.set_price(made, location_id=None, amount=Decimal(2000), since=AT.date(), staff=EDITOR)
    return made


def _chosen(*, sex: str = "f") -> dict[str, str]:
    (glasses,) = (item for item in selectors.programme("glaza-40").items if item.name == GLASSES.name)
    return {"location": str(row(Kind.LOCATION, NORTH.id)), "age": "40", "sex": sex, "with": str(glasses.id)}


def _shown(client: Client, address: str, asked: dict[str, str]) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def _link(page: str) -> str:
    (link,) = re.findall(r'id="share-link"[^>]* value="([^"]+)"', page)
    return str(link)


def test_the_file_says_what_the_page_says(client: Client, made: UUID) -> None:
    answer = client.get(FILE, _chosen())
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Content-Disposition"] == 'inline; filename="glaza-40-2026-11-24.pdf"'
    (text,) = pages_of(answer.content)
    said = text.split("\n")
    for name, price in (
        (f"{GLASSES.name} (по выбору)", "800 ₽"),
        ("По отдельности", "3 150 ₽"),
        ("Итого", "2 800 ₽"),
    ):
        assert said[said.index(name) + 1] == price
    joined = text.replace("\n", " ")
    assert "Программа дешевле отдельных услуг на 350 ₽." in joined
    assert "Беременным эта программа не подходит." in joined
    assert "Расчёт на 24 ноября 2026 года, женщина, 40 лет и старше" in joined
    assert WARNING in said
    assert client.get(FILE, _chosen()).content == answer.content
    assert "Не входит: Общий анализ крови: не для этого пола." in pages_of(
        client.get(FILE, _chosen(sex="m")).content
    )[0].replace("\n", " ")


def test_a_file_without_an_answer_leads_to_the_question(client: Client, made: UUID) -> None:
    asked = _chosen() | {"age": "41"}
    answer = client.get(FILE, asked)
    assert answer.status_code == 302
    assert dict(parse_qsl(urlsplit(answer["Location"]).query)) == {
        name: value for name, value in asked.items() if name != "age"
    }
    assert client.get(FILE, _chosen() | {"age": "0"})["Location"].startswith(f"{PAGE}?")
    assert client.get("/checkups/no-such/estimate.pdf").status_code == 404


def test_a_link_keeps_the_choice_and_never_a_price(client: Client, made: UUID) -> None:
    page = _shown(client, PAGE, _chosen())
    link = _link(page)
    assert link.startswith("http://testserver/checkups/glaza-40/?")
    assert dict(parse_qsl(urlsplit(link).query)) == {**_chosen(), "day": "2026-11-24"}
    mail = letter("Глаза с 40 лет", link)
    assert f'href="{mail}"' in page
    assert page.count(" hidden>") == 3  # what a script alone can keep
    live = _shown(client, PAGE, {**_chosen(), "live": "1"})
    assert _link(live) == link
    assert "было бы столько же" not in page


def test_whoever_opens_a_link_learns_whether_the_price_has_changed(
    client: Client, made: UUID, set_clock: SetClock
) -> None:
    link = _link(_shown(client, PAGE, _chosen()))
    set_clock(AT + timedelta(days=3))
    assert "По ценам на 24 ноября 2026 года было бы столько же." in _shown(client, link, {})
    services.set_price(
        made, location_id=None, amount=Decimal(2300), since=(AT + timedelta(days=2)).date(), staff=EDITOR
    )
    page = _shown(client, link, {})
    assert "<td data-total>3 100 ₽</td>" in page
    assert "По ценам на 24 ноября 2026 года сегодняшний состав стоил бы 2 800 ₽." in page
    gone = f"{link}&with={UUID(int=9)}"
    assert "Одной из выбранных услуг в программе больше нет." in _shown(client, gone, {})


@pytest.mark.parametrize("day", ["2026-11-25", "2026-11-24", "завтра", "0000-00-00"])
def test_a_day_that_is_no_past_day_is_not_told(client: Client, made: UUID, day: str) -> None:
    page = _shown(client, PAGE, {**_chosen(), "day": day})
    assert "По ценам на" not in page
    assert "не сравнить" not in page


def test_a_day_before_all_prices_is_not_compared(client: Client, made: UUID) -> None:
    page = _shown(client, PAGE, {**_chosen(), "day": "0001-01-01"})
    assert "не сравнить: не все они известны" in page


def test_a_service_that_everybody_gets_now_is_not_told_as_gone(client: Client, made: UUID) -> None:
    optional = _chosen()["with"]
    Item.objects.filter(pk=optional).update(is_optional=False)
    page = _shown(client, PAGE, {**_chosen(), "day": "2026-11-20"})
    assert "больше нет" not in page


def test_a_hundred_services_are_a_small_file_with_the_warning_on_every_sheet() -> None:
    name = "Ультразвуковое исследование органов брюшной полости комплексное, "
    file = draw(replace(BLANK, lines=tuple((f"{name}{number}", "1 900 ₽") for number in range(100))))
    pages = pages_of(file)
    assert len(pages) == 7
    assert len(file) < 60_000
    assert [text.count(WARNING) for text in pages] == [1] * 7
    assert "страница 7 из" in pages[-1]
    assert all(f"{name}{number}"[-3:] in "".join(pages) for number in range(100))
    assert sheet._WARNING_HEIGHT * sheet._INNER >= 0.05 * 210 * 297


def test_letters_that_the_font_has_not_are_spelled() -> None:
    (text,) = pages_of(draw(replace(BLANK, lines=(("β-ХГЧ, Ǎ, 5 мкг, 漢, т\u0007ест", "1 ₽"),))))
    assert "бета-ХГЧ, A, 5 мкг, ?, т ест" in text


def test_a_letter_is_one_subject_and_one_body() -> None:
    link = letter("Глаза & зубы?", "https://example.test/?a=1&b=2")
    head, _, query = link.partition("?")
    assert head == "mailto:"
    assert [part.partition("=")[0] for part in query.split("&")] == ["subject", "body"]
    assert unquote(query).endswith("сколько стоит.\r\nhttps://example.test/?a=1&b=2\r\n")
