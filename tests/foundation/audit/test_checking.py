import base64
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from feldsher.foundation.audit import checking, checkpoints, jobs, selectors, services, sinks
from feldsher.foundation.audit.errors import AuditError, SinkError
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.ports import NullCheckpointSink, NullLineSink
from feldsher.foundation.audit.types import CheckCard, CheckFinding
from foundation.audit.factories import access
from support.tampering import unguarded

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


class Elsewhere:
    def __init__(self) -> None:
        self.text = ""
        self.is_readable = True

    def send(self, note: str) -> None:
        self.text += f"{note}\n"

    def kept(self) -> str:
        if not self.is_readable:
            raise SinkError("not from here")
        return self.text


@pytest.fixture
def elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    settings.FELDSHER_AUDIT_KEY = base64.b64encode(b"k" * 32).decode()
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW)
    place = Elsewhere()
    sinks.bind(place, NullLineSink())
    with transaction.atomic():
        services.record(access(), access())
    checkpoints.checkpoint()
    yield place
    sinks.bind(NullCheckpointSink(), NullLineSink())


def waiting() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'check' FROM procrastinate_jobs WHERE task_name = 'audit.check' ORDER BY id"
        )
        return [UUID(check) for (check,) in cursor.fetchall()]


def last() -> CheckCard:
    card = selectors.last_finished_check()
    assert card is not None
    return card


def test_a_check_is_left_to_the_worker_and_its_outcome_is_kept(elsewhere: Elsewhere) -> None:
    check = checking.ask_check("officer")
    assert (waiting(), selectors.last_finished_check()) == ([check], None)
    asked = selectors.last_check()
    assert asked is not None
    assert (asked.id, asked.is_clean) == (check, None)
    jobs.check(str(check))
    card = last()
    assert (card.id, card.is_clean, card.finished_at) == (check, True, NOW)
    assert (card.leaves, card.covered, card.covered_at, card.findings) == (2, 2, NOW, ())
    jobs.check(str(check))


def test_who_asks_while_one_is_at_work_waits_for_that_one(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = checking.ask_check("officer")
    jobs.check_nightly(0)
    assert waiting() == [check]
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(minutes=61))
    jobs.check_nightly(0)
    assert len(waiting()) == 2


def test_c22_a_check_that_finds_something_is_an_error_in_the_log(
    elsewhere: Elsewhere, as_owner: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    entry = AccessEntry.objects.latest("id").id
    with unguarded(as_owner):
        as_owner.execute("UPDATE audit_access SET role = '' WHERE id = %s", [entry])
    check = checking.ask_check("")
    with caplog.at_level(logging.ERROR):
        jobs.check(str(check))
    assert "the journal does not agree" in caplog.text
    assert last().is_contradicted
    assert (last().is_clean, last().findings) == (False, (CheckFinding("row_changed", leaf=1, entry=entry),))


@pytest.mark.parametrize("cannot", ["now", "ever"])
def test_a_second_place_that_can_not_be_read_from_here_is_told_and_contradicts_nothing(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, cannot: str
) -> None:
    if cannot == "now":
        elsewhere.is_readable = False
    else:
        monkeypatch.setattr(elsewhere, "kept", lambda: None)
    jobs.check(str(checking.ask_check("")))
    assert (last().is_clean, last().is_contradicted) == (False, False)
    assert last().findings == (CheckFinding("not_read_here"),)
    assert [record.levelname for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert "the journal agrees with what could be compared" in caplog.text


def test_without_a_second_place_it_is_told_that_there_is_none(elsewhere: Elsewhere) -> None:
    sinks.bind(NullCheckpointSink(), NullLineSink())
    jobs.check(str(checking.ask_check("")))
    assert (last().is_contradicted, last().findings) == (False, (CheckFinding("nothing_outside"),))


def test_without_a_key_nothing_is_checked(elsewhere: Elsewhere, settings: Settings) -> None:
    check = checking.ask_check("")
    settings.FELDSHER_AUDIT_KEY = ""
    with pytest.raises(AuditError):
        jobs.check(str(check))
    assert selectors.last_finished_check() is None
