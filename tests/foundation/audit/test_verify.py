"""C22: five attacks by a superuser on a real database, each with more and more of its traces covered up."""

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from feldsher.foundation.audit import checkpoints, notes, shipping, tree, verify
from feldsher.foundation.audit.leaves import COLUMNS, hash_of
from feldsher.foundation.audit.merkle import Tree
from feldsher.foundation.audit.models import AccessEntry, Leaf
from feldsher.foundation.audit.verify import Wrong
from foundation.audit.second_place import KEY, NOW, Elsewhere, check, grown, record, wrongs
from support.tampering import unguarded

pytestmark = pytest.mark.django_db(transaction=True)


Attack = Callable[[psycopg.Connection], None]


@pytest.fixture
def attack(as_owner: psycopg.Connection, elsewhere: Elsewhere) -> Iterator[psycopg.Connection]:
    """The owner with every guard switched off; rows get their ids all the same."""
    grown(elsewhere)
    assert check(elsewhere).is_clean
    tables = ("audit_access", "audit_leaf", "audit_root", "audit_checkpoint")
    with unguarded(as_owner, tables):
        as_owner.execute("ALTER TABLE audit_access ENABLE TRIGGER audit_access_is_numbered")
        yield as_owner


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
