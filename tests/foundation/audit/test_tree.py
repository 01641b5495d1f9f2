"""How rows get their places, and checkpoints leave."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection
from pytest_django import Settings

from feldsher.foundation.audit import checkpoints, notes, tree
from feldsher.foundation.audit.models import AccessEntry, Checkpoint, Leaf, Root
from foundation.audit.second_place import KEY, NOW, Elsewhere, check, record

pytestmark = pytest.mark.django_db(transaction=True)


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
