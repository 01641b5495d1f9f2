from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from feldsher.foundation.audit import selectors, services, tree
from feldsher.foundation.audit.errors import AuditError
from feldsher.foundation.audit.models import AccessEntry, Leaf
from feldsher.foundation.audit.types import Access, Actor, ActorKind, JournalQuery, OwnLooks
from feldsher.kernel.trace import tracing
from foundation.audit.factories import PATIENT, VISIT, access, actor, refusal

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OFFICER = actor(id="officer", role="security_auditor")
ME = actor(kind=ActorKind.PATIENT, id=str(PATIENT), role="")
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
        selectors.of_patient(PATIENT, reader=OFFICER, zone="UTC")


def openings(*, reader: Actor, record_id: UUID | None = None) -> list[tuple[str, tuple[str, ...], int]]:
    found = selectors.of_patient(PATIENT, reader=reader, zone="Europe/Moscow", record_id=record_id)
    return [(each.purpose, each.whats, each.times) for each in found.openings]


def test_c20_a_patient_sees_who_opened_their_data_and_nobody_else_s() -> None:
    record(access(purpose="mine"), access(purpose="theirs", patients=(OTHER,)), trace="a")
    record(access(purpose="both", patients=(PATIENT, OTHER)), trace="b")
    assert sorted(openings(reader=ME)) == [("both", ("appointment",), 1), ("mine", ("appointment",), 1)]


def test_c20_one_s_own_looks_are_a_line_and_the_search_behind_them_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = actor(kind=ActorKind.SERVICE, id="phone_holder", role="")
    for n in range(3):
        at(monkeypatch, n)
        record(
            access(actor=search, what="person", column="K", purpose="phone_holder", relation="service"),
            access(actor=ME, what="person", column="K", purpose="own_visits", relation="own"),
            access(actor=ME, purpose="own_visits", relation="own"),
            trace=f"own{n}",
        )
    found = selectors.of_patient(PATIENT, reader=ME, zone="Europe/Moscow")
    assert found.openings == ()
    assert found.own == (OwnLooks("patient", "", times=3, last=NOW + timedelta(hours=2)),)
    look = AccessEntry.objects.latest("id")
    assert (look.purpose, look.row_count) == ("own_journal", 1)


def test_c20_no_flood_of_one_hides_another_s_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST_OF_PATIENT", 3)
    curious = actor(id=str(UUID(int=9)), role="insurance_desk")
    exchange = actor(kind=ActorKind.SERVICE, id="mis_exchange", role="")
    record(access(actor=curious, purpose="see_past_visits"), trace="curious")
    for n in range(20):
        at(monkeypatch, n / 4)
        record(
            access(purpose="resolve_visits"),
            access(what="person", column="K", purpose="resolve_visits"),
            trace=f"queue{n}",
        )
        record(access(actor=ME, purpose="own_visit", relation="own"), trace=f"own{n}")
        record(access(actor=exchange, purpose=f"exchange{n}", relation="service"), trace=f"job{n}")
    found = selectors.of_patient(PATIENT, reader=ME, zone="Europe/Moscow").openings
    assert [(each.actor, each.purpose, each.times, each.first, each.last) for each in found[:2]] == [
        (str(UUID(int=1)), "resolve_visits", 20, NOW, NOW + timedelta(hours=4.75)),
        (str(UUID(int=9)), "see_past_visits", 1, NOW, NOW),
    ]
    assert [each.purpose for each in found[2:]] == ["exchange19"]


def test_c20_days_are_those_of_the_clinic(monkeypatch: pytest.MonkeyPatch) -> None:
    for hours in (0, 11.9, 12.1):
        at(monkeypatch, hours)
        record(access(), trace=f"t{hours}")
    found = selectors.of_patient(PATIENT, reader=ME, zone="Europe/Moscow").openings
    assert [(each.day, each.times) for each in found] == [(date(2026, 11, 25), 1), (date(2026, 11, 24), 2)]


def test_c20_a_refused_request_is_told_apart_from_what_was_shown() -> None:
    record(access(), trace="a")
    services.record_refusal(refusal())
    found = selectors.of_patient(PATIENT, reader=ME, zone="Europe/Moscow").openings
    assert sorted(each.result for each in found) == ["allowed", "refused"]


def test_c20_the_link_of_one_visit_tells_nothing_of_another() -> None:
    record(
        access(purpose="this"), access(what="person", column="K", ids=(PATIENT,), purpose="this"), trace="a"
    )
    record(
        access(ids=(OTHER_VISIT,), purpose="that"), access(what="person", purpose="that", ids=()), trace="b"
    )
    record(access(ids=(VISIT, OTHER_VISIT), purpose="both"), trace="c")
    holder = actor(kind=ActorKind.HOLDER, id=str(VISIT), role="")
    assert sorted(openings(reader=holder, record_id=VISIT)) == [
        ("both", ("appointment",), 1),
        ("this", ("appointment", "person"), 1),
    ]
    look = AccessEntry.objects.latest("id")
    assert (look.purpose, look.patients, look.ids, look.relation) == (
        "own_journal",
        [PATIENT],
        [VISIT],
        "own",
    )
