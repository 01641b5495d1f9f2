"""The data folder is private, remembers its secrets and places, and serves one process at a time."""

import os
import socket
import stat
from pathlib import Path

import pytest

from feldsher.conf.supervisor import SupervisorError
from feldsher.conf.supervisor.home import (
    FolderLock,
    JsonFile,
    free_port,
    generated_secrets,
    make_private,
    write_private,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = make_private(tmp_path / "a" / "b")
    assert mode(folder) == 0o700
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SupervisorError, match="choose another folder with FELDSHER_HOME") as caught:
        make_private(tmp_path / "file" / "home")
    assert caught.value.code == "home_not_writable"


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = generated_secrets(path, ("a", "b"))
    assert len(first["a"]) == 43
    assert first["a"] != first["b"]
    assert mode(path) == 0o600
    assert generated_secrets(path, ("b", "c"))["b"] == first["b"]
    assert generated_secrets(path, ("a",))["a"] == first["a"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_broken_file_counts_as_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    assert JsonFile(path).read() == {}
    JsonFile(path).update(port=1)
    assert JsonFile(path).read() == {"port": 1}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_has_one_holder_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FolderLock(path, what="a demo"):
        second = FolderLock(path, what="a demo")
        with pytest.raises(SupervisorError, match=rf"a demo already runs on .*process {os.getpid()}"):
            second.take()
        second.release()
    with FolderLock(path, what="a demo"):
        pass


def test_the_remembered_port_is_taken_while_nobody_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert free_port(remembered=port) != port
    assert free_port(remembered=port) == port


@pytest.mark.parametrize("remembered", [None, "80", 0, -1, 70_000])
def test_nonsense_is_not_remembered(remembered: object) -> None:
    assert 0 < free_port(remembered=remembered) < 1 << 16
