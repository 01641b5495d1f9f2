"""What editors' pages say in schema.org's words: of each kind its own, never an offer, a review, a rating."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.site.test_editorial import EVERYTHING
from channels.site.test_structured import Graph, compiled, graph_of
from domain.editorial.factory import doctor, draft, published, read, staff
from feldsher.channels.site.structured_pages import text_page
from feldsher.domain.directory.models import Location, Organization, Practitioner, PractitionerRole, Specialty
from feldsher.domain.editorial import selectors, services
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"type": "heading", "value": "Вопросы"},
    {
        "type": "faq",
        "value": [
            {"question": "Больно ли это?", "answer": "Нет."},
            {"question": "Долго ли?", "answer": "Десять минут."},
        ],
    },
    *(block for block in EVERYTHING if block["type"] == "sources"),
)


def graph(address: str) -> Graph:
    return graph_of(Client().get(address).content.decode())


def of_type(found: Graph, name: str) -> dict[str, Any]:
    (thing,) = (thing for thing in found if thing["@type"] == name)
    return thing


def types(found: Graph) -> list[str]:
    return sorted(thing["@type"] for thing in found)


@pytest.fixture
def reviewer() -> Staff:
    """A doctor of the clinic with a category and a degree, who sees patients."""
    key = doctor()
    place = Location.objects.create(
        organization=Organization.objects.create(name="Икс"), name="Север", city="А", zone="Europe/Moscow"
    )
    trade = Specialty.objects.create(slug="oft", text="офтальмолог", key="офтальмолог", title="офтальмолог")
    PractitionerRole.objects.create(practitioner_id=key, location=place, specialty=trade)
    Practitioner.objects.filter(pk=key).update(
        category="врач высшей категории", degree="кандидат медицинских наук"
    )
    return staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)


def medical(kind: PageKind, reviewer: Staff, body: Any = EVERYTHING) -> str:
    """Publish a medical page by its doctor's word; returns its address."""
    key = reviewer.practitioner_id
    row = draft(kind, body=body, author=key, reviewer=key, is_ready=True)
    services.approve(reviewer, page=row.pk, digest=read(row), months=12)
    return f"/{kind}/proba/"


def every_kind(reviewer: Staff) -> dict[str, Graph]:
    for kind in PageKind:
        if kind.is_medical:
            medical(kind, reviewer)
        else:
            published(kind, body=EVERYTHING)
    return {kind.name: graph(f"/{kind}/proba/") for kind in PageKind}


def test_each_kind_of_page_is_of_its_type(reviewer: Staff) -> None:
    assert {name: types(found) for name, found in every_kind(reviewer).items()} == {
        "ARTICLE": ["BreadcrumbList", "MedicalWebPage"],
        "CONDITION": ["BreadcrumbList", "MedicalCondition", "MedicalWebPage"],
        "PROMOTION": ["BreadcrumbList", "WebPage"],
        "NEWS": ["BreadcrumbList", "NewsArticle"],
        "LANDING": ["BreadcrumbList", "WebPage"],
        "LEGAL": ["BreadcrumbList", "WebPage"],
    }
    assert types(graph("/news/")) == ["BreadcrumbList"]


@pytest.mark.slow
def test_each_uses_the_vocabulary_as_it_is(reviewer: Staff, tmp_path: Path) -> None:
    graphs = every_kind(reviewer)
    published(PageKind.LANDING, slug="faq", body=QUESTIONS)
    assert compiled({**graphs, "faq": graph("/pages/faq/")}, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("thing", "wrong"),
    [
        ({"@type": "NewsArticle", "headline": "А", "lastReviewed": "2026-11-01"}, "lastReviewed"),
        ({"@type": "MedicalWebPage", "reviewedBy": {"@type": "MedicalCondition", "name": "А"}}, "reviewedBy"),
        ({"@type": "MedicalCondition", "name": "А", "citation": "Б"}, "citation"),
        ({"@type": "FAQPage", "questions": []}, "questions"),
        ({"@type": "Person", "hasCredential": {"@type": "Offer"}}, "hasCredential"),
    ],
)
def test_control_a_wrong_word_of_theirs_is_caught(thing: object, wrong: str, tmp_path: Path) -> None:
    assert len(compiled({"page": [thing]}, tmp_path)) == 1, wrong


def test_an_article_says_who_wrote_it_who_checked_it_when_and_on_what_it_rests(reviewer: Staff) -> None:
    said = of_type(graph(medical(PageKind.ARTICLE, reviewer)), "MedicalWebPage")
    person = {
        "@type": "Person",
        "name": "Небывалова Анна Сергеевна",
        "url": f"http://testserver/doctors/{reviewer.practitioner_id}/",
        "jobTitle": "офтальмолог",
        "hasCredential": [
            {"@type": "EducationalOccupationalCredential", "name": "врач высшей категории"},
            {"@type": "EducationalOccupationalCredential", "name": "кандидат медицинских наук"},
        ],
        "worksFor": {"@id": "http://testserver/#organization"},
    }
    assert (said["author"], said["reviewedBy"]) == (person, person)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["lastReviewed"])
    assert said["dateModified"][:4] == said["lastReviewed"][:4]
    assert [(source["name"], source.get("identifier"), source["url"]) for source in said["citation"]] == [
        ("О глазах", "PubMed 31462531", "https://pubmed.ncbi.nlm.nih.gov/31462531/"),
        ("Сухой глаз", "Клинические рекомендации 62_3", "https://cr.minzdrav.gov.ru/view-cr/62_3"),
        ("Памятка", None, "https://example.org/a"),
    ]
    page = Client().get("/articles/proba/").content.decode()
    assert "офтальмолог, врач высшей категории, кандидат медицинских наук" in page, "what machines read"


def test_an_article_and_a_list_ask_their_own_number_of_questions(reviewer: Staff) -> None:
    asked = {}
    for address in (medical(PageKind.ARTICLE, reviewer), "/articles/"):
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(address).status_code == 200
        asked[address] = len(queries)
    assert asked == {"/articles/proba/": 6, "/articles/": 5}


def test_a_condition_is_what_its_page_is_about(reviewer: Staff) -> None:
    found = graph(medical(PageKind.CONDITION, reviewer))
    condition = of_type(found, "MedicalCondition")
    assert condition["name"] == "Проба"
    assert of_type(found, "MedicalWebPage")["mainEntity"] == {"@id": condition["@id"]}


def test_a_doctor_who_has_left_has_no_page_and_one_whom_nobody_knows_is_not_said(reviewer: Staff) -> None:
    address = medical(PageKind.ARTICLE, reviewer)
    Practitioner.objects.filter(pk=reviewer.practitioner_id).update(closed_at=clock.now())
    said = of_type(graph(address), "MedicalWebPage")
    assert said["reviewedBy"]["name"] == "Небывалова Анна Сергеевна"
    assert not {"url", "worksFor"} & set(said["reviewedBy"])
    shown = selectors.page(PageKind.ARTICLE, slug="proba")
    assert shown.trust is not None
    nobody = replace(shown.trust.reviewer, is_known=False)
    unknown = replace(shown, trust=replace(shown.trust, author=nobody, reviewer=nobody))
    page, *_ = text_page(unknown, {"@id": "x"}, origin="", path="/a/", doctors={})
    assert not {"author", "reviewedBy"} & set(page)
    assert "lastReviewed" in page


def test_a_page_of_questions_is_a_faq_and_a_page_with_questions_is_none(reviewer: Staff) -> None:
    published(PageKind.LANDING, slug="faq", body=QUESTIONS)
    asked = of_type(graph("/pages/faq/"), "FAQPage")["mainEntity"]
    assert [(item["name"], item["acceptedAnswer"]["text"]) for item in asked] == [
        ("Больно ли это?", "Нет."),
        ("Долго ли?", "Десять минут."),
    ]
    assert "FAQPage" in types(graph(medical(PageKind.ARTICLE, reviewer, QUESTIONS)))
    for number, block in enumerate(
        block for block in EVERYTHING if block["type"] in {"text", "advertisement"}
    ):
        published(PageKind.LANDING, slug=f"no{number}", body=(*QUESTIONS, block))
        assert "FAQPage" not in types(graph(f"/pages/no{number}/"))
    published(PageKind.LANDING, slug="none", body=QUESTIONS[:1])
    assert "FAQPage" not in types(graph("/pages/none/"))


def test_no_page_of_an_editor_says_an_offer_a_price_a_review_or_a_rating(reviewer: Staff) -> None:
    graphs = every_kind(reviewer)
    published(PageKind.PROMOTION, slug="old", body=EVERYTHING, ends_on=date(2020, 1, 1))
    said = json.dumps({**graphs, "old": graph("/promotions/old/")}, ensure_ascii=False)
    assert "1 900 ₽" in Client().get("/promotions/proba/").content.decode(), "which the page does say"
    for word in ("Offer", "price", "Review", "Rating", "1 900"):
        assert not re.search(rf'"{word}|{word}"', said), word


def test_no_text_of_an_editor_breaks_out_of_the_block() -> None:
    published(title="</script><script>alert(1)</script>")
    body = Client().get("/news/proba/").content.decode()
    assert "<script>alert" not in body
    assert of_type(graph_of(body), "NewsArticle")["name"] == "</script><script>alert(1)</script>"
