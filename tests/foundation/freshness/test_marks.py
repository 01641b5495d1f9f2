"""Marks: what a transaction changed is seen as soon as it has ended, and no writer waits for another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from uuid import UUID

import pytest
from django.db import connection, transaction

from feldsher.domain.directory.services import add_record, save_brand
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.brand import BrandChange
from feldsher.foundation.freshness.selectors import has_changed, moment

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 10


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def hue(value: int) -> str:
    return f"UPDATE directory_brand SET hue = {value}"  # noqa: S608 - a number


def section(slug: str) -> str:
    return f"UPDATE wagtailcore_page SET title = title || '!' WHERE slug = '{slug}'"  # noqa: S608 - our word


def branch(pk: UUID) -> str:
    return f"UPDATE directory_location SET name = name || '!' WHERE id = '{pk}'"  # noqa: S608 - our id


def rows(tag: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM freshness_mark WHERE tag = %s", [tag])
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _brand() -> None:
    save_brand(BrandChange("Проба", hue=1), author="test")


@contextmanager
def elsewhere(*statements: str, before: Callable[[], None] = lambda: None) -> Iterator[Callable[[], None]]:
    """Write in another transaction; it is open in the block until what is given here is called."""
    wrote, may_end = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            before()
            run(*statements)
            wrote.set()
            may_end.wait(WAIT)
        connection.close()

    writer = Thread(target=write)

    def end() -> None:
        may_end.set()
        writer.join(WAIT)

    writer.start()
    assert wrote.wait(WAIT)
    try:
        yield end
    finally:
        end()


def test_two_writers_of_the_same_names_do_not_wait_and_each_is_seen_when_it_ends() -> None:
    """In both orders of ends; rows of theirs are different, only the names are one."""
    for first_ends in (True, False):
        with elsewhere(section("news")) as end:
            since = moment()
            # Asked before the own write: a transaction may see its own mark, once others of the server end.
            assert not has_changed({"page"}, since=since)
            with transaction.atomic():
                run("SET LOCAL lock_timeout = '1s'", section("pages"))
                if first_ends:
                    end()
                    assert has_changed({"page"}, since=since)
                    since = moment()
            assert has_changed({"page"}, since=since)
            since = moment()
            end()
            assert has_changed({"page"}, since=since) is not first_ends


def test_writers_of_two_kinds_in_opposite_orders_never_stand_in_a_circle() -> None:
    """Rows of theirs are different: one writes `place` and then `page`, the other `page` and then `place`."""
    soon = "SET LOCAL lock_timeout = '1s'"
    here, there = (
        add_record(Kind.LOCATION, values={"name": name, "zone": "UTC"}, author="test") for name in "АБ"
    )
    run(section("news"))
    since = moment()
    with transaction.atomic():
        run(soon, branch(here))
        with elsewhere(soon, section("news"), branch(there)) as end:
            run(section("pages"))
            end()
        assert has_changed({"page"}, since=since)
        assert has_changed({f"place:{there}"}, since=since)
    assert has_changed({f"place:{here}"}, since=since)


def test_a_mark_that_another_took_away_is_missed_by_nobody() -> None:
    """A page of before both: the first writer's mark is gone, the second's tells the same."""
    since = moment()
    run(hue(2))
    between = moment()
    run(hue(3))
    assert rows("brand") == 1
    assert has_changed({"brand"}, since=since)
    assert has_changed({"brand"}, since=between)
    assert not has_changed({"brand"}, since=moment())


def test_a_writer_that_gives_up_leaves_the_older_mark() -> None:
    since = moment()
    run(hue(4))
    with transaction.atomic():
        run(hue(5))
        transaction.set_rollback(True)
    assert rows("brand") == 1
    assert has_changed({"brand"}, since=since)


def test_marks_stay_as_many_as_names_however_often_they_are_written() -> None:
    for value in range(10, 40):
        run(hue(value), section("news"))
    assert rows("brand") == rows("page") == 1


def test_a_mark_of_another_cluster_says_nothing_here() -> None:
    run("DELETE FROM freshness_mark", "INSERT INTO freshness_mark VALUES ('brand', '99999999999')")
    since = moment()
    assert not has_changed({"brand"}, since=since)
    run(hue(6))
    assert has_changed({"brand"}, since=since)


def test_a_row_that_is_written_as_it_was_marks_nothing() -> None:
    since = moment()
    run("UPDATE directory_brand SET hue = hue")
    assert not has_changed({"brand"}, since=since)
