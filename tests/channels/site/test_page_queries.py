"""What a public page costs: questions to the database, a constant whatever it shows; bytes and files.

`test_budget.py` weighs some of them in a browser.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from gzip import decompress
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from channels.site.test_editorial import EVERYTHING
from conftest import SetClock
from domain.checkups.factory import EDITOR, composed, founded
from domain.directory.factory import AT, EYE, FIRST_VISIT, NORTH, SOUTH, row
from domain.editorial.factory import published, reviewed
from domain.scheduling.clinic import open_clinic, tell_schedule
from domain.scheduling.exchange.world import found_clinic
from domain.scheduling.factory import NOW
from feldsher.channels.site.urls import urlpatterns
from feldsher.domain.checkups.services import set_price
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.editorial.types import PageKind
from feldsher.domain.scheduling.services import rebuild_offers, stop_booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def _clinic() -> None:
    found_clinic()
    for name in (NORTH.id, SOUTH.id):
        target = row(Kind.LOCATION, name)
        for field, value in (("zone", "Europe/Moscow"), ("city", "Москва"), ("metro", "Условная")):
            set_overlay(Kind.LOCATION, target=target, field=field, value=value, author="test")
    founded()
    made = composed()
    set_price(made, location_id=None, amount=Decimal(2000), since=AT.date(), staff=EDITOR)
    news = published(PageKind.NEWS, body=EVERYTHING)
    link = f'<p><a linktype="page" id="{news.pk}">глаза</a></p>'
    published(PageKind.NEWS, slug="links", body=({"type": "text", "value": link},))
    reviewed(slug="dry-eye")
    rebuild_offers()


def _addresses() -> dict[str, int]:
    """Return how many questions each public page asks; an editor's may be twelve."""
    service, north = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.LOCATION, NORTH.id)
    eye = row(Kind.PRACTITIONER, EYE.id)
    areas = ("", "city/moskva/", "metro/uslovnaya/", f"branch/{north}/")
    return {
        "/": 6,
        "/doctors/": 7,
        f"/doctors/?service={service}": 8,
        f"/doctors/?service={service}&location={north}": 8,
        f"/doctors/{eye}/": 8,
        f"/doctors/{eye}/?location={north}&service={service}": 8,
        f"/doctors/{eye}/times/": 4,
        **{f"/specialties/oftalmologiya/{area}": 7 for area in areas},
        "/services/": 3,
        f"/services/{service}/": 7,
        f"/services/{service}/branch/{north}/": 7,
        "/branches/": 2,
        f"/branches/{north}/": 7,
        "/search/": 3,
        "/search/?q=офтальмолог": 6,
        "/search/?q=офтальмалог глаза": 7,
        "/checkups/": 5,
        "/checkups/glaza-40/": 5,
        "/checkups/glaza-40/?age=40&sex=f": 7,
        "/checkups/glaza-40/?age=40&sex=f&day=2026-11-01": 8,
        "/prices/": 3,
        f"/prices/?location={north}": 3,
        "/prices/?q=при": 3,
        f"/checkups/glaza-40/request/?location={north}&age=40&sex=f": 5,
        "/corporate/": 4,
        "/corporate/exams/": 3,
        "/corporate/requests/": 3,
        "/about/legal/": 8,
        "/policy/": 3,
        "/consent/": 3,
        "/consent/review/": 3,
        "/cookies/": 3,
        "/look/": 2,
        "/call/": 2,
        "/nowhere/": 3,
        "/news/": 5,
        "/conditions/": 5,
        "/news/proba/": 4,
        "/news/links/": 6,
        "/conditions/dry-eye/": 6,
    }


_NO_PAGES = {
    *(
        "prices-csv",
        "media",
        "hue",
        "logo",
        "photo",
        "map",
        "branch-map",
        "robots",
        "sitemap-index",
        "sitemap",
        "worker",
        "manifest",
    ),
    *("icon", "touch-icon", "healthz", "components", "checkup-paper"),
}
"""Files, and what developers see alone."""
_OF_ONE = (
    *("booking", "call-", "company-enter", "company-request", "forget", "hold", "release", "review"),
    *("sooner", "visit", "wait", "wish"),
)
"""How names of pages of one person begin: a hold, a visit, a wish."""


_OF_TIMES = ("/branches/", "/doctors/", "/services/", "/specialties/")
_AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
_FILES = re.compile(r'(?:src|srcset|href)="(/(?:static|media|photo|logo)/[^"#? ]+)')
HTML, TRANSFER, REQUESTS = 14_000, 100_000, 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What a page takes: questions, bytes of its HTML as it is sent, its own files."""

    questions: int
    html: int
    files: frozenset[str]


def _cost(address: str) -> Cost:
    """Ask for a page; where a transaction begins and ends is no question of it, one without a text is."""
    with CaptureQueriesContext(connection) as queries:
        answer = Client(headers={"Accept-Encoding": "gzip"}).get(address)
    assert answer.status_code == (404 if address == "/nowhere/" else 200), address
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    text = decompress(answer.content) if is_packed else answer.content
    return Cost(
        questions=sum(not (query["sql"] or "").startswith(_AROUND) for query in queries),
        html=len(answer.content),
        files=frozenset(_FILES.findall(text.decode())),
    )


def _file(address: str) -> tuple[int, str, str]:
    """Return a file's bytes on the wire, its coding and how long it may be kept."""
    answer: Any = Client(headers={"Accept-Encoding": "gzip, br"}).get(address)
    assert answer.status_code == 200, address
    size = len(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    return size, answer.headers.get("Content-Encoding", ""), answer.headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_clinic")
def test_each_page_keeps_its_budget_of_questions_bytes_and_files() -> None:
    costs = {address: _cost(address) for address in _addresses()}
    asked = {address: cost.questions for address, cost in costs.items()}
    assert asked == _addresses()
    assert max(asked.values()) <= 8
    stop_booking(reason="Переезд", author="registrar")
    of_times = [address for address in asked if address == "/" or address.startswith(_OF_TIMES)]
    stopped = {address: _cost(address).questions for address in of_times}
    assert stopped == {address: asked[address] for address in of_times}
    named = {resolve(address.partition("?")[0]).url_name for address in asked if address != "/nowhere/"}
    names = {str(pattern.name) for pattern in urlpatterns} - _NO_PAGES
    assert {name for name in names if not name.startswith(_OF_ONE)} == named
    files = {name: _file(name) for name in frozenset[str]().union(*(cost.files for cost in costs.values()))}
    packed = {name.rpartition(".")[2]: coding for name, (_, coding, _) in files.items()}
    assert (packed["css"], packed["js"], packed["woff2"]) == ("br", "br", "")
    assert packed["svg"] in {"br", "gzip"}, "of a few bytes gzip may be the smaller one"
    assert {kept.partition("immutable")[1] for _, _, kept in files.values()} == {"immutable"}
    assert {page: cost.html for page, cost in costs.items() if cost.html > HTML} == {}
    assert {page: cost.files for page, cost in costs.items() if len(cost.files) + 2 > REQUESTS} == {}
    whole = {page: cost.html + sum(files[name][0] for name in cost.files) for page, cost in costs.items()}
    assert {page: size for page, size in whole.items() if size > TRANSFER} == {}


@pytest.mark.django_db(transaction=True)
def test_home_and_a_branch_count_the_whole_day_of_a_doctor_by_one_question_more(set_clock: SetClock) -> None:
    set_clock(NOW)
    found = open_clinic()
    tell_schedule(found)
    for address, number in ((f"/?location={found.north}", 7), (f"/branches/{found.north}/", 8)):
        with CaptureQueriesContext(connection) as queries:
            page = Client().get(address).content.decode()
        cards = page.split('class="home-two"')[1]
        assert 'Ещё 24<span class="visually-hidden">' in cards, "of 27 times three are shown"
        assert len(queries) == number
