"""How many questions a public page asks of the database: a constant, whatever it shows."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.site.test_editorial import EVERYTHING
from conftest import SetClock
from domain.checkups.factory import EDITOR, composed, founded
from domain.directory.factory import AT, EYE, FIRST_VISIT, NORTH, SOUTH, row
from domain.editorial.factory import published
from domain.scheduling.clinic import open_clinic, tell_schedule
from domain.scheduling.exchange.world import found_clinic
from domain.scheduling.factory import NOW
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
    published(PageKind.NEWS, body=EVERYTHING)
    rebuild_offers()


def _addresses() -> Iterator[tuple[str, int]]:
    service, north = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.LOCATION, NORTH.id)
    yield f"/services/{service}/", 8
    yield f"/services/{service}/branch/{north}/", 8
    yield "/", 6
    yield "/branches/", 2
    yield f"/branches/{north}/", 6
    yield "/doctors/", 8
    yield "/services/", 3
    yield "/search/", 3
    yield "/checkups/", 5
    yield "/checkups/glaza-40/", 5
    yield "/checkups/glaza-40/?age=40&sex=f", 7
    yield "/prices/", 3
    yield f"/prices/?location={north}", 3
    yield "/about/legal/", 8
    yield "/policy/", 3
    yield "/consent/", 3
    yield "/cookies/", 3
    yield "/call/", 2
    yield "/news/", 5
    yield "/news/proba/", 4
    for area in ("", "city/moskva/", "metro/uslovnaya/", f"branch/{north}/"):
        yield f"/specialties/oftalmologiya/{area}", 8


@pytest.mark.usefixtures("_clinic")
def test_each_page_asks_its_own_number_of_questions_and_never_more_than_eight() -> None:
    client, asked = Client(), {}
    for address, _ in _addresses():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        asked[address] = len(queries)
    assert asked == dict(_addresses())
    assert max(asked.values()) <= 8


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


@pytest.mark.usefixtures("_clinic")
def test_two_pages_ask_more_than_eight_yet_and_never_more_than_now() -> None:
    """A doctor's page and what a search finds: a number of their own until they are brought to eight."""
    more = {f"/doctors/{row(Kind.PRACTITIONER, EYE.id)}/": 14, "/search/?q=офтальмолог": 11}
    asked = {}
    for address in more:
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(address).status_code == 200
        asked[address] = len(queries)
    assert asked == more
