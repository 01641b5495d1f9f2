"""Filling the index and finding in it."""

from collections.abc import Iterable
from io import StringIO
from time import monotonic

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from domain.directory import factory
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.search import jobs, selectors, services
from feldsher.domain.search.asking import Question
from feldsher.domain.search.errors import SearchBusyError
from feldsher.domain.search.models import IndexedDocument, Word
from feldsher.domain.search.snippets import Wanted
from feldsher.domain.search.types import Count, Document, Filling, Found, Part
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db

SHELF = (
    Document("service", "1", "Приёмы невролога", weight=0.9),
    Document("service", "2", "УЗИ почек", body="Перед исследованием почек не ешьте."),
    Document("specialty", "ent", "Оториноларинголог"),
    Document("doctor", "3", "Выдумкина Алёна Тестовна", subtitle="Невролог", keywords="Невский проспект"),
)


@pytest.fixture
def shelf() -> None:
    services.put(SHELF)


def titles(found: Found) -> list[str]:
    return ["".join(part.text for part in hit.title) for hit in found.hits]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("приём", "Приёмы невролога"),
        ("ухогорлонос", "Оториноларинголог"),
        ("алена", "Выдумкина Алёна Тестовна"),
        ("невролог невский", "Выдумкина Алёна Тестовна"),
    ],
)
def test_what_is_known_is_found_as_it_is_typed(shelf: None, query: str, title: str) -> None:
    found = selectors.find(query)
    assert (titles(found)[0], found.corrected) == (title, "")


@pytest.mark.parametrize(
    ("query", "corrected", "title"),
    [
        ("epb gjxtr", "узи почек", "УЗИ почек"),
        ("узи gjxtr", "узи почек", "УЗИ почек"),
        ("узипочек", "узи почек", "УЗИ почек"),
        ("оторино ларинголог", "оториноларинголог", "Оториноларинголог"),
        ("узи почег", "узи почек", "УЗИ почек"),
        ("vydumkina", "выдумкина", "Выдумкина Алёна Тестовна"),
    ],
)
def test_what_nobody_knows_is_put_right_and_said(shelf: None, query: str, corrected: str, title: str) -> None:
    found = selectors.find(query)
    assert (titles(found)[0], found.corrected) == (title, corrected)


@pytest.mark.parametrize("query", ["", "  ", "🙂", "абракадабрище", "'); DROP", ":* & | !", "\0", "%", "\\"])
def test_nothing_is_found_by_nothing(shelf: None, query: str) -> None:
    assert selectors.find(query) == Found()


def test_a_long_query_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        selectors.find("а" * 201)
    assert selectors.find("слово " * 33).hits == ()


def test_hits_stand_out_in_the_title_and_in_a_piece_of_the_body(shelf: None) -> None:
    (hit,) = selectors.find("почка").hits
    assert hit.title == (Part("УЗИ "), Part("почек", is_hit=True))
    assert hit.snippet == (Part("Перед исследованием "), Part("почек", is_hit=True), Part(" не ешьте."))


def test_kinds_are_counted_and_limited() -> None:
    services.put([Document("a", str(n), f"Приём {n}") for n in range(5)] + [Document("b", "1", "Приём")])
    found = selectors.find("приём", limit=2)
    assert sorted(found.counts, key=lambda each: each.kind) == [Count("a", 5), Count("b", 1)]
    assert len(found.hits) == 3
    assert {hit.kind for hit in selectors.find("приём", kinds=["a"]).hits} == {"a"}


def test_the_same_again_writes_nothing_and_counts_of_words_are_kept(shelf: None) -> None:
    assert services.put(SHELF) == Filling(0, 0)
    assert Word.objects.get(word="невролог").documents == 2
    assert services.replace_kinds(["service"], documents=SHELF[1:2]) == Filling(0, 1)
    assert Word.objects.get(word="невролог").documents == 1
    assert services.remove("doctor", object_ids=["3", "none"]) == Filling(0, 1)
    assert not Word.objects.filter(word="невролог").exists()
    assert services.recount_words() == 0


def test_a_wrong_count_is_mended_by_night(shelf: None) -> None:
    Word.objects.filter(word="невролог").update(documents=9)
    Word.objects.create(word="призрак", code="x", documents=4)
    jobs.recount_words(0)
    assert Word.objects.get(word="невролог").documents == 2
    assert not Word.objects.filter(word="призрак").exists()


def test_a_search_that_takes_too_long_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def cancelled(*_: object) -> list[tuple[object, ...]]:
        raise OperationalError from QueryCanceled()

    services.put(SHELF)
    monkeypatch.setattr(selectors, "_rows", cancelled)
    with pytest.raises(SearchBusyError):
        selectors.find("приём")


def test_the_database_ends_a_question_that_takes_longer_than_its_time(
    monkeypatch: pytest.MonkeyPatch, shelf: None
) -> None:
    def endless(*_: object, **__: object) -> Question:
        return Question("SELECT %s, pg_sleep(30)", ("приём",), Wanted(frozenset()))

    monkeypatch.setattr(selectors, "question", endless)
    monkeypatch.setattr(selectors, "_MILLISECONDS", 100)
    begun = monotonic()
    with pytest.raises(SearchBusyError):
        selectors.find("приём")
    assert monotonic() - begun < 10


def test_the_time_of_a_caller_s_transaction_is_its_own_again(shelf: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
        selectors.find("приём")
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("5s",)


def indexed(kind: Kind) -> list[str]:
    rows: Iterable[str] = IndexedDocument.objects.filter(kind=kind.value).values_list("title", flat=True)
    return sorted(rows)


def test_the_index_follows_the_directory_in_its_transaction() -> None:
    directory.import_snapshot(factory.MIS, snapshot=factory.snapshot())
    assert indexed(Kind.LOCATION) == ["Северный филиал", "Южный филиал"]
    assert indexed(Kind.SPECIALTY) == ["Кардиология", "Офтальмология"]
    assert "Капли" not in indexed(Kind.SERVICE)
    north = factory.row(Kind.LOCATION, factory.NORTH.id)
    directory.set_overlay(Kind.LOCATION, target=north, field="name", value="У парка", author="anna")
    assert indexed(Kind.LOCATION) == ["У парка", "Южный филиал"]
    later = factory.snapshot(
        locations=(factory.NORTH,), practitioners=(factory.doctor("doc-new", family="Сменщикова"),)
    )
    directory.import_snapshot(factory.MIS, snapshot=later)
    assert indexed(Kind.LOCATION) == ["У парка"]
    assert indexed(Kind.PRACTITIONER) == ["Сменщикова Пример Тестович"]
    assert "Подбор очков" not in indexed(Kind.SERVICE)
    assert selectors.find("образцов").hits == ()


def test_the_command_makes_the_index_anew_and_twice_is_fine() -> None:
    directory.import_snapshot(factory.MIS, snapshot=factory.snapshot())
    IndexedDocument.objects.all().delete()
    for written in ("documents written", "0 documents written, 0 removed, 0 counts"):
        out = StringIO()
        call_command("search", "rebuild", stdout=out)
        assert written in out.getvalue()
    assert len(indexed(Kind.LOCATION)) == 2
