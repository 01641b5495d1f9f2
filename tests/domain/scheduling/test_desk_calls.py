"""Who is on a call, and how it ended: one person at a time, and the second hears who has it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from conftest import SetClock
from domain.scheduling.clinic import Ids, open_clinic
from domain.scheduling.factory import NOW
from domain.scheduling.interleaving import at_once
from domain.scheduling.staff import EDITOR, REGISTRAR, hired
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import CallDoneError, CallTakenError
from feldsher.domain.scheduling.models import CallRequest
from feldsher.domain.scheduling.types import CallOutcome
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError, NotFoundError

PERSON = {"name": "Проба Вымышленова", "phone": "8 921 000 00 17", "topic": "Невролог"}


@pytest.fixture
def ids(set_clock: SetClock, db: None) -> Ids:
    set_clock(NOW)
    body = "Согласие для {operator}"
    publish_consent_text(Purpose.BOOKING, version="first", body=body, valid_from=NOW - timedelta(days=1))
    return open_clinic()


def ask(ids: Ids, **values: str) -> UUID:
    return services.request_call(**PERSON | values, location_id=ids.north, channel="site").id


def test_open_calls_come_in_order_of_their_hour_and_in_clear_text(ids: Ids, set_clock: SetClock) -> None:
    first = ask(ids)
    set_clock(NOW + timedelta(minutes=5))
    second = ask(ids, name="Другая")
    calls = selectors.open_calls(REGISTRAR)
    assert [call.id for call in calls] == [first, second]
    assert (calls[0].name, calls[0].phone, calls[0].topic) == (PERSON["name"], "+79210000017", "Невролог")
    assert (calls[0].is_ours, calls[0].taken_by, calls[0].tries) == (False, None, 0)
    assert PERSON["name"] not in repr(calls[0])


def test_who_may_not_handle_calls_sees_and_does_nothing(ids: Ids) -> None:
    call = ask(ids)
    for act in (
        lambda: selectors.open_calls(EDITOR),
        lambda: selectors.open_call_card(EDITOR, call),
        lambda: services.take_call(call, staff=EDITOR),
        lambda: services.finish_call(call, outcome=CallOutcome.REACHED, staff=EDITOR),
        lambda: services.call_later(call, at=NOW + timedelta(hours=1), staff=EDITOR),
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert CallRequest.objects.get().taken_by is None


def test_the_second_hears_who_has_it(ids: Ids) -> None:
    vera, anna = (
        hired(login, name, Role.REGISTRAR) for login, name in (("vera", "Тестова В."), ("anna", ""))
    )
    call = ask(ids)
    services.take_call(call, staff=vera)
    services.take_call(call, staff=vera)
    for act in (
        lambda: services.take_call(call, staff=anna),
        lambda: services.finish_call(call, outcome=CallOutcome.REACHED, staff=anna),
    ):
        with pytest.raises(CallTakenError) as caught:
            act()
        assert "Тестова В." in caught.value.message
        assert "Тестова" not in caught.value.detail
    assert selectors.open_call_card(anna, call).taken_by == vera.id


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_takes_it(ids: Ids) -> None:
    people = [hired(f"person{n}", f"Проба {n}", Role.REGISTRAR) for n in range(2)]
    call = ask(ids)

    def take(staff: Staff) -> str:
        try:
            services.take_call(call, staff=staff)
        except CallTakenError as error:
            return error.message
        return staff.name

    won = at_once([lambda: take(people[0]), lambda: take(people[1])])
    winner = next(person for person in people if person.id == CallRequest.objects.get().taken_by)
    assert sorted(won, key=len) == [
        winner.name,
        f"Этот звонок взял другой сотрудник: {winner.name}. Возьмите следующий.",
    ]


def test_who_took_it_and_wrote_nothing_for_half_an_hour_no_longer_has_it(
    ids: Ids, set_clock: SetClock
) -> None:
    vera, anna = (hired(login, login, Role.REGISTRAR) for login in ("vera", "anna"))
    call = ask(ids)
    services.take_call(call, staff=vera)
    set_clock(NOW + timedelta(minutes=30))
    assert selectors.open_call_card(anna, call).taken_by is None
    services.take_call(call, staff=anna)
    with pytest.raises(CallTakenError):
        services.finish_call(call, outcome=CallOutcome.REACHED, staff=vera)


@pytest.mark.parametrize("outcome", CallOutcome)
def test_an_outcome_ends_a_call_once(ids: Ids, outcome: CallOutcome) -> None:
    call = ask(ids)
    services.take_call(call, staff=REGISTRAR)
    services.finish_call(call, outcome=outcome, staff=REGISTRAR)
    row = CallRequest.objects.get()
    assert (row.outcome, row.done_by, row.done_at) == (outcome, REGISTRAR.id, NOW)
    assert selectors.open_calls(REGISTRAR) == ()
    with pytest.raises(CallDoneError):
        services.finish_call(call, outcome=outcome, staff=REGISTRAR)
    with pytest.raises(NotFoundError):
        selectors.open_call_card(REGISTRAR, call)


def test_a_call_that_nobody_answered_comes_back_at_its_hour(ids: Ids) -> None:
    call = ask(ids)
    services.take_call(call, staff=REGISTRAR)
    card = selectors.open_call_card(REGISTRAR, call)
    hour = selectors.hours_to_call(card)[1]
    services.call_later(call, at=hour, staff=REGISTRAR)
    again = selectors.open_call_card(REGISTRAR, call)
    assert (again.due, again.call_by, again.tries, again.taken_by) == (hour, card.call_by, 1, None)


@pytest.mark.parametrize(
    "at",
    [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=3), datetime(2026, 11, 25, 20, tzinfo=UTC)],
    ids=["now", "past", "too far", "at night"],
)
def test_an_hour_at_which_nobody_calls_is_refused(ids: Ids, at: datetime) -> None:
    call = ask(ids)
    with pytest.raises(InvalidInputError) as caught:
        services.call_later(call, at=at, staff=REGISTRAR)
    assert list(caught.value.fields) == ["at"]
    assert CallRequest.objects.get().tries == 0


def test_every_hour_that_is_offered_is_taken(ids: Ids) -> None:
    call = ask(ids)
    hours = selectors.hours_to_call(selectors.open_call_card(REGISTRAR, call))
    assert len(hours) > 20
    for hour in hours:
        services.call_later(call, at=hour, staff=REGISTRAR)
    assert CallRequest.objects.get().tries == len(hours)


def test_an_unknown_call_is_not_found(ids: Ids) -> None:
    with pytest.raises(NotFoundError):
        services.take_call(uuid4(), staff=REGISTRAR)
