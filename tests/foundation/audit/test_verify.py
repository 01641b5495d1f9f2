"""C22: five attacks by a superuser on a real database, each with more and more of its traces covered up."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from feldsher.foundation.audit import checkpoints, notes, services, shipping, sinks, tree, verify
from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.audit.leaves import COLUMNS, hash_of
from feldsher.foundation.audit.merkle import Tree
from feldsher.foundation.audit.models import AccessEntry, Checkpoint, Leaf, Root
from feldsher.foundation.audit.ports import NullCheckpointSink, NullLineSink
from feldsher.foundation.audit.verify import Report, Wrong
from foundation.audit.factories import access

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)

pytestmark = pytest.mark.django_db(transaction=True)


class Elsewhere:
    """A second place that keeps all it gets, unless it is down."""

    told = "elsewhere"

    def __init__(self) -> None:
        self.text = ""
        self.is_down = False

    def send(self, note: str) -> None:
        if self.is_down:
            raise SinkError("down")
        self.text += f"{note}\n"


@pytest.fixture
def elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    settings.FELDSHER_AUDIT_KEY = base64.b64encode(b"k" * 32).decode()
    settings.SITE_URL = "https://clinic.example"
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW)
    place = Elsewhere()
    sinks.bind(place, NullLineSink())
    yield place
    sinks.bind(NullCheckpointSink(), NullLineSink())


def record(count: int) -> None:
    for n in range(count):
        with transaction.atomic():
            services.record(access(purpose=f"p{n}"))


def check(elsewhere: Elsewhere) -> Report:
    return verify.verify(elsewhere.text, key=KEY.public_key())


def wrongs(report: Report) -> list[Wrong]:
    return [finding.wrong for finding in report.findings]


def grown(elsewhere: Elsewhere, *, sizes: Sequence[int] = (5, 9)) -> None:
    """Twelve rows: five under the first checkpoint, nine under the second, and three that wait for one."""
    record(5)
    checkpoints.checkpoint()
    record(4)
    checkpoints.checkpoint()
    record(3)
    tree.grow()
    assert [note.size for note in notes.read(elsewhere.text, KEY.public_key())[0]] == list(sizes)


Attack = Callable[[psycopg.Connection], None]


@pytest.fixture
def attack(as_owner: psycopg.Connection, elsewhere: Elsewhere) -> Iterator[psycopg.Connection]:
    """The owner with every guard switched off; rows get their ids all the same."""
    grown(elsewhere)
    assert check(elsewhere).is_clean
    tables = ("audit_access", "audit_leaf", "audit_root", "audit_checkpoint")
    for table in tables:
        as_owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # type: ignore[arg-type]
    as_owner.execute("ALTER TABLE audit_access ENABLE TRIGGER audit_access_is_numbered")
    yield as_owner
    for table in tables:
        as_owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # type: ignore[arg-type]


def row_of_leaf(index: int) -> int:
    return Leaf.objects.get(index=index).entry


def rebuild(owner: psycopg.Connection) -> None:
    """Make rows, leaves and roots agree again, as one can who rules the database."""
    leaves = list(Leaf.objects.order_by("index"))
    hashes = [hash_of(AccessEntry.objects.values_list(*COLUMNS).get(id=leaf.entry)) for leaf in leaves]
    for leaf, value in zip(leaves, hashes, strict=True):
        owner.execute("UPDATE audit_leaf SET hash = %s WHERE index = %s", [value, leaf.index])
    set_head(owner, Tree().grown(hashes))


def set_head(owner: psycopg.Connection, tree: Tree) -> None:
    values = [tree.size, tree.root, list(tree.peaks)]
    owner.execute("UPDATE audit_root SET size = %s, root = %s, peaks = %s", values)


def test_an_untouched_journal_is_clean_and_says_what_is_vouched_for(elsewhere: Elsewhere) -> None:
    grown(elsewhere)
    record(2)
    report = check(elsewhere)
    assert report.is_clean
    assert (report.leaves, report.waiting, report.checkpoints) == (12, 2, 2)
    assert (report.covered, report.covered_at) == (9, NOW)


def test_a_checkpoint_of_the_empty_journal_stays_true(elsewhere: Elsewhere) -> None:
    checkpoints.checkpoint()
    assert check(elsewhere).is_clean
    grown(elsewhere, sizes=[0, 5, 9])
    report = check(elsewhere)
    assert (report.is_clean, report.checkpoints) == (True, 3)


def test_c22_an_edited_row_is_found_by_its_leaf(attack: psycopg.Connection, elsewhere: Elsewhere) -> None:
    entry = row_of_leaf(6)
    attack.execute("UPDATE audit_access SET actor = 'nobody' WHERE id = %s", [entry])
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.leaf, finding.entry) == (Wrong.ROW_CHANGED, 6, entry)


def test_c22_an_edit_with_every_hash_made_anew_is_found_by_the_checkpoint_outside(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    attack.execute("UPDATE audit_access SET actor = 'nobody' WHERE id = %s", [row_of_leaf(6)])
    rebuild(attack)
    attack.execute("DELETE FROM audit_checkpoint")
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.since, finding.size, finding.at) == (Wrong.ROOT_DIFFERS, 5, 9, NOW)
    assert wrongs(verify.verify("", key=KEY.public_key())) == [Wrong.NOTHING_OUTSIDE]


def test_c22_a_deleted_row_is_found(attack: psycopg.Connection, elsewhere: Elsewhere) -> None:
    entry = row_of_leaf(2)
    attack.execute("DELETE FROM audit_access WHERE id = %s", [entry])
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.leaf, finding.entry) == (Wrong.ROW_MISSING, 2, entry)


def test_c22_a_row_deleted_with_its_leaf_is_found(attack: psycopg.Connection, elsewhere: Elsewhere) -> None:
    attack.execute("DELETE FROM audit_access WHERE id = %s", [row_of_leaf(2)])
    attack.execute("DELETE FROM audit_leaf WHERE index = 2")
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.leaf, finding.size) == (Wrong.LEAF_MISSING, 2, 3)


def test_c22_a_deletion_with_the_rest_moved_up_is_found(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    attack.execute("DELETE FROM audit_access WHERE id = %s", [row_of_leaf(2)])
    attack.execute("DELETE FROM audit_leaf WHERE index = 2")
    for index in range(3, 12):
        attack.execute("UPDATE audit_leaf SET index = index - 1 WHERE index = %s", [index])
    rebuild(attack)
    found = {finding.wrong: finding for finding in check(elsewhere).findings}
    assert set(found) == {Wrong.ROOT_DIFFERS}
    assert (found[Wrong.ROOT_DIFFERS].since, found[Wrong.ROOT_DIFFERS].size) == (0, 5)


def test_c22_a_row_deleted_before_it_had_its_place_is_found(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    attack.execute("ALTER TABLE audit_access ENABLE TRIGGER audit_access_is_queued")
    record(1)
    entry = AccessEntry.objects.latest("id").id
    attack.execute("DELETE FROM audit_access WHERE id = %s", [entry])
    assert tree.grow() == 0
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.entry) == (Wrong.ROW_LOST, entry)


def test_c22_a_row_put_past_the_queue_is_found(attack: psycopg.Connection, elsewhere: Elsewhere) -> None:
    record(1)
    entry = AccessEntry.objects.latest("id").id
    assert tree.grow() == 0
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.entry) == (Wrong.ROW_UNPLACED, entry)


def test_c22_two_rows_that_changed_places_are_found(attack: psycopg.Connection, elsewhere: Elsewhere) -> None:
    attack.execute("ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_pkey, ADD PRIMARY KEY (entry)")
    attack.execute("UPDATE audit_leaf SET index = 13 - index WHERE index IN (6, 7)")
    (own, signed) = sorted(check(elsewhere).findings, key=lambda finding: finding.wrong)
    assert (own.wrong, own.since, own.size) == (Wrong.OWN_ROOT_DIFFERS, 5, 12)
    assert (signed.wrong, signed.since, signed.size) == (Wrong.ROOT_DIFFERS, 5, 9)
    rebuild(attack)
    assert wrongs(check(elsewhere)) == [Wrong.ROOT_DIFFERS]
    attack.execute("ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_pkey, ADD PRIMARY KEY (index)")


def cut_to(owner: psycopg.Connection, size: int) -> None:
    owner.execute(
        "DELETE FROM audit_access WHERE id IN (SELECT entry FROM audit_leaf WHERE index >= %s)", [size]
    )
    owner.execute("DELETE FROM audit_leaf WHERE index >= %s", [size])
    set_head(owner, Tree().grown(bytes(leaf.hash) for leaf in Leaf.objects.order_by("index")))
    owner.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])


def test_c22_a_tail_that_was_cut_off_is_found(attack: psycopg.Connection, elsewhere: Elsewhere) -> None:
    cut_to(attack, 7)
    attack.execute("DELETE FROM audit_root")
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.leaf, finding.size, finding.at) == (Wrong.TREE_SHORTER, 7, 9, NOW)


def test_c22_a_tail_cut_off_after_the_last_checkpoint_is_found_by_the_root_that_was_left(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    attack.execute("DELETE FROM audit_access WHERE id = %s", [row_of_leaf(11)])
    attack.execute("DELETE FROM audit_leaf WHERE index = 11")
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.leaf, finding.size) == (Wrong.TREE_SHORTER, 11, 12)


def test_c22_a_tail_cut_off_with_every_trace_here_is_found_by_the_second_copy(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    copy = lines()
    cut_to(attack, 10)
    assert check(elsewhere).is_clean
    (finding,) = verify.verify(elsewhere.text, key=KEY.public_key(), copy=copy).findings
    assert (finding.wrong, finding.leaf, finding.size) == (Wrong.TREE_SHORTER, 10, 12)


def test_c22_an_edit_after_the_last_checkpoint_is_found_by_the_second_copy(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    copy, entry = lines(), row_of_leaf(10)
    attack.execute("UPDATE audit_access SET actor = 'nobody' WHERE id = %s", [entry])
    rebuild(attack)
    assert check(elsewhere).is_clean
    (finding,) = verify.verify(elsewhere.text, key=KEY.public_key(), copy=[*copy, copy[0]]).findings
    assert (finding.wrong, finding.leaf, finding.entry) == (Wrong.COPY_DIFFERS, 10, entry)


Forge = Callable[[dict[str, object]], dict[str, object]]


@pytest.mark.parametrize(
    "forge",
    [
        lambda line: {**line, "hash": "00" * 32},
        lambda line: {**line, "actor": "somebody"},
        lambda line: {**line, "leaf": 11},
        lambda line: {**line, "leaf": 12},
        lambda line: {**line, "id": 0},
    ],
    ids=["hash", "row", "place_of_another", "place_of_none", "id"],
)
def test_c22_a_later_line_of_the_copy_does_not_take_back_an_earlier_one(
    attack: psycopg.Connection, elsewhere: Elsewhere, forge: Forge
) -> None:
    copy, entry = lines(), row_of_leaf(10)
    later = forge(json.loads(copy[10]))
    copy.append(json.dumps(later, separators=(",", ":")))
    (finding,) = verify.verify(elsewhere.text, key=KEY.public_key(), copy=copy).findings
    assert (finding.wrong, finding.entry, finding.line) == (Wrong.COPY_CONTRADICTS, later["id"], 13)
    attack.execute("UPDATE audit_access SET actor = 'nobody' WHERE id = %s", [entry])
    rebuild(attack)
    copy[12] = json.dumps({**json.loads(copy[10]), "hash": bytes(Leaf.objects.get(index=10).hash).hex()})
    found = verify.verify(elsewhere.text, key=KEY.public_key(), copy=copy)
    assert wrongs(found) == [Wrong.COPY_DIFFERS, Wrong.COPY_CONTRADICTS]


def test_a_torn_line_of_the_copy_is_told_of(elsewhere: Elsewhere) -> None:
    grown(elsewhere)
    torn = [lines()[0], lines()[1][:20]]
    (finding,) = verify.verify(elsewhere.text, key=KEY.public_key(), copy=torn).findings
    assert (finding.wrong, finding.line) == (Wrong.UNREADABLE, 2)


def lines() -> list[str]:
    """What the second copy would have of every leaf."""
    return [shipping.line(leaf, None) for leaf in Leaf.objects.order_by("index")]


def test_c22_a_restored_old_copy_is_found_behind_the_checkpoint(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    cut_to(attack, 5)
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.leaf, finding.size) == (Wrong.TREE_SHORTER, 5, 9)


def test_c22_an_old_copy_that_went_on_growing_is_found_too(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    cut_to(attack, 5)
    attack.execute("ALTER TABLE audit_access ENABLE TRIGGER USER")
    record(6)
    checkpoints.checkpoint()
    (finding,) = check(elsewhere).findings
    assert (finding.wrong, finding.since, finding.size) == (Wrong.ROOT_DIFFERS, 5, 9)


def test_a_month_in_the_archive_is_vouched_for_by_its_leaves(
    attack: psycopg.Connection, elsewhere: Elsewhere, settings: Settings
) -> None:
    attack.execute("DELETE FROM audit_access")
    assert set(wrongs(check(elsewhere))) == {Wrong.ROW_MISSING}
    settings.FELDSHER_AUDIT_ARCHIVED = ("2026-11",)
    report = check(elsewhere)
    assert (report.is_clean, report.archived, report.leaves) == (True, 12, 12)


def test_more_than_a_hundred_contradictions_are_counted(
    attack: psycopg.Connection, elsewhere: Elsewhere
) -> None:
    attack.execute("ALTER TABLE audit_access ENABLE TRIGGER USER")
    record(100)
    tree.grow()
    attack.execute("ALTER TABLE audit_access DISABLE TRIGGER USER")
    attack.execute("UPDATE audit_access SET role = ''")
    report = check(elsewhere)
    assert (len(report.findings), report.untold) == (100, 12)


def test_c22_a_checkpoint_that_somebody_else_signed_is_told_of(elsewhere: Elsewhere) -> None:
    grown(elsewhere)
    stranger = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    elsewhere.text += notes.sign(stranger, origin="clinic.example/audit", size=9, root=b"r" * 32, at=NOW)
    assert wrongs(check(elsewhere)) == [Wrong.FORGED]


def test_c22_a_checkpoint_that_was_changed_or_torn_is_told_of(elsewhere: Elsewhere) -> None:
    grown(elsewhere)
    text = elsewhere.text
    elsewhere.text = text.replace("\n9\n", "\n8\n")
    assert wrongs(check(elsewhere)) == [Wrong.FORGED]
    elsewhere.text = text[:-30]
    report = check(elsewhere)
    assert set(wrongs(report)) <= {Wrong.UNREADABLE, Wrong.FORGED}
    assert (report.is_clean, report.covered) == (False, 5)


def later(monkeypatch: pytest.MonkeyPatch, **since: float) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(**since))


def test_rows_that_wait_too_long_for_the_tree_are_told_of(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(2)
    first = AccessEntry.objects.earliest("id").id
    later(monkeypatch, minutes=15)
    record(1)
    assert wrongs(check(elsewhere)) == [Wrong.NOTHING_OUTSIDE]
    later(monkeypatch, minutes=16)
    report = check(elsewhere)
    assert [(f.wrong, f.entry, f.size, f.at) for f in report.findings] == [
        (Wrong.ROWS_WAIT, first, 2, NOW),
        (Wrong.NOTHING_OUTSIDE, None, None, None),
    ]
    assert not report.is_contradicted


def test_c22_checkpoints_that_stopped_arriving_are_told_of(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(elsewhere)
    later(monkeypatch, minutes=15)
    assert check(elsewhere).is_clean
    later(monkeypatch, minutes=16)
    elsewhere.is_down = True
    checkpoints.checkpoint()
    report = check(elsewhere)
    assert [(finding.wrong, finding.at) for finding in report.findings] == [(Wrong.STALE, NOW)]
    assert not report.is_contradicted
    assert wrongs(verify.verify(None, key=KEY.public_key())) == [Wrong.NOT_READ_HERE]


@pytest.mark.parametrize(
    ("left", "lost"),
    [([0, 1, 2], (1, 45)), ([0, 3], (2, 15)), ([2, 3], None), ([0, 1, 2, 3], None), ([], (4, 0))],
    ids=["tail", "middle", "new_file", "nothing", "all"],
)
def test_c22_checkpoints_that_were_outside_and_are_gone_are_told_of(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, left: list[int], lost: tuple[int, int] | None
) -> None:
    """A checkpoint each quarter of an hour; the last of them is 16 minutes old when the check comes."""
    for n in range(4):
        later(monkeypatch, minutes=15 * n)
        record(1)
        checkpoints.checkpoint()
    later(monkeypatch, minutes=45 + 16)
    sent = list(Checkpoint.objects.order_by("id").values_list("note", flat=True))
    elsewhere.text = "\n".join(sent[n] for n in left)
    report = check(elsewhere)
    found = [(f.size, f.at) for f in report.findings if f.wrong is Wrong.NOTES_LOST]
    assert found == ([] if lost is None else [(lost[0], NOW + timedelta(minutes=lost[1]))])
    assert report.is_contradicted is (lost is not None)


def test_a_checkpoint_that_has_only_just_been_sent_may_be_missing_in_what_was_read(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(elsewhere)
    before = elsewhere.text
    later(monkeypatch, minutes=5)
    checkpoints.checkpoint()
    assert verify.verify(before, key=KEY.public_key()).is_clean


def test_late_commits_find_their_place(elsewhere: Elsewhere, database_urls: tuple[str, str]) -> None:
    """A row written first and committed last is passed over by who remembers the last id; here it is not."""
    with psycopg.connect(database_urls[0]) as late:
        late.execute(
            "INSERT INTO audit_access (at, trace, actor_kind, actor, role, device, network, matrix_column,"
            " what, patients, ids, fields, row_count, purpose, relation, result, reason)"
            " VALUES (%s, '', 'service',"
            " 'late', '', '', '', 'A', 'visit', '{}', '{}', '{}', 0, '', '', 'allowed', '')",
            [NOW - timedelta(minutes=3)],
        )
        record(2)
        checkpoints.checkpoint()
        assert list(Leaf.objects.values_list("index", flat=True)) == [0, 1]
        late.commit()
    checkpoints.checkpoint()
    last = Leaf.objects.get(index=2)
    assert AccessEntry.objects.get(id=last.entry).actor == "late"
    assert last.entry < Leaf.objects.get(index=0).entry
    assert check(elsewhere).is_clean


def test_one_at_a_time_gives_places(elsewhere: Elsewhere, database_urls: tuple[str, str]) -> None:
    record(1)
    with psycopg.connect(database_urls[0]) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [tree._LOCK])
        assert tree.grow() == 0
    assert tree.grow() == 1


def test_of_the_tree_s_past_nothing_is_kept_but_leaves_and_checkpoints(elsewhere: Elsewhere) -> None:
    for _ in range(4):
        record(1)
        tree.grow()
    assert [(root.size, bytes(root.root)) for root in Root.objects.all()] == [(4, tree.head().root)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_root SET size = 3",
        "UPDATE audit_root SET root = ''",
        "DELETE FROM audit_root",
        "INSERT INTO audit_root (size, root, peaks, at) VALUES (0, '', '{}', now())",
    ],
)
def test_the_root_only_grows_and_is_one(as_owner: psycopg.Connection, statement: str) -> None:
    record(4)
    tree.grow()
    with pytest.raises(DatabaseError, match=r"permission denied|is not changed|audit_root_one"):
        connection.cursor().execute(statement)
    with pytest.raises(psycopg.Error, match=r"is not changed|audit_root_one"):
        as_owner.execute(statement)  # type: ignore[arg-type]
    assert tree.head().size == 4


def test_many_rows_take_several_batches(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "BATCH", 3)
    record(8)
    assert tree.grow() == 8
    assert list(Root.objects.values_list("size", flat=True)) == [8]
    checkpoints.checkpoint()
    assert check(elsewhere).is_clean


def test_checkpoints_that_did_not_arrive_go_again_in_their_order(
    elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere.is_down = True
    record(1)
    checkpoints.checkpoint()
    record(1)
    checkpoints.checkpoint()
    assert (elsewhere.text, Checkpoint.objects.filter(sent_at=None).count()) == ("", 2)
    assert "checkpoints do not reach their second place: down" in caplog.text
    elsewhere.is_down = False
    record(1)
    checkpoints.checkpoint()
    kept, unreadable = notes.read(elsewhere.text, KEY.public_key())
    assert ([note.size for note in kept], unreadable) == ([1, 2, 3], [])
    assert all(note.is_genuine and note.origin == "clinic.example/audit" for note in kept)
    assert Checkpoint.objects.filter(sent_at=None).count() == 0


def test_without_a_key_nothing_is_signed(
    elsewhere: Elsewhere, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.FELDSHER_AUDIT_KEY = ""
    record(1)
    checkpoints.checkpoint()
    assert (Checkpoint.objects.count(), Leaf.objects.count()) == (0, 1)
    assert "FELDSHER_AUDIT_KEY is not set" in caplog.text
