"""Dates that differ from the week: the nearest word counts, and every word can be taken back."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from domain.roster.factory import (
    EVERY_DAY,
    NOW,
    OFF,
    STAFF,
    TODAY,
    OwnClinic,
    hours,
    let_the_clock_tick,
    week,
)
from domain.roster.test_weeks import MONDAY, said, works
from feldsher.domain.roster import selectors, services
from feldsher.domain.roster.errors import WorksElsewhereError
from feldsher.domain.roster.models import Day, Hours
from feldsher.domain.roster.types import Stretches, Workplace
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db


def differs(
    place: Workplace, first: date, last: date | None = None, stretches: Stretches = OFF, reason: str = ""
) -> None:
    services.set_days(
        place, first=first, last=last or first, stretches=stretches, reason=reason, author=STAFF
    )


def closed(location: UUID | None, first: date, last: date | None = None) -> None:
    services.close_days(location=location, first=first, last=last or first, reason="Праздник", author=STAFF)


def test_the_nearest_word_counts(clinic: OwnClinic) -> None:
    said(clinic.at_north, EVERY_DAY)
    said(clinic.at_ural, week(mon=hours("20-22")))
    closed(None, MONDAY)
    assert (works(clinic.at_north, MONDAY), works(clinic.at_ural, MONDAY)) == (OFF, OFF)
    differs(clinic.at_north, MONDAY, stretches=hours("10-12"))
    assert (works(clinic.at_north, MONDAY), works(clinic.at_ural, MONDAY)) == (hours("10-12"), OFF)
    (clinic_wide,) = selectors.closed_days(first=MONDAY, last=MONDAY)
    services.end_days([clinic_wide.id], author=STAFF)
    closed(clinic.north, MONDAY)
    assert works(clinic.at_north, MONDAY) == hours("10-12")
    assert works(clinic.at_ural, MONDAY) == hours("20-22")


def test_a_leave_is_many_dates_by_one_word(clinic: OwnClinic) -> None:
    said(clinic.at_north, EVERY_DAY)
    differs(clinic.at_north, MONDAY, MONDAY + timedelta(days=13), reason="Отпуск")
    span = selectors.work([clinic.at_north], first=TODAY, last=MONDAY + timedelta(days=20))
    assert len(span[clinic.at_north]) == (MONDAY - TODAY).days + 7
    cards = selectors.odd_days(clinic.at_north, first=TODAY, last=MONDAY + timedelta(days=99))
    assert [(card.stretches, card.reason, card.author, card.written_at) for card in cards] == [
        (OFF, "Отпуск", STAFF, NOW)
    ] * 14


def test_an_act_is_of_one_instant_whatever_the_clock_does(
    clinic: OwnClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By it the dates of one word are known to belong together."""
    let_the_clock_tick(monkeypatch)
    differs(clinic.at_north, MONDAY, MONDAY + timedelta(days=13))
    differs(clinic.at_north, MONDAY, MONDAY + timedelta(days=4), stretches=hours("10-12"))
    closed(None, MONDAY, MONDAY + timedelta(days=4))
    said(clinic.at_north, EVERY_DAY)
    said(clinic.at_north, week(mon=hours("9-10"), tue=hours("9-10")), since=MONDAY)
    days = Day.objects.values_list("practitioner", "begins__len", "written_at", "ended_at").distinct()
    assert len(days) == 4, (
        "two words about the doctor, the first of which is partly replaced, and the clinic's"
    )
    weeks = Hours.objects.values_list("valid_from", "written_at", "ended_at").distinct()
    assert len(weeks) == 2


def test_a_second_word_replaces_the_first_and_leaves_it_in_the_history(clinic: OwnClinic) -> None:
    differs(clinic.at_north, MONDAY, stretches=hours("10-12"))
    differs(clinic.at_north, MONDAY, stretches=hours("12-14"), reason="Поменялась")
    assert works(clinic.at_north, MONDAY) == hours("12-14")
    rows = Day.objects.order_by("begins").values_list("begins", "ended_by", "ended_at")
    assert list(rows) == [([600], STAFF, NOW), ([720], "", None)]


def test_a_word_that_is_taken_back_leaves_the_week(clinic: OwnClinic) -> None:
    said(clinic.at_north, EVERY_DAY)
    differs(clinic.at_north, MONDAY)
    (card,) = selectors.odd_days(clinic.at_north, first=MONDAY, last=MONDAY)
    assert selectors.days_by([card.id]) == (card,)
    services.end_days([card.id], author="anna")
    services.end_days([card.id], author="oleg")
    assert works(clinic.at_north, MONDAY) == EVERY_DAY[0]
    assert (Day.objects.get().ended_by, selectors.days_by([card.id])) == ("anna", ())
    for ids in ([], [UUID(int=9)], [card.id, UUID(int=9)]):
        with pytest.raises(NotFoundError):
            services.end_days(ids, author=STAFF)


def test_many_words_are_taken_back_together_or_not_at_all(clinic: OwnClinic) -> None:
    said(clinic.at_ural, week(tue=hours("9-13")))
    differs(clinic.at_ural, MONDAY, MONDAY + timedelta(days=1))
    differs(clinic.at_north, MONDAY + timedelta(days=1), stretches=hours("8-9"))
    ids = [
        card.id for card in selectors.odd_days(clinic.at_ural, first=MONDAY, last=MONDAY + timedelta(days=1))
    ]
    with pytest.raises(WorksElsewhereError):
        services.end_days(ids, author=STAFF)
    assert len(selectors.days_by(ids)) == 2


def test_a_date_is_held_against_the_other_branches_too(clinic: OwnClinic) -> None:
    said(clinic.at_ural, week(mon=hours("9-13")))
    with pytest.raises(WorksElsewhereError):
        differs(clinic.at_north, MONDAY, stretches=hours("8-9"))
    differs(clinic.at_ural, MONDAY)
    differs(clinic.at_north, MONDAY, stretches=hours("8-9"))
    (off,) = selectors.odd_days(clinic.at_ural, first=MONDAY, last=MONDAY)
    with pytest.raises(WorksElsewhereError):
        services.end_days([off.id], author=STAFF)
    assert works(clinic.at_ural, MONDAY) == OFF


@pytest.mark.parametrize(
    ("first", "last", "stretches", "reason", "field"),
    [
        (TODAY - timedelta(days=1), TODAY, OFF, "", "first"),
        (TODAY, TODAY - timedelta(days=1), OFF, "", "last"),
        (TODAY, TODAY + timedelta(days=62), OFF, "", "last"),
        (TODAY, TODAY, hours("9-13", "9-13"), "", "stretches"),
        (TODAY, TODAY, OFF, "о" * 201, "reason"),
    ],
)
def test_what_is_no_word_is_refused_by_its_field(
    clinic: OwnClinic, first: date, last: date, stretches: Stretches, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        differs(clinic.at_north, first, last, stretches, reason)
    assert list(refused.value.fields) == [field]
    assert not Day.objects.exists()


def test_the_earliest_branch_says_which_day_it_is_for_the_clinic(clinic: OwnClinic) -> None:
    with pytest.raises(InvalidInputError) as refused:
        closed(None, TODAY - timedelta(days=1))
    assert list(refused.value.fields) == ["first"]
    with pytest.raises(NotFoundError):
        closed(UUID(int=9), TODAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"location": None},
        {"practitioner": None},
        {"ends": []},
        {},
    ],
    ids=["a doctor everywhere", "a branch with hours", "a begin without an end", "two words"],
)
def test_the_database_refuses_by_itself(clinic: OwnClinic, changes: dict[str, object]) -> None:
    differs(clinic.at_north, MONDAY, stretches=hours("10-12"))
    values = Day.objects.values(
        "practitioner", "location", "day", "begins", "ends", "author", "written_at"
    ).get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Day.objects.create(**{**values, **changes})
