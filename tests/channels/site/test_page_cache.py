"""Kept pages: the same to everybody, never old, bounded; and what none of them may be."""

import gzip
import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Event, Thread
from typing import Any
from uuid import UUID

import brotli
import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.site.test_editorial import EVERYTHING
from conftest import SetClock
from domain.checkups.factory import CHANGE, EDITOR, composed, founded
from domain.directory.factory import AT, FIRST_VISIT, GLASSES, MIS, NORTH, PRICES, SOUTH, row, snapshot
from domain.editorial.factory import doctor, publish, published, reviewed
from feldsher.channels.frontend.look import Look
from feldsher.channels.site import page_cache
from feldsher.channels.site.page_cache import Kept, Shelf
from feldsher.channels.site.views import prices as price_views
from feldsher.domain.checkups import services as checkups
from feldsher.domain.checkups.selectors import programme
from feldsher.domain.directory.models import Practitioner
from feldsher.domain.directory.services import import_snapshot, save_brand, save_counters, set_overlay
from feldsher.domain.directory.types import Kind, RemotePrice
from feldsher.domain.directory.types.brand import BrandChange, Counters
from feldsher.domain.editorial.types import PageKind
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)
PACKED = {"Accept-Encoding": "gzip, deflate, br, zstd"}
CHECKUP = "/checkups/glaza-40/"


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch, set_clock: SetClock) -> Shelf:
    fresh = Shelf(1024 * 1024)
    monkeypatch.setattr(page_cache, "SHELF", fresh)
    set_clock(AT)
    return fresh


@pytest.fixture
def clinic() -> UUID:
    """Found a clinic with prices, a programme and a page; return the branch in the north."""
    founded()
    composed()
    priced(1900)
    published(PageKind.NEWS, body=EVERYTHING)
    return row(Kind.LOCATION, NORTH.id)


def ask(address: str, *, cookies: dict[str, str] | None = None, **headers: str) -> HttpResponse:
    """Ask as a browser does; cookies are those that it already has."""
    client = Client(headers=PACKED | headers)
    client.cookies.load(cookies or {})
    return client.get(address)


def text(response: HttpResponse) -> str:
    assert response.status_code == 200
    coding = response.headers.get("Content-Encoding", "")
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(response.content)
    return html.unescape(unpacked.decode()).replace("\u00a0", " ")


def queries(address: str, **more: Any) -> int:
    """Return how many questions an answer cost: one of a page that is kept."""
    with CaptureQueriesContext(connection) as asked:
        assert ask(address, **more).status_code in {200, 304}
    return len(asked)


def is_kept(address: str, **more: Any) -> bool:
    return queries(address, **more) == 1


def priced(amount: int, *, location: str | None = NORTH.id) -> None:
    """Let the MIS say another price of the first visit."""
    changed = RemotePrice(FIRST_VISIT.id, location, None, Decimal(amount))
    others = tuple(
        each for each in PRICES if (each.service_id, each.location_id) != (FIRST_VISIT.id, location)
    )
    import_snapshot(MIS, snapshot=snapshot(prices=(*others, changed)))


def pages(north: UUID) -> tuple[str, ...]:
    return (
        "/branches/",
        "/prices/",
        f"/prices/?location={north}",
        "/checkups/",
        CHECKUP,
        "/news/",
        "/news/proba/",
    )


def test_a_page_is_made_once_and_then_costs_one_question(clinic: UUID) -> None:
    for address in pages(clinic):
        made = ask(address)
        assert re.fullmatch(r'W/"[0-9a-f]{32}"', made.headers["ETag"])
        with CaptureQueriesContext(connection) as asked:
            again = ask(address)
        assert (len(asked), again.content) == (1, made.content), address
        assert again.headers["Content-Encoding"] == "br"
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert {part.strip() for part in again.headers["Vary"].split(",")} == {"Cookie", "Accept-Encoding"}
        assert again.headers["Content-Security-Policy"] == made.headers["Content-Security-Policy"]


def test_what_a_browser_has_is_not_sent_again(clinic: UUID) -> None:
    etag = ask("/prices/").headers["ETag"]
    again = ask("/prices/", **{"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    priced(2100)
    assert ask("/prices/", **{"If-None-Match": etag}).status_code == 200


def test_no_price_is_shown_after_the_sync_that_changed_it(clinic: UUID) -> None:
    for amount in (2100, 2200, 2300):
        priced(amount)
        shown = f"{amount // 1000} {amount % 1000} ₽"
        assert shown in text(ask("/prices/"))
        assert is_kept("/prices/")
        assert shown in text(ask("/prices/"))


def test_a_price_of_another_branch_leaves_the_page_and_one_of_all_branches_does_not(clinic: UUID) -> None:
    north, south = f"/prices/?location={clinic}", f"/prices/?location={row(Kind.LOCATION, SOUTH.id)}"
    ask(north)
    ask(south)
    priced(2100)
    assert is_kept(south)
    assert not is_kept(north)
    glasses = RemotePrice(GLASSES.id, None, None, Decimal(850))
    import_snapshot(MIS, snapshot=snapshot(prices=(*PRICES[:2], glasses)))
    assert "850 ₽" in text(ask(north))
    assert "850 ₽" in text(ask(south))


def test_a_sync_that_changes_nothing_leaves_every_page(clinic: UUID) -> None:
    priced(2100)
    for address in pages(clinic):
        ask(address)
    priced(2100)
    assert [address for address in pages(clinic) if not is_kept(address)] == []


def test_what_staff_change_is_shown_at_once(clinic: UUID) -> None:
    for address in pages(clinic):
        ask(address)
    save_brand(BrandChange("Новое имя", hue=None), author="test")
    assert [address for address in pages(clinic) if "Новое имя" not in text(ask(address))] == []
    set_overlay(Kind.LOCATION, target=clinic, field="address", value="Новая улица, 7", author="test")
    assert "Новая улица, 7" in text(ask("/branches/"))


def test_a_programme_is_its_own(clinic: UUID) -> None:
    ask(CHECKUP)
    checkups.save_programme(replace(CHANGE, name="Другая", slug="other"), staff=EDITOR)
    assert is_kept(CHECKUP)
    own = programme("glaza-40").id
    checkups.set_price(own, location_id=None, amount=Decimal(2000), since=AT.date(), staff=EDITOR)
    assert not is_kept(CHECKUP)


def test_an_editor_s_page_is_made_anew_when_it_is_published_and_not_for_a_draft(clinic: UUID) -> None:
    other = published(PageKind.NEWS, slug="other", title="Другая")
    for address in ("/news/", "/news/proba/", "/news/other/"):
        ask(address)
    other.title = "Правка"
    other.save_revision()
    assert is_kept("/news/")
    assert is_kept("/news/other/")
    publish(other)
    assert "Правка" in text(ask("/news/other/"))
    assert "Правка" in text(ask("/news/"))
    assert is_kept("/news/proba/")
    other.unpublish()
    assert ask("/news/other/").status_code == 404
    assert "Правка" not in text(ask("/news/"))


def test_a_page_that_links_to_others_is_made_anew_with_any_of_them(clinic: UUID) -> None:
    target = published(PageKind.NEWS, slug="target")
    link = ({"type": "text", "value": f'<p><a linktype="page" id="{target.pk}">туда</a></p>'},)
    published(PageKind.NEWS, slug="links", body=link)
    assert "/news/target/" in text(ask("/news/links/"))
    target.slug = "moved"
    publish(target)
    assert "/news/moved/" in text(ask("/news/links/"))


def test_a_medical_page_is_made_anew_with_its_doctors_even_with_whom_they_became() -> None:
    who = reviewed(slug="dry-eye")
    address = "/conditions/dry-eye/"
    assert "Небывалова" in text(ask(address))
    Practitioner.objects.filter(pk=who).update(degree="к. м. н.")
    assert not is_kept(address)
    other = doctor("Выдуманова")
    Practitioner.objects.filter(pk=who).update(merged_into=other)
    assert "Выдуманова" in text(ask(address))
    Practitioner.objects.filter(pk=who).update(merged_into=None)
    assert "Выдуманова" not in text(ask(address))


@pytest.fixture(params=["before", "after"])
def moment_is_taken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Take the moment before a page is made, as the product does, or after it, which is the control."""
    if request.param == "after":
        page_of = page_cache._page

        def late(*args: Any, **named: Any) -> Any:
            return page_of(*args, **(named | {"since": page_cache.freshness.moment()}))

        monkeypatch.setattr(page_cache, "_page", late)
    return str(request.param)


def test_a_write_between_reading_and_keeping_is_seen(
    clinic: UUID, moment_is_taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync commits after the page has read its prices and before it is kept."""
    render = price_views.page

    def slow(*args: Any, **named: Any) -> HttpResponse:
        writer = Thread(target=committed)
        writer.start()
        writer.join()
        return render(*args, **named)

    def committed() -> None:
        priced(2100)
        connection.close()

    monkeypatch.setattr(price_views, "page", slow)
    assert "1 900 ₽" in text(ask("/prices/"))
    monkeypatch.setattr(price_views, "page", render)
    is_stale = "1 900 ₽" in text(ask("/prices/"))
    assert is_stale is (moment_is_taken == "after")


def test_a_writer_that_has_not_ended_when_the_page_is_made_makes_it_old_when_it_has(clinic: UUID) -> None:
    """Its marks are not seen, nor are its rows; both are, once it commits, however early it began."""
    began, made = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            priced(2100)
            began.set()
            made.wait(10)
        connection.close()

    writer = Thread(target=write)
    writer.start()
    began.wait(10)
    assert "1 900 ₽" in text(ask("/prices/"))
    assert is_kept("/prices/")
    made.set()
    writer.join()
    assert "2 100 ₽" in text(ask("/prices/"))


def test_a_write_that_is_taken_back_leaves_the_page(clinic: UUID) -> None:
    ask("/prices/")
    with transaction.atomic():
        priced(2100)
        transaction.set_rollback(True)
    assert is_kept("/prices/")


def test_what_depends_on_the_clock_holds_for_its_minute(clinic: UUID, set_clock: SetClock) -> None:
    set_clock(AT.replace(second=1))
    ask("/branches/")
    set_clock(AT.replace(second=59))
    assert is_kept("/branches/")
    set_clock(AT.replace(second=0) + timedelta(minutes=1))
    assert not is_kept("/branches/")


def test_a_look_and_a_choice_about_counters_are_pages_of_their_own(clinic: UUID) -> None:
    save_counters(Counters(metrika="12345"), staff=EDITOR)
    asked = text(ask("/branches/"))
    agreed = ask("/branches/", cookies={"cookies": "yes.metrika"})
    dark = text(ask("/branches/", cookies={"look": "dark..."}))
    assert "Принять" in asked
    assert "Принять" not in text(agreed)
    assert "mc.yandex.ru" in agreed.headers["Content-Security-Policy"]
    assert ('data-look="dark"' in dark, 'data-look="dark"' in asked) == (True, False)
    assert "mc.yandex.ru" not in ask("/branches/").headers["Content-Security-Policy"]
    assert text(ask("/branches/")) == asked
    assert is_kept("/branches/", cookies={"look": "dark...", "csrftoken": "x" * 32})


def test_what_is_not_everybody_s_is_made_each_time(clinic: UUID, shelf: Shelf) -> None:
    for address in (
        *("/", "/doctors/", "/services/", f"/branches/{clinic}/", "/call/", "/look/", "/cookies/"),
        *("/prices/?q=при", f"/prices/?location={clinic}&q=a", "/branches/?utm_source=letter"),
        *(f"{CHECKUP}?age=40&sex=f", f"{CHECKUP}?live=1", "/search/?q=при", "/prices/?x=1"),
        *(
            f"/prices/?location={{{clinic}}}",
            f"/prices/?location={clinic.hex}",
            f"/prices/?location={clinic}&",
        ),
        *(f"/prices/?location={clinic}%20", f"/prices/?%6cocation={clinic}", "/news/?page=01"),
        *("/prices/?=x&q=при", "/prices/?=1", "/branches/?=", "/branches/?=7"),
    ):
        assert ask(address).status_code == 200, address
    assert ask("/branches/", Referer="https://example.org/").status_code == 200
    assert ask("/news/no-such/").status_code == 404
    assert Client().get("/branches/").headers.get("ETag") is None
    none = Client(headers={"Accept-Encoding": "zstd, br;q=0, gzip;q=0"}).get("/branches/")
    assert none.headers.get("ETag") is None
    assert Client(headers=PACKED).head("/branches/").status_code == 200
    assert len(shelf) == 0


def test_a_reader_gets_a_page_in_a_coding_that_it_takes(clinic: UUID, shelf: Shelf) -> None:
    asked = {
        told: Client(headers={"Accept-Encoding": told}).get("/branches/") for told in ("br", "gzip", "*")
    }
    codings = [each.headers.get("Content-Encoding", "") for each in asked.values()]
    assert (codings[:2], len(shelf)) == (["br", "gzip"], 2)
    assert text(asked["br"]) == text(asked["gzip"])
    assert asked["br"].headers["ETag"] == asked["gzip"].headers["ETag"]
    assert len(asked["br"].content) < len(asked["gzip"].content)


def test_a_host_makes_no_page_of_its_own_where_the_site_knows_its_address(
    clinic: UUID, settings: Any, shelf: Shelf
) -> None:
    settings.SITE_URL = "https://clinic.example"
    ask("/branches/")
    assert is_kept("/branches/", Host="testserver:8080")
    assert "testserver" not in text(ask("/branches/", Host="testserver:8081"))
    assert len(shelf) == 1


def test_a_page_with_a_form_s_token_is_not_kept(
    clinic: UUID, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = price_views.page

    def with_token(request: Any, *args: Any, **named: Any) -> HttpResponse:
        get_token(request)
        return render(request, *args, **named)

    monkeypatch.setattr(price_views, "page", with_token)
    assert ask("/prices/").status_code == 200
    assert ask("/prices/", cookies={"csrftoken": "x" * 32}).status_code == 200
    assert len(shelf) == 0


def test_it_may_be_switched_off(clinic: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "SHELF", Shelf(0))
    assert queries("/branches/") == queries("/branches/") == 2


def test_a_shelf_gives_up_what_was_asked_for_least_lately() -> None:
    shelf = Shelf(3 * 3_000)
    keys = [page_cache.Key(str(number), "br", Look(), "") for number in range(4)]
    made = Kept(b"x" * 1_000, "br", "", "", frozenset(), "", clock.now())
    for key in keys[:3]:
        shelf.put(key, made)
    shelf.get(keys[0])
    shelf.put(keys[3], made)
    assert [shelf.get(key) is not None for key in keys] == [True, False, True, True]
    assert shelf.size == 9_000
    shelf.put(keys[0], Kept(b"x" * 9_000, "br", "", "", frozenset(), "", clock.now()))
    assert (shelf.get(keys[0]), shelf.size) == (None, 6_000)


def marks() -> dict[str, str]:
    """Return which tables mark what kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger"
            " WHERE tgname = 'freshness_update'"
        )
        return {table: words.partition("\\000")[0] for table, words in cursor.fetchall()}


def test_a_page_rests_on_every_table_that_it_reads(clinic: UUID, shelf: Shelf) -> None:
    known = marks()
    assert known["directory_price"] == "price"
    unmarked: dict[str, set[str]] = {}
    reviewed(slug="dry-eye")
    for address in (*pages(clinic), "/pages/", "/conditions/", "/conditions/dry-eye/"):
        with CaptureQueriesContext(connection) as asked:
            ask(address)
        (page,) = [shelf.get(key) for key in shelf._pages if key.address.endswith(address)]
        assert page is not None
        kinds = {tag.partition(":")[0] for tag in page.tags}
        read = {
            table
            for query in asked.captured_queries
            for table in re.findall(r'(?:FROM|JOIN)\s+"?([a-z]+_[a-z_]+)"?', query["sql"])
        }
        unmarked[address] = {table for table in read if known.get(table) not in kinds}
    assert unmarked == {address: set() for address in unmarked}
