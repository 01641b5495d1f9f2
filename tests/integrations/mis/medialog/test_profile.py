"""The profile: defaults, and one clear sentence for each thing that is wrong."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.composition import build_gateway
from feldsher.conf.environment import MisSettings
from feldsher.integrations.mis.medialog import MedialogGateway, build
from feldsher.integrations.mis.medialog.profile import Profile, read_profile

CLINICS = {"C1": "Клиника"}


def test_a_profile_of_one_branch_is_the_documented_defaults() -> None:
    assert read_profile({"clinics": CLINICS}) == Profile(
        clinics=CLINICS,
        carrier="soap",
        soap="1.1",
        namespace="urn:feldsher:medialog",
        operation="Exchange",
        parameter="message",
        result="result",
        soap_action="urn:feldsher:medialog#Exchange",
        encoding="utf-8",
        web_user="web",
        extra={},
        names={},
        left_out=(),
        slots="cells",
        slots_scope="schedule",
        cell_minutes=0,
        second_signal="none",
        cancel_event="",
        cancel_is_silent=False,
        gone_words=(),
        visits_event="",
        patient_event="",
        reference_field="",
        refusals=("AE", "AR"),
        taken_words=(),
        settle_seconds=60,
        max_window_days=31,
        bulk_timeout=None,
        max_megabytes=8,
        connections=4,
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encodign": "utf-8"}, "unknown option 'encodign'"),
        ({"clinics": {}}, "the option clinics is needed"),
        ({"clinics": ["C1"]}, "option clinics must be an object: names of branches by CLINIC_CODE"),
        ({"clinics": {"C1": ""}}, "option clinics must be an object"),
        ({"carrier": "ftp"}, "option carrier must be one of: soap, http"),
        ({"soap": 1.1}, "option soap must be one of: 1.1, 1.2"),
        ({"encoding": "koi8-r"}, "option encoding must be one of: utf-8, windows-1251"),
        (
            {"carrier": "http", "operation": "Do"},
            "option operation is for the carrier soap, and this is http",
        ),
        ({"operation": "Do it"}, "option operation must be a name of XML"),
        ({"namespace": ""}, "option namespace must be a line of text"),
        ({"slots": "rows"}, "option slots must be one of: cells, tickets"),
        ({"slots_scope": "all"}, "option slots_scope must be one of: schedule, clinic"),
        ({"second_signal": True}, "option second_signal must be one of: none, days"),
        ({"cell_minutes": -1}, "option cell_minutes must be a whole number from 0 to 720"),
        ({"cell_minutes": True}, "option cell_minutes must be a whole number"),
        ({"max_window_days": 1}, "option max_window_days must be a whole number from 2 to 366"),
        ({"connections": 0}, "option connections must be a whole number from 1 to 32"),
        ({"cancel_event": "PLANNING DEL"}, "option cancel_event must be a name of XML"),
        ({"cancel_is_silent": 1}, "option cancel_is_silent must be true or false"),
        ({"cancel_is_silent": True}, "need the option cancel_event"),
        ({"gone_words": ["отменена"]}, "need the option cancel_event"),
        ({"visits_event": "V"}, "option visits_event needs the option patient_event"),
        ({"reference_field": "COMMENT"}, "option reference_field needs the option visits_event"),
        ({"refusals": "AE"}, "option refusals must be a list of words"),
        ({"refusals": ["AE", "AA"]}, "option refusals can't have AA"),
        ({"left_out": [503]}, "option left_out must be a list of words"),
        ({"taken_words": [""]}, "option taken_words must be a list of words"),
        ({"names": {"DUREE": "1st"}}, "option names must be an object: names of XML by names of XML"),
        ({"names": {"NAME": "LABEL", "SPEC_NAME": "LABEL"}}, "option names gives two fields one spelling"),
        ({"extra": {"LANG_CODE": 1}}, "option extra must be an object: texts by names of XML"),
        ({"web_user": " web"}, "option web_user must be a line of text"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        read_profile({"clinics": CLINICS, **options})


def test_words_are_compared_in_small_letters_and_codes_as_they_are() -> None:
    profile = read_profile({"clinics": CLINICS, "taken_words": ["Занято"], "refusals": ["AE"]})
    assert (profile.taken_words, profile.refusals) == (("занято",), ("AE",))


@pytest.mark.parametrize(
    ("url", "timeout", "words"),
    [
        ("http://mis.local/exchange.asmx?wsdl", 8, "without .wsdl"),
        ("mis.local/exchange", 8, "address"),
        ("http://mis.local/exchange.asmx", 0, "the timeout must be above zero"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(url: str, timeout: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build(url=url, user="", password="", timeout=timeout, options={"clinics": CLINICS})


def test_capabilities_follow_the_profile() -> None:
    def of(**options: Any) -> Any:
        url = "http://mis.local/exchange.asmx"
        given = {"clinics": CLINICS, **options}
        return build(url=url, user="", password="", timeout=8, options=given).capabilities()

    bare = of()
    assert (bare.holds, bare.can_move, bare.change_feed, bare.book_repeatable) == (False,) * 4
    assert (bare.needs_patient, bare.can_find_by_patient, bare.has_reference) == (False,) * 3
    assert (bare.semantics.shape, bare.semantics.duration_applied) == ("grid", False)
    full = of(patient_event="P", visits_event="V", reference_field="COMMENT", slots="tickets")
    assert (full.needs_patient, full.can_find_by_patient, full.has_reference) == (True,) * 3
    assert (full.semantics.shape, full.semantics.duration_applied) == ("ticket", True)


def test_the_settings_bind_it_by_its_kind_and_name_what_is_wrong() -> None:
    def of(**options: Any) -> MisSettings:
        return MisSettings("ml", "medialog", "http://mis.local/x", "", "", options)

    assert isinstance(build_gateway(of(clinics=CLINICS)), MedialogGateway)
    with pytest.raises(ImproperlyConfigured, match="FELDSHER_MIS ml: the option clinics is needed"):
        build_gateway(of())
