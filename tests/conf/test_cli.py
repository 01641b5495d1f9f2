"""Commands end with one sentence when they can't do their work, and never with a traceback."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from feldsher.conf import cli as commands
from feldsher.conf.demo.folder import SOURCES, cli
from feldsher.conf.supervisor import DatabaseUrls

ROOT = SOURCES.parent


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1"} | variables
    return subprocess.run(
        cli(*arguments), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_every_command_is_explained() -> None:
    shown = run("--help").stdout
    for command in ("demo", "migrate", "check", "worker", "talks", "serve", "manage"):
        assert f"    {command} " in shown


def test_replies_that_are_not_there_are_told(tmp_path: Path) -> None:
    answer = run("demo", "--replies", str(tmp_path / "none"), FELDSHER_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert f"the folder of replies {tmp_path / 'none'} does not exist" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_size_that_is_none_is_told(tmp_path: Path) -> None:
    answer = run("demo", "--size", "huge", FELDSHER_HOME=str(tmp_path))
    assert answer.returncode == 2
    assert "choose from 'small', 'large'" in answer.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["migrate", "check"])
def test_work_on_tables_needs_the_owner_s_url(tmp_path: Path, command: str) -> None:
    answer = run(command, DATABASE_URL="postgresql://a@127.0.0.1:1/x", FELDSHER_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.strip().startswith("feldsher: DATABASE_URL is set but DATABASE_OWNER_URL is not")
    assert list(tmp_path.iterdir()) == []


def test_a_worker_needs_no_owner_but_a_secret(tmp_path: Path) -> None:
    answer = run("worker", DATABASE_URL="postgresql://a@127.0.0.1:1/x", FELDSHER_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.startswith("feldsher: FELDSHER_SECRET is not set")
    assert "Traceback" not in answer.stderr


def test_an_owner_without_an_application_is_refused(tmp_path: Path) -> None:
    answer = run("worker", DATABASE_OWNER_URL="postgresql://a@127.0.0.1:1/x", FELDSHER_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert "DATABASE_OWNER_URL is set but DATABASE_URL is not" in answer.stderr


def test_c36_the_register_of_hosts_is_printed_without_a_database_or_a_secret() -> None:
    mis = [
        {"id": "umc", "kind": "bit_umc", "url": "http://192.168.1.5/umc/ws/a", "password": "a-password"},
        {"id": "other", "kind": "bit_umc", "url": "https://mis.local:8443/a/ws/1"},
    ]
    sms = {"kind": "sms_ru", "api_key": "a-key"}
    sinks = {"FELDSHER_AUDIT_SINK": "https://witness.example/n", "FELDSHER_AUDIT_LINES": "syslog://log.local"}
    named = {"FELDSHER_INTERNAL_HOSTS": "mis.local,log.local", **sinks}
    answer = run("egress", FELDSHER_MIS=json.dumps(mis), FELDSHER_SMS=json.dumps(sms), **named)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == [
        "192.168.1.5\t80\tRU\tinternal\tpersonal,medical\tMIS umc (bit_umc)",
        "mis.local\t8443\tRU\tinternal\tpersonal,medical\tMIS other (bit_umc)",
        "sms.ru\t443\tRU\toutside\tpersonal\tSMS (sms_ru)",
        "witness.example\t443\tRU\toutside\tpublic\tcheckpoints of the journal",
        "log.local\t601\tRU\tinternal\tpersonal\trows of the journal",
    ]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give commands an environment of their own, and a database that runs in the data folder."""
    monkeypatch.setenv("FELDSHER_HOME", str(tmp_path))
    kept = dict(os.environ)
    monkeypatch.setattr("os.environ", kept)
    urls = DatabaseUrls(owner="postgresql://owner", application="postgresql://application")
    monkeypatch.setattr(commands, "running_urls", lambda _: urls)
    monkeypatch.setattr(commands, "speak_of_accidents_safely", lambda: None)
    monkeypatch.setattr(commands, "refuse_unsafe_start", lambda: None)
    return kept


@pytest.mark.parametrize("names", [(), ("FELDSHER_SECRET",), ("FELDSHER_SECRET", "FELDSHER_AUDIT_KEY")])
def test_only_secrets_that_nobody_gave_are_made(
    names: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> None:
    environment.update(dict.fromkeys(names, "given"))
    with commands.command_environment(as_owner=False):
        assert {name for name, value in environment.items() if value == "given"} == set(names)
    file = tmp_path / "secrets.json"
    made = set(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else set()
    assert made == {"FELDSHER_SECRET", "FELDSHER_AUDIT_KEY"} - set(names)
    assert file.exists() is bool(made)


def test_a_site_does_not_keep_what_vouches_for_the_journal(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may read the worker's file of settings; where the second copy goes it has to know."""
    seen: list[set[str]] = []
    monkeypatch.setattr(commands, "site_address", lambda: None)
    monkeypatch.setattr(commands, "serve", lambda *_args, **_named: seen.append(set(environment)))
    environment.update(FELDSHER_AUDIT_KEY="key", FELDSHER_AUDIT_SINK="https://witness.example/n")
    assert commands.main(["serve"]) == 0
    assert [{name for name in each if "_AUDIT_" in name} for each in seen] == [{"FELDSHER_AUDIT_LINES"}]


@pytest.mark.slow
def test_the_tables_are_made_on_a_bare_machine_and_then_checked(tmp_path: Path) -> None:
    home = {"FELDSHER_HOME": str(tmp_path / "home")}
    assert run("check", **home).returncode == 1
    migrated = run("migrate", **home)
    assert migrated.returncode == 0, migrated.stderr
    checked = run("check", **home)
    assert checked.returncode == 0, checked.stderr
