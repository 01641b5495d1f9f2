"""`feldsher audit`: a plain report, and an exit code for whoever watches."""

import base64
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from feldsher.conf.composition import build_checkpoint_sink
from feldsher.foundation.audit import checkpoints, services, sinks
from feldsher.foundation.audit.keys import public_text
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.ports import NullCheckpointSink, NullLineSink
from foundation.audit.factories import access
from support.tampering import unguarded

PUBLIC = public_text(Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key())

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second_place(tmp_path: Path, settings: Settings, as_owner: psycopg.Connection) -> Iterator[Path]:
    as_owner.execute("TRUNCATE audit_access, audit_queue, audit_leaf, audit_root, audit_checkpoint")
    settings.FELDSHER_AUDIT_KEY = base64.b64encode(b"k" * 32).decode()
    path = tmp_path / "checkpoints.txt"
    sinks.bind(build_checkpoint_sink(path.as_uri()), NullLineSink())
    for _ in range(3):
        with transaction.atomic():
            services.record(access())
    checkpoints.checkpoint()
    yield path
    sinks.bind(NullCheckpointSink(), NullLineSink())


def run(*arguments: str) -> tuple[int, str]:
    output, code = StringIO(), 0
    try:
        call_command("audit", *arguments, stdout=output)
    except SystemExit as end:
        code = int(str(end.code))
    return code, output.getvalue()


def test_c22_a_clean_journal_ends_with_0(second_place: Path) -> None:
    code, told = run("verify")
    assert code == 0
    assert "3 rows in the tree, 0 waiting" in told
    assert "1 checkpoints from outside; the last one vouches for 3 rows" in told
    assert "the journal agrees with every checkpoint" in told
    assert run("verify", "--checkpoints", str(second_place), "--key", PUBLIC)[0] == 0


def test_c22_a_touched_journal_ends_with_1_and_says_where(
    second_place: Path, as_owner: psycopg.Connection
) -> None:
    with unguarded(as_owner):
        (entry,) = as_owner.execute(
            "UPDATE audit_access SET role = 'x' WHERE id = (SELECT max(id) FROM audit_access) RETURNING id"
        ).fetchone() or (0,)
    code, told = run("verify")
    assert code == 1
    assert f"WRONG  row_changed: row {entry} at leaf 2 was changed" in told
    assert "the journal can't be trusted" in told


def test_another_key_calls_every_checkpoint_forged(second_place: Path) -> None:
    code, told = run("verify", "--key", public_text(Ed25519PrivateKey.generate().public_key()))
    assert code == 1
    assert "the checkpoint at line 1 was changed or is not signed by this key" in told


def test_what_can_not_be_done_is_one_sentence(second_place: Path, settings: Settings) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run("verify", "--checkpoints", str(second_place.parent / "none"))
    with pytest.raises(CommandError, match="no place in the tree"):
        run("prove", "1")
    with pytest.raises(CommandError, match="not 9"):
        run("grew", "1", "9")
    settings.FELDSHER_AUDIT_KEY = ""
    with pytest.raises(CommandError, match="FELDSHER_AUDIT_KEY is not set"):
        run("key")


@pytest.mark.parametrize(
    ("sink", "told"),
    [
        ("https://witness.example/notes", "DOUBT  not_read_here: the second place can't be read from here"),
        ("", "DOUBT  nothing_outside: no checkpoint from outside"),
    ],
)
def test_what_could_not_be_compared_is_no_contradiction_and_still_ends_with_1(
    second_place: Path, sink: str, told: str
) -> None:
    sinks.bind(build_checkpoint_sink(sink), NullLineSink())
    code, answer = run("verify")
    assert code == 1
    assert told in answer
    assert "nothing contradicts the journal, but not all of it was compared" in answer
    assert "can't be trusted" not in answer
    assert run("verify", "--checkpoints", str(second_place))[0] == 0


def test_the_key_and_proofs_are_printed(second_place: Path) -> None:
    assert run("key") == (0, f"{PUBLIC}\n")
    assert len(json.loads(run("grew", "1", "3")[1])) == 2
    proof = json.loads(run("prove", str(AccessEntry.objects.latest("id").id))[1])
    assert (proof["index"], proof["size"], len(proof["path"])) == (2, 3, 1)
