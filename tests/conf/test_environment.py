"""What the environment may say, and the one sentence that tells what is wrong with it."""

import json
from ipaddress import ip_network
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from feldsher.conf.composition import build_bases, remotes
from feldsher.conf.environment import (
    AlarmSettings,
    BookingSettings,
    ExchangeSettings,
    MisSettings,
    SmtpSettings,
    alarm_settings,
    booking_settings,
    database_from_url,
    exchange_settings,
    flag,
    mis_from_json,
    required_secret,
    smtp_settings,
    trusted_proxies,
)
from feldsher.domain.accounting.types import BaseTerms
from feldsher.foundation.privacy.data_class import DataClass


@pytest.mark.parametrize(
    ("text", "meaning"), [("1", True), ("TRUE", True), ("yes", True), ("0", False), ("", False)]
)
def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch, text: str, *, meaning: bool) -> None:
    monkeypatch.setenv("FELDSHER_DEMO", text)
    assert flag("FELDSHER_DEMO") is meaning


def test_a_short_secret_is_refused_with_the_command_that_makes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELDSHER_SECRET", "x" * 31)
    with pytest.raises(ImproperlyConfigured, match="openssl rand -hex 32"):
        required_secret("FELDSHER_SECRET")
    monkeypatch.setenv("FELDSHER_SECRET", "x" * 32)
    assert required_secret("FELDSHER_SECRET") == "x" * 32


def test_commands_that_need_no_secret_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELDSHER_NO_SECRET", "1")
    assert len(required_secret("FELDSHER_SECRET")) >= 32


def test_a_url_becomes_django_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://app:p%40ss@db.example:6432/clinic?sslmode=verify-full"
    monkeypatch.setenv("DATABASE_URL", url)
    database = database_from_url()
    assert [database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "clinic",
        "app",
        "p@ss",
        "db.example",
        "6432",
    ]
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert database["ATOMIC_REQUESTS"] is False


def test_a_url_may_name_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///clinic?host=/run/postgresql&port=5433")
    database = database_from_url()
    assert (database["HOST"], database["PORT"]) == ("/run/postgresql", "5433")
    assert "host" not in database["OPTIONS"]


def test_the_owner_s_url_is_used_for_the_owner_s_work_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@localhost/clinic")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@localhost/clinic")
    assert database_from_url()["USER"] == "app"
    monkeypatch.setenv("FELDSHER_AS_OWNER", "1")
    assert database_from_url()["USER"] == "owner"


@pytest.mark.parametrize(
    "url",
    ["mysql://localhost/clinic", "clinic", "postgresql://localhost:port/clinic", "postgresql://[::1/clinic"],
)
def test_another_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database_from_url()


def test_each_mis_of_the_network_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"id": "umc", "kind": "bit_umc", "url": "http://1c/ws"}
    monkeypatch.setenv(
        "FELDSHER_MIS", json.dumps([entry, entry | {"id": "two", "user": "u", "options": {"a": 1}}])
    )
    assert mis_from_json() == (
        MisSettings("umc", "bit_umc", "http://1c/ws", "", "", {}),
        MisSettings("two", "bit_umc", "http://1c/ws", "u", "", {"a": 1}),
    )


def test_no_secret_of_a_mis_is_in_its_repr() -> None:
    told = repr(MisSettings("umc", "bit_umc", "http://1c/ws", "u", "a-password", {"key": "a-key"}))
    assert "a-password" not in told
    assert "a-key" not in told


def test_a_network_without_a_mis_is_possible() -> None:
    assert mis_from_json() == ()


@pytest.mark.parametrize(
    "text", ["{", "{}}", '"umc"', "[1]", '[{"id": "umc"}]', '[{"id": "a", "options": 1}]']
)
def test_a_wrong_list_of_mises_is_refused_with_an_example(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FELDSHER_MIS", text)
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_MIS must be a JSON list such as"):
        mis_from_json()


def test_booking_has_the_named_settings_and_they_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert booking_settings() == BookingSettings()
    monkeypatch.setenv("FELDSHER_BOOKING", '{"hold_minutes": 15, "settle_seconds": 0.5}')
    assert booking_settings() == BookingSettings(hold_minutes=15, settle_seconds=0.5)


@pytest.mark.parametrize("text", ["{", "[]", "1", '{"holdminutes": 15}'])
def test_unknown_settings_of_booking_are_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("FELDSHER_BOOKING", text)
    with pytest.raises(ImproperlyConfigured, match="with fields of: hold_minutes, sync_minutes"):
        booking_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hold_minutes", "10"),
        ("hold_minutes", 2.5),
        ("hold_minutes", True),
        ("hold_minutes", -1),
        ("hold_minutes", None),
        ("settle_seconds", float("inf")),
        ("settle_seconds", float("nan")),
        ("sync_minutes", 0),
        ("sync_minutes", 60),
        ("phone_proof", "sometimes"),
        ("letters", 1),
        ("messages", "no"),
        ("reminders", 0),
        ("review_hours", 49),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setenv("FELDSHER_BOOKING", json.dumps({name: value}))
    with pytest.raises(ImproperlyConfigured, match=f"FELDSHER_BOOKING {name}"):
        booking_settings()


@pytest.mark.parametrize("policy", ["off", "risk", "always"])
def test_a_policy_of_phone_proof_is_one_of_three(monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    monkeypatch.setenv("FELDSHER_BOOKING", json.dumps({"phone_proof": policy}))
    assert booking_settings().phone_proof == policy


def test_how_a_price_list_is_read_is_told_by_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FELDSHER_EXCHANGE", raising=False)
    assert exchange_settings() == {}
    branch = UUID(int=7)
    told = {"price_types": {"Розничная": "", "Северная": str(branch)}, "ids_of": "umc"}
    monkeypatch.setenv("FELDSHER_EXCHANGE", json.dumps({"1c": told, "other": {}}))
    types = {"Розничная": None, "Северная": branch}
    assert exchange_settings() == {"1c": ExchangeSettings(types, "umc"), "other": ExchangeSettings()}


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"1c": []},
        {"1c": {"price_types": ["Розничная"]}},
        {"1c": {"price_types": {"Розничная": "Северный филиал"}}},
        {"1c": {"price_types": {"Розничная": "", "Оптовая": ""}}},
        {"1c": {"ids": "umc"}},
        {"1c": {"ids_of": 7}},
    ],
)
def test_a_price_list_that_cannot_be_read_so_is_named(monkeypatch: pytest.MonkeyPatch, given: object) -> None:
    monkeypatch.setenv("FELDSHER_EXCHANGE", json.dumps(given))
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_EXCHANGE"):
        exchange_settings()


@pytest.mark.parametrize(
    ("visits_of", "branches"),
    [([], None), ([""], frozenset({None})), ([str(UUID(int=7))], frozenset({UUID(int=7)}))],
)
def test_which_visits_a_source_hears_of_is_told_and_none_by_itself(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    visits_of: list[str],
    branches: frozenset[UUID | None] | None,
) -> None:
    monkeypatch.setenv("FELDSHER_EXCHANGE", json.dumps({"1c": {"ids_of": "umc", "visits_of": visits_of}}))
    settings.FELDSHER_EXCHANGE = exchange_settings()
    named = None if branches == {None} else branches
    assert build_bases() == ({} if branches is None else {"1c": BaseTerms("1c", named, "umc")})


@pytest.mark.parametrize(
    "given",
    [
        {"1c": {"visits_of": ""}},
        {"1c": {"visits_of": ["Северный филиал"]}},
        {"1c": {"visits_of": [""]}, "2": {"visits_of": [str(UUID(int=7))]}},
        {"1c": {"visits_of": [str(UUID(int=7))]}, "2": {"visits_of": [str(UUID(int=7))]}},
    ],
)
def test_the_visits_of_a_branch_go_to_one_source(monkeypatch: pytest.MonkeyPatch, given: object) -> None:
    monkeypatch.setenv("FELDSHER_EXCHANGE", json.dumps(given))
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_EXCHANGE"):
        exchange_settings()


def test_nobody_is_a_trusted_proxy_who_was_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FELDSHER_TRUSTED_PROXIES", raising=False)
    assert trusted_proxies() == ()


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELDSHER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/16,fd00::/8,")
    assert trusted_proxies() == tuple(map(ip_network, ("127.0.0.1/32", "10.0.0.0/16", "fd00::/8")))


@pytest.mark.parametrize(
    "given",
    [
        "proxy.example",
        "10.0.0.7/16",
        "10.0.0.0/33",
        "10.0.0.1:80",
        "10.0.0.1 10.0.0.2",
        "127.0.0.1,*",
        "::ffff:10.0.0.0/112",
    ],
)
def test_what_is_no_network_is_no_trusted_proxy(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("FELDSHER_TRUSTED_PROXIES", given)
    with pytest.raises(ImproperlyConfigured, match=r"FELDSHER_TRUSTED_PROXIES: .* write it as 10\.0\.0\.5"):
        trusted_proxies()


@pytest.mark.parametrize("given", ["0.0.0.0/0", "::/0", "10.0.0.1,0.0.0.0/0"])
def test_c37_the_whole_internet_is_no_trusted_proxy(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("FELDSHER_TRUSTED_PROXIES", given)
    with pytest.raises(ImproperlyConfigured, match="would let everybody say where they come from"):
        trusted_proxies()


def test_alarms_are_told_by_letter_and_by_a_signed_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FELDSHER_ALARMS", raising=False)
    assert alarm_settings() == AlarmSettings()
    given = {"email": ["duty@clinic.example"], "webhook": "https://hook.example/", "webhook_key": "k" * 32}
    monkeypatch.setenv("FELDSHER_ALARMS", json.dumps(given))
    settings = alarm_settings()
    assert (list(settings.email), settings.webhook) == (["duty@clinic.example"], "https://hook.example/")
    assert "k" * 32 not in repr(settings)


@pytest.mark.parametrize(
    "given",
    [
        {"email": "duty@clinic.example"},
        {"email": ["nobody"]},
        {"email": ["duty@clinic.example\nBcc: x@y"]},
        {"webhook": "https://hook.example/"},
        {"webhook": "https://hook.example/", "webhook_key": "short"},
        {"webhook": 7},
        {"pager": "x"},
        [],
    ],
)
def test_alarms_that_can_t_be_told_are_refused(given: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELDSHER_ALARMS", json.dumps(given))
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_ALARMS"):
        alarm_settings()


def test_a_mail_server_is_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FELDSHER_SMTP", raising=False)
    assert smtp_settings().host == ""
    given = {
        "host": "mail.clinic.example",
        "sender": "feldsher@clinic.example",
        "user": "u",
        "password": "word",
    }
    monkeypatch.setenv("FELDSHER_SMTP", json.dumps(given))
    settings = smtp_settings()
    assert (settings.port, settings.security, settings.sender) == (465, "tls", "feldsher@clinic.example")
    assert "word" not in repr(settings)


@pytest.mark.parametrize(
    "change",
    [
        {"security": "ssl"},
        {"security": "none", "user": "u"},
        {"port": 0},
        {"port": "465"},
        {"port": 65_536},
        {"sender": ""},
        {"host": 7},
        {"relay": "x"},
    ],
)
def test_a_mail_server_that_can_t_be_used_is_refused(
    change: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"host": "mail.clinic.example", "sender": "feldsher@clinic.example"} | change
    monkeypatch.setenv("FELDSHER_SMTP", json.dumps(given))
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_SMTP"):
        smtp_settings()


def test_hosts_of_alarms_stand_in_the_register(settings: Settings) -> None:
    settings.FELDSHER_ALARMS = AlarmSettings(webhook="https://hook.example/x", webhook_key="k" * 32)
    settings.FELDSHER_SMTP = SmtpSettings("mail.clinic.example", 587, sender="feldsher@clinic.example")
    found = {(host.name, host.port): host.classes for host in remotes()}
    assert found["hook.example", 443] == (DataClass.PUBLIC,)
    assert found["mail.clinic.example", 587] == (DataClass.PERSONAL,)
