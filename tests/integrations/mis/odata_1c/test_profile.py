from copy import deepcopy
from typing import Any

import pytest

from feldsher.conf.composition import build_gateway
from feldsher.conf.environment import MisSettings
from feldsher.domain.directory.types import RemoteLocation
from feldsher.domain.scheduling.ports import SlotShape, TimeKind
from feldsher.integrations.mis.odata_1c import ODataGateway, build
from feldsher.integrations.mis.odata_1c.profile import CALLS, Call, read_profile
from integrations.mis.odata_1c.factory import BLOCKS, CELLS, INTERVALS, OLDER, through

WORK, VISITS = INTERVALS["time"]
WITHOUT_BRANCH = {key: value for key, value in VISITS.items() if key != "branch"}


def changed(place: str, **words: Any) -> dict[str, Any]:
    """Return the mapping of the docs with words of one table changed, or taken away by None."""
    options = deepcopy(INTERVALS)
    table = options["time"][int(place[5])] if place.startswith("time[") else options[place]
    for word, value in words.items():
        table.pop(word) if value is None else table.update({word: value})
    return options


def test_the_mappings_of_the_docs_are_read() -> None:
    shifts, cells = read_profile(INTERVALS), read_profile(CELLS)
    work, visits = shifts.time
    assert (work.otherwise, work.may_be_free, visits.otherwise, visits.may_be_free) == (
        TimeKind.FREE, True, TimeKind.BUSY, False,
    )  # fmt: skip
    assert visits.meanings == {None: {"Статус": frozenset({"Отменена"})}}
    assert [one.may_be_free for one in cells.time] == [True]
    assert (shifts.booking.book, shifts.booking.closes_references) == (Call(*CALLS["book"].split()), True)
    assert read_profile(INTERVALS | {"booking": OLDER}).booking.status == Call("POST", "/hs/zapis/sostoyanie")


def test_a_clinic_of_one_branch_names_it_and_no_table_tells_it() -> None:
    options = INTERVALS | {"branches": {"only": "Клиника"}}
    with pytest.raises(ValueError, match=r"option time\[0\] can't tell a branch"):
        read_profile(options)
    profile = read_profile(options | {"time": [{k: v for k, v in WORK.items() if k != "branch"}]})
    assert (profile.branches, profile.only_branch) == (RemoteLocation("main", "Клиника"), "main")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "the option branches is needed"),
        (INTERVALS | {"time": []}, "the option time is needed"),
        (INTERVALS | {"colour": 1}, "unknown option 'colour'; known are: booking, branches"),
        (INTERVALS | {"doctors": []}, "the option doctors is needed"),
        (INTERVALS | {"doctors": "Catalog_Врачи"}, "option doctors must be an object"),
        (
            changed("doctors", colour="x"),
            "option doctors has no word 'colour'; known are: branch, entity, id",
        ),
        (changed("doctors", name=None), "option doctors needs the word name"),
        (changed("doctors", entity="Catalog_Врачи?$top=1"), "option doctors.entity must be a name of 1С"),
        (changed("doctors", name="a eq b or c"), "option doctors.name must be a name of 1С"),
        (changed("doctors", where={"a b": 1}), "option doctors.where must be a name of 1С"),
        (changed("doctors", where={"a": None}), "option doctors.where must have texts, whole numbers"),
        (changed("doctors", specialty="Специальность"), "option specialties needs doctors.specialty to be"),
        (changed("services", minutes=30), "option services.minutes must be a name of 1С"),
        (changed("services", name=7), "option services.name must be a name of 1С"),
        (changed("prices", key=None), "option prices needs the word key: the fields that make a row of"),
        (changed("prices", key=[]), "option prices.key must be a list of names"),
        (changed("prices", slice_last=1), "option prices.slice_last must be true or false"),
        (changed("time[0]", end=None), r"option time\[0\] needs either end or minutes"),
        (changed("time[0]", minutes=30), r"option time\[0\] needs either end or minutes"),
        (changed("time[0]", end=None, minutes=0), r"option time\[0\].minutes must be a field, or a number"),
        (changed("time[0]", end=None, minutes=True), r"option time\[0\].minutes must be a field, or a"),
        (changed("time[0]", free={"a": ["b"]}), r"option time\[0\] has both the list free and otherwise"),
        (changed("time[0]", otherwise="sold"), r"option time\[0\].otherwise must be one of: free, busy"),
        (changed("time[0]", branch=None), r"option time\[0\] must tell the branch, unless"),
        (
            changed("time[1]", where={"Posted": True}),
            r"option time\[1\] can't have where: rows that it hides",
        ),
        (changed("time[1]", gone={}), r"option time\[1\].gone must name a field"),
        (changed("time[1]", gone={"Статус": "Отменена"}), r"option time\[1\].gone must be lists of values"),
        (INTERVALS | {"time": [VISITS]}, "option time has no table that tells free time"),
        (INTERVALS | {"time": {"0": WORK}}, "option time must be a list of tables"),
        (INTERVALS | {"page": 1}, "option page must be a whole number from 2 to 50000"),
        (INTERVALS | {"format": "atom"}, "option format must be one of: json"),
        (INTERVALS | {"bulk_timeout": None}, "option bulk_timeout must be a whole number"),
        (INTERVALS | {"branches": {"only": ""}}, "option branches.only must be a line of text"),
    ],
)
def test_a_wrong_mapping_is_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        read_profile(options)


@pytest.mark.parametrize(
    ("booking", "sentence"),
    [
        ([], "option booking must be an object"),
        ({"move": "PUT /hs/a"}, "option booking has no word 'move'; known are: book, cancel"),
        ({"book": "/hs/a"}, "option booking.book must be a method and a path"),
        ({"book": "PUT hs/a"}, "option booking.book must be a method and a path"),
        ({"book": "PUT /hs/a?x=1"}, "option booking.book must be a method and a path"),
        ({"book": "PUT /hs/a\r\nX: y"}, "option booking.book must be a method and a path"),
        ({"status": "GET /hs/status"}, r"option booking.status must have \{reference\} in its path: GET has"),
        ({"names": {"colour": "Цвет"}}, "option booking.names has these: begin, birth_date"),
        ({"names": {"state": "x", "code": "x"}}, "option booking.names gives two fields one spelling"),
        ({"names": {"state": "code"}}, "option booking.names gives two fields one spelling"),
        ({"words": {"Ок": "done"}}, "option booking.words leads to these: age_limit, booked"),
        ({"closes_references": 0}, "option booking.closes_references must be true or false"),
    ],
)
def test_a_wrong_service_is_one_sentence(booking: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        read_profile(INTERVALS | {"booking": booking})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"user": ""}, "user and password are needed"),
        ({"url": "https://1c.clinic.example/a/odata/standard.odata"}, "give the address at which the base"),
        ({"url": "https://1c.clinic.example/a?b=1"}, "give the address at which the base"),
        ({"url": "1c.clinic.example"}, "the address"),
        ({"timeout": 0}, "the timeout must be above zero"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    good = {
        "url": "https://1c.clinic.example/polyclinic", "user": "site", "password": "x", "timeout": 8.0,
        "options": INTERVALS,
    }  # fmt: skip
    with pytest.raises(ValueError, match=f"^{sentence}"):
        build(**good | fields)


def test_the_capabilities_are_those_of_the_profile() -> None:
    told = through("http://127.0.0.1:1/a", settle_seconds=7, max_window_days=14).capabilities()
    assert (told.has_reference, told.book_repeatable, told.frees_by_reference) == (True, True, True)
    assert (told.holds, told.change_feed, told.can_move, told.reports_busy) == (False, False, False, True)
    assert (told.settle_seconds, told.max_window_days) == (7, 14)
    assert told.semantics.shape is SlotShape.GRID
    assert (told.semantics.bookings_removed, told.semantics.breaks_removed) == (False, False)
    open_one = through("http://127.0.0.1:1/a", booking={"closes_references": False})
    assert open_one.capabilities().frees_by_reference is False


def test_the_settings_of_the_docs_name_it() -> None:
    told = BLOCKS[0][0]
    mis = MisSettings(told["id"], told["kind"], told["url"], told["user"], told["password"], told["options"])
    assert isinstance(build_gateway(mis), ODataGateway)
