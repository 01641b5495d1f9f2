from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from feldsher.foundation.audit import selectors, services, tree
from feldsher.foundation.audit.errors import AuditError
from feldsher.foundation.audit.models import AccessEntry, Leaf
from feldsher.foundation.audit.types import Access, ActorKind, JournalQuery
from feldsher.kernel.trace import tracing
from foundation.audit.factories import PATIENT, VISIT, access, actor, refusal

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OFFICER = actor(id="officer", role="security_auditor")
OTHER, OTHER_VISIT = UUID(int=12), UUID(int=13)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 0)


def at(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(hours=hours))


def record(*entries: Access, trace: str = "") -> None:
    with tracing(trace or "t"), transaction.atomic():
        services.record(*entries)


def purposes(query: JournalQuery) -> list[str]:
    return [row.purpose for row in selectors.journal(query, reader=OFFICER)]


def test_each_part_of_a_question_narrows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    record(access(purpose="first"))
    at(monkeypatch, 1)
    record(access(purpose="second", column="K", patients=(OTHER,)))
    services.record_refusal(refusal(purpose="third", patients=(), actor=actor(id="other")))
    at(monkeypatch, 2)
    for query, found in (
        (JournalQuery(actor="other"), ["third"]),
        (JournalQuery(patient=PATIENT), ["first"]),
        (JournalQuery(column="K"), ["second"]),
        (JournalQuery(result="refused"), ["third"]),
        (JournalQuery(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=2)), ["third", "second"]),
        (JournalQuery(until=NOW + timedelta(hours=1)), ["first"]),
        (JournalQuery(actor=str(UUID(int=1)), column="A", result="allowed"), ["first"]),
    ):
        assert [purpose for purpose in purposes(query) if not purpose.endswith("_journal")] == found


def test_pages_go_on_from_the_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "PAGE", 2)
    for n in range(5):
        record(access(purpose=f"p{n}"))
    first = selectors.journal(JournalQuery(), reader=OFFICER)
    assert [row.purpose for row in first] == ["p4", "p3", "p2"]
    second = selectors.journal(JournalQuery(before=first[1].id), reader=OFFICER)
    assert [row.purpose for row in second] == ["p2", "p1", "p0"]
    assert [row.purpose for row in selectors.journal(JournalQuery(before=second[1].id), reader=OFFICER)] == [
        "p0"
    ]


def test_c20_who_looks_into_the_journal_stands_in_it_too() -> None:
    record(access(), access())
    selectors.journal(JournalQuery(patient=PATIENT, column="A"), reader=OFFICER)
    look = AccessEntry.objects.latest("id")
    assert (look.actor, look.role, look.matrix_column, look.what) == (
        "officer",
        "security_auditor",
        "J",
        "journal",
    )
    assert (look.patients, look.fields, look.purpose, look.row_count) == (
        [PATIENT],
        ["patient", "column"],
        "see_journal",
        2,
    )


def test_an_export_is_a_row_of_its_own_and_carries_the_leaves() -> None:
    record(access(purpose="placed"))
    tree.grow()
    record(access(purpose="waiting"))
    waiting, placed = selectors.export(JournalQuery(), reader=OFFICER)
    assert (placed.row.purpose, placed.leaf, placed.hash) == (
        "placed",
        0,
        bytes(Leaf.objects.get().hash).hex(),
    )
    assert (waiting.row.purpose, waiting.leaf, waiting.hash) == ("waiting", None, "")
    look = AccessEntry.objects.latest("id")
    assert (look.purpose, look.row_count) == ("export_journal", 2)


def test_c23_a_journal_that_can_not_be_written_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    record(access())

    def fail(*_: object) -> None:
        raise AuditError

    monkeypatch.setattr(selectors, "record", fail)
    for look in (selectors.journal, selectors.export):
        with pytest.raises(AuditError):
            look(JournalQuery(), reader=OFFICER)
    with pytest.raises(AuditError):
        selectors.of_patient(PATIENT, reader=OFFICER)


def test_c20_a_patient_sees_who_opened_their_data_and_nobody_else_s() -> None:
    record(access(purpose="mine"), access(purpose="theirs", patients=(OTHER,)))
    record(access(purpose="both", patients=(PATIENT, OTHER)))
    me = actor(kind=ActorKind.PATIENT, id=str(PATIENT), role="")
    assert [row.purpose for row in selectors.of_patient(PATIENT, reader=me)] == ["both", "mine"]
    again = [row.purpose for row in selectors.of_patient(PATIENT, reader=me)]
    assert again == ["own_journal", "both", "mine"]


def test_c20_the_link_of_one_visit_tells_nothing_of_another() -> None:
    record(
        access(purpose="this"), access(what="person", column="K", ids=(PATIENT,), purpose="this"), trace="a"
    )
    record(
        access(ids=(OTHER_VISIT,), purpose="that"), access(what="person", purpose="that", ids=()), trace="b"
    )
    record(access(ids=(VISIT, OTHER_VISIT), purpose="both"), trace="c")
    holder = actor(kind=ActorKind.HOLDER, id=str(VISIT), role="")
    rows = selectors.of_patient(PATIENT, reader=holder, record_id=VISIT)
    assert [(row.purpose, row.what) for row in rows] == [
        ("both", "appointment"),
        ("this", "person"),
        ("this", "appointment"),
    ]
    look = AccessEntry.objects.latest("id")
    assert (look.purpose, look.patients, look.ids, look.relation) == (
        "own_journal",
        [PATIENT],
        [VISIT],
        "own",
    )
