"""Who may exchange, for how long, and what a stranger is told."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from channels.exchange.conftest import ADDRESS
from conftest import SetClock
from domain.accounting.factory import given_visits
from feldsher.channels.exchange.models import ExchangeSession
from feldsher.channels.exchange.work import forget
from feldsher.conf.environment import MisSettings
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.types import ApiScope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
Credential = tuple[str, str]


def login(user: str, password: str, scheme: str = "Basic") -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"{scheme} {b64encode(f'{user}:{password}'.encode()).decode()}"}


def ask(
    client: Client, mode: str, *, topic: str = "catalog", meta: dict[str, str] | None = None, **more: str
) -> str:
    """Return the answer's lines as one text: always 200, always windows-1251."""
    answer = client.get(ADDRESS, {"type": topic, "mode": mode, **more}, **(meta or {}))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=windows-1251"
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode("windows-1251").replace("\u00a0", " ")


def begun(client: Client, credential: Credential, topic: str = "catalog") -> dict[str, str]:
    """Begin an exchange as a module of 1С does, and return the cookie and the sessid."""
    answer = ask(client, "checkauth", topic=topic, meta=login(*credential))
    word, name, token, *rest = answer.split("\n")
    assert (word, name) == ("success", "exchange")
    client.cookies[name] = token
    return dict(line.split("=") for line in rest)


def test_name_and_password_begin_an_exchange_and_the_cookie_goes_on_with_it(credential: Credential) -> None:
    client = Client()
    said = begun(client, credential)
    assert set(said) == {"sessid", "timestamp"}
    assert ask(client, "init") == "zip=yes\nfile_limit=4194304"
    assert ask(client, "init", sessid=said["sessid"], version="3.1").split("\n")[2:] == [
        f"sessid={said['sessid']}",
        "version=2.09",
    ]


def test_only_digests_of_the_secrets_are_kept(credential: Credential) -> None:
    client = Client()
    begun(client, credential)
    token = client.cookies["exchange"].value
    kept = bytes(ExchangeSession.objects.get().token)
    assert token.encode() not in kept
    assert len(kept) == 32


@pytest.mark.parametrize("what", ["none", "scheme", "password", "name", "garbage", "no colon"])
def test_whoever_shows_no_credential_gets_a_sentence_and_no_session(
    credential: Credential, what: str
) -> None:
    user, password = credential
    meta = {
        "none": {},
        "scheme": login(user, password, "Bearer"),
        "password": login(user, password[:-1] + ("a" if password[-1] != "a" else "b")),
        "name": login("admin", password),
        "garbage": {"HTTP_AUTHORIZATION": "Basic \u0436\u0436"},
        "no colon": {"HTTP_AUTHORIZATION": "Basic " + b64encode(b"x").decode()},
    }[what]
    assert ask(Client(), "checkauth", meta=meta).startswith("failure\nИмя или пароль обмена не подошли")
    assert not ExchangeSession.objects.exists()


def test_a_key_of_the_api_opens_no_exchange() -> None:
    card, key = api_keys.issue_key("Партнёр", scopes=[ApiScope.SLOTS_READ])
    assert "без права exchange:catalog" in ask(Client(), "checkauth", meta=login(card.prefix, key))


def test_a_key_that_is_called_like_a_mis_would_speak_for_it_and_is_refused(settings: Settings) -> None:
    settings.FELDSHER_MIS = (MisSettings("umc", "bit_umc", "", "", "", {}),)
    for name in ("umc", "own", "x" * 65):
        card, key = api_keys.issue_key(name, scopes=[ApiScope.EXCHANGE_CATALOG])
        assert "с другим именем" in ask(Client(), "checkauth", meta=login(card.prefix, key))


@pytest.mark.parametrize("mode", ["init", "file", "import", "deactivate", "complete"])
def test_without_the_cookie_or_with_a_foreign_sessid_nothing_is_done(
    credential: Credential, mode: str
) -> None:
    over = "failure\nСеанс обмена закончился"
    assert ask(Client(), mode, filename="import.xml").startswith(over)
    client = Client()
    said = begun(client, credential)
    for sessid in ("", "x", "ж", said["sessid"][:-1]):
        assert ask(client, mode, sessid=sessid, filename="import.xml").startswith(over)
    client.cookies["exchange"] = "x" * 43
    assert ask(client, mode, filename="import.xml").startswith(over)


def test_an_exchange_ends_by_an_idle_hour_by_a_day_and_with_its_key(
    credential: Credential, set_clock: SetClock
) -> None:
    set_clock(NOW)
    client = Client()
    begun(client, credential)
    set_clock(NOW + timedelta(minutes=61))
    assert ask(client, "init").startswith("failure\nСеанс")
    begun(client, credential)
    for hours in range(1, 24):
        set_clock(NOW + timedelta(minutes=61 + 59 * hours))
        assert ask(client, "init").startswith("zip=yes")
    begun(client, credential)
    api_keys.end_key(credential[0])
    assert ask(client, "init").startswith("failure\nИмя или пароль")


def test_a_new_exchange_ends_the_one_before_of_the_same_source_and_no_other(credential: Credential) -> None:
    first, second, other = Client(), Client(), Client()
    begun(first, credential)
    card, key = api_keys.issue_key("аптека", scopes=[ApiScope.EXCHANGE_CATALOG])
    begun(other, (card.prefix, key))
    begun(second, credential)
    assert ask(first, "init").startswith("failure\nСеанс обмена закончился")
    assert ask(second, "init").startswith("zip=yes")
    assert ask(other, "init").startswith("zip=yes")


def test_what_was_sent_goes_after_two_days(credential: Credential, set_clock: SetClock) -> None:
    set_clock(NOW)
    begun(Client(), credential)
    set_clock(NOW + timedelta(days=1, hours=23))
    forget()
    assert ExchangeSession.objects.count() == 1
    set_clock(NOW + timedelta(days=2, minutes=1))
    forget()
    assert ExchangeSession.objects.count() == 0


@pytest.mark.parametrize(("topic", "mode"), [("catalog", "x"), ("x", "checkauth"), ("", "")])
def test_what_the_protocol_does_not_know_is_said(topic: str, mode: str) -> None:
    assert ask(Client(), mode, topic=topic).startswith("failure\nСайт не понял запрос")


@pytest.fixture
def given() -> Iterator[None]:
    with given_visits():
        yield


def test_no_visit_leaves_for_a_key_without_that_right(given: None) -> None:
    card, key = api_keys.issue_key("1c", scopes=[ApiScope.EXCHANGE_CATALOG])
    answer = ask(Client(), "checkauth", topic="sale", meta=login(card.prefix, key))
    assert answer.startswith("failure\nЭтому имени обмен не разрешён: ключ выдан без права exchange:sale")
    assert not ExchangeSession.objects.exists()


def test_no_visit_leaves_for_a_base_to_which_the_settings_give_none(credential: Credential) -> None:
    client = Client()
    answer = ask(client, "checkauth", topic="sale", meta=login(*credential))
    assert answer.startswith("failure\nЗаписи пациентов сайт этой базе не отдаёт")
    assert not ExchangeSession.objects.exists()


def test_a_session_of_price_lists_opens_no_orders_nor_the_other_way_round(
    credential: Credential, given: None
) -> None:
    catalog, sale = Client(), Client()
    begun(catalog, credential)
    begun(sale, credential, topic="sale")
    assert ask(catalog, "init").startswith("zip=yes")
    assert ask(sale, "init", topic="sale").startswith("zip=yes")
    for mode in ("query", "success", "import"):
        assert ask(catalog, mode, topic="sale").startswith("failure\nСеанс обмена закончился")
    assert ask(sale, "import").startswith("failure\nСеанс обмена закончился")
    for topic, mode in (("sale", "deactivate"), ("sale", "info"), ("catalog", "query")):
        assert ask(sale, mode, topic=topic).startswith("failure\nСайт не понял запрос")


def test_other_methods_are_not_answered() -> None:
    assert Client().put(ADDRESS).status_code == 405
