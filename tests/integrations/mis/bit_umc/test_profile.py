"""The profile: defaults, and one clear sentence for each thing that is wrong."""

from typing import Any

import pytest

from feldsher.integrations.mis.bit_umc import build
from feldsher.integrations.mis.bit_umc.profile import Profile, read_profile


def test_an_empty_profile_is_the_documented_defaults() -> None:
    assert read_profile({}) == Profile(
        door="soap",
        key="",
        soap="1.2",
        format="XML",
        schedule="GetSchedule20",
        reserve="Reservation",
        nomenclature_clinic="GUID",
        cyrillic_clinic=False,
        busy_kinds=(),
        hold_minutes=15,
        settle_seconds=60,
        max_window_days=31,
        bulk_timeout=None,
        max_megabytes=32,
        connections=8,
    )


def test_the_http_door_speaks_json_unasked() -> None:
    profile = read_profile({"door": "http", "key": "k"})
    assert profile == Profile(door="http", key="k", format="JSON")


@pytest.mark.parametrize(
    ("options", "url", "words"),
    [
        ({}, "http://clinic/umc/hs/bwi", "the door soap has /ws/"),
        ({"door": "http", "key": "k"}, "http://clinic/umc/ws/ws1.1cws", "the door http has /hs/"),
    ],
)
def test_an_address_of_the_other_door_is_told(options: dict[str, Any], url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build(url=url, user="u", password="p", timeout=8, options=options)


def test_kinds_of_time_are_compared_in_small_letters() -> None:
    assert read_profile({"busy_kinds": ["ABC"]}).busy_kinds == ("abc",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fromat": "JSON"}, "unknown option 'fromat'"),
        ({"format": "CSV"}, "format must be one of: XML, JSON, ZipXML, ZipJSON"),
        ({"soap": 1.2}, "soap must be one of"),
        ({"reserve": ["Reservation"]}, "reserve must be one of"),
        ({"schedule": "GetEnlargementSchedule"}, "schedule must be one of: GetSchedule20, GetSchedule"),
        ({"nomenclature_clinic": "clinic"}, "nomenclature_clinic must be one of"),
        ({"hold_minutes": 0}, "hold_minutes must be a whole number from 1 to 1440"),
        ({"hold_minutes": True}, "hold_minutes must be a whole number"),
        ({"connections": "8"}, "connections must be a whole number"),
        ({"bulk_timeout": 601}, "bulk_timeout must be a whole number from 1 to 600"),
        ({"cyrillic_clinic": "yes"}, "cyrillic_clinic must be true or false"),
        ({"busy_kinds": "abc"}, "busy_kinds must be a list"),
        ({"busy_kinds": [1]}, "busy_kinds must be a list"),
        ({"schedule": "GetSchedule", "format": "JSON"}, "GetSchedule answers XML only"),
        ({"door": "ftp"}, "door must be one of: soap, http"),
        ({"door": "http"}, "needs the option key"),
        ({"door": "http", "key": ""}, "needs the option key"),
        ({"door": "http", "key": 7}, "key must be a line of text"),
        ({"door": "http", "key": "a\nb"}, "key must be a line of text"),
        ({"key": "k"}, "option key is for the door http, and this is soap"),
        ({"door": "http", "key": "k", "soap": "1.1"}, "option soap is for the door soap"),
        ({"door": "http", "key": "k", "reserve": "GetReserve"}, "option reserve is for the door soap"),
        ({"door": "http", "key": "k", "format": "XML"}, "format must be one of: JSON, ZipXML, ZipJSON"),
        ({"door": "http", "key": "k", "schedule": "GetEnlargmenetSchedule"}, "schedule must be one of"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_profile(options)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must begin with http"),
        ("ftp://clinic/ws", "must begin with http"),
        ("http:///ws", "must begin with http"),
        ("http://user:secret@clinic/ws", "apart from the address"),
        ("http://clinic/ws/ws1.1cws?wsdl", "without"),
        ("http://clinic:port/ws", "isn't a URL"),
    ],
)
def test_a_wrong_address_is_refused_without_repeating_it(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        build(url=url, user="u", password="p", timeout=8, options={})
    assert "secret" not in str(caught.value)


def test_a_timeout_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        build(url="http://clinic/ws", user="u", password="p", timeout=0, options={})


def test_a_cyrillic_host_is_an_address() -> None:
    build(url="http://клиника.рф/umc/ws/ws1.1cws", user="u", password="p", timeout=8, options={})
