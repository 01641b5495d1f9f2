"""The daily check: what differs, what still has time, and that it settles by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import SetClock
from domain.accounting.factory import SOURCE, become, bind, document, said_of, taken, tell, visit
from domain.scheduling.exchange.world import NOW, VISIT_AT
from feldsher.domain.accounting import services
from feldsher.domain.accounting.jobs import check
from feldsher.domain.accounting.models import Base, Difference
from feldsher.domain.accounting.types import BaseTerms, DifferenceKind
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + DAY + HOUR


def differing() -> dict[UUID, DifferenceKind]:
    services.check(SOURCE)
    found = Difference.objects.filter(settled_at=None).values_list("document__chain", "kind")
    return {chain: DifferenceKind(kind) for chain, kind in found}


def test_what_agrees_differs_in_nothing() -> None:
    chain = visit()
    taken()
    tell(said_of(chain))
    assert differing() == {}
    base = Base.objects.get()
    assert (base.checked_at, base.compared) == (NOW, 1)


def test_a_document_has_a_day_to_be_taken(set_clock: SetClock) -> None:
    services.open_base(SOURCE)
    chain = visit(VISIT_AT + 3 * DAY)
    set_clock(NOW + DAY)
    assert differing() == {}
    set_clock(LATER)
    assert differing() == {chain: DifferenceKind.NOT_TAKEN}
    taken()
    assert differing() == {}
    assert Difference.objects.get().settled_at == LATER


def test_a_base_that_answers_has_a_day_to_answer_and_one_that_never_did_is_not_waited_for(
    set_clock: SetClock,
) -> None:
    silent, answered = visit(), visit(VISIT_AT + HOUR)
    taken()
    set_clock(LATER)
    assert differing() == {}
    tell(said_of(answered))
    assert differing() == {silent: DifferenceKind.UNANSWERED}


@pytest.mark.parametrize(
    ("states", "said", "kind"),
    [
        ((), {"is_cancelled": True}, DifferenceKind.CANCELLED_THERE),
        ((), {"is_deleted": True, "amount": "5"}, DifferenceKind.CANCELLED_THERE),
        ((State.ARRIVED, State.FULFILLED), {"is_cancelled": True}, DifferenceKind.CANCELLED_THERE),
        ((State.CANCELLED,), {}, DifferenceKind.CANCELLED_HERE),
        ((State.NOSHOW,), {}, DifferenceKind.CANCELLED_HERE),
        ((State.CANCELLED,), {"is_cancelled": True, "amount": "0.00"}, None),
        ((), {"amount": "1900.01"}, DifferenceKind.OTHER_SUM),
        ((), {"amount": "1 900,00"}, None),
        ((), {"amount": "x"}, None),
    ],
)
def test_each_kind_of_difference(
    states: tuple[State, ...], said: dict[str, Any], kind: DifferenceKind | None
) -> None:
    chain = visit()
    taken()
    become(chain, *states)
    taken()
    tell(said_of(chain, **said))
    assert differing() == ({chain: kind} if kind else {})


def test_a_sum_that_nobody_here_has_said_differs_from_none() -> None:
    chain = visit(price=None)
    taken()
    tell(said_of(chain, amount="2500"))
    assert differing() == {}


def test_a_word_of_an_older_version_counts_for_nothing_until_the_newer_one_is_late(
    set_clock: SetClock,
) -> None:
    """Cancelled here after 1С answered: it hears of that, and has a day to cancel too."""
    chain = visit(VISIT_AT + 3 * DAY)
    taken()
    tell(said_of(chain))
    set_clock(NOW + HOUR)
    become(chain, State.CANCELLED)
    assert differing() == {}
    taken()
    assert differing() == {}
    set_clock(NOW + HOUR + DAY + HOUR)
    assert differing() == {chain: DifferenceKind.CANCELLED_HERE}
    tell(said_of(chain, is_cancelled=True))
    assert differing() == {}


def test_a_difference_is_found_once_and_another_one_of_the_same_document_is_another(
    set_clock: SetClock,
) -> None:
    chain = visit()
    taken()
    tell(said_of(chain, amount="5"))
    set_clock(NOW + HOUR)
    assert differing() == {chain: DifferenceKind.OTHER_SUM}
    assert Difference.objects.get().found_at == NOW
    tell(said_of(chain, is_cancelled=True))
    assert differing() == {chain: DifferenceKind.CANCELLED_THERE}
    kinds = Difference.objects.order_by("id").values_list("kind", "found_at", "settled_at")
    assert list(kinds) == [("other_sum", NOW, NOW + HOUR), ("cancelled_there", NOW + HOUR, None)]


def test_the_night_compares_with_every_base_that_has_begun(set_clock: SetClock) -> None:
    bind(BaseTerms(SOURCE, None), BaseTerms("never", frozenset()))
    services.open_base(SOURCE)
    visit(VISIT_AT + 3 * DAY)
    set_clock(LATER)
    run: Callable[..., None] = check.func
    run(timestamp=0)
    assert Difference.objects.get().kind == DifferenceKind.NOT_TAKEN
    assert list(Base.objects.values_list("source", flat=True)) == [SOURCE]


def test_a_check_changes_no_visit_and_no_document(set_clock: SetClock) -> None:
    chain = visit()
    taken()
    tell(said_of(chain, is_cancelled=True))
    before = (Appointment.objects.values().get(), document(chain).version, document(chain).is_due)
    differing()
    after = (Appointment.objects.values().get(), document(chain).version, document(chain).is_due)
    assert after == before
