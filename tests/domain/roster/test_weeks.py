"""The ordinary week: said from a date on, replaced and not rewritten, and in one branch at an instant."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, transaction

from domain.roster.factory import EVERY_DAY, NOW, OFF, STAFF, TODAY, OwnClinic, doctor, hours, week
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.roster import selectors, services
from feldsher.domain.roster.errors import WorksElsewhereError
from feldsher.domain.roster.models import Hours
from feldsher.domain.roster.types import Stretch, Stretches, Workplace
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 30)


def said(place: Workplace, days: tuple[Stretches, ...], since: date = TODAY, author: str = STAFF) -> None:
    services.set_week(place, days=days, since=since, author=author)


def works(place: Workplace, day: date) -> Stretches:
    found = selectors.work([place], first=day, last=day)[place]
    return found[0].stretches if found else OFF


def test_hours_hold_from_their_day_on_and_no_earlier(clinic: OwnClinic) -> None:
    said(clinic.at_north, week(mon=hours("9-13", "14-18")), since=MONDAY)
    assert works(clinic.at_north, MONDAY) == (Stretch(540, 780), Stretch(840, 1080))
    assert works(clinic.at_north, MONDAY - timedelta(weeks=1)) == OFF
    assert works(clinic.at_north, MONDAY + timedelta(days=1)) == OFF
    assert works(clinic.at_north, MONDAY + timedelta(weeks=52)) == hours("9-13", "14-18")
    assert works(clinic.at_ural, MONDAY) == OFF


def test_work_is_told_of_all_that_were_asked_about_in_two_questions(
    clinic: OwnClinic, django_assert_num_queries: object
) -> None:
    said(clinic.at_north, EVERY_DAY)
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = selectors.work(
            [clinic.at_north, clinic.at_ural], first=TODAY, last=TODAY + timedelta(days=29)
        )
    assert (len(found[clinic.at_north]), len(found[clinic.at_ural])) == (30, 0)


def test_a_new_week_replaces_whatever_was_said_for_its_day_and_after(clinic: OwnClinic) -> None:
    said(clinic.at_north, week(mon=hours("9-13")))
    said(clinic.at_north, week(mon=hours("15-19")), since=MONDAY + timedelta(weeks=2))
    said(clinic.at_north, week(mon=hours("10-12")), since=MONDAY + timedelta(weeks=1))
    assert [works(clinic.at_north, MONDAY + timedelta(weeks=count)) for count in range(4)] == [
        hours("9-13"),
        *[hours("10-12")] * 3,
    ]
    cards = selectors.weeks(clinic.at_north, since=TODAY)
    assert [(card.valid_from, card.valid_to, card.days[0]) for card in cards] == [
        (TODAY, MONDAY + timedelta(weeks=1), hours("9-13")),
        (MONDAY + timedelta(weeks=1), None, hours("10-12")),
    ]


def test_a_week_without_work_is_a_week_too(clinic: OwnClinic) -> None:
    assert selectors.weeks(clinic.at_north, since=TODAY) == ()
    said(clinic.at_north, week(mon=hours("9-13")))
    said(clinic.at_north, week(), since=MONDAY)
    cards = selectors.weeks(clinic.at_north, since=TODAY)
    assert [(card.valid_from, card.days == week()) for card in cards] == [(TODAY, False), (MONDAY, True)]
    assert works(clinic.at_north, MONDAY) == OFF


def test_rows_are_the_history_of_who_said_what(clinic: OwnClinic) -> None:
    said(clinic.at_north, week(mon=hours("9-13"), tue=hours("9-13")))
    said(clinic.at_north, week(mon=hours("9-13"), tue=hours("9-12")), since=MONDAY, author="anna")
    rows = Hours.objects.order_by("weekday", "valid_from")
    told = rows.values_list("weekday", "ends", "valid_from", "valid_to", "author", "ended_by")
    assert list(told) == [
        (1, 780, TODAY, None, STAFF, ""),
        (2, 780, TODAY, MONDAY, STAFF, "anna"),
        (2, 720, MONDAY, None, "anna", ""),
    ]
    assert {row.ended_at for row in rows if row.ended_by} == {NOW}


def test_a_week_that_is_said_twice_for_one_day_leaves_an_empty_row(clinic: OwnClinic) -> None:
    said(clinic.at_north, week(mon=hours("9-13")), since=MONDAY)
    said(clinic.at_north, week(mon=hours("9-14")), since=MONDAY, author="anna")
    said(clinic.at_north, week(mon=hours("9-15")), since=MONDAY, author="oleg")
    ended = Hours.objects.exclude(ended_by="").order_by("ends")
    assert list(ended.values_list("ends", "valid_to", "ended_by")) == [
        (780, MONDAY, "anna"),
        (840, MONDAY, "oleg"),
    ]
    assert works(clinic.at_north, MONDAY) == hours("9-15")


@pytest.mark.parametrize(
    ("days", "since", "fault"),
    [
        (week(mon=(Stretch(600, 600),)), TODAY, {"day-1": "Начало раньше конца"}),
        (week(sun=(Stretch(600, 1441),)), TODAY, {"day-7": "Начало раньше конца"}),
        (week(tue=hours("9-13", "12-14")), TODAY, {"day-2": "Промежутки идут по"}),
        (week(tue=hours("14-18", "9-13")), TODAY, {"day-2": "Промежутки идут по"}),
        (week(wed=tuple(Stretch(n, n + 1) for n in range(0, 14, 2))), TODAY, {"day-3": "Не\u00a0больше 6"}),
        (week(), TODAY - timedelta(days=1), {"since": "День от 25.11.2026 до 26.11.2027."}),
        (week(), TODAY + timedelta(days=367), {"since": "День от 25.11.2026 до 26.11.2027."}),
    ],
)
def test_what_is_no_week_is_refused_by_its_field(
    clinic: OwnClinic, days: tuple[Stretches, ...], since: date, fault: Mapping[str, str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        said(clinic.at_north, days, since=since)
    ((name, sentence),) = fault.items()
    assert list(refused.value.fields) == [name]
    assert refused.value.fields[name].startswith(sentence)
    assert not Hours.objects.exists()


def test_only_whom_the_own_schedule_keeps_has_hours(clinic: OwnClinic) -> None:
    with pytest.raises(NotFoundError):
        said(Workplace(doctor("Чужая"), clinic.north), week())


def test_without_a_zone_hours_mean_nothing(clinic: OwnClinic) -> None:
    from feldsher.domain.directory.models import Location  # noqa: PLC0415 - what no service does

    Location.objects.filter(pk=clinic.north).update(zone="")
    with pytest.raises(InvalidInputError) as refused:
        said(clinic.at_north, EVERY_DAY)
    assert "часовой пояс" in refused.value.fields["zone"]


def test_a_doctor_works_in_one_branch_at_an_instant_whatever_the_clocks_say(clinic: OwnClinic) -> None:
    """Yekaterinburg is two hours ahead: 9–13 there is 7–11 in Moscow."""
    said(clinic.at_ural, week(mon=hours("9-13")))
    said(clinic.at_north, week(mon=hours("11-15")))
    with pytest.raises(WorksElsewhereError) as refused:
        said(clinic.at_north, week(mon=hours("10:59-15")), author="anna")
    assert "Уральский, пн, 30\u00a0ноября, 12:59–13:00" in refused.value.message
    assert works(clinic.at_north, MONDAY) == hours("11-15")
    assert Hours.objects.filter(author="anna").count() == 0


def test_the_look_at_other_branches_goes_over_midnight(clinic: OwnClinic) -> None:
    """Monday 23–24 in Moscow is Tuesday 1–2 in Yekaterinburg."""
    said(clinic.at_ural, week(tue=hours("1-2")))
    with pytest.raises(WorksElsewhereError):
        said(clinic.at_north, week(mon=hours("23-24")))
    said(clinic.at_north, week(mon=hours("22-23")))


def test_a_clash_half_a_year_ahead_by_a_change_of_clocks_is_found(clinic: OwnClinic) -> None:
    """Berlin is two hours behind Moscow in winter, one in summer."""
    directory.set_overlay(
        Kind.LOCATION, target=clinic.ural, field="zone", value="Europe/Berlin", author=STAFF
    )
    said(clinic.at_ural, week(mon=hours("9-10")))
    with pytest.raises(WorksElsewhereError) as refused:
        said(clinic.at_north, week(mon=hours("10-11")))
    assert "29\u00a0марта\u00a02027" in refused.value.message


def test_the_database_refuses_two_overlapping_stretches_by_itself(clinic: OwnClinic) -> None:
    said(clinic.at_north, week(mon=hours("9-13")))
    row = Hours.objects.get()
    row.id, row.begins, row.ends = uuid4(), 700, 900
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save(force_insert=True)
    assert isinstance(refused.value.__cause__, psycopg.errors.ExclusionViolation)
