"""A job exists if and only if its cause does, doctors are served in turn, a dead worker's job is not lost."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold, take_jobs
from domain.scheduling.scripted import Fault
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import jobs, queue, tending
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import PersonInput, State

HOUR = timedelta(hours=1)
Row = tuple[Any, ...]


def rows(query: str, *values: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def waiting(task: str) -> list[Row]:
    return rows("SELECT args FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", task)


def statuses(task: str) -> list[str]:
    return [
        row[0] for row in rows("SELECT status FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", task)
    ]


def worker(*, silent_for: int) -> int:
    """Write a worker whose heart beat so many seconds ago."""
    return int(
        rows(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second')"
            " RETURNING id",
            silent_for,
        )[0][0]
    )


def fetch(by: int) -> str | None:
    """Take the next job as a worker does; returns its task."""
    found = rows("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, %s)", by)
    return found[0][0]


@contextmanager
def worker_app() -> Iterator[None]:
    with app.replace_connector(app.connector.get_worker_connector()):
        yield


def retry_stalled() -> None:
    async def once() -> None:
        async with app.open_async():
            await jobs.retry_stalled(timestamp=0)

    with worker_app():
        asyncio.run(once())


@pytest.mark.django_db
def test_a_confirmation_that_rolls_back_leaves_no_job(build: Build) -> None:
    build("reference")
    held = hold()

    class _ChangedMindError(Exception):
        pass

    def confirm_and_regret() -> None:
        with transaction.atomic():
            confirm(held)
            assert len(waiting(queue.EXCHANGE)) == 1
            raise _ChangedMindError

    with pytest.raises(_ChangedMindError):
        confirm_and_regret()
    assert waiting(queue.EXCHANGE) == []
    assert Appointment.objects.get().state == State.HELD


@pytest.mark.django_db
def test_arguments_of_the_talk_are_its_id_alone(build: Build) -> None:
    world = build("reference")
    world.book()
    text = rows("SELECT args FROM procrastinate_jobs WHERE task_name = %s", queue.EXCHANGE)[0][0]
    assert json.loads(text) == {"appointment": str(world.appointment)}
    lock = rows("SELECT lock FROM procrastinate_jobs WHERE task_name = %s", queue.EXCHANGE)[0][0]
    assert lock == f"{clinic.MIS}:{world.row().practitioner}"


@pytest.mark.django_db
def test_no_job_carries_a_persons_data(build: Build) -> None:
    world = build("reserves")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    world.tick()
    world.cancel()
    world.work()
    queue.sync(clinic.MIS)
    everything = rows("SELECT task_name, args FROM procrastinate_jobs")
    found = {task: sorted(json.loads(args)) for task, args in everything}
    assert found == {
        queue.EXCHANGE: ["appointment"],
        queue.SYNC_DAY: ["day", "location", "practitioner"],
        queue.SYNC: ["mis"],
    }


@pytest.mark.django_db
def test_talks_about_one_doctor_are_had_one_after_the_other(build: Build) -> None:
    build("reference")
    confirm(hold())
    confirm(hold(VISIT_AT + HOUR), person=PersonInput("Второй", "Пробный", "+7 900 000-00-02"))
    first, second = worker(silent_for=0), worker(silent_for=0)
    assert fetch(first) == queue.EXCHANGE
    assert fetch(second) is None
    rows("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'doing'")
    assert fetch(second) == queue.EXCHANGE


@pytest.mark.django_db
def test_looks_at_one_day_collapse_without_breaking_what_asked_for_them(build: Build) -> None:
    build("reference")
    parties = clinic.row(Kind.PRACTITIONER, clinic.EYE.id), clinic.row(Kind.LOCATION, clinic.NORTH.id)
    with transaction.atomic():
        for day in ("2026-11-26", "2026-11-26", "2026-11-27"):
            queue.sync_day(parties[0], location=parties[1], day=day)
        hold()
    assert [json.loads(row[0])["day"] for row in waiting(queue.SYNC_DAY)] == ["2026-11-26", "2026-11-27"]
    assert Appointment.objects.count() == 1


@pytest.mark.django_db
def test_a_sync_waits_once(build: Build) -> None:
    build("reference")
    queue.sync(clinic.MIS)
    queue.sync(clinic.MIS)
    assert statuses(queue.SYNC) == ["todo"]


@pytest.mark.django_db
def test_a_talk_that_a_job_continues_is_not_resumed(build: Build) -> None:
    world = build("reference")
    world.book()
    assert tending.resume_exchanges() == 0
    rows("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = %s", queue.EXCHANGE)
    assert tending.resume_exchanges() == 0
    rows("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = %s", queue.EXCHANGE)
    assert tending.resume_exchanges() == 1
    assert tending.resume_exchanges() == 0
    assert statuses(queue.EXCHANGE) == ["failed", "todo"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["booked", "rejected", "cancelled"])
def test_what_is_finished_is_not_resumed(build: Build, state: str) -> None:
    world = build("reference")
    world.book()
    if state == "rejected":
        world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    if state == "cancelled":
        world.cancel()
        world.work()
    assert world.state == state
    assert tending.resume_exchanges() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_tend_at_once_resume_a_talk_once(build: Build, as_owner: psycopg.Connection) -> None:
    world = build("reference")
    world.book()
    take_jobs()
    with as_owner.transaction():
        as_owner.execute("SELECT pg_advisory_xact_lock(%s)", [tending._RESUMING])
        assert tending.resume_exchanges() == 0
    assert tending.resume_exchanges() == 1


@pytest.mark.django_db
def test_overdue_holds_end_and_others_stay(build: Build, set_clock: Callable[..., None]) -> None:
    world = build("reference")
    set_clock(world.moment)
    overdue, live = hold(), hold(VISIT_AT + HOUR)
    Appointment.objects.filter(pk=live).update(hold_until=world.moment + HOUR, renewed_at=world.moment)
    set_clock(world.moment + timedelta(minutes=10))
    assert tending.expire_holds() == 1
    assert tending.expire_holds() == 0
    ended = Appointment.objects.get(pk=overdue)
    assert (ended.state, ended.reason) == (State.EXPIRED, "hold_expired")
    assert Appointment.objects.get(pk=live).state == State.HELD


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_pruned", [False, True])
def test_the_talk_of_a_dead_worker_is_taken_up_by_another(build: Build, is_pruned: bool) -> None:  # noqa: FBT001 - pytest gives it
    world = build("reference")
    world.book()
    dead = worker(silent_for=13)
    assert fetch(dead) == queue.EXCHANGE
    if is_pruned:
        rows("DELETE FROM procrastinate_workers WHERE id = %s", dead)
    retry_stalled()
    assert statuses(queue.EXCHANGE) == ["todo"]
    assert world.work() == 1
    assert world.state is State.BOOKED


@pytest.mark.django_db(transaction=True)
def test_the_talk_of_a_live_worker_is_left_to_it(build: Build) -> None:
    build("reference").book()
    assert fetch(worker(silent_for=5)) == queue.EXCHANGE
    retry_stalled()
    assert statuses(queue.EXCHANGE) == ["doing"]


@pytest.mark.django_db(transaction=True)
def test_a_stalled_sync_with_a_waiting_twin_does_not_keep_stalled_talks_from_others(build: Build) -> None:
    """The queue allows one waiting sync, so the dead one can't go back; the talk behind it must."""
    world = build("reference")
    queue.sync(clinic.MIS)
    dead = worker(silent_for=60)
    assert fetch(dead) == queue.SYNC
    world.book()
    assert fetch(dead) == queue.EXCHANGE
    queue.sync(clinic.MIS)
    retry_stalled()
    assert statuses(queue.EXCHANGE) == ["todo"]
    assert statuses(queue.SYNC) == ["failed", "todo"]
    other = worker(silent_for=0)
    assert [fetch(other), fetch(other)] == [queue.EXCHANGE, queue.SYNC]


@pytest.mark.django_db(transaction=True)
def test_a_talk_whose_live_worker_could_not_write_its_end_is_taken_up_in_the_end(build: Build) -> None:
    """The database was away at the moment when the job ended: its worker lives, and nobody works on it."""
    build("reference").book()
    assert fetch(worker(silent_for=0)) == queue.EXCHANGE
    rows("UPDATE procrastinate_events SET at = at - interval '121 seconds' WHERE type = 'started'")
    retry_stalled()
    assert statuses(queue.EXCHANGE) == ["todo"]


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_books_and_cancels(build: Build) -> None:
    world = build("reserves")
    world.book()
    run_worker()
    assert world.state is State.BOOKED
    world.cancel()
    run_worker()
    assert world.state is State.CANCELLED
    world.agrees()
    assert statuses(queue.EXCHANGE) == []  # only what failed is kept


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_goes_on_after_a_fault_of_an_adapter(build: Build) -> None:
    world = build("reference")
    world.book()
    second = hold(VISIT_AT + HOUR)
    confirm(second, person=PersonInput("Второй", "Пробный", "+7 900 000-00-02"))
    world.mis.script["book"] = [Fault.BUG]
    run_worker()
    assert Appointment.objects.get(pk=second).state == State.BOOKED
    assert min(statuses(queue.EXCHANGE)) == "failed"
    world.quieten()
    assert world.state is State.BOOKED
    assert len(world.mis.booked()) == 2


def run_worker() -> None:
    """Run all that waits in a worker of this process, whose threads leave no connection behind."""
    with mock.patch.dict(connection.settings_dict, CONN_MAX_AGE=0), worker_app():
        app.run_worker(
            wait=False, install_signal_handlers=False, listen_notify=False, fetch_job_polling_interval=0.1
        )


def test_the_worker_is_believed_dead_later_than_its_heart_beats() -> None:
    assert settings.PROCRASTINATE_WORKER_DEFAULTS["update_heartbeat_interval"] * 3 < jobs.STALLED_SECONDS


@pytest.mark.django_db
def test_reserves_to_give_back_are_found_by_an_index_of_their_own(build: Build) -> None:
    """The look comes every ten seconds over a table that only grows."""
    build("reserves")
    rows("SET LOCAL enable_seqscan = off")
    found = rows("EXPLAIN " + tending._UNFINISHED % ("now()", f"'{queue.EXCHANGE}'", "500"))
    plan = "\n".join(row[0] for row in found)
    assert "scheduling_exchange_release" in plan
