"""`feldsher init --kind card --up` for real: from an empty folder to a clinic's site, in one command.

Its database is a copy of the migrated template on the server of the run: what a start of a server of its own
takes is shown by the demo's tests. Nothing waits for a time, only for what shall happen or for the end.
"""

import os
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from feldsher.conf.demo.folder import cli
from feldsher.conf.env_file import read_env
from feldsher.conf.supervisor.home import free_port
from support.database import copy_of_template
from support.product import bare_environment, folder, living_in, wait_for

SECONDS = 500
"""Half a minute is enough; a machine that does much else takes minutes, which is no fault of ours."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 100)]
SAID = (
    *("--kind", "card", "--name", "Клиника Проба", "--phone", "+7 812 000-00-00", "--city", "Петербург"),
    *("--zone", "Europe/Moscow", "--address", "Лесная, 5", "--legal-entity", "ООО «Проба»", "--example"),
)


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as made:
        yield made
        assert living_in(made) == []


@pytest.fixture
def urls() -> Iterator[dict[str, str]]:
    with copy_of_template(f"feldsher_init_{os.getpid()}") as (application, owner):
        yield {"DATABASE_URL": application, "DATABASE_OWNER_URL": owner}


def run(place: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        cli(*arguments),
        cwd=place,
        env=bare_environment(**variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def asked(site: str) -> dict[str, str]:
    """Return the pages that a reader comes to from the home page, by their kind; each answers."""
    with httpx.Client(base_url=site, trust_env=False, timeout=SECONDS) as client:

        def get(path: str) -> str:
            answer = client.get(path)
            assert answer.status_code == 200, path
            return answer.text

        def linked(page: str, begin: str) -> str:
            found = re.search(rf'href="({begin}[^"?#]+)"', page)
            assert found is not None, begin
            return get(found[1])

        home, articles = get("/"), get("/articles/")
        doctors, prices, branches = get("/doctors/"), get("/prices/"), get("/branches/")
        return {
            "home": home,
            "doctors": doctors,
            "doctor": linked(doctors, "/doctors/"),
            "prices": prices,
            "service": linked(prices, "/services/"),
            "branch": linked(branches, "/branches/"),
            "article": linked(articles, "/articles/"),
            "legal": get("/about/legal/"),
            "desk": get("/desk/sign-in/"),
        }


@contextmanager
def running(place: Path, *arguments: str, **variables: str) -> Iterator[Path]:
    """Run a command that stays, until it says that it is up; yields what it has said, then ends it."""
    told = place / "out.txt"
    with told.open("wb") as out:
        command = subprocess.Popen(
            cli(*arguments),
            cwd=place,
            env=bare_environment(**variables),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    endpoints = place / "data" / "endpoints.json"

    def is_up() -> bool:
        assert command.poll() is None, told.read_text(encoding="utf-8")
        return endpoints.exists()

    try:
        wait_for(is_up, what="the site", seconds=SECONDS)
        yield told
    finally:
        command.send_signal(signal.SIGTERM)
        code = command.wait(SECONDS)
    assert (code, endpoints.exists()) == (0, False)


def test_one_command_stands_a_card_site_up_and_leaves_nothing_behind(
    place: Path, urls: dict[str, str]
) -> None:
    port = str(free_port())
    with running(place, "init", *SAID, "--up", FELDSHER_PORT=port, **urls) as told:
        pages = asked(f"http://127.0.0.1:{port}")
    assert "Запись по&nbsp;телефону" in pages["home"]
    assert "Небывалова" in pages["doctors"]
    assert "2\u00a0400" in pages["prices"]
    assert "ООО «Проба»" in pages["legal"]
    assert not [name for name, page in pages.items() if "/lk/" in page or "/holds/" in page]
    said = told.read_text(encoding="utf-8")
    assert re.search(r"editor: password \S{20} \(shown once\)", said)
    _stands_as_it_was_made(place, urls)
    with running(place, "up", FELDSHER_PORT=port):
        assert httpx.get(f"http://127.0.0.1:{port}/prices/", trust_env=False).status_code == 200


def _stands_as_it_was_made(place: Path, urls: dict[str, str]) -> None:
    """Assert what the folder holds, that a second `init` changes nothing, and who may sign in."""
    env = place / "feldsher.env"
    kept, variables = env.read_bytes(), read_env(env)
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert (variables["FELDSHER_KIND"], variables["DATABASE_URL"]) == ("card", urls["DATABASE_URL"])
    assert not {"DATABASE_OWNER_URL", "FELDSHER_MIS"} & variables.keys()
    assert sorted(path.name for path in place.iterdir()) == ["data", "feldsher.env", "out.txt"]
    second = run(place, "init", *SAID)
    assert (second.returncode, env.read_bytes()) == (0, kept)
    assert f"{env} is there already: nothing was changed" in second.stdout
    assert run(place, "staff", "list").stdout.split()[:2] == ["editor", "editor"]
