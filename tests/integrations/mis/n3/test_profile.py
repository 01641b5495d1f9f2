"""The profile: defaults, and one clear sentence for each thing that is wrong."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.composition import build_gateway
from feldsher.conf.environment import MisSettings
from feldsher.domain.scheduling.ports import SlotShape, VisitEnd
from feldsher.integrations.mis.n3 import N3Gateway, build
from feldsher.integrations.mis.n3.profile import ERRORS, WORDS, Meaning, Profile, read_profile
from support.egress import known
from testbench.n3.hub import TOKEN

LPUS = {"1": "Поликлиника"}


def test_a_profile_of_one_branch_is_the_documented_defaults() -> None:
    assert read_profile({"lpus": LPUS}) == Profile(
        lpus=LPUS,
        soap="1.1",
        viewers={},
        blank_patient="empty",
        bare_days=False,
        history="echoed",
        doctor_ids="lpu",
        rooms="guard",
        counts="checked",
        working_time=True,
        phone="9…",
        needs_birth_date=True,
        adds_patients=True,
        approved_by_tfoms="nil",
        moves=False,
        errors=ERRORS,
        words=WORDS,
        reasons={},
        reports=frozenset(),
        settle_seconds=60,
        max_window_days=31,
        bulk_timeout=None,
        max_megabytes=8,
        connections=4,
    )


def test_a_clinic_s_own_codes_and_words_go_before_the_known_ones() -> None:
    given = {"errors": {"39": "unknown", "500": "taken"}, "words": {"taken": ["Нет места"]}}
    profile = read_profile(
        {"lpus": LPUS, **given, "reasons": {"2": "needs_referral"}, "reports": ["no_show"]}
    )
    assert profile.errors == {**ERRORS, "39": Meaning.UNKNOWN, "500": Meaning.TAKEN}
    assert profile.words[Meaning.TAKEN] == ("нет места", "занят")
    assert next(iter(profile.words)) is Meaning.UNKNOWN
    assert profile.reasons == {"2": Meaning.NEEDS_REFERRAL}
    assert profile.reports == {VisitEnd.NO_SHOW}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "the option lpus is needed"),
        ({"lpu": {}}, "unknown option 'lpu'"),
        ({"lpus": ["1"]}, "option lpus must be an object: names of branches by IdLPU"),
        ({"lpus": {"one": "Клиника"}}, "option lpus must be an object"),
        ({"lpus": {"0": "Клиника"}}, "option lpus must be an object"),
        ({"lpus": {"1": "а\nб"}}, "option lpus must be an object"),
        ({"viewers": {"1": ""}}, "option viewers must be an object: IdPat by IdLPU"),
        ({"viewers": {"2": "p-1"}}, "option viewers names LPU 2, which is not in lpus"),
        ({"soap": 1.1}, "option soap must be one of: 1.1, 1.2"),
        ({"blank_patient": "none"}, "option blank_patient must be one of: empty, nil, absent"),
        ({"phone": "9"}, "option phone must be one of"),
        ({"moves": "yes"}, "option moves must be true or false"),
        ({"errors": {"39": "busy"}}, "option errors must be an object: by code one of taken"),
        ({"errors": {39: "taken"}}, "option errors must be an object"),
        ({"reasons": []}, "option reasons must be an object"),
        ({"words": {"taken": "занят"}}, "option words must be an object: lists of words"),
        ({"words": {"taken": [""]}}, "option words must be an object"),
        ({"reports": ["moved"]}, "option reports must be a list of: cancelled, happened, no_show"),
        ({"reports": "no_show"}, "option reports must be a list of"),
        ({"connections": 0}, "option connections must be a whole number from 1 to 32"),
        ({"max_window_days": 1}, "option max_window_days must be a whole number from 2 to 366"),
        ({"needs_birth_date": False}, "option adds_patients needs needs_birth_date"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_profile(
            options if not options or "lpu" in options or "lpus" in options else {"lpus": LPUS, **options}
        )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"user": "site"}, "leave out user"),
        ({"password": "secret"}, "password must be the token that N3 gave to the site, a GUID"),
        ({"url": "https://hub.example/HubService.svc?wsdl"}, r"give the address without \? and #"),
        ({"timeout": 0}, "the timeout must be above zero"),
    ],
)
def test_an_address_or_a_token_that_cannot_be_is_refused(changed: dict[str, Any], words: str) -> None:
    given = {"url": "https://hub.example/HubService.svc", "user": "", "password": TOKEN, "timeout": 8}
    with pytest.raises(ValueError, match=words):
        build(**{**given, "options": {"lpus": LPUS}, **changed})


def test_it_is_bound_under_its_kind_and_its_settings_are_named() -> None:
    url = known("http://127.0.0.1:9/HubService.svc")
    settings = MisSettings(
        "hub", "n3", url, "", TOKEN, {"lpus": LPUS, "moves": True, "reports": ["happened"]}
    )
    gateway = build_gateway(settings)
    assert isinstance(gateway, N3Gateway)
    can = gateway.capabilities()
    assert (can.semantics.shape, can.semantics.duration_applied, can.needs_patient) == (
        SlotShape.TICKET,
        True,
        True,
    )
    assert (can.can_move, can.has_reference, can.reports) == (True, False, {VisitEnd.HAPPENED})
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_MIS hub: the option lpus is needed"):
        build_gateway(MisSettings("hub", "n3", url, "", TOKEN, {}))
