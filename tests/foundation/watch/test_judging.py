"""Each rule finds its case, and lets be what is one step short of it. Control C35."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest

from feldsher.foundation.audit.following import Line
from feldsher.foundation.watch import judging
from feldsher.foundation.watch.cases import Clinic, Usual
from feldsher.foundation.watch.judging import judge
from feldsher.foundation.watch.norms import Norm
from feldsher.foundation.watch.ports import Facts
from feldsher.foundation.watch.types import Finding, RuleCode
from foundation.watch.factory import (
    ACTOR,
    LONG_AGO,
    NOON,
    ORDINARY,
    OTHER,
    QUIET,
    SEASONED,
    STRANGER,
    case,
    line,
    looks,
    patient,
    patients,
)

HUMAN = (40, 310, 95, 22, 180, 61, 700, 130)
"""Seconds between a person's looks."""


def only(findings: list[Finding]) -> Finding:
    (found,) = findings
    return found


def test_c35_an_ordinary_day_meets_no_rule() -> None:
    lines = [line(-60, *patients(50)), *looks(patients(60), gaps=cycle(HUMAN))]
    assert list(judge(case(lines), QUIET)) == []


def test_c35_one_look_at_a_patient_who_does_not_exist_is_red() -> None:
    listed = line(0, *patients(50))
    found = only(list(judge(case([listed], honey=frozenset({patients(50)[-1]})), QUIET)))
    assert (found.rule, found.points, found.figures["count"]) == (RuleCode.HONEY, 100, 1)
    assert found.ids == (listed.id,)


def test_c35_refusals_count_within_an_hour() -> None:
    within = [line(n * 180, is_refused=True) for n in range(20)]
    assert only(list(judging.refusals(case(within)))).points == 50
    assert list(judging.refusals(case(within[:19]))) == []
    spread = [line(n * 200, is_refused=True) for n in range(20)]
    assert list(judging.refusals(case(spread))) == []
    assert only(list(judging.refusals(case([line(n, is_refused=True) for n in range(60)])))).points == 80


def test_c35_three_emergencies_a_day_are_a_question_and_six_a_proof_anew() -> None:
    def opened(count: int) -> list[Line]:
        rows = [line(n * 3000, each, relation="bg") for n, each in enumerate(patients(count))]
        return [*rows, *(line(n * 3000 + 5, *each.patients, relation="bg") for n, each in enumerate(rows))]

    assert list(judging.emergencies(case(opened(2)))) == []
    found = only(list(judging.emergencies(case(opened(3)))))
    assert (found.points, found.figures["count"], len(found.ids)) == (45, 3, 3)
    assert only(list(judging.emergencies(case(opened(6))))).points == 70
    refused = [line(n * 60, each, relation="bg", is_refused=True) for n, each in enumerate(patients(9))]
    assert list(judging.emergencies(case(refused))) == []


def test_c35_forty_patients_in_ten_minutes_are_no_reading() -> None:
    assert only(list(judging.pace(case(looks(patients(40), gaps=cycle([14])))))).points == 80
    assert list(judging.pace(case(looks(patients(39), gaps=cycle([14]))))) == []
    assert only(list(judging.pace(case(looks(patients(600), gaps=cycle([1])))))).points == 100


def test_c35_the_same_patient_again_and_again_is_one() -> None:
    assert list(judge(case([line(n, patient(1)) for n in range(500)]), QUIET)) == []


def test_c35_even_gaps_are_a_machine_and_a_persons_are_not() -> None:
    even = looks(patients(24), gaps=cycle([300, 310, 290]))
    found = only(list(judging.rhythm(case(even))))
    assert (found.points, found.figures["count"], found.figures["seconds"]) == (50, 24, 300)
    assert list(judging.rhythm(case(even[:23]))) == []
    assert list(judging.rhythm(case(looks(patients(100), gaps=cycle(HUMAN))))) == []


def test_c35_an_even_stretch_is_found_between_a_days_work() -> None:
    gaps = [*HUMAN, *[60.0] * 30, *HUMAN]
    assert only(list(judging.rhythm(case(looks(patients(46), gaps=gaps))))).figures["count"] >= 30


def test_c35_many_patients_are_more_than_own_habit_and_the_roles() -> None:
    busy = replace(SEASONED, hourly=Norm(100, 10))
    lines = [line(n, *patients(200)[n * 50 : n * 50 + 50]) for n in range(4)]
    assert only(list(judging.many(case(lines)))).figures == {"count": 200, "limit": 181}
    assert list(judging.many(case(lines, own=busy))) == []
    assert list(judging.many(case(lines, peers=busy))) == []


def test_c35_a_floor_is_three_times_as_high_while_nobody_has_a_habit() -> None:
    lines = [line(n, *patients(400)[n * 50 : n * 50 + 50]) for n in range(8)]
    assert list(judging.many(case(lines, own=Usual(days=4), peers=Usual(days=4)))) == []
    assert only(list(judging.many(case(lines, own=Usual(), peers=SEASONED)))).figures["limit"] == 181


def test_c35_patients_without_a_visit_are_without_ground_for_the_desk() -> None:
    whom = patients(60)
    lines = looks(whom, gaps=cycle(HUMAN))
    strangers = dict.fromkeys(whom[:12], STRANGER)
    found = only(list(judging.no_ground(case(lines, facts=strangers))))
    assert (found.points, found.figures) == (40, {"count": 12, "limit": 12, "opened": 60})
    assert list(judging.no_ground(case(lines, facts=dict.fromkeys(whom[:11], STRANGER)))) == []
    assert only(list(judging.no_ground(case(lines, facts=dict.fromkeys(whom[:36], STRANGER))))).points == 70


@pytest.mark.parametrize(("role_code", "ground"), [("attending_doctor", "team"), ("consultant", "ref")])
def test_c35_for_a_doctor_the_ground_is_care_and_a_referral_is_care(role_code: str, ground: str) -> None:
    doctor = {"role": role_code}
    team = looks(patients(20), gaps=cycle(HUMAN), relation=ground, **doctor)
    strangers = dict.fromkeys(patients(25), STRANGER)
    assert list(judging.no_ground(case(team, facts=strangers))) == []
    past_care = [line(9000 + n, whom, relation="bg", **doctor) for n, whom in enumerate(patients(26)[20:])]
    role = replace(SEASONED, groundless=Norm(0, 0))
    found = only(list(judging.no_ground(case([*team, *past_care], own=role, peers=role))))
    assert found.figures == {"count": 6, "limit": 5, "opened": 26}


def at(hour: int, day: int = 25) -> float:
    """Return the seconds from the factory's noon to an hour of Moscow's clock in November 2026."""
    return (datetime(2026, 11, day, hour - 3, tzinfo=UTC) - NOON).total_seconds()


def test_c35_a_night_is_odd_for_who_does_not_work_at_night_and_is_alone() -> None:
    lines = [line(at(23) + n * 200, whom) for n, whom in enumerate(patients(8))]
    assert only(list(judging.odd_hours(case(lines), QUIET))).points == 45
    assert list(judging.odd_hours(case(lines[:7]), QUIET)) == []
    assert list(judging.odd_hours(case(lines, own=replace(SEASONED, nights=2)), QUIET)) == []
    hour = lines[0].at.replace(minute=0, second=0)
    shift = {hour: {OTHER: "registrar", patient(1): "registrar"}}
    assert list(judging.odd_hours(case(lines), replace(QUIET, at_work=shift))) == []
    nurses = {hour: {OTHER: "nurse", patient(1): "nurse"}}
    assert len(list(judging.odd_hours(case(lines), replace(QUIET, at_work=nurses)))) == 1


def test_c35_a_newcomer_is_judged_by_the_roles_nights() -> None:
    lines = [line(at(23) + n * 200, whom) for n, whom in enumerate(patients(8))]
    night_desk = replace(SEASONED, nights=4)
    assert list(judging.odd_hours(case(lines, own=Usual(), peers=night_desk), QUIET)) == []
    assert len(list(judging.odd_hours(case(lines, own=Usual(), peers=SEASONED), QUIET))) == 1


def test_c35_a_sunday_is_odd_where_the_clinic_is_closed() -> None:
    lines = [line(at(12, 29) + n * 200, whom) for n, whom in enumerate(patients(8))]
    assert only(list(judging.odd_hours(case(lines), QUIET))).rule is RuleCode.ODD_HOURS
    assert list(judging.odd_hours(case(lines), replace(QUIET, rests=1))) == []
    assert list(judging.odd_hours(case(lines, own=replace(SEASONED, rests=1)), QUIET)) == []


def test_c35_a_walk_in_the_order_of_the_records_is_no_work() -> None:
    whom = patients(30)
    made = {each: replace(ORDINARY, created_at=LONG_AGO + timedelta(hours=n)) for n, each in enumerate(whom)}
    lines = looks(whom, gaps=cycle(HUMAN))
    assert only(list(judging.walk(case(lines, facts=made)))).figures["count"] == 30
    assert only(list(judging.walk(case(lines[:15], facts=made)))).points == 50
    assert list(judging.walk(case(lines[:14], facts=made))) == []
    backwards = looks(whom[::-1], gaps=cycle(HUMAN))
    assert len(list(judging.walk(case(backwards, facts=made)))) == 1
    shuffled = looks(whom[::2] + whom[1::2][::-1], gaps=cycle(HUMAN))
    assert list(judging.walk(case(shuffled[8:22], facts=made))) == []


def test_c35_patients_of_today_are_opened_in_the_order_of_their_making() -> None:
    whom = patients(30)
    today = {each: replace(ORDINARY, created_at=NOON + timedelta(seconds=n)) for n, each in enumerate(whom)}
    assert list(judging.walk(case(looks(whom, gaps=cycle(HUMAN)), facts=today))) == []


def test_c35_a_list_is_walked_by_a_machine_and_worked_off_by_a_person() -> None:
    whom = patients(40)
    shown = line(-10, *whom)
    assert only(list(judging.walk(case([shown, *looks(whom, gaps=cycle([9, 31]))])))).figures["count"] == 40
    assert list(judging.walk(case([shown, *looks(whom, gaps=cycle(HUMAN))]))) == []


def test_c35_names_of_colleagues_come_up_by_chance_and_not_in_a_row() -> None:
    whom = patients(60)
    kin = Facts(created_at=LONG_AGO, has_visit=True, kin=frozenset({OTHER}), commonness=0.01)
    usual = Clinic(at_work={}, kin={OTHER: Counter({None: 19})}, openings={OTHER: 180}, rests=0)
    lines = looks(whom, gaps=cycle(HUMAN))
    by_chance = dict.fromkeys(whom[:9], kin)
    assert list(judging.kin(case(lines, facts=by_chance), usual)) == []
    sought = dict.fromkeys(whom[:25], kin)
    assert only(list(judging.kin(case(lines, facts=sought), usual))).figures == {
        "count": 25,
        "limit": 3,
        "opened": 60,
        "own": 0,
    }


def test_c35_ones_own_name_is_measured_by_how_common_it_is() -> None:
    whom = patients(60)
    rare = Facts(created_at=LONG_AGO, has_visit=True, kin=frozenset({ACTOR}), commonness=0.001)
    common = replace(rare, commonness=0.06)
    usual = Clinic(at_work={}, kin={OTHER: Counter({None: 59})}, openings={OTHER: 180}, rests=0)
    lines = looks(whom, gaps=cycle(HUMAN))
    found = only(list(judging.kin(case(lines, facts=dict.fromkeys(whom[:5], rare)), usual)))
    assert (found.figures["count"], found.figures["own"]) == (5, 5)
    assert list(judging.kin(case(lines, facts=dict.fromkeys(whom[:5], common)), usual)) == []


def test_c35_exports_and_prints_are_counted_by_rows() -> None:
    bulk = [line(n, *patients(100), purpose="export_register") for n in range(2)]
    assert only(list(judging.exports(case(bulk)))).figures == {"count": 200, "limit": 200}
    assert list(judging.exports(case([line(n, patient(n), purpose="print_visit") for n in range(199)]))) == []
    office = replace(SEASONED, exported=Norm(300, 80))
    assert list(judging.exports(case(bulk, peers=office))) == []
