"""Whom PostgreSQL runs as: an ordinary user just runs it; root never does, and no folder need be open."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from conf.supervisor.conftest import FAST, answer, python, silent
from feldsher.conf.supervisor import DatabaseServer, SupervisorError, placement, spawn
from feldsher.conf.supervisor.binaries import find_postgres

pytestmark = pytest.mark.slow
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
ORDINARY = """
import os
from pathlib import Path
import psycopg
from feldsher.conf.supervisor import DatabaseServer
assert os.geteuid() != 0
with DatabaseServer(Path(sys.argv[1]), report=lambda line: None, settings={"fsync": "off"}) as server:
    with psycopg.connect(server.urls.application) as connection:
        print("answers", connection.execute("SELECT 1").fetchone()[0])
"""


@pytest.fixture
def shared_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place that another user may enter, instead of /var/lib/feldsher."""
    with tempfile.TemporaryDirectory(prefix="feldsher-shared-") as name:
        Path(name).chmod(0o711)
        monkeypatch.setattr(placement, "SHARED_ROOT", Path(name))
        yield Path(name)


def test_an_ordinary_user_runs_it_on_private_folders(
    run_python: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Root plays the ordinary user in a namespace: our files are that user's, no right of root is left."""
    tmp_path.chmod(0o700)
    command = python(ORDINARY, str(tmp_path / "home"))
    if os.geteuid() == 0:
        command = spawn.command_line(command, identity=spawn.Identity("namespace"))
    process = run_python(*command)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "answers 1\n")


@needs_root
@pytest.mark.parametrize("kind", ["namespace", "user"])
def test_root_never_runs_it_as_root(
    tmp_path: Path, shared_root: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv(placement.FORCED, kind)
    tmp_path.chmod(0o700)
    home = tmp_path / "home"
    with DatabaseServer(home, report=silent, settings=FAST) as server:
        assert answer(server.urls.application) == 1
        assert server.process_id is not None
        user = psutil.Process(server.process_id).uids().real
        status = Path(f"/proc/{server.process_id}/uid_map").read_text(encoding="ascii").split()
    assert home.stat().st_mode & 0o777 == 0o700
    if kind == "namespace":
        assert status == ["1000", "0", "1"]
        assert (home / "postgres" / "data" / "PG_VERSION").stat().st_uid == 0
    else:
        assert user == placement.unprivileged_user().user != 0
        assert not (home / "postgres" / "data").exists()
        assert (placement.shared_base(home) / "data" / "PG_VERSION").stat().st_uid == user


@needs_root
def test_programs_that_another_user_cannot_run_are_copied_once(
    tmp_path: Path, shared_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(placement.FORCED, "user")
    ours = tmp_path / "private" / "install"
    original = find_postgres().programs.parent
    subprocess.run(["cp", "-a", str(original), str(tmp_path / "copy")], check=True)
    ours.parent.mkdir(mode=0o700)
    (tmp_path / "copy").rename(ours)
    monkeypatch.setenv("FELDSHER_POSTGRES_BIN", str(ours / "bin"))
    for name in ("one", "two"):
        with DatabaseServer(tmp_path / name, report=silent, settings=FAST) as server:
            assert answer(server.urls.application) == 1
    assert len(list(shared_root.glob("postgres-*"))) == 1


@needs_root
def test_a_cluster_stays_where_its_first_start_put_it(
    tmp_path: Path, shared_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(placement.FORCED, "user")
    with DatabaseServer(tmp_path, report=silent, settings=FAST) as server:
        urls = server.urls
    monkeypatch.delenv(placement.FORCED)
    with DatabaseServer(tmp_path, report=silent, settings=FAST) as server:
        assert server.urls == urls
        assert answer(urls.application) == 1


@needs_root
def test_a_cluster_made_in_a_namespace_needs_one_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DatabaseServer(tmp_path, report=silent, settings=FAST):
        pass
    monkeypatch.setenv(placement.FORCED, "user")
    with pytest.raises(SupervisorError) as caught:
        DatabaseServer(tmp_path, report=silent, settings=FAST).start()
    assert caught.value.code == "namespace_needed"


@needs_root
def test_an_unknown_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(placement.FORCED, "magic")
    with pytest.raises(SupervisorError, match="must be `namespace` or `user`, not `magic`"):
        DatabaseServer(tmp_path, report=silent).start()


def test_a_child_that_cannot_start_says_why() -> None:
    found = spawn.run(["/nonexistent/program"])
    assert found.returncode == 1
    assert "cannot start /nonexistent/program as self" in found.stdout


def test_postgres_sees_no_variables_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    script = "import os; print(sorted(name for name in os.environ if name.startswith('PG')))"
    assert spawn.run([sys.executable, "-c", script]).stdout == "[]\n"
