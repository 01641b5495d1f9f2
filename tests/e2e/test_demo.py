"""The demo command: starts from nothing and again, stops whole, refuses in a sentence, leaves nothing."""

import json
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from feldsher.conf.demo.folder import SOURCES
from feldsher.conf.supervisor.home import free_port
from feldsher.conf.supervisor.spawn import Identity, run
from support.patients import Patient, Times
from support.product import PARTS, Demo, folder, is_over, living_in, wait_for

pytestmark = pytest.mark.slow

FIRST_START_SECONDS, NEXT_START_SECONDS, GONE_SECONDS = 180, 10, 20
ROOT = SOURCES.parent
REPLIES = {
    "ours": ROOT / "tests" / "testbench" / "data" / "replies",
    "recorded": ROOT.parent / "shared" / "data" / "mis" / "bit-umc" / "fixtures",
}


def crowding() -> float:
    """Return how many times slower than alone this machine may be now: other tests run beside this one."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Demo]:
    """One data folder for the whole file, on a port that stays the same, as on a person's machine."""
    made = Demo(place / "home", FELDSHER_PORT=str(free_port()))
    seconds = made.start()
    assert seconds <= FIRST_START_SECONDS
    yield made
    made.end()


def assert_nothing_is_left(demo: Demo) -> None:
    assert living_in(demo.home) == []
    assert not demo.endpoints.exists()


def books(demo: Demo) -> None:
    """Book the last time of a doctor; it is in the MIS once."""
    times = Times(demo)
    slot = times.next()
    visit = Patient(demo.site).take(slot)
    assert visit.reply.status in {201, 202}, visit.reply
    visit.wait_until("booked")
    assert len(times.in_mis(slot)) == 1


def test_endpoints_are_told_once_all_of_it_answers(demo: Demo) -> None:
    told = json.loads(demo.endpoints.read_text(encoding="utf-8"))
    assert set(told) == {"site", "testbench", "database"}
    assert set(told["testbench"]) == {"bit_umc", "sms_ru"}
    assert told["site"] == f"http://127.0.0.1:{demo.variables['FELDSHER_PORT']}"
    assert demo.state()["resources"]
    assert demo.ask("SELECT current_user") == "feldsher_app"
    assert Patient(demo.site).send("GET", "/specialties").status == 200
    assert stat.S_IMODE(demo.endpoints.stat().st_mode) == 0o600
    assert stat.S_IMODE(demo.home.stat().st_mode) == 0o700


def test_the_database_answers_on_its_socket_too(demo: Demo) -> None:
    through = psycopg.conninfo.make_conninfo(demo.database, host=str(demo.home / "postgres" / "run"))
    with psycopg.connect(through) as connection:
        assert connection.execute("SELECT inet_server_addr() IS NULL").fetchone() == (True,)


def test_starting_says_what_happens_and_where_everything_is(demo: Demo) -> None:
    for words in ("database …", "migrations …", "simulators", "demo data", "worker and site …", demo.site):
        assert words in demo.output
    assert "Traceback" not in demo.output


def test_the_logs_of_a_start_are_quiet(demo: Demo) -> None:
    for log in (demo.home / "logs").glob("*.log"):
        text = log.read_text(encoding="utf-8")
        assert "WARNING" not in text, text
        assert "ERROR" not in text, text


def test_a_second_copy_on_the_same_folder_is_refused(demo: Demo) -> None:
    assert demo.command is not None
    second = Demo(demo.home.with_name("second"), FELDSHER_HOME=str(demo.home))
    assert second.launch().wait(30) == 1
    assert f"a demo already runs on {demo.home} (process {demo.command.pid}); stop it first" in second.output
    assert "Traceback" not in second.output
    assert demo.endpoints.exists()
    assert Patient(demo.site).send("GET", "/specialties").status == 200


def test_a_busy_port_is_refused(demo: Demo) -> None:
    port = demo.variables["FELDSHER_PORT"]
    said = Demo(demo.home.with_name("busy"), FELDSHER_PORT=port).refused()
    assert f"127.0.0.1:{port} cannot be used" in said
    assert "FELDSHER_PORT=8001" in said


def test_ctrl_c_twice_stops_all_and_the_next_start_is_quick_and_finds_everything(demo: Demo) -> None:
    books(demo)
    visits = demo.ask("SELECT count(*) FROM scheduling_appointment WHERE state = 'booked'")
    documents = demo.state()["bookings"]
    assert demo.command is not None
    site, family = demo.part("site"), [demo.part(name) for name in PARTS]
    demo.command.send_signal(signal.SIGINT)
    wait_for(lambda: is_over(site), what="the site's end")
    assert demo.stop() == 0
    assert all(is_over(process) for process in family)
    assert_nothing_is_left(demo)
    assert "Traceback" not in demo.output
    assert demo.start() <= NEXT_START_SECONDS * crowding()
    assert demo.ask("SELECT count(*) FROM scheduling_appointment WHERE state = 'booked'") == visits
    assert demo.state()["bookings"] == documents


def test_a_killed_demo_leaves_no_process_and_the_next_start_works(demo: Demo) -> None:
    assert demo.command is not None
    family = [demo.part(name) for name in PARTS]
    demo.command.kill()
    demo.command.wait()
    # A process on its way out has no command line or folder any more, so each is asked by its number too.
    wait_for(
        lambda: not living_in(demo.home) and all(map(is_over, family)),
        what="the end of every process",
        seconds=GONE_SECONDS,
    )
    demo.start()
    books(demo)


@pytest.mark.parametrize("step", ["database …", "migrations …", "demo data"])
def test_ctrl_c_during_a_start_leaves_nothing(demo: Demo, step: str) -> None:
    if demo.command is not None and demo.command.poll() is None:
        assert demo.stop(by=signal.SIGTERM) == 0
    command = demo.launch()
    wait_for(lambda: step in demo.output, what=f"the step {step}")
    command.send_signal(signal.SIGINT)
    assert command.wait(30) == 0
    assert_nothing_is_left(demo)


@pytest.mark.parametrize("name", [name for name, place in REPLIES.items() if place.is_dir()])
def test_doctors_and_times_of_recorded_replies_are_on_the_site_and_can_be_booked(
    place: Path, name: str
) -> None:
    demo = Demo(place / f"replies-{name}", arguments=("--replies", str(REPLIES[name])))
    try:
        demo.start()
        recorded = {item["name"] for item in demo.state()["resources"]}
        shown = {doctor["name"] for doctor in Times(demo).doctors()}
        assert shown
        assert shown <= recorded
        books(demo)
        assert demo.stop() == 0
        assert_nothing_is_left(demo)
    finally:
        demo.end()


def test_a_folder_of_replies_that_is_missing_is_told(place: Path) -> None:
    missing = Demo(place / "missing", arguments=("--replies", str(place / "nowhere"))).refused()
    assert f"the folder of replies {place / 'nowhere'} does not exist" in missing


def test_a_mis_that_does_not_answer_the_first_time_is_told_and_nothing_is_left(place: Path) -> None:
    mis = [{"id": "umc", "kind": "bit_umc", "url": f"http://127.0.0.1:{free_port()}/ws"}]
    demo = Demo(place / "deaf", FELDSHER_MIS=json.dumps(mis))
    said = demo.refused()
    assert "the step `demo_seed` failed" in said
    assert "mis_unavailable" in said or "never sent" in said
    assert "feldsher: the log is" in said
    assert_nothing_is_left(demo)


def test_an_ordinary_user_runs_it_with_clone_and_data_for_himself_alone(place: Path) -> None:
    """Root becomes one in a user namespace: a number other than 0, no rights of root, the same files."""
    clone, home = place / "clone", place / "ordinary"
    shutil.copytree(SOURCES, clone / "src", ignore=shutil.ignore_patterns("__pycache__"))
    clone.chmod(0o700)
    identity = Identity("namespace" if os.geteuid() == 0 else "self")
    told = run(["/usr/bin/env", "id", "-u"], identity=identity)
    assert told.returncode == 0, f"no ordinary user to be had here: {told.stdout}"
    assert told.stdout.strip() != "0"
    demo = Demo(home, identity=identity, PYTHONPATH=str(clone / "src"))
    try:
        demo.start()
        assert {psutil.Process(demo.command.pid).environ()["PYTHONPATH"]} == {str(clone / "src")}
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        books(demo)
        assert demo.stop() == 0
        assert_nothing_is_left(demo)
    finally:
        demo.end()
