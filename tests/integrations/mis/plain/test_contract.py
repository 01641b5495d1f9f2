"""The adapter and the OpenAPI file mean the same: what is sent fits it, and what fits it is read, no more."""

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from feldsher.domain.scheduling.ports import BookRequest, Person, Window
from feldsher.integrations.mis.plain import wire
from feldsher.integrations.mis.plain.directory import read_directory
from feldsher.integrations.mis.plain.schedule import _change, read_free
from feldsher.integrations.mis.plain.visits import _booked, _checked, _order
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from integrations.mis.plain.factory import REFERENCE, slot_of
from testbench.plain.contract import FILE

DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
JUNK: list[Any] = [
    None,
    "",
    " ",
    0,
    -1,
    True,
    1.5,
    [],
    {},
    "д",
    "a\x00",
    "a b",
    "x" * 65,
    "x" * 101,
    "x" * 201,
    "x" * 2000,
]
TIMES = ["2026-12-01T09:00", "2026-12-01T24:00", "2026-12-01T9:00", "0001-01-01T00:00", "2026-12-01T09:00:00"]
WINDOW = Window(date(2026, 12, 1), date(2026, 12, 1))
ASKED = BookRequest(slot_of(), Person("А", "Б", "", "+70000000011"), REFERENCE)


def is_valid(schema: str, value: Any) -> bool:
    root = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    return bool(jsonschema_rs.validator_for(root).is_valid(value))


def reads(read: Any, value: Any) -> bool:
    try:
        read(value)
    except wire.BadAnswerError:
        return False
    return True


def near(good: dict[str, Any], **pools: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects that have up to two fields wrong, or missing."""
    missing = object()

    def change(fields: list[tuple[str, Any]]) -> dict[str, Any]:
        changed = good | dict(fields)
        return {name: value for name, value in changed.items() if value is not missing}

    one = st.sampled_from(sorted(good)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from([missing, *JUNK, *pools.get(name, [])]))
    )
    return st.lists(one, max_size=2).map(change)


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=110)


people = st.builds(
    Person, words, words, words, st.sampled_from(["+70000000011", "+375000000000", "8 900", ""]),
    birth_date=st.none() | st.dates(), email=words,
)  # fmt: skip
times = st.builds(
    WallTime, st.just(slot_of().begin.day), st.integers(0, 2880).map(lambda halves: halves * 30)
)


@given(person=people, comment=words, minutes=st.integers(-5, 1500), ref=st.uuids(), begin=times)
def test_whatever_is_sent_fits_the_contract(
    person: Person, comment: str, minutes: int, ref: UUID, begin: WallTime
) -> None:
    slot = replace(slot_of(minutes=minutes), begin=begin)
    order = _order(BookRequest(slot, person, str(ref), comment=comment))
    if isinstance(order, dict):
        assert is_valid("Booking", order), order
        assert is_valid("Reference", str(ref))
    else:
        assert order.code in {"bad_time", "bad_person"}


@given(near({
    "reference": REFERENCE, "state": "booked", "doctor": "d1", "branch": "north",
    "begin": "2026-12-01T09:30", "minutes": 30,
}, begin=TIMES, state=["cancelled", "none"]))  # fmt: skip
def test_a_visit_is_read_where_it_fits_the_contract(told: dict[str, Any]) -> None:
    def read(value: Any) -> None:
        _booked(_checked(value, REFERENCE), ASKED)

    assert reads(read, told) == is_valid("Visit", told) or told.get("state") != "booked"


@given(near({
    "id": "17", "reference": REFERENCE, "state": "booked", "doctor": "d1", "branch": "north",
    "begin": "2026-12-01T09:30", "minutes": 30,
}, begin=TIMES, state=["cancelled", "none"]))  # fmt: skip
def test_a_change_is_read_where_it_fits_the_contract(told: dict[str, Any]) -> None:
    assert reads(_change, told) == is_valid("Change", told)


@given(near({
    "doctor": "d1", "branch": "north", "zone": "Europe/Moscow", "step": 30, "usual_minutes": 30,
    "free": [{"begin": "2026-12-01T09:00", "end": "2026-12-01T13:00"}], "busy": [],
}, free=[[{"begin": time, "end": "2026-12-02T00:00"}] for time in TIMES]))  # fmt: skip
def test_a_schedule_is_read_where_it_fits_the_contract(told: dict[str, Any]) -> None:
    found = read_free({"complete": True, "schedules": [told]}, WINDOW, as_of=clock.now(), resource=None)
    assert bool(found.resources) == is_valid("Schedule", told)


@given(near({
    "id": "17", "family": "А", "given": "Б", "middle": "", "snils": "11223344595",
    "specialties": ["Хирургия"], "branches": ["1"], "services": [{"id": "s1", "minutes": None}],
}, services=[[{}], [{"id": "s1"}], [{"id": "s1", "minutes": 1440}]],
    specialties=[[""], ["А", "Б"]], branches=[["1", "1"]]))  # fmt: skip
def test_a_doctor_is_read_where_it_fits_the_contract(told: dict[str, Any]) -> None:
    directory = {
        "complete": True, "branches": [{"id": "1", "name": "А"}], "services": [{"id": "s1", "name": "Б"}],
        "doctors": [told], "prices": [],
    }  # fmt: skip
    found = read_directory(directory, as_of=clock.now())
    blank = any(told.get(name) == " " for name in ("family", "given"))
    assert bool(found.practitioners) == (is_valid("Doctor", told) and not blank)
