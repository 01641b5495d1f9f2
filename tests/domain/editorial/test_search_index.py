"""What readers find of editors' pages: published articles and conditions, from the moment they are that."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from wagtail.models import Page

from domain.editorial.factory import doctor, draft, published, read, staff
from feldsher.domain.editorial import selectors, services
from feldsher.domain.editorial.models import Content
from feldsher.domain.editorial.types import PageKind
from feldsher.domain.search import selectors as search
from feldsher.domain.search.models import IndexedDocument
from feldsher.domain.search.types import Filling
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

pytestmark = pytest.mark.django_db


def item(**value: str) -> dict[str, object]:
    """Return one of a list as the editor stores it."""
    return {"type": "item", "value": value, "id": "11111111-1111-4111-8111-111111111111"}


BODY = (
    {"type": "heading", "value": "Когда идти к врачу"},
    {"type": "text", "value": "<p>Глаза <b>слезятся</b> на ветру.</p>"},
    {"type": "faq", "value": [item(question="Поможет ли увлажнитель?", answer="Да.")]},
    {
        "type": "sources",
        "value": [item(kind="address", reference="https://example.org/a", title="Первоисточник")],
    },
    {"type": "advertisement", "value": {"title": "Скидка", "text": "Распродажа.", "terms": ""}},
)


@pytest.fixture
def who() -> Staff:
    return staff("doctor", Role.ATTENDING_DOCTOR, practitioner=doctor())


def written(who: Staff, kind: PageKind = PageKind.ARTICLE, **values: object) -> Content:
    key = who.practitioner_id
    return draft(kind, body=BODY, author=key, reviewer=key, is_ready=True, **values)


def approve(row: Content, who: Staff) -> None:
    services.approve(who, page=row.pk, digest=read(row), months=12)
    row.refresh_from_db()


def hits(query: str) -> list[tuple[str, str]]:
    return [(hit.kind, "".join(part.text for part in hit.title)) for hit in search.find(query).hits]


@pytest.mark.parametrize("kind", [PageKind.ARTICLE, PageKind.CONDITION])
def test_a_medical_page_is_found_once_it_is_published_and_not_before(kind: PageKind, who: Staff) -> None:
    row = written(who, kind, title="Синдром сухого глаза")
    assert hits("сухие глаза") == []
    approve(row, who)
    for query in ("сухие глаза", "слезящиеся глаза", "увлажнители"):
        assert hits(query) == [(kind.value, "Синдром сухого глаза")], query
    for aside in ("первоисточник", "распродажа"):
        assert hits(aside) == [], "neither a source nor an advertisement is what a text is about"


def test_what_comes_down_or_is_deleted_is_found_no_more(who: Staff) -> None:
    row = written(who, title="Конъюнктивит")
    approve(row, who)
    row.unpublish()
    assert hits("конъюнктивит") == []
    row.save_revision().publish()
    assert len(hits("конъюнктивит")) == 1
    Page.objects.get(pk=row.pk).delete()
    assert IndexedDocument.objects.count() == 0


def test_a_draft_of_a_published_page_changes_nothing_until_it_is_published(who: Staff) -> None:
    row = written(who, title="Конъюнктивит")
    approve(row, who)
    later = row.get_latest_revision_as_object()
    later.title = "Блефарит"
    later.save_revision()
    assert (hits("блефарит"), len(hits("конъюнктивит"))) == ([], 1)
    approve(row, who)
    assert (len(hits("блефарит")), hits("конъюнктивит")) == (1, [])


def test_the_index_is_written_in_the_transaction_that_publishes(who: Staff) -> None:
    row = written(who, title="Конъюнктивит")

    def fails() -> None:
        with transaction.atomic():
            approve(row, who)
            assert len(hits("конъюнктивит")) == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert hits("конъюнктивит") == []


def test_other_kinds_are_not_found() -> None:
    for kind in PageKind:
        if not kind.is_medical:
            published(kind)
    assert IndexedDocument.objects.count() == 0
    assert services.fill_search() == Filling(0, 0)


def test_the_command_makes_the_index_anew_with_pages_and_without_what_is_none(who: Staff) -> None:
    row = written(who, title="Конъюнктивит")
    approve(row, who)
    written(who, PageKind.CONDITION, title="Блефарит")
    kept = IndexedDocument.objects.values_list("kind", "object_id", "digest").get()
    IndexedDocument.objects.update(object_id="0")
    for said in ("1 documents written, 1 removed", "0 documents written, 0 removed"):
        out = StringIO()
        call_command("search", "rebuild", stdout=out)
        assert said in out.getvalue()
    assert IndexedDocument.objects.values_list("kind", "object_id", "digest").get() == kept


def test_a_hit_is_led_to_the_present_address_and_nowhere_once_it_came_down(who: Staff) -> None:
    row = written(who)
    approve(row, who)
    assert selectors.slugs([row.pk, 1, 2, 99]) == {row.pk: "proba"}
    later = row.get_latest_revision_as_object()
    later.slug = "novoe"
    later.save_revision().publish()
    assert selectors.slugs([row.pk]) == {row.pk: "novoe"}
    later.unpublish()
    assert selectors.slugs([row.pk]) == {}
