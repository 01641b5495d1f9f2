"""The profile: defaults, and one clear sentence for each thing that is wrong."""

from typing import Any

import pytest

from feldsher.integrations.mis.infoclinica import build
from feldsher.integrations.mis.infoclinica.profile import Profile, read_profile
from integrations.mis.infoclinica.factory import LOGIN


def test_a_log_in_alone_is_the_documented_defaults() -> None:
    assert read_profile(LOGIN) == Profile(
        auth="oauth2",
        client_id="site",
        client_secret="demo-secret",
        grant="password",
        scope="",
        secret="derived",
        secret_type=0,
        clock_zone="Europe/Moscow",
        token_minutes=10,
        certificate="",
        key="",
        authorities="",
        forwarded_host="",
        sender="",
        branches=(),
        home_branch="",
        web_only=True,
        step_minutes=15,
        free_types=(1,),
        online_modes=(0, 1),
        auth_mode=4,
        taken_words=("время занято", "недавно занято"),
        referral_words=("направлени",),
        age_words=("возраст",),
        conflict_words=("уже записан", "другая запись"),
        cancelled_words=("уже отменена", "already cancelled"),
        absent_words=("не найден",),
        patient_login="phone",
        check_mode=11,
        phone_style="brackets",
        gender="patronymic",
        change_operations={"0": "booked", "1": "moved", "2": "cancelled"},
        doctors_at_once=50,
        settle_seconds=60,
        max_window_days=31,
        bulk_timeout=None,
        max_megabytes=32,
        connections=8,
    )


def test_the_secret_is_in_no_repr() -> None:
    assert "demo-secret" not in repr(read_profile(LOGIN))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stepp": 5}, "unknown option 'stepp'"),
        ({"auth": "basic"}, "auth must be one of: oauth2, certificate"),
        ({"secret_type": True}, "secret_type must be one of: 0, 1"),
        ({"secret_type": 1}, "give the option scope"),
        ({"client_id": ""}, "auth oauth2 needs the option client_id"),
        ({"client_secret": 7}, "client_secret must be a line of text"),
        ({"scope": "a\nb"}, "scope must be a line of text"),
        ({"certificate": "c.pem"}, "certificate is for auth certificate, and this is oauth2"),
        ({"authorities": "ca.pem"}, "authorities is for auth certificate, and this is oauth2"),
        ({"clock_zone": "MSK+3"}, "clock_zone must be an IANA zone"),
        ({"clock_zone": 3}, "clock_zone must be an IANA zone"),
        ({"step_minutes": 1}, "step_minutes must be a whole number from 5 to 120"),
        ({"step_minutes": None}, "step_minutes must be a whole number"),
        ({"connections": "8"}, "connections must be a whole number"),
        ({"free_types": []}, "free_types must be a list of whole numbers"),
        ({"online_modes": [True]}, "online_modes must be a list of whole numbers"),
        ({"branches": [1]}, "branches must be a list of FILIAL"),
        ({"home_branch": "main"}, "home_branch must be a FILIAL in quotes"),
        ({"web_only": 1}, "web_only must be true or false"),
        ({"taken_words": "занято"}, "taken_words must be a list of words"),
        ({"age_words": [" "]}, "age_words must be a list of words"),
        ({"change_operations": {"0": "made"}}, "change_operations must map a CHANGEOP"),
        ({"change_operations": {}}, "change_operations must map a CHANGEOP"),
        ({"phone_style": "spaces"}, "phone_style must be one of"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_profile(LOGIN | options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"auth": "certificate", "certificate": "c.pem"}, "auth certificate needs the option key"),
        (
            {"auth": "certificate", "certificate": "c", "key": "k", "client_id": "site"},
            "client_id is for auth oauth2, and this is certificate",
        ),
    ],
)
def test_a_certificate_needs_its_key_and_no_token(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_profile(options)


@pytest.mark.parametrize(
    ("url", "user", "options", "words"),
    [
        ("ftp://clinic", "u", LOGIN, "must begin with http"),
        ("https://u:secret@clinic", "u", LOGIN, "apart from the address"),
        ("https://clinic/api/xml?a=1", "u", LOGIN, "without a query"),
        ("https://clinic", "", LOGIN, "the grant password needs user and password"),
        (
            "http://clinic",
            "",
            {"auth": "certificate", "certificate": "none.pem", "key": "none.pem"},
            "auth certificate needs an https address",
        ),
        (
            "https://clinic",
            "",
            {"auth": "certificate", "certificate": "none.pem", "key": "none.pem"},
            "certificate and key can't be read",
        ),
    ],
)
def test_an_address_or_a_file_that_can_not_be_used_is_told(
    url: str, user: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        build(url=url, user=user, password="p", timeout=8, options=options)
    assert "secret" not in str(caught.value)


def test_a_timeout_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        build(url="https://clinic", user="u", password="p", timeout=0, options=LOGIN)
