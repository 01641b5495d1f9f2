"""Editors' pages as anybody reads them."""

import html as markup
import re
from datetime import date
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Drawing
from wagtail.images.models import Image

from channels.desk.factory import signed_in
from domain.editorial.factory import draft, published
from domain.scheduling.staff import EDITOR
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types.brand import Counters
from feldsher.domain.editorial.models import StoredFile
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
NOINDEX = '<meta name="robots" content="noindex">'
WARNING = "Имеются противопоказания. Необходима консультация специалиста"
EVERYTHING = (
    {"type": "heading", "value": "Когда идти к врачу"},
    {
        "type": "text",
        "value": '<p>Смотрите <b>вдаль</b>, <a href="https://example.org/">вот так</a>.</p><p>И ещё.</p>',
    },
    {"type": "list", "value": {"items": ["Свет", "Покой"], "is_numbered": True}},
    {"type": "table", "value": {"caption": "Нормы", "text": "Возраст | Доля\n40 лет | 1 из 10"}},
    {"type": "note", "value": {"tone": "danger", "text": "Не трите глаз."}},
    {"type": "faq", "value": [{"question": "Больно ли это?", "answer": "Нет."}]},
    {
        "type": "sources",
        "value": [
            {"kind": "pubmed", "reference": "31462531", "title": "О глазах"},
            {"kind": "guideline", "reference": "62_3", "title": "Сухой глаз"},
            {"kind": "address", "reference": "https://example.org/a", "title": "Памятка"},
        ],
    },
    {"type": "advertisement", "value": {"title": "Осмотр", "text": "Полный.", "terms": "1 900 ₽"}},
)


def html(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("kind", [kind for kind in PageKind if not kind.is_medical])
def test_a_page_stands_in_the_list_of_its_kind_and_a_draft_nowhere(kind: PageKind) -> None:
    published(kind, title="Видна всем")
    draft(kind, slug="draft", title="Не видна")
    listed = html(f"/{kind}/")
    assert "Видна всем" in listed
    assert f'href="/{kind}/proba/"' in listed
    assert "Не видна" not in listed
    assert "<h1>Видна всем</h1>" in html(f"/{kind}/proba/")
    assert Client().get(f"/{kind}/draft/").status_code == 404
    assert Client().get(f"/{kind}/nothing/").status_code == 404


def test_each_block_has_its_markup_and_no_other() -> None:
    published(body=EVERYTHING)
    page = html("/news/proba/")
    for part in (
        '<h2 id="part-1">Когда идти к врачу</h2>',
        "<strong>вдаль</strong>",
        '<a href="https://example.org/">вот так</a>',
        '<ol class="article-list"><li>Свет</li><li>Покой</li></ol>',
        '<th scope="col">Возраст</th>',
        "<td>1 из 10</td>",
        '<div class="note note-danger">',
        "<summary>Больно ли это?</summary>",
        'href="https://pubmed.ncbi.nlm.nih.gov/31462531/"',
        'href="https://cr.minzdrav.gov.ru/view-cr/62_3"',
    ):
        assert part in page
    assert "<script>" not in page
    assert "style=" not in page


def test_an_offer_carries_the_warning_within_itself() -> None:
    published(body=EVERYTHING)
    page = html("/news/proba/")
    offer = page[page.index('<section class="ad advert"') :]
    assert WARNING in offer[: offer.index("</section>")]


def test_markup_and_addresses_that_an_editor_s_request_smuggles_in_stay_text() -> None:
    published(
        body=[
            {"type": "text", "value": '<p><a href="javascript:alert(1)">щёлк</a><img src=x onerror=1></p>'},
            {"type": "text", "value": '<p><a href="https://[ссылка]/">в никуда</a></p>'},
            {"type": "heading", "value": "<script>alert(1)</script>"},
        ]
    )
    page = html("/news/proba/")
    assert "javascript:" not in page
    assert "ссылка" not in page
    assert "onerror" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_list_has_twenty_a_page_and_no_page_beyond_its_last() -> None:
    for number in range(21):
        published(slug=f"n{number}", title=f"Новость номер {number:02}")
    assert html("/news/").count("Новость номер") == 20
    assert html("/news/?page=2").count("Новость номер") == 1
    for wrong in ("0", "3", "-1", "x", "1e9", ""):
        assert Client().get(f"/news/?page={wrong}").status_code == 404


# Wagtail leaves a temporary file of each rendition to the collector of garbage.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_image_comes_in_three_formats_with_its_size_and_without_what_the_camera_knew() -> None:
    out = BytesIO()
    drawn = Drawing.new("RGB", (1600, 900), "#2f7d63")
    exif = drawn.getexif()
    exif[0x010E] = "where it was taken"
    drawn.save(out, "JPEG", exif=exif)
    image = Image.objects.create(title="a", file=ImageFile(BytesIO(out.getvalue()), name="a.jpg"))
    published(body=[{"type": "picture", "value": {"image": image.pk, "alt": "Коридор", "caption": ""}}])
    page = html("/news/proba/")
    assert 'width="1200" height="675" alt="Коридор"' in page
    for kind, ending in (("avif", ".avif"), ("webp", ".webp"), ("jpeg", ".jpg")):
        address = next(
            part for part in page.split('"') if part.startswith("/media/") and part.endswith(ending)
        )
        answer = Client().get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, f"image/{kind}")
        assert "immutable" in answer["Cache-Control"]
        assert b"where it was taken" not in answer.content
        if kind == "jpeg":
            assert told(page)["og:image"] == f"http://testserver{address}", "of the page's first picture"
    original = StoredFile.objects.get(name__startswith="original_images/")
    assert b"where it was taken" in out.getvalue()
    assert b"where it was taken" not in bytes(original.content)
    assert Client().get(f"/media/{original.name}").status_code == 404


def test_the_name_of_an_image_is_never_another_s() -> None:
    names = set()
    for _ in range(2):
        name = default_storage.save("images/a.png", ContentFile(b"bytes"))
        names.add(name)
        default_storage.delete(name)
    assert len(names) == 2


def test_a_link_to_a_page_leads_where_it_stands() -> None:
    other = published(slug="other")
    text = f'<p><a linktype="page" id="{other.pk}">туда</a> <a linktype="page" id="2">никуда</a></p>'
    published(body=[{"type": "text", "value": text}])
    assert '<a href="/news/other/">туда</a> никуда' in html("/news/proba/")


def test_a_promotion_that_is_over_leaves_the_list_and_says_so() -> None:
    published(PageKind.PROMOTION, starts_on=date(2020, 1, 1), ends_on=date(2020, 1, 31))
    assert "Проба" not in html("/promotions/")
    page = html("/promotions/proba/")
    assert "Акция закончилась" in page
    assert NOINDEX in page


def told(page: str) -> dict[str, str]:
    """Return what a page says of itself: title, canonical address, description, Open Graph."""
    found = re.findall(r'<meta (?:name|property)="([a-z:_]+)" content="([^"]*)">', page)
    found += re.findall(r'<link rel="(canonical)" href="([^"]+)">', page)
    found += re.findall("<(title)>(.*?)</title>", page)
    return {name: markup.unescape(text) for name, text in found}


def test_a_page_says_its_title_lead_address_and_way() -> None:
    published(title="Часы «зимой»")
    page = html("/news/proba/?utm_source=a")
    said = told(page)
    assert said["title"] == "Часы «зимой». Запись к врачу"
    assert said["description"] == said["og:description"] == "Коротко о главном."
    assert said["canonical"] == said["og:url"] == "http://testserver/news/proba/"
    assert "robots" not in said
    assert "og:image" not in said, "neither a picture nor a logo"
    crumbs = page.split('class="crumbs"')[1].split("</nav>")[0]
    assert re.findall('<(?:a href="([^"]+)"|span)>([^<]+)</', crumbs) == [
        ("/", "Главная"),
        ("/news/", "Новости"),
        ("", "Часы «зимой»"),
    ]


def test_each_page_of_a_list_has_an_address_of_its_own_and_an_empty_list_none() -> None:
    empty = told(html("/news/"))
    assert (empty["robots"], empty["canonical"]) == ("noindex", "http://testserver/news/")
    for number in range(21):
        published(slug=f"n{number}")
    first, again, second = (told(html(f"/news/{query}")) for query in ("", "?page=1", "?page=2"))
    assert first == again
    assert (first["canonical"], first["title"]) == ("http://testserver/news/", "Новости. Запись к врачу")
    assert second["canonical"] == "http://testserver/news/?page=2"
    assert second["title"] == "Новости, страница 2. Запись к врачу"
    assert first["description"] != second["description"]
    assert "robots" not in {*first, *second}


def test_a_draft_is_not_indexed_says_nothing_of_itself_and_counts_nobody() -> None:
    directory.save_counters(Counters(metrika="1"), staff=EDITOR)
    row = draft()
    client = signed_in(Role.EDITOR)
    client.post("/cookies/", {"counters": "yes"}, headers={"Sec-Fetch-Site": "same-origin"})
    address = f"/desk/editorial/pages/{row.pk}/edit/preview/"
    sent = {"title": row.title, "slug": row.slug, "lead": row.lead, "body-count": "0"}
    assert client.post(address, sent).json()["is_valid"] is True
    answer = client.get(address)
    page = answer.content.decode()
    said = told(page)
    assert (said["robots"], said["title"]) == ("noindex", "Проба. Запись к врачу")
    assert not {"canonical", "og:url"} & set(said)
    assert "ld+json" not in page
    assert "data-counter" not in page
    published(slug="other")
    seen = client.get("/news/other/")
    assert "data-counter" in seen.content.decode(), "the same reader on a page that is published"
