"""Free times as a reader sees them: by day of the branch, with an ETag, fresh or not at all."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from conftest import SetClock
from domain.directory.factory import MIS
from domain.scheduling.clinic import Ids, held, key_at, open_clinic, tell_schedule
from domain.scheduling.factory import DAY, NOW, SOUTH, at, day_rows, heard, lay, minutes, stretch
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, BadFilterError, HoldNotFoundError
from feldsher.domain.scheduling.models import Availability, Offer, SyncStatus
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import OpenTimes, SlotFilter, State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    found = open_clinic()
    tell_schedule(found)
    return found


def times(ids: Ids, *, first: date | None = DAY, days: int = 1, **wanted: object) -> OpenTimes:
    chosen = SlotFilter(**{"practitioner_id": ids.eye} | wanted)
    return selectors.open_times(chosen, first=first, days=days)


def count(found: OpenTimes) -> int:
    return sum(len(day.slots) for day in found.days)


# Filters


def test_a_doctor_has_the_times_of_every_branch(ids: Ids) -> None:
    found = times(ids)
    assert (found.as_of, found.is_fresh, count(found)) == (NOW, True, 54)
    slot = next(slot for slot in found.days[0].slots if slot.key.location_id == ids.north)
    assert (slot.key, slot.end, str(slot.price)) == (key_at(ids, at(6)), at(6, 20), "1900.00")
    assert selectors.peek(slot.token) == slot.key


def test_a_branch_and_a_service_narrow_the_times(ids: Ids) -> None:
    assert count(times(ids, location_id=ids.south)) == 27
    glasses = times(ids, location_id=ids.south, service_id=ids.glasses)
    assert {slot.key.service_id for slot in glasses.days[0].slots} == {ids.glasses}
    assert glasses.days[0].slots[0].end == at(6, 30)


def test_a_specialty_or_a_service_finds_its_doctors(ids: Ids) -> None:
    [slug] = directory.practitioner(ids.eye).specialty_slugs
    assert count(times(ids, practitioner_id=None, specialty=slug)) == 54
    assert count(times(ids, practitioner_id=None, service_id=ids.first_visit)) == 54
    assert count(times(ids, practitioner_id=None, specialty="nobody")) == 0


@pytest.mark.parametrize(
    "wanted", [{"practitioner_id": uuid4()}, {"location_id": SOUTH}, {"service_id": SOUTH}]
)
def test_unknown_ids_have_no_times(ids: Ids, wanted: dict[str, object]) -> None:
    assert times(ids, **wanted).days == ()


def test_a_question_without_a_subject_is_refused(ids: Ids) -> None:
    with pytest.raises(BadFilterError):
        times(ids, practitioner_id=None, location_id=ids.north)


# Days


def test_days_are_those_of_each_branch(ids: Ids) -> None:
    """At 20:30 UTC it is already the next day in Yekaterinburg and not yet in Moscow."""
    Availability.objects.all().delete()
    for location in (ids.north, ids.south):
        lay(day_rows([stretch(at(20), at(22))], practitioner=ids.eye, location=location), mis=MIS)
    north, south = (times(ids, days=2, location_id=place).days for place in (ids.north, ids.south))
    assert [(day.day, len(day.slots)) for day in north] == [(DAY, 3), (DAY + timedelta(days=1), 3)]
    assert [(day.day, len(day.slots)) for day in south] == [(DAY + timedelta(days=1), 6)]


def test_days_follow_one_another_and_none_is_outside(ids: Ids) -> None:
    later = day_rows([stretch(at(48 + 6), at(48 + 7))], practitioner=ids.eye, location=ids.north)
    lay(later, mis=MIS)
    assert [day.day for day in times(ids, days=3).days] == [DAY, DAY + timedelta(days=2)]
    assert [day.day for day in times(ids, days=2).days] == [DAY]
    assert times(ids, first=DAY + timedelta(days=1), days=1).days == ()


def test_without_a_first_day_they_begin_today_in_that_branch(ids: Ids, set_clock: SetClock) -> None:
    """22:00 UTC of the day before: 1:00 in Moscow and 3:00 in Yekaterinburg."""
    set_clock(at(-2))
    heard(MIS, as_of=at(-2))
    assert [day.day for day in times(ids, first=None, location_id=ids.north).days] == [DAY]


# Freshness


def test_past_the_limit_no_time_is_shown(ids: Ids, set_clock: SetClock) -> None:
    set_clock(NOW + minutes(10))
    assert times(ids).is_fresh
    set_clock(NOW + minutes(10.1))
    found = times(ids)
    assert (found.as_of, found.is_fresh, found.days) == (NOW, False, ())


def test_a_mis_that_was_never_heard_is_not_fresh(ids: Ids) -> None:
    SyncStatus.objects.update(as_of=None)
    found = times(ids)
    assert (found.as_of, found.is_fresh, found.days) == (None, False, ())


def test_of_two_mises_the_silent_one_offers_nothing(ids: Ids) -> None:
    Offer.objects.filter(location=ids.south).update(mis="second")
    Availability.objects.filter(location=ids.south).update(mis="second")
    heard("second", as_of=NOW - minutes(60))
    found = times(ids)
    assert (found.as_of, found.is_fresh, count(found)) == (NOW, True, 27)
    heard("second", as_of=NOW - minutes(5))
    assert (times(ids).as_of, count(times(ids))) == (NOW - minutes(5), 54)


# ETag


def test_the_etag_stays_while_nothing_changes(ids: Ids, set_clock: SetClock) -> None:
    first = times(ids).etag
    set_clock(NOW + minutes(5))
    heard(MIS, as_of=NOW + minutes(5))
    assert times(ids).etag == first


def test_the_etag_changes_with_any_content(ids: Ids, set_clock: SetClock) -> None:
    seen = [times(ids).etag]
    hold = held(ids, at(7))
    seen.append(times(ids).etag)
    Offer.objects.filter(pk=(ids.eye, ids.north, ids.first_visit)).update(price=1)
    seen.append(times(ids).etag)
    Offer.objects.filter(pk=(ids.eye, ids.north, ids.first_visit)).update(length=minutes(15))
    seen.append(times(ids).etag)
    Offer.objects.filter(pk=(ids.eye, ids.north, ids.first_visit)).update(zone="Europe/Samara")
    seen.append(times(ids).etag)
    set_clock(hold.expires_at + minutes(5))
    seen.append(times(ids).etag)
    heard(MIS, as_of=NOW + minutes(15))
    seen.append(times(ids).etag)
    assert len(set(seen)) == len(seen) == 7


def test_an_empty_fresh_answer_is_not_a_stale_one(ids: Ids) -> None:
    Availability.objects.all().delete()
    fresh = times(ids)
    SyncStatus.objects.update(as_of=NOW - minutes(60))
    stale = times(ids)
    assert fresh.days == stale.days == ()
    assert fresh.etag != stale.etag


# Nearest times, alternatives


def test_the_nearest_times_of_many_doctors_are_one_query(ids: Ids) -> None:
    everybody = [card.id for card in directory.practitioners(limit=50)[0]]
    assert len(everybody) == 3
    with CaptureQueriesContext(connection) as queries:
        found = selectors.next_times(everybody)
    assert len(queries) == 1
    assert list(found) == [ids.eye]
    assert [slot.key.start for slot in found[ids.eye]] == [
        at(6), at(6), at(6, 20), at(6, 20), at(6, 40), at(6, 40),
    ]  # fmt: skip


def test_the_nearest_times_can_be_narrowed(ids: Ids) -> None:
    found = selectors.next_times([ids.eye], location_id=ids.south, service_id=ids.glasses, per=2)
    assert [slot.key for slot in found[ids.eye]] == [
        replace(key_at(ids, at(6), location=ids.south), service_id=ids.glasses),
        replace(key_at(ids, at(6, 20), location=ids.south), service_id=ids.glasses),
    ]
    assert selectors.next_times([]) == {}


def test_lists_have_no_times_and_no_rules_where_nobody_books(ids: Ids, settings: Settings) -> None:
    days = {"first": at(0).date(), "days": 3, "zones": {"Europe/Moscow"}}

    def lists() -> list[bool]:
        offered = selectors.day_times([ids.eye], ruled=[ids.eye], **days)
        found = (selectors.next_times([ids.eye]), offered.times, selectors.visit_rules([ids.eye]))
        return [*map(bool, found), bool(selectors.leading_times([ids.eye], count=1)), *offered.rules]

    assert lists() == [True] * 4
    settings.FELDSHER_SMS = {"kind": "any"}
    assert selectors.has_waiting_list()
    settings.FELDSHER_MODULES = frozenset()
    with CaptureQueriesContext(connection) as queries:
        assert lists() == [False] * 4
    assert len(queries) == 0
    assert not selectors.has_waiting_list()


@pytest.mark.parametrize("shown", [1, 3])
def test_day_times_count_the_days_that_open_times_tells(ids: Ids, shown: int) -> None:
    first = at(0).date()
    zones = {"Europe/Moscow", "Asia/Yekaterinburg"}
    with CaptureQueriesContext(connection) as queries:
        found = selectors.day_times([ids.eye], first=first, days=3, zones=zones, shown=shown).times[ids.eye]
    assert len(queries) == 1
    assert found.keys() == {ids.north, ids.south}
    for branch, days in found.items():
        told = selectors.open_times(
            SlotFilter(practitioner_id=ids.eye, location_id=branch), first=first, days=3
        )
        assert [(times.day, times.slots, times.count) for times in days] == [
            (day.day, day.slots[:shown], len(day.slots)) for day in told.days
        ]


def test_who_has_no_time_in_these_days_has_the_nearest_later_one(ids: Ids) -> None:
    found = selectors.day_times(
        [ids.eye], first=at(-48).date(), days=1, zones={"Europe/Moscow"}, location_id=ids.north
    )
    (times,) = found.times[ids.eye][ids.north]
    merged = selectors.next_times([ids.eye], location_id=ids.north, per=3)[ids.eye]
    assert times.slots == merged[: len(times.slots)]
    assert times.count == len(times.slots) > 0
    nobody = selectors.day_times([], first=at(0).date(), days=1, zones={"Europe/Moscow"})
    assert (nobody.times, nobody.rules) == ({}, ())


def test_alternatives_are_of_the_same_doctor_branch_and_service(ids: Ids) -> None:
    found = selectors.alternatives(key_at(ids, at(16)))
    assert [slot.key for slot in found] == [key_at(ids, at(13, 0) + minutes(20 * step)) for step in range(6)]


def test_alternatives_lie_on_both_sides(ids: Ids) -> None:
    held(ids, at(10))
    near = [slot.key.start for slot in selectors.alternatives(key_at(ids, at(10)))]
    assert near == [at(9), at(9, 20), at(9, 40), at(10, 20), at(10, 40), at(11)]


def test_a_stale_mis_has_no_alternatives(ids: Ids) -> None:
    SyncStatus.objects.update(as_of=NOW - minutes(60))
    assert selectors.alternatives(key_at(ids, at(10))) == ()


# Holds and visits


def test_only_a_hold_is_shown_as_one(ids: Ids) -> None:
    with pytest.raises(HoldNotFoundError):
        selectors.held(uuid4())


def test_an_appointment_opens_with_its_own_secret_only(ids: Ids) -> None:
    hold = held(ids, at(7))
    card = selectors.appointment(hold.id, token=appointment_token(hold.id))
    assert (card.id, card.state, card.key, card.expires_at) == (
        hold.id, State.HELD, hold.key, hold.expires_at,
    )  # fmt: skip
    for token in ("", "x" * 22, "é", appointment_token(uuid4())):
        with pytest.raises(AppointmentNotFoundError):
            selectors.appointment(hold.id, token=token)


def test_an_overdue_hold_is_shown_as_expired(ids: Ids, set_clock: SetClock) -> None:
    hold = held(ids, at(7))
    set_clock(hold.expires_at)
    card = selectors.card_of(hold.id)
    assert (card.state, card.expires_at, card.can_cancel) == (State.EXPIRED, None, False)


def test_staff_see_how_fresh_each_mis_is(ids: Ids) -> None:
    heard("second", as_of=NOW - minutes(60))
    states = selectors.sync_states()
    assert [(state.mis, state.as_of) for state in states] == [("second", NOW - minutes(60)), (MIS, NOW)]
