"""What `feldsher init` refuses before it makes anything, and how the file of settings is read."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo
from pytest_django import Settings

from feldsher.conf import beginning
from feldsher.conf.beginning import vault_keys
from feldsher.conf.cli import main
from feldsher.conf.demo.folder import program_environment
from feldsher.conf.demo.progress import Progress
from feldsher.conf.demo.running import StopRequest
from feldsher.conf.env_file import load_env, read_env, write_env
from feldsher.conf.kinds import KINDS
from feldsher.conf.site_url import site_variables
from feldsher.conf.supervisor import DatabaseUrls, SupervisorError
from feldsher.domain.directory.services import add_record
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.services import create_staff
from feldsher.foundation.vault.keys import keyring

BAD_URL = "bad_site_url: --site-url is scheme, host and port alone, no path or user;"
EXAMPLE = "an example: https://clinic.example."


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feldsher.conf.cli.speak_of_accidents_safely", lambda: None)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("--kind", "shop"), f"kind_unknown: there is no kind shop; there are {', '.join(KINDS)}."),
        (("--zone", "Нигде"), "bad_zone: --zone Нигде is no IANA zone; an example: Europe/Moscow."),
        (("--phone", "12"), "bad_phone: --phone 12 is no phone of 11 digits; an example: +7 812 000-00-00."),
        *(
            (("--site-url", url), f"bad_site_url: --site-url {url} is no address; {EXAMPLE}")
            for url in ("clinic.example", "ftp://clinic.example", "https://a b", "https://x:99999")
        ),
        *(
            (("--site-url", url), f"{BAD_URL} {EXAMPLE}")
            for url in ("https://clinic.example/site", "https://me:word@clinic.example", "https://x.ru/?a=1")
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


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let `init` work on a database that it can't reach; returns the commands that it has run."""
    ran: list[str] = []

    class Server:
        urls = DatabaseUrls(owner="postgresql://none", application="postgresql://none")

        def __init__(self, home: Path, *, report: Callable[[str], None]) -> None:
            del home, report

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    def output_of(*arguments: str, environment: dict[str, str]) -> str:
        del environment
        ran.append(arguments[0])
        return ""

    monkeypatch.setattr(beginning, "DatabaseServer", Server)
    monkeypatch.setattr(beginning, "_refuse_one_in_use", lambda _: None)
    monkeypatch.setattr(beginning, "_output_of", output_of)
    return ran


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_set_up_and_says_what_it_goes_without(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(beginning, "Progress", lambda: Progress(terminal))
    assert main(["init", "--folder", str(tmp_path), "--kind", kind]) == 0
    made, told = read_env(tmp_path / "feldsher.env"), terminal.getvalue()
    books = kind in {"booking", "telemedicine"}
    assert (made["FELDSHER_KIND"], "FELDSHER_MIS" in made) == (kind, books)
    assert (f"The site is set up: {kind}, without online booking." in told) is not books
    missing = {
        "laboratory": "orders, home visits and results",
        "telemedicine": "video, chat, e-prescriptions and payment",
        "pharmacy": "goods, stock and reservations",
    }
    said = f"not built yet          {missing[kind]}: the site stands" if kind in missing else ""
    assert said in told
    assert ("not built yet" in told) is (kind in missing)


@pytest.mark.parametrize(
    ("end", "code"),
    [(SupervisorError("init_failed", "broken"), 1), (StopRequest(2, None), 130)],
    ids=["a fault", "Ctrl-C"],
)
@pytest.mark.parametrize("step", ["migrate", "manage"])
def test_a_beginning_that_broke_off_goes_on_with_its_secrets_and_what_it_is_told_now(
    end: BaseException, code: int, step: str, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    works = beginning._output_of

    def breaks(*arguments: str, environment: dict[str, str]) -> str:
        if arguments[0] == step:
            raise end
        return works(*arguments, environment=environment)

    monkeypatch.setattr(beginning, "_output_of", breaks)
    assert main(["init", "--folder", str(tmp_path), "--zone", "Asia/Omsk"]) == code
    part = tmp_path / "feldsher.env.part"
    first = read_env(part)
    assert not (tmp_path / "feldsher.env").exists()
    monkeypatch.setattr(beginning, "_output_of", works)
    assert main(["init", "--folder", str(tmp_path), "--zone", "Asia/Tomsk"]) == 0
    assert read_env(tmp_path / "feldsher.env") == first | {"FELDSHER_DEFAULT_ZONE": "Asia/Tomsk"}
    begun = ["migrate"] if step == "manage" else []
    assert (said, part.exists()) == ([*begun, "migrate", "manage"], False)


def test_an_installation_that_another_made_meanwhile_is_left_as_it_is(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for before the lock is taken, and again under it."""
    env = tmp_path / "feldsher.env"
    monkeypatch.setattr(
        beginning, "check_disk", lambda *_args, **_named: write_env(env, {"FELDSHER_KIND": "card"})
    )
    assert main(["init", "--folder", str(tmp_path)]) == 0
    assert (read_env(env), said) == ({"FELDSHER_KIND": "card"}, [])


def test_a_database_in_use_is_refused_before_anything_is_written_unless_this_folder_had_begun(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(owner: str) -> None:
        raise SupervisorError("database_in_use", f"in use: {owner}")

    monkeypatch.setattr(beginning, "_refuse_one_in_use", refuse)
    assert main(["init", "--folder", str(tmp_path)]) == 1
    assert "in use: postgresql://none" in capsys.readouterr().err
    assert (said, list(tmp_path.glob("feldsher.env*"))) == ([], [])
    write_env(tmp_path / "feldsher.env.part", {"FELDSHER_SECRET": "x" * 32})
    assert main(["init", "--folder", str(tmp_path)]) == 0
    assert said == ["migrate", "manage"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["staff", "branch"])
def test_a_database_is_in_use_when_it_has_staff_or_a_branch(what: str) -> None:
    told = connection.get_connection_params()
    url = make_conninfo(**{name: told[name] for name in ("host", "port", "user", "password", "dbname")})
    beginning._refuse_one_in_use(url)
    if what == "staff":
        create_staff("vera", password="a-long-password-of-hers", roles=(Role.REGISTRAR,))
    else:
        add_record(Kind.LOCATION, values={"name": "Проба", "zone": "Europe/Moscow"}, author="test")
    with pytest.raises(SupervisorError) as refused:
        beginning._refuse_one_in_use(url)
    assert refused.value.code == "database_in_use"


def test_the_keys_that_are_made_are_those_of_the_vault(settings: Settings) -> None:
    settings.VAULT_KEYS = vault_keys()
    made = keyring()
    assert (made.current, made.epoch, list(made.keys), list(made.epochs)) == ("k1", "e1", ["k1"], ["e1"])
    assert vault_keys() != settings.VAULT_KEYS


def test_settings_with_quotes_and_spaces_come_back_as_they_were(tmp_path: Path) -> None:
    told = {
        "FELDSHER_A": '{"a": "it\'s"}',
        "FELDSHER_B": "",
        "FELDSHER_C": "два слова",
        "DATABASE_URL": "a#b",
    }
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
        ("FELDSHER_A=1 # a remark\n", 0o600, "bad_env"),
        ("='1'\n", 0o600, "bad_env"),
        ("LD_PRELOAD='/x.so'\n", 0o600, "foreign_env"),
        ("PYTHONPATH=x\n", 0o600, "foreign_env"),
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


def test_a_sign_within_a_value_begins_no_remark(tmp_path: Path) -> None:
    env = tmp_path / "feldsher.env"
    env.write_text("# a remark\n\n  # it's another\nFELDSHER_A=half#whole\n", encoding="utf-8")
    env.chmod(0o600)
    assert read_env(env) == {"FELDSHER_A": "half#whole"}


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = tmp_path / "feldsher.env"
    write_env(env, {"FELDSHER_A": "1"})
    if os.geteuid() == 0:
        os.chown(env, 4242, -1)
    else:
        monkeypatch.setattr("os.geteuid", lambda: 4242)
    with pytest.raises(SupervisorError) as refused:
        read_env(env)
    assert refused.value.code == "env_of_another"


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_program_of_ours_does_not_read_the_file_of_its_caller_s_folder(
    *, is_ours: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(tmp_path / "feldsher.env", {"FELDSHER_A": "its"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("feldsher.conf.cli._run", lambda _: 0)
    monkeypatch.setattr("os.environ", program_environment() if is_ours else {})
    assert main(["worker"]) == 0
    assert ("FELDSHER_A" in os.environ) is not is_ours


@pytest.mark.parametrize(
    ("url", "site", "hosts"),
    [
        ("https://clinic.example", "https://clinic.example", "clinic.example,127.0.0.1"),
        ("https://Clinic.example:8443/", "https://clinic.example:8443", "clinic.example,127.0.0.1"),
        ("https://clinic.example:443", "https://clinic.example", "clinic.example,127.0.0.1"),
        ("https://клиника.рф", "https://xn--80apagcdp.xn--p1ai", "xn--80apagcdp.xn--p1ai,127.0.0.1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000", "[::1],127.0.0.1"),
    ],
)
def test_a_site_has_the_address_that_browsers_send(url: str, site: str, hosts: str) -> None:
    assert site_variables(url) == {"FELDSHER_SITE_URL": site, "FELDSHER_HOSTS": hosts}
