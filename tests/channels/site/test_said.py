"""Reviews and outside ratings on pages of doctors and branches: what is shown, and where it never stands."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from channels.site.browser import ROOT
from conftest import SetClock
from domain.directory.factory import HEART, row
from domain.reviews.factory import EDITOR, published, waiting
from domain.scheduling.clinic import Ids, open_clinic
from feldsher.channels.site import said
from feldsher.domain.directory.services import merge_practitioners, set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.reviews import services
from feldsher.domain.reviews.types import RATING_COLUMNS

pytestmark = pytest.mark.django_db
TEMPLATES = ROOT / "src" / "feldsher" / "channels" / "site" / "templates" / "site"


@pytest.fixture
def ids() -> Ids:
    return open_clinic()


def pages(ids: Ids) -> dict[str, str]:
    addresses = (f"/doctors/{ids.eye}/", f"/branches/{ids.north}/")
    return {address: Client().get(address).content.decode() for address in addresses}


def rate(ids: Ids) -> None:
    rows = [
        f"{source};{of};4,8;120;01.11.2026;https://{host}/1"
        for source, host in (("Яндекс", "yandex.ru"), ("2ГИС", "2gis.ru"), ("ПроДокторов", "prodoctorov.ru"))
        for of in (f"{ids.eye};", f";{ids.north}")
    ]
    table = "\n".join((";".join(RATING_COLUMNS), *rows))
    assert services.load_ratings(table.encode(), staff=EDITOR) == 6


def test_json_ld_has_neither_own_reviews_nor_outside_ratings(ids: Ids) -> None:
    """Search engines take a clinic's reviews of itself for self-serving, and outside ratings are not ours."""
    bare = {page: _data(body) for page, body in pages(ids).items()}
    published(ids.eye, ids.north, text="Ждал долго.", stars=2)
    rate(ids)
    for page, body in pages(ids).items():
        assert _data(body) == bare[page]
        assert "Ждал долго." in body
        for source in ("Яндекс", "2ГИС", "ПроДокторов"):
            assert f">{source}</a>" in body
        assert body.count("120\u00a0отзывов, на&nbsp;01.11.2026") == 3
        assert body.count('rel="nofollow noopener noreferrer"') == 3


def _data(body: str) -> str:
    """Return the page's data for machines, which say nothing of reviews."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)
    assert not re.search("review|rating", found, re.IGNORECASE)
    return str(found)


def test_38_fz_no_page_with_an_advertisement_has_reviews() -> None:
    """Art. 24, part 3: no thanks and no tales of cures in advertising."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")}
    showing = {name for name, text in texts.items() if "site/_reviews.html" in text}
    adverts = {name for name, text in texts.items() if "advert" in text}
    assert showing == {"branch.html", "doctor.html"}
    assert len(adverts) >= 5
    assert not showing & adverts


def test_what_nobody_has_looked_at_is_not_shown(ids: Ids) -> None:
    waiting(ids.eye, ids.north, text="Ждал долго.")
    for body in pages(ids).values():
        assert "Ждал долго." not in body
        assert 'id="reviews"' not in body


def test_what_a_patient_wrote_is_text(ids: Ids) -> None:
    published(ids.eye, ids.north, text="<script>alert(1)</script>\n\nhttps://evil.example")
    for body in pages(ids).values():
        assert "&lt;script&gt;alert(1)" in body
        assert "<script>alert" not in body
        assert 'href="https://evil.example' not in body


def test_a_branch_names_the_doctor_whom_a_review_is_about(ids: Ids) -> None:
    published(ids.eye, ids.north)
    doctor, branch = pages(ids).values()
    assert f'<a class="reviews-about" href="/doctors/{ids.eye}/">' in branch
    assert "reviews-about" not in doctor


def test_a_merged_doctor_keeps_what_was_said_of_them(ids: Ids) -> None:
    heart = row(Kind.PRACTITIONER, HEART.id)
    published(heart, ids.north, text="Ждал долго.", stars=2)
    table = f"Яндекс;{heart};;4,8;120;01.11.2026;https://yandex.ru/1\n"
    services.load_ratings((";".join(RATING_COLUMNS) + "\n" + table).encode(), staff=EDITOR)
    rate(ids)
    doctor, branch = pages(ids).values()
    assert ("Ждал долго." in doctor, doctor.count('class="ratings"')) == (False, 1)
    merge_practitioners(ids.eye, other=heart, author="test")
    doctor, branch = pages(ids).values()
    assert "Ждал долго." in doctor
    assert doctor.count(">Яндекс</a>") == 1
    assert f'<a class="reviews-about" href="/doctors/{heart}/">' not in branch
    assert f'<a class="reviews-about" href="/doctors/{ids.eye}/">' in branch


def test_days_are_those_of_the_branch(ids: Ids, set_clock: SetClock) -> None:
    set_overlay(Kind.LOCATION, target=ids.south, field="zone", value="Asia/Yekaterinburg", author="test")
    set_clock(datetime(2026, 11, 25, 20, tzinfo=UTC))
    published(ids.eye, ids.south)
    set_clock(datetime(2026, 11, 25, 22, tzinfo=UTC))
    published(ids.eye, ids.north)
    doctor, _ = pages(ids).values()
    assert "с&nbsp;26.11.2026, только" in doctor
    assert doctor.count('<span class="second">26.11.2026</span>') == 2


def test_reviews_come_by_tens_and_the_way_to_more_ends(ids: Ids, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(12):
        published(ids.eye, ids.north)
    page = f"/doctors/{ids.eye}/"
    first, second = (Client().get(f"{page}?reviews={tens}").content.decode() for tens in ("x", "2"))
    assert (first.count('class="reviews-head"'), second.count('class="reviews-head"')) == (10, 12)
    assert re.search(rf'href="{page}\?location={ids.north}[^"]*&amp;reviews=2#reviews"', first)
    assert "#reviews" not in second
    monkeypatch.setattr(said, "MOST_PAGES", 1)
    capped = Client().get(f"{page}?reviews=99").content.decode()
    assert (capped.count('class="reviews-head"'), "#reviews" in capped) == (10, False)
