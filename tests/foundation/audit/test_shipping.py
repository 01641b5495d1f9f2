import json
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from feldsher.foundation.audit import jobs, services, shipping, sinks, tree
from feldsher.foundation.audit.errors import AuditError, SinkError
from feldsher.foundation.audit.models import AccessEntry, Leaf, Shipped
from feldsher.foundation.audit.ports import NullCheckpointSink, NullLineSink
from feldsher.foundation.audit.types import Lag
from feldsher.foundation.queue import queue
from foundation.audit.factories import PATIENT, REGISTRAR, VISIT, access, refusal
from support.tampering import unguarded

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


class Collector:
    """Takes batches until it is told to fail after some."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.batches_left: int | None = None

    def send(self, lines: Sequence[str]) -> None:
        if self.batches_left == 0:
            raise SinkError("away")
        if self.batches_left is not None:
            self.batches_left -= 1
        self.lines += lines

    def told(self, name: str) -> list[object]:
        return [json.loads(line)[name] for line in self.lines]


@pytest.fixture
def collector(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    settings.FELDSHER_AUDIT_LINES = "file:///mnt/journal.jsonl"
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW)
    place = Collector()
    sinks.bind(NullCheckpointSink(), place)
    yield place
    sinks.bind(NullCheckpointSink(), NullLineSink())


def record(count: int, **changes: object) -> None:
    for n in range(count):
        with transaction.atomic():
            services.record(access(**{"purpose": f"p{n}", **changes}))


def waiting_jobs() -> list[tuple[str, dict[str, object]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
        return [
            (name, json.loads(args) if isinstance(args, str) else args) for name, args in cursor.fetchall()
        ]


def test_a_read_leaves_its_job_in_its_own_commit_and_the_job_carries_nothing(collector: Collector) -> None:
    record(1)
    assert waiting_jobs() == [("audit.ship", {})]
    begun("audit.ship")
    with transaction.atomic():
        services.record(access())
        transaction.set_rollback(True)
    assert len(waiting_jobs()) == 1
    services.record_refusal(refusal())
    assert len(waiting_jobs()) == 2


def begun(*names: str, is_later: bool = True) -> None:
    """Let a worker begin as many jobs as it may, a second later, and see which; none of them ends."""
    with connection.cursor() as cursor:
        if is_later:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at > now()")
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        (worker,) = cursor.fetchone()
        begins = []
        while True:
            cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
            (name,) = cursor.fetchone()
            if name is None:
                break
            begins.append(name)
    assert begins == list(names)


def test_one_job_waits_however_many_read_and_one_more_while_it_is_at_work(collector: Collector) -> None:
    record(3)
    assert waiting_jobs() == [("audit.ship", {})]
    begun("audit.ship")
    record(3)
    assert waiting_jobs() == [("audit.ship", {}), ("audit.ship", {})]
    begun()


def test_what_is_read_within_a_second_goes_in_one_job(collector: Collector) -> None:
    record(1)
    begun(is_later=False)
    record(1)
    assert waiting_jobs() == [("audit.ship", {})]
    begun("audit.ship")


def test_no_reader_waits_for_another_ones_job(collector: Collector) -> None:
    with transaction.atomic():
        services.record(access())
        with ThreadPoolExecutor() as another:
            another.submit(on_a_connection_of_its_own, lambda: record(1)).result(timeout=10)
        assert AccessEntry.objects.count() == 2
    assert waiting_jobs() == [("audit.ship", {})]


def on_a_connection_of_its_own(work: Callable[[], object]) -> object:
    try:
        return work()
    finally:
        connection.close()


def test_a_slow_place_stops_neither_the_tree_nor_the_tick(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While the place takes its time, the next minutes come and go."""

    def meanwhile() -> int:
        record(1)
        monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(minutes=11))
        jobs.grow(0)
        jobs.tick(0)
        return Leaf.objects.count()

    seen = []

    def send(lines: Sequence[str]) -> None:
        if not seen:
            with ThreadPoolExecutor() as another:
                seen.append(another.submit(on_a_connection_of_its_own, meanwhile).result(timeout=30))
        collector.lines += lines

    monkeypatch.setattr(collector, "send", send)
    record(1)
    jobs.ship()
    assert seen == [2]
    assert "2 rows wait for their second place since 2026-11-24 09:00:00+00:00" in caplog.text
    assert collector.told("leaf") == [0, 1]


def test_a_job_that_hangs_at_its_place_keeps_no_other_job_from_its_turn(collector: Collector) -> None:
    record(1)
    begun("audit.ship")
    for job in (jobs.tick, jobs.grow, jobs.checkpoint):
        queue().configure_task(job.name, lock=job.lock).defer(timestamp=0)
    begun("audit.tick", "audit.grow", "audit.checkpoint")


def test_without_a_second_place_no_job_is_left() -> None:
    record(1)
    assert waiting_jobs() == []
    assert (shipping.ship(), shipping.lag()) == (0, Lag(rows=0, since=None))


def test_c23_a_read_whose_job_can_not_be_left_fails(
    collector: Collector, as_owner: psycopg.Connection
) -> None:
    as_owner.execute("REVOKE INSERT ON procrastinate_jobs FROM feldsher_app")
    try:
        with pytest.raises(AuditError):
            record(1)
    finally:
        as_owner.execute("GRANT INSERT ON procrastinate_jobs TO feldsher_app")
    assert AccessEntry.objects.count() == 0


def test_a_line_says_ids_and_codes_and_no_free_text(collector: Collector) -> None:
    with transaction.atomic():
        services.record(access(reason="Иванова просила посмотреть"))
    jobs.ship()
    (line,) = collector.lines
    row, leaf = AccessEntry.objects.get(), Leaf.objects.get()
    assert json.loads(line) == {
        "leaf": 0,
        "hash": bytes(leaf.hash).hex(),
        "at": "2026-11-24T09:00:00.000000+00:00",
        "id": row.id,
        "trace": "",
        "actor_kind": "staff",
        "actor": str(REGISTRAR),
        "role": "registrar",
        "on_behalf": None,
        "matrix_column": "A",
        "what": "appointment",
        "patients": [str(PATIENT)],
        "ids": [str(VISIT)],
        "fields": ["start", "state"],
        "row_count": 1,
        "purpose": "visits",
        "relation": "role",
        "result": "allowed",
    }
    assert "\n" not in line


def test_lines_go_once_and_in_the_order_of_the_tree(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "BATCH", 2)
    record(5)
    jobs.ship()
    record(2)
    jobs.ship()
    jobs.ship()
    assert collector.told("leaf") == [0, 1, 2, 3, 4, 5, 6]
    assert collector.told("id") == sorted(AccessEntry.objects.values_list("id", flat=True))


def test_what_the_place_did_not_take_goes_again_and_nothing_is_passed_over(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "BATCH", 2)
    record(5)
    collector.batches_left = 1
    jobs.ship()
    assert collector.told("leaf") == [0, 1]
    assert shipping.lag() == Lag(rows=3, since=NOW)
    collector.batches_left = None
    jobs.tick(0)
    assert collector.told("leaf") == [0, 1, 2, 3, 4]
    assert shipping.lag() == Lag(rows=0, since=None)


def test_a_place_that_took_lines_and_was_not_believed_gets_them_again(collector: Collector) -> None:
    record(2)
    jobs.ship()
    Shipped.objects.update(leaf=1)
    jobs.ship()
    assert collector.told("leaf") == [0, 1, 1]


def test_a_place_that_stays_away_is_told_of_by_the_tick(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record(2)
    collector.batches_left = 0
    with caplog.at_level(logging.ERROR):
        jobs.ship()
        assert caplog.text == ""
        jobs.tick(0)
        assert "lines do not reach their second place: away" in caplog.text
        assert "rows wait" not in caplog.text
        monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(minutes=11))
        jobs.tick(0)
    assert "2 rows wait for their second place since 2026-11-24 09:00:00+00:00" in caplog.text


def test_of_a_row_that_was_taken_away_its_hash_still_leaves(
    collector: Collector, as_owner: psycopg.Connection
) -> None:
    record(1)
    tree.grow()
    with unguarded(as_owner):
        as_owner.execute("DELETE FROM audit_access")
    jobs.ship()
    leaf = Leaf.objects.get()
    assert [json.loads(line) for line in collector.lines] == [
        {
            "leaf": 0,
            "hash": bytes(leaf.hash).hex(),
            "at": "2026-11-24T09:00:00.000000+00:00",
            "id": leaf.entry,
        }
    ]


def test_a_place_that_is_set_later_gets_all_from_the_first_row(
    settings: Settings, collector: Collector
) -> None:
    settings.FELDSHER_AUDIT_LINES = ""
    record(3, patients=(UUID(int=7),))
    tree.grow()
    settings.FELDSHER_AUDIT_LINES = "file:///mnt/journal.jsonl"
    record(1)
    jobs.ship()
    assert collector.told("leaf") == [0, 1, 2, 3]
