from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from channels.site.factory import MONDAY, MOSCOW_BRANCH, URAL_BRANCH, branch, doctor, slot, ural
from feldsher.channels.frontend import times
from feldsher.channels.site import present
from feldsher.domain.directory.types import SpecialtyCard
from feldsher.domain.scheduling.types import OpenDay
from feldsher.kernel.clock import wall

PLACES = {MOSCOW_BRANCH: branch(), URAL_BRANCH: ural()}
THERAPIST = doctor(1, "Небывалова")
OTHER = doctor(2, "Образцова")


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_a_chip_says_time_day_and_price_aloud() -> None:
    chip = times.chip(slot(THERAPIST, 25), now=MONDAY)
    assert chip.time == "10:00"
    assert _plain(chip.label) == "10:00, вторник 24 ноября, 1900 рублей"


def test_a_chip_of_another_zone_says_whose_time_it_is() -> None:
    chip = times.chip(slot(THERAPIST, 25, place=ural(), price=None), now=MONDAY)
    assert chip.time == "12:00"
    assert _plain(chip.label) == "12:00, вторник 24 ноября, по времени Екатеринбурга"


def test_times_are_grouped_by_day_and_branch() -> None:
    slots = [slot(THERAPIST, 1), slot(THERAPIST, 2, place=ural()), slot(THERAPIST, 24), slot(THERAPIST, 25)]
    groups = times.group_times(slots, places=PLACES, now=MONDAY)
    said = [(_plain(group.day), group.place, group.badge, len(group.chips)) for group in groups]
    assert said == [
        ("Сегодня, 23 ноября", "Москва, Условная ул., 18", "", 1),
        ("Сегодня, 23 ноября", "Екатеринбург, Пробный пер., 3", "по времени Екатеринбурга", 1),
        ("Завтра, вт, 24 ноября", "Москва, Условная ул., 18", "", 1),
    ]


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ([Decimal(1900), Decimal(1900)], "1 900 ₽"),
        ([Decimal(2300), Decimal(1900)], "от 1 900 ₽"),
        ([Decimal(1900), None], "от 1 900 ₽"),
        ([None, Decimal(0)], "цена уточняется"),
    ],
)
def test_a_price_that_differs_is_said_from_the_least(prices: list[Decimal | None], words: str) -> None:
    slots = [slot(THERAPIST, hour, price=price) for hour, price in enumerate(prices)]
    assert _plain(times.price_words(slots)) == words


def test_home_shows_one_chip_for_a_time_that_two_doctors_have_and_it_is_the_cheaper() -> None:
    specialty = SpecialtyCard("terapevt", "терапевт", 2)
    times = {
        THERAPIST.id: (slot(THERAPIST, 1, price=Decimal(2300)), slot(THERAPIST, 2)),
        OTHER.id: (slot(OTHER, 1, price=Decimal(1700)), slot(OTHER, 30)),
    }
    (row,) = present.specialty_rows(
        [specialty, SpecialtyCard("nevrolog", "невролог", 1)],
        [THERAPIST, OTHER],
        times,
        place=branch(),
        now=MONDAY,
        limit=5,
        per=6,
    )
    assert [chip.token for chip in row.times.chips] == [
        times[OTHER.id][0].token,
        times[THERAPIST.id][1].token,
    ]
    assert _plain(row.price) == "от 1 700 ₽"
    assert _plain(row.doctors) == "2 врача"
    assert (row.day, row.more) == (("Сегодня", ""), 0)


def test_home_counts_the_other_times_of_the_day_only_where_it_knows_them_all() -> None:
    specialty = SpecialtyCard("terapevt", "терапевт", 1)
    times = {THERAPIST.id: tuple(slot(THERAPIST, hour) for hour in (1, 2, 3, 4, 5))}
    counted = [
        present.specialty_rows([specialty], [THERAPIST], times, place=branch(), now=MONDAY, limit=5, per=per)[
            0
        ].more
        for per in (6, 5)
    ]
    assert counted == [2, 0]


def test_parts_of_a_day_follow_the_wall_of_the_branch() -> None:
    slots = tuple(slot(THERAPIST, hour, place=ural()) for hour in (0.5, 1, 5.5, 6))
    day = OpenDay(day=wall(MONDAY, ZoneInfo("Asia/Yekaterinburg")).day, slots=slots)
    said = [
        (part.title, [chip.time for chip in part.chips]) for part in present.parts_of_day(day, now=MONDAY)
    ]
    assert said == [("Утро", ["11:30"]), ("День", ["12:00", "16:30"]), ("Вечер", ["17:00"])]


def test_an_address_without_a_city_gets_one_and_a_branch_without_an_address_is_named() -> None:
    assert branch().where == "Москва, Условная ул., 18"
    assert branch(address="Москва, Условная ул., 18").where == "Москва, Условная ул., 18"
    assert branch(address="").where == "На Условной"


def test_a_link_keeps_only_parameters_that_have_a_value() -> None:
    assert present.link("doctors", specialty="lor & co", location=None, from_="2026-11-23") == (
        "/doctors/?specialty=lor+%26+co&from=2026-11-23"
    )
