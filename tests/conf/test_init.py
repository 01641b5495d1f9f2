"""What `feldsher init` refuses before it makes anything, and how the file of settings is read."""

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from feldsher.conf.beginning import vault_keys
from feldsher.conf.cli import main
from feldsher.conf.env_file import load_env, read_env, write_env
from feldsher.conf.supervisor import SupervisorError
from feldsher.foundation.vault.keys import keyring

WORKS = "what works: card (a clinic's site without online booking), booking (with it)."


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feldsher.conf.cli.speak_of_accidents_safely", lambda: None)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        *(
            (("--kind", kind), f"kind_not_built: the kind {kind} is not built yet; {WORKS}")
            for kind in ("laboratory", "telemedicine", "pharmacy")
        ),
        (("--kind", "shop"), f"kind_unknown: there is no kind shop; {WORKS}"),
        (("--zone", "Нигде"), "bad_zone: --zone Нигде is no IANA zone; an example: Europe/Moscow."),
        (("--phone", "12"), "bad_phone: --phone 12 is no phone of 11 digits; an example: +7 812 000-00-00."),
        (
            ("--site-url", "clinic.example"),
            "bad_site_url: --site-url clinic.example is no address; an example: https://clinic.example.",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    told: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "clinic"
    assert main(["init", "--folder", str(folder), *told]) == 2
    assert capsys.readouterr().err == f"feldsher: {said}\n"
    assert not folder.exists()


def test_an_installation_that_is_there_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    env = tmp_path / "feldsher.env"
    write_env(env, {"FELDSHER_KIND": "card"})
    assert main(["init", "--folder", str(tmp_path)]) == 0
    assert (read_env(env), sorted(tmp_path.iterdir())) == ({"FELDSHER_KIND": "card"}, [env])


def test_the_keys_that_are_made_are_those_of_the_vault(settings: Settings) -> None:
    settings.VAULT_KEYS = vault_keys()
    made = keyring()
    assert (made.current, made.epoch, list(made.keys), list(made.epochs)) == ("k1", "e1", ["k1"], ["e1"])
    assert vault_keys() != settings.VAULT_KEYS


def test_settings_with_quotes_and_spaces_come_back_as_they_were(tmp_path: Path) -> None:
    told = {"FELDSHER_A": '{"a": "it\'s"}', "FELDSHER_B": "", "FELDSHER_C": "два слова"}
    write_env(tmp_path / "feldsher.env", told)
    assert read_env(tmp_path / "feldsher.env") == told


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"FELDSHER_A": "mine"})
    write_env(tmp_path / "feldsher.env", {"FELDSHER_A": "its", "FELDSHER_B": "its"})
    load_env(tmp_path)
    assert (os.environ["FELDSHER_A"], os.environ["FELDSHER_B"]) == ("mine", "its")


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [
        ("FELDSHER_A='1'\n", 0o644, "env_not_private"),
        ("FELDSHER_A='1\n", 0o600, "bad_env"),
        ("FELDSHER_A=1 2\n", 0o600, "bad_env"),
        ("='1'\n", 0o600, "bad_env"),
    ],
)
def test_a_file_that_others_read_or_of_other_lines_is_refused(
    text: str, mode: int, code: str, tmp_path: Path
) -> None:
    env = tmp_path / "feldsher.env"
    env.write_text(text, encoding="utf-8")
    env.chmod(mode)
    with pytest.raises(SupervisorError) as refused:
        read_env(env)
    assert refused.value.code == code
