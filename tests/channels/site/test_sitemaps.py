"""Maps of the site and robots.txt: which pages stand there, with which day, and which never do."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from wagtail.models import Page

from conftest import SetClock
from domain.directory.factory import EYE, FIRST_VISIT, GLASSES, NORTH, SOUTH, row, snapshot, without
from domain.editorial.factory import draft, published, read, staff
from domain.scheduling.exchange.world import found_clinic
from feldsher.channels.site import sitemaps
from feldsher.channels.site.sitemaps import KINDS, Entry, map_xml
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.editorial import services
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 11, 20, 9, tzinfo=UTC)
AFTER = datetime(2026, 11, 25, 9, tzinfo=UTC)
_NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def _clinic(set_clock: SetClock) -> None:
    set_clock(BEFORE)
    found_clinic()


def _map(kind: str) -> dict[str, str]:
    """Return path and day of each page of a map."""
    answer = Client().get(f"/sitemaps/{kind}-1.xml")
    assert answer.status_code == 200
    root = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    return {
        (url.findtext(f"{_NS}loc") or "").removeprefix("http://testserver"): url.findtext(f"{_NS}lastmod")
        or ""
        for url in root
    }


def test_the_index_names_a_map_of_each_kind_and_robots_name_the_index() -> None:
    index = Client().get("/sitemap.xml").content.decode()
    assert re.findall(r"<loc>http://testserver/sitemaps/(\w+)-1\.xml</loc>", index) == list(KINDS)
    robots = Client().get("/robots.txt").content.decode()
    assert "\nSitemap: http://testserver/sitemap.xml\n" in robots
    assert set(KINDS) == {
        *("sections", "doctors", "services", "branches", "listings", "checkups"),
        *("articles", "conditions", "promotions", "news", "pages", "documents"),
    }


def test_each_page_of_a_map_answers_and_is_canonical_and_indexed() -> None:
    client = Client()
    for text in (PageKind.NEWS, PageKind.PROMOTION, PageKind.LANDING, PageKind.LEGAL):
        published(text)
    pages = {path for kind in KINDS for path in _map(kind)}
    of_editors = 2 * 4
    assert len(pages) == (7 + 2) + 3 + 4 + 2 + (3 + 2 + 6) + of_editors, "two price lists, two usual visits"
    for path in pages:
        body = client.get(path).content.decode()
        assert f'<link rel="canonical" href="http://testserver{path}">' in body, path
        assert "noindex" not in body, path


def test_no_map_has_a_booking_a_visit_or_a_cabinet_and_robots_may_not_read_them() -> None:
    pages = [path for kind in KINDS for path in _map(kind)]
    text = Client().get("/robots.txt").content.decode()
    closed = re.findall(r"^Disallow: (\S+)$", text, re.MULTILINE)
    assert "\nClean-param: utm_source&utm_medium&utm_campaign&utm_referrer&ya_token\n" in text
    for door in ("/booking/", "/visit/", "/lk/", "/desk/", "/holds/", "/wait/", "/api/"):
        assert door in closed
    assert not [path for path in pages for door in closed if path.startswith(door)]


def test_a_page_is_of_the_day_when_what_it_shows_changed(set_clock: SetClock) -> None:
    doctor = f"/doctors/{row(Kind.PRACTITIONER, EYE.id)}/"
    first = f"/services/{row(Kind.SERVICE, FIRST_VISIT.id)}/"
    north, south = (row(Kind.LOCATION, name.id) for name in (NORTH, SOUTH))
    assert _map("doctors")[doctor] == "2026-11-20"
    set_clock(AFTER)
    import_snapshot("umc", snapshot=snapshot())
    assert _map("doctors")[doctor] == "2026-11-20", "a sync that changes nothing is no change"
    set_overlay(Kind.LOCATION, target=north, field="hours", value="пн 9:00–10:00", author="test")
    branches = _map("branches")
    assert (branches[f"/branches/{north}/"], branches[f"/branches/{south}/"]) == ("2026-11-25", "2026-11-20")
    assert _map("services")[first] == "2026-11-24", "its price began then"


def test_a_text_is_of_the_day_when_it_changed_or_was_reviewed(set_clock: SetClock) -> None:
    key = row(Kind.PRACTITIONER, EYE.id)
    who = staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)
    page = draft(PageKind.ARTICLE, author=key, reviewer=key, is_ready=True)
    services.approve(who, page=page.pk, digest=read(page), months=12)
    assert set(_map("articles")) == {"/articles/", "/articles/proba/"}
    Page.objects.filter(pk=page.pk).update(last_published_at=BEFORE)
    assert set(_map("articles").values()) == {"2026-11-20"}, "a draft that waits is no change"
    set_clock(AFTER)
    page.refresh_from_db()
    page.save_revision()
    services.approve(who, page=page.pk, digest=read(page), months=12)
    Page.objects.filter(pk=page.pk).update(last_published_at=BEFORE)
    assert set(_map("articles").values()) == {"2026-11-25"}, "the doctor's word of today"


def test_drafts_what_came_down_and_what_is_over_stand_in_no_map() -> None:
    draft(slug="draft")
    published(slug="down").unpublish()
    published(PageKind.PROMOTION, starts_on=date(2020, 1, 1), ends_on=date(2020, 1, 31))
    assert (_map("news"), _map("promotions")) == ({}, {})
    published(slug="there")
    assert set(_map("news")) == {"/news/", "/news/there/"}


def test_who_has_left_and_what_nobody_gives_leave_the_maps() -> None:
    glasses = f"/services/{row(Kind.SERVICE, GLASSES.id)}/"
    assert glasses in _map("services")
    import_snapshot("umc", snapshot=snapshot(practitioners=without(snapshot().practitioners, EYE)))
    assert glasses not in _map("services")
    assert len(_map("doctors")) == 2
    assert not [path for path in _map("listings") if "oftalmologiya" in path]


def test_a_service_of_a_doctor_who_works_nowhere_leaves_the_maps() -> None:
    glasses = f"/services/{row(Kind.SERVICE, GLASSES.id)}/"
    nowhere = replace(EYE, location_ids=())
    others = without(snapshot().practitioners, EYE)
    import_snapshot("umc", snapshot=snapshot(practitioners=(nowhere, *others)))
    assert "noindex" in Client().get(glasses).content.decode()
    assert glasses not in _map("services")
    assert not [path for path in _map("listings") if path.startswith(glasses)]


def test_a_long_map_is_parted_and_no_other_part_or_kind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST", 2)
    entries = [Entry(f"/a&{number}/") for number in range(3)]
    second = map_xml(entries, 2, origin="https://clinic.example")
    assert second is not None
    assert re.findall("<loc>(.*?)</loc>", second) == ["https://clinic.example/a&amp;2/"]
    assert map_xml(entries, 3, origin="") is None
    assert Client().get("/sitemap.xml").content.decode().count("/sitemaps/doctors-") == 2
    for path in ("doctors-9", "doctors-0", "patients-1"):
        assert Client().get(f"/sitemaps/{path}.xml").status_code == 404
