"""Commands end with one sentence when they can't do their work, and never with a traceback."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from feldsher.conf.demo.folder import SOURCES, cli

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


@pytest.mark.slow
def test_the_tables_are_made_on_a_bare_machine_and_then_checked(tmp_path: Path) -> None:
    home = {"FELDSHER_HOME": str(tmp_path / "home")}
    assert run("check", **home).returncode == 1
    migrated = run("migrate", **home)
    assert migrated.returncode == 0, migrated.stderr
    checked = run("check", **home)
    assert checked.returncode == 0, checked.stderr
