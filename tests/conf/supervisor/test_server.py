"""The database of a bare machine: a child that answers on loopback and socket, comes back, leaves nothing."""

import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from conf.supervisor.conftest import FAST, answer, keep_seven, processes_in, python, silent, wait_for
from feldsher.conf.supervisor import DatabaseServer, SupervisorError, running_urls

pytestmark = pytest.mark.slow
HOLDER = """
import time
from pathlib import Path
from feldsher.conf.supervisor import DatabaseServer
server = DatabaseServer(Path(sys.argv[1]), report=lambda line: None, settings={"fsync": "off"})
print(server.start().owner, flush=True)
time.sleep(600)
"""


def test_the_server_is_a_child_of_ours(shared: DatabaseServer) -> None:
    assert shared.process_id is not None
    process = psutil.Process(shared.process_id)
    assert process.ppid() == os.getpid()
    assert process.name() == "postgres"


def test_it_answers_on_loopback_only(shared: DatabaseServer) -> None:
    assert "@127.0.0.1:" in shared.urls.application
    assert answer(shared.urls.application, "SHOW listen_addresses") == "127.0.0.1"


def test_it_answers_on_a_private_socket_with_a_short_path(shared: DatabaseServer) -> None:
    folder = shared.socket_folder
    assert folder is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(os.fsencode(folder)) <= 80
    through_socket = psycopg.conninfo.make_conninfo(shared.urls.application, host=str(folder))
    assert answer(through_socket, "SELECT inet_server_addr() IS NULL") is True


def test_nothing_of_the_home_is_for_others(shared: DatabaseServer) -> None:
    home = shared.log.parents[1]
    for path in (home / "postgres", home / "postgres" / "passwords.json", home / "logs"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_it_speaks_utc_and_never_compiles_queries(shared: DatabaseServer) -> None:
    assert answer(shared.urls.application, "SHOW jit") == "off"
    assert answer(shared.urls.application, "SHOW timezone") in {"UTC", "GMT"}


def test_its_log_has_no_statements_and_no_values(shared: DatabaseServer) -> None:
    secret = "Мария-Ивановна"
    with psycopg.connect(shared.urls.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text UNIQUE)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO people VALUES (%s)", [secret])
            except psycopg.errors.UniqueViolation:
                connection.execute("DROP TABLE people")
    log = shared.log.read_text(encoding="utf-8")
    assert "people_name_key" in log
    assert secret not in log


def test_a_killed_server_comes_back_with_its_data_at_its_port(server: DatabaseServer) -> None:
    urls = server.start()
    keep_seven(urls.owner)
    killed = server.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    started = time.monotonic()
    wait_for(lambda: server.process_id != killed and answer(urls.owner, "SELECT n FROM kept") == 7)
    assert time.monotonic() - started < 5


def test_a_killed_backend_does_not_end_the_server(server: DatabaseServer) -> None:
    urls = server.start()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    wait_for(lambda: answer(urls.application) == 1)


def test_a_second_copy_on_the_same_folder_is_refused(shared: DatabaseServer) -> None:
    home = shared.log.parents[1]
    second = DatabaseServer(home, report=silent)
    with pytest.raises(SupervisorError, match=rf"already runs on .*process {os.getpid()}") as caught:
        second.start()
    assert caught.value.code == "already_running"
    assert answer(shared.urls.application) == 1


def test_another_process_finds_the_running_server(shared: DatabaseServer) -> None:
    found = running_urls(shared.log.parents[1])
    assert found == shared.urls


def test_a_stopped_server_is_not_found(server: DatabaseServer, tmp_path: Path) -> None:
    assert running_urls(tmp_path / "home") is None
    server.start()
    server.stop()
    assert running_urls(tmp_path / "home") is None


def test_stop_leaves_no_process_and_the_next_start_finds_the_data(
    server: DatabaseServer, tmp_path: Path
) -> None:
    urls = server.start()
    keep_seven(urls.owner)
    data = tmp_path / "home" / "postgres" / "data"
    assert processes_in(data)
    server.stop()
    server.stop()
    assert processes_in(data) == []
    with DatabaseServer(tmp_path / "home", report=silent, settings=FAST) as again:
        assert again.urls == urls
        assert answer(urls.owner, "SELECT n FROM kept") == 7


def test_when_the_supervisor_is_killed_the_server_ends_and_the_next_one_starts(
    run_python: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    home, data = tmp_path / "home", tmp_path / "home" / "postgres" / "data"
    holder = run_python(*python(HOLDER, str(home)))
    assert holder.stdout is not None
    url = holder.stdout.readline().strip()
    keep_seven(url)
    with pytest.raises(SupervisorError, match=f"process {holder.pid}"):
        DatabaseServer(home, report=silent).start()
    holder.kill()
    holder.wait()
    wait_for(lambda: not processes_in(data))
    with DatabaseServer(home, report=silent, settings=FAST):
        assert answer(url, "SELECT n FROM kept") == 7


def test_a_long_home_gets_its_socket_elsewhere_and_takes_it_away(tmp_path: Path) -> None:
    home = tmp_path / ("long-" * 20)
    with DatabaseServer(home, report=silent, settings=FAST) as server:
        folder = server.socket_folder
        assert folder is not None
        assert home not in folder.parents
        assert answer(psycopg.conninfo.make_conninfo(server.urls.application, host=str(folder))) == 1
    assert not folder.exists()


def test_a_cluster_of_another_version_is_named(server: DatabaseServer, tmp_path: Path) -> None:
    server.start()
    server.stop()
    (tmp_path / "home" / "postgres" / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(SupervisorError, match="was made by PostgreSQL 14") as caught:
        server.start()
    assert caught.value.code == "other_version"


def test_lost_passwords_are_told_and_the_data_is_left_alone(server: DatabaseServer, tmp_path: Path) -> None:
    server.start()
    server.stop()
    (tmp_path / "home" / "postgres" / "passwords.json").unlink()
    with pytest.raises(SupervisorError) as caught:
        server.start()
    assert caught.value.code == "passwords_lost"
    assert (tmp_path / "home" / "postgres" / "data" / "PG_VERSION").exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = DatabaseServer(tmp_path / "home", report=silent, settings={"shared_buffers": "none"})
    with pytest.raises(SupervisorError, match="shared_buffers") as caught:
        server.start()
    assert caught.value.code == "database_does_not_start"
    assert caught.value.log == tmp_path / "home" / "logs" / "postgres.log"
    assert processes_in(tmp_path / "home" / "postgres" / "data") == []
