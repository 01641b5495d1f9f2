"""Order 29н as dated data: the list that comes with the product, an owner's own, and what groups cost."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import SetClock
from domain.corporate.factory import COMPANY, REGISTRAR, agreed_text
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.errors import ExamListMissingError
from feldsher.domain.corporate.exam_estimating import estimate_group
from feldsher.domain.corporate.exam_list import read_exam_list
from feldsher.domain.corporate.exam_wishes import MOST_GROUPS
from feldsher.domain.corporate.models import LoadedExamList
from feldsher.domain.corporate.types.exams import (
    ExamKind,
    ExamList,
    ExamPrice,
    ExamWish,
    GroupEstimate,
    Head,
)
from feldsher.kernel.errors import InvalidInputError

OURS = Path(services.__file__).parent / "data" / "order_29n.json"
PRICES = {
    "B01.047.001": ExamPrice(Decimal(1000), is_from=False),
    "B01.028.001": ExamPrice(Decimal(500), is_from=False),
    "B04.028.002": ExamPrice(Decimal(400), is_from=False),
    "A06.20.004": ExamPrice(Decimal(2000), is_from=False),
    "A12.25.001": ExamPrice(Decimal(300), is_from=True),
}
FRIDAY = datetime.fromisoformat("2026-11-27T12:00:00+03:00")


@pytest.fixture(scope="module")
def exams() -> ExamList:
    return read_exam_list(OURS.read_text(encoding="utf-8"))


def counted(exams: ExamList, points: str, kind: ExamKind = ExamKind.PERIODIC, **heads: int) -> GroupEstimate:
    said = {Head(name): str(count) for name, count in heads.items()}
    group = selectors.read_group(points, heads=said, exams=exams)
    return estimate_group(group, kind=kind, exams=exams, prices=PRICES)


def due(found: GroupEstimate) -> dict[str, frozenset[Head]]:
    return {line.service.key: line.heads for line in found.lines}


def test_our_list_covers_what_it_says_and_ends_with_the_order(exams: ExamList) -> None:
    assert (exams.valid_from, exams.valid_to) == (date(2021, 4, 1), date(2027, 4, 1))
    assert len(exams.points) == 205
    absent = {"19.1", "19.2", "19.3", "20", "21"}
    assert not absent & set(exams.points)
    assert {"1.1", "1.53.2", "2.4.5", "3.4", "4.10", "5.2.2", "6.1", "18.2", "22", "27"} <= set(exams.points)


def test_noise_is_what_the_order_wants_of_noise(exams: ExamList) -> None:
    found = counted(exams, "4.4", men=2)
    of_point = {"ent", "audiometry", "vestibular"}
    assert of_point <= set(due(found))
    base = {need.service for need in exams.base if Head.MEN in need.heads}
    assert set(due(found)) == of_point | base
    assert found.years == 1


def test_sex_and_age_decide_and_a_worker_of_two_points_is_examined_once(exams: ExamList) -> None:
    found = counted(exams, "4.4, 5.1 4.9", men=1, women=2, men_40=3, women_40=4)
    heads = due(found)
    assert heads["gynaecologist"] == {Head.WOMEN, Head.WOMEN_40}
    assert heads["mammography"] == {Head.WOMEN_40}
    assert heads["eye_pressure"] == {Head.MEN_40, Head.WOMEN_40}
    assert heads["eye"] == set(Head)
    counts = {line.service.key: line.count for line in found.lines}
    assert (counts["eye"], counts["gynaecologist"], counts["mammography"]) == (10, 6, 4)
    assert (found.years, found.slower) == (1, ("4.9",))


def test_the_sum_is_of_what_has_a_price_and_says_from(exams: ExamList) -> None:
    found = counted(exams, "4.4", men=2, women_40=1)
    each = {one.head: one.amount for one in found.sums}
    # The check-up visit of an ENT doctor goes before a first visit, and has the lesser price.
    assert each == {Head.MEN: Decimal(1700), Head.WOMEN_40: Decimal(3700)}
    assert found.total == Decimal(7100)
    assert found.is_from
    nothing = estimate_group(found.group, kind=ExamKind.FIRST, exams=exams, prices={})
    assert (nothing.total, nothing.is_from) == (None, True)


def test_what_is_done_at_a_visit_has_no_price_and_lacks_none(exams: ExamList) -> None:
    everything = {
        code: ExamPrice(Decimal(1), is_from=False) for each in exams.services.values() for code in each.codes
    }
    group = selectors.read_group("5.1", heads={Head.MEN: "1"}, exams=exams)
    found = estimate_group(group, kind=ExamKind.PERIODIC, exams=exams, prices=everything)
    parts = [line.service.key for line in found.lines if line.service.part_of]
    assert parts == ["questionnaire", "bmi", "pressure", "heart_risk"]
    assert not found.is_from
    assert found.total == len(found.lines) - len(parts)


def test_a_mark_adds_what_it_adds(exams: ExamList) -> None:
    whole = counted(exams, "1.12", men=1)
    assert {"dermatologist", "ent", "lungs_xray"} <= set(due(whole)), "cadmium is marked as a whole"
    some = counted(exams, "1.3", men=1)
    assert "lungs_xray" not in due(some)
    assert {each.service.key: each.letters for each in some.sometimes} == {
        "ent": "АК",
        "lungs_xray": "К",
        "surgeon": "Р",
    }
    # Latin letters look the same, and the order's О adds nothing.
    named = counted(exams, "1.3AKPO", men=1)
    assert {"ent", "lungs_xray", "surgeon"} <= set(due(named))
    assert named.sometimes == ()


def test_lungs_are_x_rayed_once(exams: ExamList) -> None:
    assert "fluorography" in due(counted(exams, "1.3", men=1))
    assert "fluorography" not in due(counted(exams, "1.3К", men=1))


def test_what_replaces_another_does_so_for_those_who_get_it() -> None:
    services = {
        "therapist": {"name": "терапевт", "kind": "doctor"},
        "test": {"name": "проба", "kind": "test", "replaces": "therapist"},
    }
    for_women = point(needs=[{"service": "test", "sex": "f"}])
    found = counted(read_exam_list(small(services=services, points=for_women)), "1.1", men=1, women=2)
    assert due(found) == {"therapist": {Head.MEN, Head.MEN_40}, "test": {Head.WOMEN, Head.WOMEN_40}}
    assert [line.count for line in found.lines] == [1, 2]


def test_the_base_keeps_its_conditions_as_points_do() -> None:
    base = [
        {"service": "therapist", "note": "если не\u00a0были за\u00a0год"},
        {"service": "test", "every": 2},
    ]
    own = read_exam_list(small(base=base, points=point(needs=[])))
    later, first = (counted(own, "1.1", kind, men=1) for kind in (ExamKind.PERIODIC, ExamKind.FIRST))
    assert [(line.service.key, line.note) for line in later.lines] == [
        ("therapist", "если не\u00a0были за\u00a0год")
    ]
    assert [(each.service.key, each.years) for each in later.sometimes] == [("test", 2)]
    assert set(due(first)) == {"therapist", "test"}
    assert first.sometimes == ()
    unconditional = read_exam_list(small(base=base, points=point(needs=["therapist"])))
    assert [line.note for line in counted(unconditional, "1.1", men=1).lines] == [""]


def test_what_is_due_to_women_is_not_named_where_there_are_none() -> None:
    rarely = point(needs=[{"service": "test", "sex": "f", "every": 2}])
    own = read_exam_list(small(points=rarely))
    assert [bool(counted(own, "1.1", **who).sometimes) for who in ({"men": 1}, {"women": 1})] == [False, True]


def test_what_is_due_once_or_seldom_is_counted_before_work_alone(exams: ExamList) -> None:
    first, later = (counted(exams, "23", kind, men=1) for kind in (ExamKind.FIRST, ExamKind.PERIODIC))
    once = {"intestinal", "typhoid", "staphylococcus"}
    assert once <= set(due(first))
    assert not once & set(due(later))
    assert {each.service.key for each in later.sometimes} == once
    assert "helminths" in due(later)
    school = counted(exams, "25", men=1)
    assert "gonorrhoea" not in due(school), "only before work"
    fluorine = counted(exams, "1.8.4", men=1)
    assert [(each.service.key, each.years) for each in fluorine.sometimes] == [("bones_xray", 2)]
    blood = counted(exams, "2.3", ExamKind.FIRST, men=1)
    assert {"hbsag", "hiv"} <= {each.service.key for each in blood.sometimes if each.why}


@pytest.mark.parametrize(
    ("points", "heads", "field"),
    [
        ("", {"men": "1"}, "points"),
        ("4.4", {}, "heads"),
        ("4.4", {"men": "0"}, "heads"),
        ("4.4", {"men": "два"}, "heads"),
        ("4.4", {"men": "10000"}, "heads"),
        ("19.1", {"men": "1"}, "points"),
        ("4.4К", {"men": "1"}, "points"),
        ("шум", {"men": "1"}, "points"),
    ],
)
def test_a_group_that_cannot_be_counted_is_told(
    exams: ExamList, points: str, heads: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        selectors.read_group(points, heads={Head(name): count for name, count in heads.items()}, exams=exams)
    assert list(error.value.fields) == [field]


def test_a_line_carries_a_wish_there_and_back(exams: ExamList) -> None:
    groups = tuple(
        selectors.read_group(points, heads={Head.MEN: "3", Head.WOMEN_40: "2"}, exams=exams)
        for points in ("5.1, 1.3к, 4.4", "27")
    )
    line = selectors.write_wish(ExamKind.FIRST, groups)
    assert line == "first|1.3К,4.4,5.1;3,0,0,2|27;3,0,0,2"
    assert selectors.read_wish(line, exams=exams) == ExamWish(ExamKind.FIRST, groups)


@pytest.mark.parametrize(
    "line",
    [
        "first",
        "x|4.4;1,0,0,0",
        "first|4.4;1,0,0",
        "first|99;1,0,0,0",
        "first|4.4;0,0,0,0",
        "|".join(["first", *["4.4;1,0,0,0"] * (MOST_GROUPS + 1)]),
        "first|" + "4.4," * 2000 + ";1,0,0,0",
    ],
)
def test_a_line_that_says_nothing_is_refused(exams: ExamList, line: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        selectors.read_wish(line, exams=exams)
    assert list(error.value.fields) == ["exams"]


def small(**changes: Any) -> str:
    said = {
        "schema": 1,
        "title": "Приказ для теста",
        "edition": "2026-01-01",
        "source": "Выдуман.",
        "coverage": "Один пункт.",
        "valid_from": "2026-11-01",
        "sections": {"I": "Выдумки"},
        "services": {
            "therapist": {"name": "терапевт", "kind": "doctor", "codes": ["B01.047.001"]},
            "test": {"name": "проба", "kind": "test", "codes": []},
        },
        "base": ["therapist"],
        "marks": {"А": {"name": "аллергия", "needs": ["therapist"]}},
        "points": [{"number": "1.1", "section": "I", "name": "Выдумка", "years": 1, "needs": ["test"]}],
    }
    return json.dumps({**said, **changes})


def point(**changes: Any) -> list[dict[str, Any]]:
    return [{"number": "1.1", "section": "I", "name": "Выдумка", "years": 1, "needs": ["test"], **changes}]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("{", "файл"),
        ("[]", "schema"),
        (small(schema=2), "schema"),
        (small(title=""), "title"),
        (small(valid_from="вчера"), "valid_from"),
        (small(valid_to="2026-11-01"), "valid_to"),
        (small(services={"a": {"name": "а", "kind": "врач"}}), "services.a.kind"),
        (small(services={"a": {"name": "а", "kind": "test", "codes": ["В01"]}}), "services.a.codes"),
        (small(services={"a": {"name": "а", "kind": "test", "part_of": "b"}}), "services.a.part_of"),
        (small(services={"a": {"name": "а", "kind": ["test"]}}), "services.a.kind"),
        (small(services={"a": {"name": "а", "kind": "test", "replaces": "a"}}), "services.a.replaces"),
        (small(marks={"Я": {"name": "я", "needs": []}}), "marks.Я"),
        (small(marks={"АК": {"name": "я", "needs": []}}), "marks.АК"),
        (small(marks={"А": {"name": "я", "needs": [["test"]]}}), "marks.А.needs"),
        (small(base=[{"service": "therapist", "from_age": 35}]), "base[0].from_age"),
        (small(base=[{"service": "therapist", "from_age": [40]}]), "base[0].from_age"),
        (small(base=[{"service": "therapist", "sex": "ж"}]), "base[0].sex"),
        (small(base=[{"service": "therapist", "sex": ["f"]}]), "base[0].sex"),
        (small(base=[{"service": "therapist", "when": {}}]), "base[0].when"),
        (small(base=[{"service": "therapist", "when": "if"}]), "base[0].note"),
        (small(points=[]), "points"),
        (small(points=point(number="1.a")), "points[0].number"),
        (small(points=point() + point()), "points.1.1"),
        (small(points=point(section="II")), "points.1.1.section"),
        (small(points=point(section=["I"])), "points.1.1.section"),
        (small(points=point(years=0)), "points.1.1.years"),
        (small(points=point(needs=["нет"])), "points.1.1.needs[0]"),
        (small(points=point(marks="К")), "points.1.1.marks"),
        (small(points=point(doctors=["test"])), "points.1.1"),
    ],
)
def test_a_file_s_fault_is_told_by_its_place(body: str, place: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_exam_list(body)
    assert place in error.value.fields


@pytest.mark.django_db
def test_the_owner_s_list_stands_over_ours_from_its_day(set_clock: SetClock) -> None:
    assert LoadedExamList.objects.count() == 1, "a fresh database has ours"
    # Loaded by the clock of the test, so that what is loaded later is later.
    LoadedExamList.objects.all().delete()
    set_clock(FRIDAY)
    services.load_first_exam_list()
    assert len(selectors.current_exam_list().points) == 205
    set_clock(FRIDAY + timedelta(minutes=1))
    services.load_exam_list(small(), author="server")
    services.load_exam_list(small(), author="server")
    assert LoadedExamList.objects.count() == 2
    assert list(selectors.current_exam_list().points) == ["1.1"]
    services.load_first_exam_list()
    assert list(selectors.current_exam_list().points) == ["1.1"], "an upgrade leaves the clinic's own alone"
    services.load_exam_list(small(valid_from="2026-12-01", title="Будущий"), author="server")
    assert selectors.current_exam_list().title == "Приказ для теста"
    with pytest.raises(InvalidInputError):
        services.load_exam_list(small(title=""), author="server")


@pytest.mark.django_db
def test_after_the_order_nothing_is_counted(set_clock: SetClock) -> None:
    set_clock(datetime.fromisoformat("2027-03-31T23:59:00+03:00"))
    assert selectors.current_exam_list()
    set_clock(datetime.fromisoformat("2027-04-01T00:01:00+03:00"))
    with pytest.raises(ExamListMissingError):
        selectors.current_exam_list()


@pytest.mark.django_db
def test_a_request_carries_what_was_counted_sealed(set_clock: SetClock) -> None:
    set_clock(FRIDAY)
    agreed_text()
    line = "periodic|4.4;10,0,0,0"
    kept = services.ask(replace(COMPANY, exams=line))
    assert selectors.open_request(REGISTRAR, kept.id).exams == line
    with pytest.raises(InvalidInputError) as error:
        services.ask(replace(COMPANY, exams="periodic|99;1,0,0,0"))
    assert list(error.value.fields) == ["exams"]
