"""How many questions a public page asks of the database: a constant, whatever it shows."""

from decimal import Decimal

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
from feldsher.domain.scheduling.services import rebuild_offers

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
        "/doctors/": 8,
        f"/doctors/{eye}/": 8,
        f"/doctors/{eye}/?location={north}&service={service}": 8,
        f"/doctors/{eye}/times/": 4,
        **{f"/specialties/oftalmologiya/{area}": 8 for area in areas},
        "/services/": 3,
        f"/services/{service}/": 8,
        f"/services/{service}/branch/{north}/": 8,
        "/branches/": 2,
        f"/branches/{north}/": 6,
        "/search/": 3,
        "/search/?q=офтальмолог": 6,
        "/search/?q=офтальмалог глаза": 7,
        "/checkups/": 5,
        "/checkups/glaza-40/": 5,
        "/checkups/glaza-40/?age=40&sex=f": 7,
        "/prices/": 3,
        f"/prices/?location={north}": 3,
        "/prices/?q=при": 3,
        "/about/legal/": 8,
        "/policy/": 3,
        "/consent/": 3,
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
        "robots",
        "sitemap-index",
        "sitemap",
        "worker",
        "manifest",
    ),
    *("icon", "touch-icon", "healthz", "components"),
}
"""Files, and what developers see alone."""
_OF_ONE = ("booking", "call-", "forget", "hold", "release", "sooner", "visit", "wait", "wish")
"""How names of pages of one person begin: a hold, a visit, a wish."""


def _questions(address: str) -> int:
    """Return how many questions a page asks; where a transaction begins and ends is none."""
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(address).status_code == (404 if address == "/nowhere/" else 200), address
    return sum(not query["sql"].startswith(_AROUND) for query in queries)


_AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_clinic")
def test_each_page_asks_its_own_number_of_questions_and_never_more_than_eight() -> None:
    asked = {address: _questions(address) for address in _addresses()}
    assert asked == _addresses()
    assert max(asked.values()) <= 8
    named = {resolve(address.partition("?")[0]).url_name for address in asked if address != "/nowhere/"}
    names = {str(pattern.name) for pattern in urlpatterns} - _NO_PAGES
    assert {name for name in names if not name.startswith(_OF_ONE)} == named


@pytest.mark.django_db(transaction=True)
def test_home_and_a_branch_count_the_whole_day_of_a_doctor_by_one_question_more(set_clock: SetClock) -> None:
    set_clock(NOW)
    found = open_clinic()
    tell_schedule(found)
    for address, number in ((f"/?location={found.north}", 7), (f"/branches/{found.north}/", 7)):
        with CaptureQueriesContext(connection) as queries:
            page = Client().get(address).content.decode()
        cards = page.split('class="home-two"')[1]
        assert 'Ещё 24<span class="visually-hidden">' in cards, "of 27 times three are shown"
        assert len(queries) == number
