"""The demo's folder, port and environment; each thing in the way is told with what to do."""

import os
import shutil
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from feldsher.conf.demo import folder
from feldsher.conf.supervisor import SupervisorError


def test_the_data_folder_is_beside_the_sources_unless_named(tmp_path: Path) -> None:
    assert folder.home_folder({}) == folder.SOURCES.parent / ".feldsher"
    assert folder.home_folder({"FELDSHER_HOME": str(tmp_path)}) == tmp_path


def test_each_set_of_replies_and_each_size_has_a_database_of_its_own(tmp_path: Path) -> None:
    one, two = (folder.data_folder(tmp_path, tmp_path / name) for name in ("one", "two"))
    assert folder.data_folder(tmp_path, None) == tmp_path
    large = folder.data_folder(tmp_path, None, is_large=True)
    assert len({one, two, large, tmp_path}) == 4
    assert one == folder.data_folder(tmp_path, tmp_path / "x" / ".." / "one")
    assert one.parent == tmp_path


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.check_disk(tmp_path, what="the demo", chosen_by="FELDSHER_HOME")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    with pytest.raises(SupervisorError, match=r"only 5 MB are free .* FELDSHER_HOME") as caught:
        folder.check_disk(tmp_path, what="the demo", chosen_by="FELDSHER_HOME")
    with pytest.raises(SupervisorError, match=r"only 5 MB .*; the site needs 300: .* with --folder$"):
        folder.check_disk(tmp_path, what="the site", chosen_by="--folder")
    assert caught.value.code == "disk_full"


def test_the_site_s_address_is_taken_from_the_environment() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = folder.site_address({"FELDSHER_PORT": str(port)})
    assert address == folder.Address("127.0.0.1", port)


def test_port_0_means_any_free_one() -> None:
    assert folder.site_address({"FELDSHER_PORT": "0"}).port > 0


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        (folder.EVERYWHERE[0], "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("clinic.local", "http://clinic.local:8000"),
    ],
)
def test_the_url_is_one_that_this_machine_reaches(host: str, url: str) -> None:
    assert folder.Address(host, 8000).url == url


@pytest.mark.parametrize("port", ["http", "-1", "65536", "80 "])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SupervisorError, match="FELDSHER_PORT must be a TCP port"):
        folder.site_address({"FELDSHER_PORT": port})


def test_a_host_that_is_not_here_is_refused() -> None:
    with pytest.raises(SupervisorError) as caught:
        folder.site_address({"FELDSHER_HOST": "no host has this name", "FELDSHER_PORT": "8001"})
    assert caught.value.code == "bad_environment"


def test_a_taken_port_is_told_with_another_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "PORT_SECONDS", 0.0)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(SupervisorError, match="FELDSHER_PORT=8001") as caught,
    ):
        folder.site_address({"FELDSHER_PORT": str(listener.getsockname()[1])})
    assert caught.value.code == "port_in_use"


def test_our_programs_find_our_sources_whatever_the_caller_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", f"/other{os.pathsep}{folder.SOURCES}")
    environment = folder.program_environment(FELDSHER_DEMO="1")
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(folder.SOURCES), "/other"]
    assert "VIRTUAL_ENV" not in environment
    assert environment["FELDSHER_DEMO"] == "1"


def test_a_command_of_ours_runs_in_this_python() -> None:
    assert folder.cli("serve", "--workers", "1")[:3] == [sys.executable, "-m", "feldsher.conf.cli"]
