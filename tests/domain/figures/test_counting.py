"""Showings and searches in vain: gathered in a process, written once, never a person's."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from conftest import SetClock
from domain.figures.conftest import counted
from domain.figures.factory import eye, north
from feldsher.domain.figures import batches, counting, gateways, services, writing
from feldsher.domain.figures.counting import Readings
from feldsher.domain.figures.models import NOBODY, Batch, EmptyDay, SeenDay, SourceRow
from feldsher.domain.figures.types import OTHERS, UNKNOWN, Search, Source, SourceKind, Wanted

__all__ = ["counted"]
pytestmark = pytest.mark.django_db
SOUTH, SKIN = UUID(int=7), UUID(int=8)
YANDEX = Source(SourceKind.UTM, "yandex")


def seen() -> dict[tuple[UUID, UUID], int]:
    rows = SeenDay.objects.values_list("location", "practitioner", "seen")
    return {(location, practitioner): times for location, practitioner, times in rows}


def test_a_page_is_one_showing_and_one_of_each_branch_and_doctor(counted: Readings) -> None:
    services.note_shown([(north(), eye()), (north(), SKIN), (SOUTH, SKIN)], channel="site", source=YANDEX)
    services.note_shown([(north(), eye())], channel="site", source=YANDEX)
    services.note_shown([], channel="site", source=YANDEX)
    services.flush()
    assert seen() == {
        (NOBODY, NOBODY): 2,
        (north(), NOBODY): 2,
        (SOUTH, NOBODY): 1,
        (north(), eye()): 2,
        (north(), SKIN): 1,
        (SOUTH, SKIN): 1,
    }


def test_noting_asks_the_database_nothing(counted: Readings, django_assert_num_queries: object) -> None:
    pairs = [(north(), eye())]
    with django_assert_num_queries(0):  # type: ignore[operator] # a fixture of pytest-django
        services.note_shown(pairs, channel="site", source=YANDEX)
        services.note_empty(Search(Wanted.ANYBODY), channel="api")
        services.note_hold(SKIN, source=YANDEX)


def test_searches_in_vain_are_counted_by_what_was_sought(counted: Readings) -> None:
    for search in (
        Search(Wanted.ANYBODY, location=north()),
        Search(Wanted.ANYBODY, location=north()),
        Search(Wanted.DOCTOR, str(eye())),
    ):
        services.note_empty(search, channel="site")
    services.flush()
    rows = EmptyDay.objects.order_by("wanted").values_list("wanted", "subject", "location", "searches")
    assert list(rows) == [("anybody", "", north(), 2), ("doctor", str(eye()), NOBODY, 1)]


def test_a_search_for_what_the_clinic_has_not_is_none(counted: Readings) -> None:
    for search in (
        Search(Wanted.SPECIALTY, "Иванова Анна +7 921 000-00-17"),
        Search(Wanted.DOCTOR, str(SKIN)),
        Search(Wanted.SERVICE, str(SKIN)),
        Search(Wanted.ANYBODY, location=SOUTH),
    ):
        services.note_empty(search, channel="api")
    services.flush()
    assert EmptyDay.objects.count() == 0


def test_days_follow_the_clock_of_most_branches(counted: Readings, set_clock: SetClock) -> None:
    set_clock(datetime(2026, 11, 25, 21, 30, tzinfo=UTC))
    services.note_shown([(north(), eye())], channel="site")
    services.flush()
    assert {str(row.day) for row in SeenDay.objects.all()} == {"2026-11-26"}


def test_a_batch_whose_answer_was_lost_is_written_once(
    counted: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.note_shown([(north(), eye())], channel="site")

    def lose(counts: batches.Counts) -> None:
        writing.write(counts)
        raise DatabaseError("the connection broke after the commit")

    monkeypatch.setattr(counting, "write", lose)
    with pytest.raises(DatabaseError):
        services.flush()
    services.note_shown([(north(), eye())], channel="site")
    monkeypatch.setattr(counting, "write", writing.write)
    services.flush()
    services.flush()
    assert seen()[NOBODY, NOBODY] == 2
    assert Batch.objects.count() == 2


def test_a_batch_that_was_not_written_waits(counted: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    services.note_shown([(north(), eye())], channel="site")

    def fail(_: batches.Counts) -> None:
        raise DatabaseError("no database")

    with monkeypatch.context() as patch:
        patch.setattr(counting, "write", fail)
        with pytest.raises(DatabaseError):
            services.flush()
    assert seen() == {}
    services.flush()
    assert seen()[NOBODY, NOBODY] == 1


def test_a_process_that_is_killed_loses_what_was_not_written_and_no_more(counted: Readings) -> None:
    services.note_shown([(north(), eye())], channel="site")
    services.flush()
    services.note_shown([(north(), eye())], channel="site")
    del counted
    assert seen()[NOBODY, NOBODY] == 1
    assert gateways.SECONDS == 5


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_its_own_writes(set_clock: SetClock) -> None:
    paces = [0.05]
    readings = Readings(lambda: paces[0])
    readings.show([(SOUTH, SKIN)], channel="site", source=UNKNOWN)
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT pg_sleep(0.05), count(*) FROM figures_seen_day")
            if cursor.fetchone()[1] == 3:
                break
    assert seen()[SOUTH, SKIN] == 1
    paces[0] = 3600.0


def test_a_flood_of_invented_sources_is_one_source(
    counted: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_SOURCES", 3)
    for number in range(50):
        services.note_shown([(SOUTH, SKIN)], channel="site", source=Source(SourceKind.UTM, f"x{number}"))
    services.flush()
    names = {(row.kind, row.name) for row in SourceRow.objects.all()}
    assert names == {("utm", "x0"), ("utm", "x1"), ("utm", "x2"), ("other", "")}
    assert sum(SeenDay.objects.filter(location=NOBODY).values_list("seen", flat=True)) == 50


def test_no_more_sources_are_kept_than_are_allowed_in_all(
    counted: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_SOURCES", 3)
    for number in range(5):
        services.note_shown([(SOUTH, SKIN)], channel="site", source=Source(SourceKind.UTM, f"x{number}"))
        services.flush()
    other = SourceRow.objects.get(kind=OTHERS.kind.value).pk
    assert SourceRow.objects.count() == 3
    assert SeenDay.objects.get(location=NOBODY, source=other).seen == 3


def test_nothing_is_counted_beyond_what_memory_may_hold(
    counted: Readings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(counting, "MOST", 2)
    for channel in ("a", "b", "c"):
        services.note_empty(Search(Wanted.DOCTOR, str(eye())), channel=channel)
    services.flush()
    assert EmptyDay.objects.count() == 2
    assert "this one is not" in caplog.text


def test_an_unknown_source_of_a_hold_is_not_kept(counted: Readings) -> None:
    services.note_hold(SKIN, source=UNKNOWN)
    services.flush()
    assert Batch.objects.count() == 0
