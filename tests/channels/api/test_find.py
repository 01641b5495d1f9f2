"""Reads of the directory and of times, with invented answers of the selectors."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from channels.api.factory import KEY, Call, open_slot
from feldsher.domain.directory.types import (
    LocationCard,
    PractitionerCard,
    ServiceCard,
    SpecialtyCard,
    VisitMode,
    VisitOrder,
)
from feldsher.domain.scheduling.types import (
    NO_ANSWERS,
    Answer,
    Answers,
    OpenDay,
    OpenTimes,
    SlotFilter,
    StopCard,
    VisitRule,
)
from feldsher.kernel import clock

SLOT = {
    "slot": "token",
    "start": "2026-11-25T09:30:00+05:00",
    "end": "2026-11-25T10:00:00+05:00",
    "zone": "Asia/Yekaterinburg",
    "practitioner": "00000000-0000-4000-8000-00000000000a",
    "service": "00000000-0000-4000-8000-00000000000c",
    "location": "00000000-0000-4000-8000-00000000000b",
    "price": {"amount": "1900.00", "currency": "RUB"},
    "mode": "in_person",
}
FOR_ALL: dict[str, Any] = {"asks": [], "refusals": []}
RULE = VisitRule(
    practitioner_id=KEY.practitioner_id,
    location_id=KEY.location_id,
    service_id=KEY.service_id,
    asks=Answer.AGE | Answer.REFERRAL,
    age_from=18,
    age_to=None,
    mode=VisitMode.IN_PERSON,
)
REFUSAL = {
    "practitioner": str(KEY.practitioner_id),
    "location": str(KEY.location_id),
    "service": str(KEY.service_id),
}
TIMES = OpenTimes(
    as_of=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    is_fresh=True,
    days=(OpenDay(date(2026, 11, 25), (open_slot(),)), OpenDay(date(2026, 11, 26), ())),
    etag="a1b2",
)
DOCTOR = PractitionerCard(
    id=KEY.practitioner_id,
    family="Небывалов",
    given="Пётр",
    middle="",
    specialties=("офтальмолог",),
    specialty_slugs=("oftalmologiya",),
    location_ids=(KEY.location_id,),
    about="Принимает взрослых.",
)


def _get(path: str, **headers: str) -> Any:
    response = Call(
        "GET", path, None, {name.replace("_", "-"): text for name, text in headers.items()}
    ).send()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-cache"
    return json.loads(response.content)


def test_times_are_told_by_days_of_the_branch(answers: Any) -> None:
    answers("selectors", "open_times", TIMES)
    assert _get("/slots?specialty=oftalmologiya") == {
        "as_of": "2026-11-24T08:00:00+00:00",
        "is_fresh": True,
        **FOR_ALL,
        "days": [{"date": "2026-11-25", "slots": [SLOT]}, {"date": "2026-11-26", "slots": []}],
    }


def test_a_price_that_nobody_has_said_is_null(answers: Any) -> None:
    day = OpenDay(date(2026, 11, 25), (replace(open_slot(), price=None),))
    answers("selectors", "open_times", replace(TIMES, days=(day,)))
    assert _get("/slots?specialty=a")["days"][0]["slots"][0]["price"] is None


def test_a_silent_clinic_offers_nothing_and_says_so(answers: Any) -> None:
    answers("selectors", "open_times", OpenTimes(as_of=None, is_fresh=False, days=(), etag="0"))
    assert _get("/slots?specialty=a") == {"as_of": None, "is_fresh": False, **FOR_ALL, "days": []}


def test_every_filter_reaches_the_selector(answers: Any) -> None:
    found = answers("selectors", "open_times", TIMES)
    first = clock.now().date() + timedelta(days=3)
    _get(
        f"/slots?practitioner={KEY.practitioner_id}&specialty=a&service={KEY.service_id}"
        f"&location={KEY.location_id}&from={first}&days=31&unknown=1"
    )
    found.assert_called_once_with(
        SlotFilter(KEY.practitioner_id, "a", KEY.service_id, KEY.location_id),
        first=first,
        days=31,
        answers=NO_ANSWERS,
    )


def test_without_dates_a_week_from_today_is_asked(answers: Any) -> None:
    found = answers("selectors", "open_times", TIMES)
    _get("/slots?specialty=a")
    found.assert_called_once_with(SlotFilter(specialty="a"), first=None, days=7, answers=NO_ANSWERS)


@pytest.mark.parametrize("tag", ['"a1b2"', 'W/"a1b2"', '"old", "a1b2"', "*"])
def test_known_times_are_not_sent_again(answers: Any, tag: str) -> None:
    answers("selectors", "open_times", TIMES)
    response = Call("GET", "/slots?specialty=a", None, {"If-None-Match": tag}).send()
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == '"a1b2"'
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("tag", ["", '"old"', "a1b2", '"a1b"'])
def test_other_tags_get_the_times(answers: Any, tag: str) -> None:
    answers("selectors", "open_times", TIMES)
    response = Call("GET", "/slots?specialty=a", None, {"If-None-Match": tag}).send()
    assert response.status_code == 200
    assert response.headers["ETag"] == '"a1b2"'


def test_doctors_come_with_their_next_times(answers: Any) -> None:
    page = answers("directory", "practitioners", ((DOCTOR,), "cursor"))
    nearest = answers("selectors", "next_times", {DOCTOR.id: (open_slot(),)})
    answers("selectors", "visit_rules", ())
    assert _get(f"/practitioners?specialty=oftalmologiya&location={KEY.location_id}&limit=1&after=x") == {
        "items": [
            {
                "id": str(DOCTOR.id),
                "name": "Небывалов Пётр",
                "specialties": [{"slug": "oftalmologiya", "title": "офтальмолог"}],
                "locations": [str(KEY.location_id)],
                "about": "Принимает взрослых.",
                "next_slots": [SLOT],
                **FOR_ALL,
            }
        ],
        "next": "cursor",
    }
    page.assert_called_once_with(
        specialty="oftalmologiya", location=KEY.location_id, service=None, after="x", limit=1
    )
    nearest.assert_called_once_with(
        [DOCTOR.id], location_id=KEY.location_id, service_id=None, per=6, answers=NO_ANSWERS
    )


def test_a_doctor_without_times_has_none(answers: Any) -> None:
    answers("directory", "practitioners", ((DOCTOR,), None))
    answers("selectors", "next_times", {})
    answers("selectors", "visit_rules", (RULE,))
    body = _get("/practitioners")
    assert body["items"][0]["next_slots"] == []
    assert [found["code"] for found in body["items"][0]["asks"]] == ["age", "referral"]
    assert body["next"] is None


def test_what_is_not_answered_is_asked_and_who_is_not_meant_is_told_why(answers: Any) -> None:
    answers("selectors", "open_times", replace(TIMES, days=(), rules=(RULE,)))
    asked = _get("/slots?specialty=a&referral=true")
    assert asked["asks"] == [{"code": "age", "ages": [{"first": 0, "last": 17}, {"first": 18, "last": None}]}]
    assert asked["refusals"] == []
    refused = _get("/slots?specialty=a&age=17")
    assert refused["asks"] == []
    assert refused["refusals"] == [
        {
            **REFUSAL,
            "code": "age",
            "sentence": "Врач принимает с\u00a018\u00a0лет. "
            "Выберите другого врача или\u00a0позвоните в\u00a0клинику.",
            "until": None,
        }
    ]


def test_a_stop_is_told_in_the_words_of_staff_with_its_end(answers: Any) -> None:
    until = datetime(2026, 12, 7, 5, tzinfo=UTC)
    stop = StopCard(KEY.service_id, KEY.practitioner_id, None, "Отпуск", "Врач в отпуске.", until, "a", until)
    answers("selectors", "open_times", replace(TIMES, days=(), rules=(replace(RULE, stop=stop),)))
    (refusal,) = _get("/slots?specialty=a")["refusals"]
    assert refusal == {
        **REFUSAL,
        "code": "stopped",
        "sentence": "Врач в отпуске.",
        "until": "2026-12-07T05:00:00+00:00",
    }


def test_every_answer_reaches_the_selector(answers: Any) -> None:
    found = answers("selectors", "open_times", TIMES)
    _get("/slots?specialty=a&age=7&visit=repeat&referral=false&mode=remote")
    assert found.call_args.kwargs["answers"] == Answers(
        age=7, visit=VisitOrder.REPEAT, has_referral=False, mode=VisitMode.REMOTE
    )
    for wrong in ("age=-1", "age=151", "age=x", "visit=any", "referral=maybe", "mode=either"):
        assert Call("GET", f"/slots?specialty=a&{wrong}").send().status_code == 422


def test_the_directory_is_told(answers: Any) -> None:
    answers("directory", "specialties", (SpecialtyCard("oftalmologiya", "офтальмолог", 3),))
    place = LocationCard(
        id=KEY.location_id,
        organization_id=KEY.service_id,
        organization_name="ООО «Небыль»",
        name="Северный",
        zone="Asia/Yekaterinburg",
        city="Небыльск",
        address="",
        phone="",
        hours="",
        is_open=True,
    )
    answers("directory", "locations", (place,))
    assert _get("/specialties") == {
        "items": [{"slug": "oftalmologiya", "title": "офтальмолог", "practitioners": 3}]
    }
    assert _get("/locations") == {
        "items": [
            {
                "id": str(KEY.location_id),
                "name": "Северный",
                "organization": "ООО «Небыль»",
                "zone": "Asia/Yekaterinburg",
                "city": "Небыльск",
                "address": "",
                "phone": "",
                "hours": "",
            }
        ]
    }


def test_services_of_a_doctor_or_by_text(answers: Any) -> None:
    card = ServiceCard(KEY.service_id, "Приём", None)
    answers("directory", "practitioner", DOCTOR)
    given = answers("directory", "services_of", (card,))
    found = answers("directory", "search_services", (card,))
    told = {"items": [{"id": str(KEY.service_id), "name": "Приём", "minutes": None}]}
    assert _get(f"/services?practitioner={DOCTOR.id}&location={KEY.location_id}") == told
    assert _get("/services?q=приём") == told
    given.assert_called_once_with(DOCTOR.id, location=KEY.location_id)
    found.assert_called_once_with("приём")
