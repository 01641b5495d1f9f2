"""The day on which all visits of a programme may be booked: a time for each service, of whichever doctor."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, doctor, hours, week
from domain.scheduling.clinic_of_own import THURSDAY, at_work_on_thursdays, run_jobs
from domain.scheduling.staff import somebody
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.types import ProgrammeDay
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
REGISTRAR = somebody(Role.REGISTRAR)
FRIDAY = THURSDAY + timedelta(days=1)


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """An eye doctor works on Thursdays and Fridays; today is Wednesday."""
    set_clock(NOW)
    with at_work_on_thursdays("9-10:30") as clinic:
        days = week(thu=hours("9-10:30"), fri=hours("9-10:30"))
        services.set_week(clinic.at_north, days=days, since=TODAY, author=STAFF)
        run_jobs()
        yield clinic


def a_service(clinic: OwnClinic, name: str, **days: str) -> tuple[UUID, UUID]:
    """Add a doctor who gives a service of their own on these days; returns the service and the doctor."""
    who = doctor(name)
    directory.add_workplace(who, location=clinic.north, specialty="Терапия", author=STAFF)
    service = directory.add_record(
        Kind.SERVICE, values={"name": f"Приём {name}", "minutes": 30}, author=STAFF
    )
    directory.give_service(who, service=service, minutes=None, author=STAFF)
    services.rebuild_offers()
    if days:
        times = week(**{day: hours(span) for day, span in days.items()})
        services.set_week(Workplace(who, clinic.north), days=times, since=TODAY, author=STAFF)
        run_jobs()
    return service, who


def found(clinic: OwnClinic, *others: tuple[UUID, UUID], day: date | None = None) -> ProgrammeDay:
    visits = {clinic.visit: [clinic.eye]} | {service: [who] for service, who in others}
    return selectors.programme_day_for_staff(REGISTRAR, visits, location=clinic.north, first=TODAY, day=day)


def test_the_day_is_the_first_that_has_a_time_for_each_visit(clinic: OwnClinic) -> None:
    assert found(clinic).day == THURSDAY
    heart = a_service(clinic, "Сердцева", wed="9-10", fri="12-13")
    told = found(clinic, heart)
    assert (told.day, told.has_no_day, told.stale) == (FRIDAY, False, frozenset())
    assert {service: len(times) for service, times in told.times.items()} == {clinic.visit: 3, heart[0]: 2}
    assert {slot.key.practitioner_id for slot in told.times[heart[0]]} == {heart[1]}


def test_no_day_for_all_is_told_and_the_first_one_is_shown(clinic: OwnClinic) -> None:
    told = found(clinic, a_service(clinic, "Сердцева", mon="9-10"))
    assert (told.day, told.has_no_day) == (TODAY, True)
    assert set(told.times.values()) == {()}


def test_a_chosen_day_is_the_day_whatever_it_has(clinic: OwnClinic) -> None:
    told = found(clinic, a_service(clinic, "Сердцева", fri="9-10"), day=THURSDAY)
    assert (told.day, told.has_no_day) == (THURSDAY, False)
    assert sorted(len(times) for times in told.times.values()) == [0, 3]


def test_of_a_schedule_that_is_too_old_nobody_says_that_it_has_no_day(
    clinic: OwnClinic, set_clock: SetClock
) -> None:
    set_clock(NOW + timedelta(days=4))
    told = selectors.programme_day_for_staff(
        REGISTRAR, {clinic.visit: [clinic.eye]}, location=clinic.north, first=TODAY + timedelta(days=4)
    )
    assert (told.has_no_day, told.stale) == (False, {clinic.eye})


def test_a_service_costs_one_question_however_many_doctors_give_it(clinic: OwnClinic) -> None:
    def asked() -> int:
        given = {clinic.visit: doctors, other: doctors}
        with CaptureQueriesContext(connection) as queries:
            selectors.programme_day_for_staff(REGISTRAR, given, location=clinic.north, first=TODAY)
        return len(queries)

    other, who = a_service(clinic, "Сердцева")
    doctors = [clinic.eye]
    assert asked() == 4, "the branch, how old the schedules are, and one a service"
    doctors = [clinic.eye, who, *(a_service(clinic, f"Врачова{number}")[1] for number in "абв")]
    assert asked() == 4


def test_who_may_not_book_asks_for_no_day(clinic: OwnClinic) -> None:
    with pytest.raises(ForbiddenError):
        selectors.programme_day_for_staff(
            somebody(Role.CALL_CENTRE), {clinic.visit: [clinic.eye]}, location=clinic.north, first=TODAY
        )
