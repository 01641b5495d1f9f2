from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.composition import build_gateway
from feldsher.conf.environment import MisSettings
from feldsher.integrations.mis.plain import PlainGateway, build
from feldsher.integrations.mis.plain.profile import Profile, read_profile
from integrations.mis.plain.factory import through

GOOD: dict[str, Any] = {
    "url": "https://mis.clinic.example/site/v1", "user": "", "password": "x" * 20, "timeout": 8.0,
    "options": {},
}  # fmt: skip


def test_nothing_said_is_the_contract_itself() -> None:
    assert read_profile({}) == Profile(changes=True, settle_seconds=60, max_window_days=31)


def test_every_option_is_taken() -> None:
    options = {
        "changes": False, "settle_seconds": 5, "max_window_days": 14, "bulk_timeout": 60, "max_megabytes": 8,
        "connections": 2,
    }  # fmt: skip
    assert read_profile(options) == Profile(**options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"holds": True},
            "unknown option 'holds'; known are: bulk_timeout, calls_per_second, changes",
        ),
        ({"changes": 1}, "option changes must be true or false"),
        ({"max_window_days": 32}, "option max_window_days must be a whole number from 2 to 31"),
        ({"settle_seconds": True}, "option settle_seconds must be a whole number from 1 to 3600"),
        ({"connections": "8"}, "option connections must be a whole number from 1 to 64"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        read_profile(options)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": ""}, "password must be a secret of 20 to 200 visible ASCII characters"),
        ({"password": "x" * 19}, "password must be a secret"),
        ({"password": "пароль" * 5}, "password must be a secret"),
        ({"password": "x" * 20 + "\r\nX: y"}, "password must be a secret"),
        ({"user": "site"}, "leave out user"),
        ({"url": "mis.clinic.example"}, "the address"),
        ({"url": "https://mis.clinic.example/site?a=1"}, "give the address without"),
        ({"url": "https://a:b@mis.clinic.example/"}, "give user and password apart"),
        ({"timeout": 0}, "the timeout must be above zero"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        build(**GOOD | fields)


def test_the_contract_is_said_as_capabilities() -> None:
    told = through("http://127.0.0.1:1", changes=False, settle_seconds=7).capabilities()
    assert (told.has_reference, told.book_repeatable, told.holds, told.can_move) == (True, True, False, False)
    assert (told.change_feed, told.settle_seconds, told.max_window_days) == (False, 7, 31)
    assert (told.semantics.bookings_removed, told.semantics.zone_on_wire) == (False, True)


def test_the_settings_name_it_plain() -> None:
    mis = MisSettings(
        "clinic", "plain", "https://mis.clinic.example/site/v1", "", "x" * 20, {"changes": False}
    )
    assert isinstance(build_gateway(mis), PlainGateway)
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_MIS clinic: password must be a secret"):
        build_gateway(replace(mis, password="short"))


def test_the_secret_is_in_no_repr() -> None:
    gateway = through("http://127.0.0.1:1", secret="a-secret-that-nobody-sees")
    assert "nobody-sees" not in repr(gateway) + repr(vars(gateway))
