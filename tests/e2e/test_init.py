"""`feldsher init --kind card` for real: a clinic's site from an empty folder, in one command."""

import re
import signal
import stat
import subprocess
from collections import deque
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from feldsher.conf.demo.folder import cli
from feldsher.conf.env_file import read_env
from feldsher.conf.supervisor.home import free_port
from support.product import bare_environment, folder, living_in, wait_for

pytestmark = pytest.mark.slow
SAID = (
    *("--kind", "card", "--name", "Клиника Проба", "--phone", "+7 812 000-00-00", "--city", "Петербург"),
    *("--zone", "Europe/Moscow", "--address", "Лесная, 5", "--legal-entity", "ООО «Проба»", "--example"),
)


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as made:
        yield made
        assert living_in(made) == []


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        cli(*arguments),
        cwd=place,
        env=bare_environment(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def crawled(site: str) -> dict[str, tuple[int, str]]:
    """Open every page that links lead to from the home page and the list of articles."""
    found: dict[str, tuple[int, str]] = {}
    waiting = deque(["/", "/articles/"])
    with httpx.Client(base_url=site, trust_env=False, timeout=60) as client:
        while waiting:
            path = waiting.popleft()
            if path in found:
                continue
            answer = client.get(path)
            text = answer.text if "html" in answer.headers.get("content-type", "") else ""
            found[path] = answer.status_code, text
            for link in map(unescape, re.findall(r'(?:href|action)="(/[^"#]*)', text)):
                is_way_back = link.startswith(("/look/", "/cookies/"))
                waiting.append(link.partition("?")[0] if is_way_back else link)
    return found


def test_one_command_stands_a_card_site_up_and_leaves_nothing_behind(place: Path) -> None:
    port = str(free_port())
    with (place / "out.txt").open("wb") as out:
        command = subprocess.Popen(
            cli("init", *SAID, "--up"),
            cwd=place,
            env=bare_environment(FELDSHER_PORT=port),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    said = ""
    try:
        wait_for((place / "data" / "endpoints.json").exists, what="the site", seconds=900)
        found = crawled(f"http://127.0.0.1:{port}")
        said = (place / "out.txt").read_text(encoding="utf-8")
    finally:
        command.send_signal(signal.SIGTERM)
        assert command.wait(60) == 0
    assert {path for path, (status, _) in found.items() if status != 200} == set()
    whole = "".join(text for _, text in found.values())
    assert "Небывалова" in found["/doctors/"][1]
    assert "2\u00a0400" in found["/prices/"][1]
    assert re.search(r"<h1>Приём терапевта", whole)
    assert "Почему глаза устают от экрана" in whole
    assert "ООО «Проба»" in found["/"][1]
    assert not [path for path in found if path.startswith(("/lk/", "/holds/", "/wait/"))]
    assert re.search(r"editor: password \S{20} \(shown once\)", said)
    assert not (place / "data" / "endpoints.json").exists()


def test_a_second_time_changes_nothing_and_says_so(place: Path) -> None:
    first = run(place, "init", *SAID)
    assert first.returncode == 0, first.stderr
    env = place / "feldsher.env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    kept = env.read_bytes()
    variables = read_env(env)
    assert variables["FELDSHER_KIND"] == "card"
    assert "DATABASE_OWNER_URL" not in variables
    assert "shown once" not in kept.decode()
    second = run(place, "init", *SAID)
    assert (second.returncode, env.read_bytes()) == (0, kept)
    assert f"{env} is there already: nothing was changed" in second.stdout
    assert run(place, "staff", "list").stdout.split()[:2] == ["editor", "editor"]
    env.chmod(0o644)
    refused = run(place, "staff", "list")
    assert refused.returncode == 1
    assert f"run: chmod 600 {env}" in refused.stderr


@pytest.mark.parametrize("kind", ["laboratory", "telemedicine", "pharmacy", "shop"])
def test_a_kind_that_is_not_built_is_refused_and_nothing_is_written(place: Path, kind: str) -> None:
    answer = run(place, "init", "--kind", kind)
    assert answer.returncode == 2
    assert "what works: card (a clinic's site without online booking), booking (with it)." in answer.stderr
    assert list(place.iterdir()) == []
