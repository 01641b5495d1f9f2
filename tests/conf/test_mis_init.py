"""`feldsher mis init` asks, looks, and writes an entry that `feldsher mis check` takes; never a secret."""

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conf.test_mis_command import SECRET, clinic, environment, run
from feldsher.conf.demo.folder import cli
from feldsher.conf.mis_init import init, write
from feldsher.foundation.egress import register
from support.simulators import running
from testbench.infoclinica.server import start as start_infoclinica
from testbench.medialog.server import start as start_medialog
from testbench.plain.server import RunningSimulator

__all__ = ["clinic"]


@pytest.fixture(autouse=True)
def same_register() -> Any:
    before = register.hosts()
    yield
    register.bind(before)


class Terminal:
    """Answers in order, and keeps what was said."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.said: list[str] = []

    def ask(self, question: str) -> str:
        self.said.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def init(self, out: Path) -> bool:
        return init(self.ask, self.said.append, out=out)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def test_an_entry_is_asked_for_looked_at_written_and_checked(
    clinic: RunningSimulator, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    answers = ["plain", "small", clinic.url, "", f"file:{tmp_path / 'secret'}", "settle_seconds=1", "", "yes"]
    ended = subprocess.run(
        cli("mis", "init"), env=environment(tmp_path, []), input="\n".join(answers) + "\n",
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "2 branches, 4 doctors, 2 services (full)" in ended.stdout
    assert "UTC+5" in ended.stdout
    out = tmp_path / "mis.json"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert SECRET not in out.read_text(encoding="utf-8") + ended.stdout + ended.stderr
    assert run(tmp_path, f"file:{out}", "check", "small").returncode == 0


def test_nobody_s_answer_writes_nothing(tmp_path: Path) -> None:
    ended = subprocess.run(
        cli("mis", "init"), env=environment(tmp_path, []), input="plain\n",
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ended.returncode, (tmp_path / "mis.json").exists()) == (1, False)
    assert "nothing is written: nobody answers" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_an_adapter_lacks_is_asked_for_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IC_SECRET", "demo-secret")
    monkeypatch.setenv("IC_PASSWORD", "demo")
    with running(start_infoclinica) as simulator:
        terminal = Terminal(
            "infoclinica", "", simulator.url, "demo", "env:IC_PASSWORD",
            "client_id=site", "secret=derived", "client_secret=demo-secret", "client_secret=env:IC_SECRET",
            "", "yes",
        )  # fmt: skip
        assert terminal.init(tmp_path / "mis.json")
    assert terminal.text.count("a secret is named, not typed") == 1
    assert "zone of 4" in terminal.text
    (entry,) = json.loads((tmp_path / "mis.json").read_text(encoding="utf-8"))
    assert entry["id"] == "infoclinica"
    assert entry["options"] == {
        "client_id": "site",
        "secret": "derived",
        "client_secret": {"secret_env": "IC_SECRET"},
    }
    assert entry["password"] == {"secret_env": "IC_PASSWORD"}


def test_an_option_may_be_an_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML", "demo")
    with running(start_medialog) as simulator:
        terminal = Terminal(
            "medialog", "ml", simulator.soap_url, "demo", "env:ML",
            'clinics={"C1": "Клиника на Проезжей"}', "", "yes",
        )  # fmt: skip
        assert terminal.init(tmp_path / "mis.json")
    assert "branch C1" in terminal.text
    assert "no: what is lost on the way is settled by a registrar" in terminal.text


def test_answers_that_can_t_be_are_asked_for_again(clinic: RunningSimulator, tmp_path: Path) -> None:
    terminal = Terminal(
        "1c", "own", "plain", "Свой", "small", "mis.local", clinic.url, "", SECRET, "env:NOT_THERE", ""
    )
    assert not terminal.init(tmp_path / "mis.json")
    for words in ("not built", "small Latin letters", "not an address", "a secret is named", "NOT_THERE"):
        assert words in terminal.text
    assert not (tmp_path / "mis.json").exists()


def test_a_wrong_secret_is_told_and_may_be_corrected(
    clinic: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "x" * 30)
    monkeypatch.setenv("RIGHT", SECRET)
    terminal = Terminal("plain", "", clinic.url, "", "env:WRONG", "password=env:RIGHT", "", "no")
    assert not terminal.init(tmp_path / "mis.json")
    assert "the secret is not taken (HTTP 401)" in terminal.text
    assert "Look at user and password" in terminal.text
    assert "4 doctors" in terminal.text
    assert terminal.said[-1] == "Nothing is written."


def test_an_entry_takes_the_place_of_its_id_and_leaves_the_others(tmp_path: Path) -> None:
    out = tmp_path / "mis.json"
    for entry in (
        {"id": "a", "kind": "plain"},
        {"id": "b", "kind": "plain"},
        {"id": "a", "kind": "medialog"},
    ):
        write(entry, out)
    told = {entry["id"]: entry["kind"] for entry in json.loads(out.read_text(encoding="utf-8"))}
    assert told == {"a": "medialog", "b": "plain"}
    out.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no list"):
        write({"id": "a"}, out)
