"""Rules that exclude: what a patient must have answered, how many a day, and stops of online booking."""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import SetClock
from domain.scheduling.factory import (
    COLLEAGUE,
    DOCTOR,
    NORTH,
    NOW,
    SOUTH,
    VISIT,
    appointment,
    at,
    code,
    day_rows,
    doctor_day,
    heard,
    hold,
    lay,
    minutes,
    named,
    offer,
    offered,
    slot,
    stretch,
)
from domain.scheduling.interleaving import at_once
from feldsher.domain.directory.types import VisitMode, VisitOrder
from feldsher.domain.scheduling import selectors, services, sql_calls
from feldsher.domain.scheduling.errors import AnswersRequiredError, BookingStoppedError, QuotaFullError
from feldsher.domain.scheduling.models import Appointment, Offer, Stop
from feldsher.domain.scheduling.tokens import read_slot_token, slot_token
from feldsher.domain.scheduling.types import (
    NO_ANSWERS,
    AgeBand,
    Answer,
    Answers,
    Barrier,
    QuestionCode,
    VisitRule,
)
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db

MIDNIGHTS = [at(-27), at(-3), at(21), at(45), at(69)]
"""Days in Moscow: DAY begins at 21:00 UTC of the day before."""


@pytest.fixture(autouse=True)
def _now(set_clock: SetClock) -> None:
    set_clock(NOW)


def times(answers: Answers = NO_ANSWERS) -> list[datetime]:
    found = sql_calls.free_slots(
        [DOCTOR], location=NORTH, service=VISIT, span=(at(-48), at(96)), limit=500, answers=answers
    )
    return [item.key.start for item in found]


def answered(start: datetime, answers: Answer) -> str:
    return hold(start, answers=answers).code


# ── what is asked before times are shown


@pytest.mark.parametrize(
    ("asks", "right", "wrong"),
    [
        (Answer.FIRST, Answers(visit=VisitOrder.FIRST), Answers(visit=VisitOrder.REPEAT)),
        (Answer.REPEAT, Answers(visit=VisitOrder.REPEAT), Answers(visit=VisitOrder.FIRST)),
        (Answer.REFERRAL, Answers(has_referral=True), Answers(has_referral=False)),
    ],
)
def test_times_are_shown_to_whom_they_are_for(asks: Answer, right: Answers, wrong: Answers) -> None:
    doctor_day(asks=int(asks))
    assert times() == times(wrong) == []
    assert len(times(right)) == 18
    assert answered(at(9), Answer(0)) == answered(at(9), wrong.flags) == "answers"
    assert answered(at(9), asks) == "held"


@pytest.mark.parametrize(
    ("age_from", "age_to", "fitting", "other"),
    [(18, None, (18, 19, 150), (0, 17)), (None, 17, (0, 17), (18,)), (3, 6, (3, 6), (2, 7))],
)
def test_an_age_is_held_against_the_offers_own_limits(
    age_from: int | None, age_to: int | None, fitting: tuple[int, ...], other: tuple[int, ...]
) -> None:
    doctor_day(asks=int(Answer.AGE), age_from=age_from, age_to=age_to)
    assert times() == []
    for age in fitting:
        assert len(times(Answers(age=age))) == 18
    for age in other:
        assert times(Answers(age=age)) == []
    assert answered(at(9), Answer(0)) == "answers"


def test_a_token_carries_the_answers_and_nobody_can_write_them() -> None:
    doctor_day(asks=int(Answer.AGE | Answer.REFERRAL), age_from=18)
    (found, *_) = sql_calls.free_slots(
        [DOCTOR], location=NORTH, service=VISIT, span=(at(-48), at(96)), limit=1,
        answers=Answers(age=30, has_referral=True, visit=VisitOrder.FIRST),
    )  # fmt: skip
    assert found.key.answers == Answer.AGE | Answer.REFERRAL
    assert read_slot_token(found.token) == found.key
    unanswered = slot_token(slot(found.key.start))
    assert len(unanswered) == len(found.token)
    with pytest.raises(AnswersRequiredError):
        services.hold(unanswered, channel="site", device="")
    assert services.hold(found.token, channel="site", device="").key.answers == found.key.answers


def test_a_visit_is_where_the_offer_and_the_patient_want_it() -> None:
    here, far = Answers(mode=VisitMode.IN_PERSON), Answers(mode=VisitMode.REMOTE)
    doctor_day(mode="remote")
    assert len(times()) == len(times(far)) == 18
    assert times(here) == []
    assert answered(at(9), Answer(0)) == "not_offered"
    assert answered(at(9), Answer.REMOTE) == "held"
    Offer.objects.update(mode="either")
    assert len(times()) == len(times(far)) == len(times(here)) == 17
    assert [answered(at(10), Answer(0)), answered(at(11), Answer.REMOTE)] == ["held", "held"]
    assert [row.answers for row in Appointment.objects.order_by("visit")] == [16, 0, 16]
    Offer.objects.update(mode="in_person")
    assert times(far) == []
    assert answered(at(12), Answer.REMOTE) == "not_offered"


def test_alternatives_are_for_the_same_answers() -> None:
    doctor_day(asks=int(Answer.AGE), age_from=18)
    key = slot(at(9), answers=Answer.AGE)
    assert len(selectors.alternatives(key)) == 6
    assert {found.key.answers for found in selectors.alternatives(key)} == {Answer.AGE}
    assert selectors.alternatives(slot(at(9))) == ()


# ── how many a day


def test_a_quota_counts_a_day_of_the_branch() -> None:
    doctor_day(quota=2, midnights=MIDNIGHTS)
    assert len(offered()) == 18
    assert hold(at(6)).code == "held"
    assert len(offered()) == 17
    assert hold(at(7)).code == "held"
    assert offered() == []
    assert hold(at(8)).code == "quota"
    services.release(Appointment.objects.earliest("visit").pk)
    assert hold(at(8)).code == "held"


def test_what_the_clinic_books_itself_counts_against_no_quota_and_what_is_over_does() -> None:
    doctor_day(quota=2, midnights=MIDNIGHTS)
    appointment(at(6), at(6, 30), channel="mis")
    appointment(at(7), at(7, 30), state="cancelled")
    assert len(offered()) == 17
    appointment(at(8), at(8, 30), state="fulfilled")
    appointment(at(-4), at(-3, -30), state="fulfilled")
    assert len(offered()) == 17
    appointment(at(9), at(9, 30), state="noshow")
    assert offered() == []


def test_a_quota_of_a_service_counts_that_service_alone() -> None:
    doctor_day(quota=1, is_quota_of_service=True, midnights=MIDNIGHTS)
    offer(service=named("other"), is_default=False)
    assert hold(at(6), service_id=named("other")).code == "held"
    assert hold(at(7)).code == "held"
    assert hold(at(8)).code == "quota"
    assert hold(at(8), service_id=named("other")).code == "held"


def test_a_quota_of_nothing_and_a_day_that_nobody_counted_offer_nothing() -> None:
    doctor_day(quota=0, midnights=MIDNIGHTS)
    assert offered() == []
    assert hold(at(9)).code == "quota"
    Offer.objects.update(quota=5, midnights=[at(-51), at(-27)])
    assert offered() == []
    assert hold(at(9)).code == "quota"


def test_a_full_quota_is_refused_with_another_days_times() -> None:
    doctor_day(quota=0, midnights=MIDNIGHTS)
    with pytest.raises(QuotaFullError) as refused:
        services.hold(slot_token(slot(at(9))), channel="site", device="")
    assert refused.value.alternatives == ()


@pytest.mark.django_db(transaction=True)
def test_a_quota_holds_however_many_take_at_once_on_two_utc_days() -> None:
    """A branch in Kamchatka has half of its day on one UTC date and half on the next."""
    lay(day_rows([stretch(at(20), at(31))]))
    heard()
    offer(quota=3, midnights=[at(-12), at(12), at(36)], zone="Asia/Kamchatka")
    codes = Counter(at_once([partial(code, at(20, 30 * number)) for number in range(16)]))
    assert codes == {"held": 3, "quota": 13}


# ── stops


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the directory know whatever doctor and branch."""
    monkeypatch.setattr("feldsher.domain.directory.selectors.practitioner", lambda found: found)
    monkeypatch.setattr("feldsher.domain.directory.selectors.location", lambda found: found)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("parties", "is_hit"),
    [
        ({}, True),
        ({"practitioner": DOCTOR}, True),
        ({"location": NORTH}, True),
        ({"practitioner": DOCTOR, "location": NORTH}, True),
        ({"practitioner": COLLEAGUE}, False),
        ({"location": SOUTH}, False),
        ({"practitioner": DOCTOR, "location": SOUTH}, False),
    ],
)
def test_a_stop_holds_for_its_parties_from_the_next_question_on(
    parties: dict[str, UUID], *, is_hit: bool
) -> None:
    doctor_day()
    stop = services.stop_booking(**parties, reason="Отпуск", author="registrar")
    assert (offered() == []) is is_hit
    assert hold(at(9)).code == ("stopped" if is_hit else "held")
    if is_hit:
        with pytest.raises(BookingStoppedError):
            services.hold(slot_token(slot(at(9))), channel="site", device="")
    services.resume_booking(stop, author="registrar")
    services.resume_booking(stop, author="another")
    assert hold(at(10)).code == "held"
    assert Stop.objects.get().ended_by == "registrar"


@pytest.mark.usefixtures("known")
def test_a_stop_ends_by_itself_and_a_new_one_takes_its_place(set_clock: SetClock) -> None:
    doctor_day()
    services.stop_booking(practitioner=DOCTOR, reason="Болен", until=NOW + minutes(5), author="a")
    assert len(selectors.live_stops()) == 1
    set_clock(NOW + minutes(5))
    assert selectors.live_stops() == selectors.visit_rules([DOCTOR], is_all=False) == ()
    assert hold(at(9)).code == "held"
    services.stop_booking(practitioner=DOCTOR, reason="Отпуск", notice="Врач в отпуске", author="b")
    services.stop_booking(practitioner=DOCTOR, reason="Учёба", author="c")
    (live,) = selectors.live_stops()
    assert (live.reason, live.author, live.until) == ("Учёба", "c", None)
    services.stop_booking(practitioner=DOCTOR, location=NORTH, reason="Обучение", author="c")
    with CaptureQueriesContext(connection) as asked:
        (rule,) = selectors.visit_rules([DOCTOR], is_all=False)
    assert (len(asked), rule.stop) == (1, live), "the widest"
    first, second, third, _ = Stop.objects.order_by("created_at", "author")
    assert (first.ended_at, first.ended_by) == (NOW + minutes(5), "")
    assert second.ended_by == "c"
    assert third.ended_at is None


def test_a_stop_needs_a_reason_an_end_to_come_and_known_parties() -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.stop_booking(reason=" ", until=NOW, notice="н" * 201, author="a")
    assert set(refused.value.fields) == {"reason", "until", "notice"}
    with pytest.raises(NotFoundError):
        services.stop_booking(practitioner=DOCTOR, reason="Отпуск", author="a")
    assert not Stop.objects.exists()


# ── questions and barriers


def rule(**changes: Any) -> VisitRule:
    values: dict[str, Any] = {
        "practitioner_id": DOCTOR, "location_id": NORTH, "service_id": VISIT, "asks": Answer(0),
        "age_from": None, "age_to": None, "mode": VisitMode.IN_PERSON,
    }  # fmt: skip
    return VisitRule(**values | changes)


def test_only_what_some_rule_tells_apart_is_asked() -> None:
    assert selectors.questions([rule(), rule()]) == ()
    grown, child = rule(asks=Answer.AGE, age_from=18), rule(asks=Answer.AGE, age_from=3, age_to=17)
    (question,) = selectors.questions([grown, child, rule()])
    assert question.code is QuestionCode.AGE
    assert question.ages == (AgeBand(0, 2), AgeBand(3, 17), AgeBand(18, None))
    asked = selectors.questions([rule(asks=Answer.FIRST | Answer.REFERRAL, mode=VisitMode.EITHER)])
    assert [found.code for found in asked] == [QuestionCode.VISIT, QuestionCode.REFERRAL, QuestionCode.MODE]
    both = selectors.questions([rule(), rule(mode=VisitMode.REMOTE)])
    assert [found.code for found in both] == [QuestionCode.MODE]


def test_within_a_band_every_age_has_the_same_barrier() -> None:
    rules = [rule(asks=Answer.AGE, age_from=18), rule(asks=Answer.AGE, age_from=3, age_to=17), rule()]
    (question,) = selectors.questions(rules)
    for band in question.ages:
        ages = range(band.first, (band.last or 150) + 1)
        for one in rules:
            assert len({selectors.barrier(one, Answers(age=age)) for age in ages}) == 1


@pytest.mark.parametrize(
    ("changes", "answers", "barrier"),
    [
        ({}, Answers(), None),
        ({"asks": Answer.AGE, "age_from": 18}, Answers(), None),
        ({"asks": Answer.AGE, "age_from": 18}, Answers(age=17), Barrier.AGE),
        ({"asks": Answer.AGE, "age_to": 17}, Answers(age=17), None),
        ({"asks": Answer.FIRST}, Answers(visit=VisitOrder.REPEAT), Barrier.FIRST_ONLY),
        ({"asks": Answer.REPEAT}, Answers(visit=VisitOrder.FIRST), Barrier.REPEAT_ONLY),
        ({"asks": Answer.REFERRAL}, Answers(has_referral=False), Barrier.REFERRAL),
        ({"mode": VisitMode.REMOTE}, Answers(mode=VisitMode.IN_PERSON), Barrier.REMOTE_ONLY),
        ({"mode": VisitMode.IN_PERSON}, Answers(mode=VisitMode.REMOTE), Barrier.IN_PERSON_ONLY),
        ({"mode": VisitMode.EITHER}, Answers(mode=VisitMode.REMOTE), None),
    ],
)
def test_a_refusal_says_why(changes: dict[str, Any], answers: Answers, barrier: Barrier | None) -> None:
    one = rule(**changes)
    assert selectors.barrier(one, answers) is barrier
    doctor_day(asks=int(one.asks), age_from=one.age_from, age_to=one.age_to, mode=one.mode.value)
    (found,) = selectors.visit_rules([DOCTOR])
    assert found == one
    is_open = barrier is None and not selectors.unanswered(found, answers)
    assert bool(times(answers)) is is_open


def test_what_is_not_answered_yet_is_told() -> None:
    one = rule(asks=Answer.AGE | Answer.REPEAT | Answer.REFERRAL, age_from=18)
    assert selectors.unanswered(one, Answers()) == (
        QuestionCode.AGE, QuestionCode.VISIT, QuestionCode.REFERRAL,
    )  # fmt: skip
    assert selectors.unanswered(one, Answers(age=1, visit=VisitOrder.FIRST, has_referral=False)) == ()
