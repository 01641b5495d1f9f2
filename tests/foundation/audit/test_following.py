"""Bounded reads of the journal for whoever watches it grow."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import transaction

from feldsher.foundation.audit import following
from feldsher.foundation.audit.following import Busy
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import Access, ActorKind
from feldsher.kernel import clock
from foundation.audit.factories import PATIENT, REGISTRAR, access, actor, refusal

pytestmark = pytest.mark.django_db
NOON = datetime.fromisoformat("2026-11-25T12:00:00+03:00")
ANY = Busy(refusals=99, opens=99, lists=99, marked=())


def write(monkeypatch: pytest.MonkeyPatch, at: datetime, *entries: Access) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)
    with transaction.atomic():
        record(*entries)


def suspects(busy: Busy) -> frozenset[str]:
    return following.suspects(after=0, since=NOON, until=NOON + timedelta(hours=1), busy=busy)


def test_lines_are_those_of_staff_between_two_instants_above_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    assert following.newest() == 0
    write(monkeypatch, NOON - timedelta(seconds=1), access())
    mark = following.newest()
    write(monkeypatch, NOON, access(), access(actor=actor(kind=ActorKind.SERVICE, id="sync")))
    write(monkeypatch, NOON + timedelta(hours=1), access())
    (line,) = following.lines(after=0, since=NOON, until=NOON + timedelta(hours=1))
    assert (line.at, line.actor, line.patients, line.row_count) == (NOON, str(REGISTRAR), (PATIENT,), 1)
    assert following.lines(after=following.newest(), since=NOON, until=NOON + timedelta(hours=2)) == ()
    everything = following.lines(after=mark, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))
    assert [each.at for each in everything] == [NOON, NOON + timedelta(hours=1)]


def test_looks_into_the_journal_show_no_patient_and_refusals_of_it_are_refusals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(monkeypatch, NOON, access(column="J"), refusal(column="J"))
    (line,) = following.lines(after=0, since=NOON, until=NOON + timedelta(hours=1))
    assert line.is_refused


def test_a_suspect_has_one_of_the_counts_or_saw_a_marked_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    other = actor(id=str(uuid4()))
    listed = tuple(UUID(int=n) for n in range(10, 20))
    write(monkeypatch, NOON, access(), refusal(), access(actor=other, patients=listed))
    me, them = str(REGISTRAR), other.id
    assert suspects(ANY) == frozenset()
    assert suspects(Busy(refusals=1, opens=99, lists=99, marked=())) == {me}
    assert suspects(Busy(refusals=99, opens=1, lists=99, marked=())) == {me}
    assert suspects(Busy(refusals=99, opens=99, lists=1, marked=())) == {them}
    assert suspects(Busy(refusals=99, opens=99, lists=99, marked=[listed[3]])) == {them}


def test_lines_beyond_the_most_are_an_error_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, as_owner: psycopg.Connection
) -> None:
    monkeypatch.setattr(following, "MOST", 1)
    write(monkeypatch, NOON, access(), access())
    assert len(following.lines(after=0, since=NOON, until=NOON + timedelta(hours=1))) == 1
    assert "more than 1 lines" in caplog.text
