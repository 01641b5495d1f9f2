from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from feldsher.foundation.audit import notes
from feldsher.foundation.audit.errors import SinkError
from feldsher.integrations.witness import checkpoint_sink, line_sink

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def note(size: int) -> str:
    return notes.sign(KEY, origin="clinic.example/audit", size=size, root=bytes([size]) * 32, at=AT)


def sizes(path: Path) -> tuple[list[int], list[int]]:
    kept, unreadable = notes.read(path.read_text(encoding="utf-8"), KEY.public_key())
    assert all(each.is_genuine for each in kept)
    return [each.size for each in kept], unreadable


def test_notes_stand_in_the_file_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "with space" / "notes.txt"
    path.parent.mkdir()
    sink = checkpoint_sink(path.as_uri())
    sink.send(note(1))
    sink.send(note(2))
    checkpoint_sink(path.as_uri()).send(note(3))
    assert sizes(path) == ([1, 2, 3], [])
    assert sink.kept() == path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_note_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    sink = checkpoint_sink(path.as_uri())
    sink.send(note(1))
    with path.open("a", encoding="utf-8") as file:
        file.write(note(2)[:40])
    sink.send(note(3))
    kept, unreadable = sizes(path)
    assert kept == [1, 3]
    assert unreadable == [8, 9, 10]


def test_a_folder_that_is_gone_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    sink = checkpoint_sink((tmp_path / "mount" / "notes.txt").as_uri())
    with pytest.raises(SinkError, match="No such file"):
        sink.send(note(1))
    with pytest.raises(SinkError, match="No such file"):
        sink.kept()
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").symlink_to(tmp_path / "elsewhere.txt")
    with pytest.raises(SinkError):
        checkpoint_sink((tmp_path / "notes.txt").as_uri()).send(note(1))
    assert not (tmp_path / "elsewhere.txt").exists()


@pytest.mark.parametrize(
    "url",
    ["notes.txt", "file:notes.txt", "file://host/a", "file:///a/", "http://witness.example/", "ftp://a/b"],
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"file:///"):
        checkpoint_sink(url)


def test_lines_of_rows_are_added_one_below_the_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    line_sink(path.as_uri()).send(['{"leaf":0}', '{"leaf":1}'])
    line_sink(path.as_uri()).send(['{"leaf":2}'])
    assert path.read_text(encoding="utf-8") == '{"leaf":0}\n{"leaf":1}\n{"leaf":2}\n'
