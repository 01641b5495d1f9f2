from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from channels.site.factory import MONDAY, MOSCOW_BRANCH, URAL_BRANCH, branch, doctor, slot, ural
from feldsher.channels.site.columns import DoctorTable, Terms, days_of, doctor_table, nearest_words
from feldsher.channels.site.order import Ranked
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling.types import OpenSlot

PLACES = {MOSCOW_BRANCH: branch(), URAL_BRANCH: ural()}
FIRST, SECOND, IDLE = doctor(1, "Небывалова"), doctor(2, "Образцова"), doctor(3, "Абрикосова")


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def _table(
    cards: list[PractitionerCard],
    *slots: OpenSlot,
    distances: Mapping[UUID, float] | None = None,
    is_pinned: bool = False,
) -> DoctorTable:
    """Show the doctors in the order given, each with the times of the branch of its first slot."""
    rows = []
    for card in cards:
        own = [item for item in slots if item.key.practitioner_id == card.id]
        branch_id = own[0].key.location_id if own else None
        days = days_of([item for item in own if item.key.location_id == branch_id])
        rows.append(Ranked(card, days, (distances or {}).get(branch_id) if branch_id else None))
    return doctor_table(rows, places=PLACES, terms=Terms(), now=MONDAY, is_pinned=is_pinned)


def test_a_doctor_without_times_stands_with_all_branches() -> None:
    table = _table([SECOND, FIRST, IDLE], slot(FIRST, 5), slot(SECOND, 1))
    assert [row.card.family for row in table.rows] == ["Образцова", "Небывалова", "Абрикосова"]
    idle = table.rows[2]
    assert (idle.columns, idle.nearest) == ((), None)
    assert idle.place == "Москва, Условная ул., 18; Екатеринбург, Пробный пер., 3"


def test_four_days_stand_under_one_head_and_free_ones_are_numbered() -> None:
    table = _table([FIRST], slot(FIRST, 1), slot(FIRST, 49))
    assert table.head == ("Сегодня, 23", "Вт, 24", "Ср, 25", "Чт, 26")
    (row,) = table.rows
    assert [(column.order, len(column.chips)) for column in row.columns] == [(1, 1), (0, 0), (2, 1), (0, 0)]
    assert _plain(row.columns[0].day) == "Сегодня, 23 ноября"


def test_the_head_begins_with_the_first_day_that_has_a_time() -> None:
    assert _table([FIRST], slot(FIRST, 24 * 9)).head[0] == "Ср, 2"


def test_times_left_out_are_counted_for_a_phone_and_for_a_wide_screen() -> None:
    counts = []
    for number in (2, 3, 4):
        (row,) = _table([FIRST], *(slot(FIRST, 1 + hour) for hour in range(number))).rows
        counts.append((len(row.columns[0].chips), row.columns[0].more, row.columns[0].more_wide))
    assert counts == [(2, 0, 0), (3, 0, 0), (3, 1, 2)]


def test_the_other_times_are_on_the_doctors_page_of_that_day_and_branch() -> None:
    (row,) = _table([FIRST], *(slot(FIRST, 25 + hour) for hour in range(4))).rows
    assert row.columns[0].more_url == (f"/doctors/{FIRST.id}/?location={MOSCOW_BRANCH}&day=2026-11-24")


def test_a_doctor_free_only_later_shows_that_day_instead_of_empty_columns() -> None:
    table = _table([FIRST, SECOND], slot(SECOND, 1), slot(FIRST, 24 * 10))
    late = table.rows[0]
    assert late.columns == ()
    assert late.nearest is not None
    assert _plain(late.nearest.day) == "Чт, 3 декабря"
    assert late.nearest.more_url.endswith("&from=2026-12-03&day=2026-12-03")


def test_a_row_shows_one_branch_with_its_zone_and_price() -> None:
    (row,) = _table(
        [FIRST],
        slot(FIRST, 1, place=ural(), price=Decimal(1700)),
        slot(FIRST, 2),
        slot(FIRST, 3, place=ural(), price=Decimal(2000)),
    ).rows
    assert [chip.time for chip in row.columns[0].chips] == ["12:00", "14:00"]
    assert row.place == "Екатеринбург, Пробный пер., 3"
    assert row.badge == "по времени Екатеринбурга"
    assert _plain(row.price) == "от 1 700 ₽"


def test_a_row_by_distance_says_how_far_and_leads_to_that_branch() -> None:
    near, far = _table(
        [FIRST, SECOND], slot(FIRST, 2), slot(FIRST, 1, place=ural()), slot(SECOND, 1, place=ural()),
        distances={MOSCOW_BRANCH: 1.42}, is_pinned=True,
    ).rows  # fmt: skip
    assert _plain(near.distance) == "1,4 км"
    assert (near.place, [chip.time for chip in near.columns[0].chips]) == (
        "Москва, Условная ул., 18",
        ["11:00"],
    )
    assert near.url == f"/doctors/{FIRST.id}/?location={MOSCOW_BRANCH}"
    assert (far.distance, far.place) == ("", "Екатеринбург, Пробный пер., 3")


def test_the_nearest_time_is_said_with_its_day_and_zone() -> None:
    def words(hours: float, place: LocationCard) -> str:
        found = slot(FIRST, hours, place=place)
        return nearest_words(found.key.start, found.zone, now=MONDAY)

    said = [words(hours, branch()) for hours in (1, 25, 49)]
    assert [_plain(text) for text in said] == ["сегодня, 10:00", "завтра, 10:00", "ср, 25 ноября, 10:00"]
    assert words(1, ural()).endswith("12:00 по времени Екатеринбурга")
