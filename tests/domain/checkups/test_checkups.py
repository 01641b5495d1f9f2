"""Programmes of check-ups: who composes them, whom they let in, and what they cost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from domain.checkups.factory import BLOOD, CHANGE, EDITOR, REGISTRAR, composed, founded, second_doctor
from domain.directory.factory import AT, FIRST_VISIT, GLASSES, NORTH, SOUTH, row
from feldsher.domain.checkups import selectors, services
from feldsher.domain.checkups.errors import ProgrammeEmptyError, ProgrammeFullError, SlugTakenError
from feldsher.domain.checkups.models import ProgrammePrice
from feldsher.domain.checkups.types import (
    Band,
    Bounds,
    Estimate,
    Person,
    PriceSource,
    ProgrammeCard,
    ProgrammeChange,
    Sex,
    Why,
)
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from support.aside import aside

pytestmark = pytest.mark.django_db

TODAY = AT.date()
WAITS, LIMIT = 1, 20
WOMAN, MAN, YOUNG = Person(40, Sex.FEMALE), Person(40, Sex.MALE), Person(18, Sex.MALE)


@pytest.fixture
def made() -> UUID:
    founded()
    return composed()


def _card() -> ProgrammeCard:
    return selectors.programme(CHANGE.slug)


def _cost(person: Person, *names: str, branch: str = NORTH.id) -> Estimate:
    card = _card()
    chosen = [item.id for item in card.items if item.name in names]
    place = row(Kind.LOCATION, branch)
    (found,) = selectors.estimates(card, location_id=place, days=[TODAY], person=person, chosen=chosen)
    return found


def _names(found: Estimate) -> list[str]:
    return [line.item.name for line in (*found.mandatory, *found.chosen)]


def test_without_a_price_of_its_own_a_programme_costs_its_services(made: UUID) -> None:
    found = _cost(WOMAN, GLASSES.name)
    assert _names(found) == [FIRST_VISIT.name, BLOOD.name, GLASSES.name]
    assert (found.singles, found.total, found.saving, found.whole) == (
        Decimal(3150),
        Decimal(3150),
        None,
        None,
    )


def test_what_is_not_for_somebody_is_left_out_and_said(made: UUID) -> None:
    found = _cost(MAN)
    assert [(each.item.name, each.why) for each in found.excluded] == [(BLOOD.name, Why.SEX)]
    assert found.total == Decimal(1900)
    young = _cost(YOUNG, GLASSES.name)
    assert [(each.item.name, each.why) for each in young.excluded] == [
        (BLOOD.name, Why.SEX),
        (GLASSES.name, Why.AGE),
    ]


def test_what_a_branch_does_not_do_is_left_out_there(made: UUID) -> None:
    found = _cost(WOMAN, branch=SOUTH.id)
    assert [(each.item.name, each.why) for each in found.excluded] == [(BLOOD.name, Why.BRANCH)]
    assert found.total == Decimal(1700)


def test_a_price_of_the_whole_saves_or_honestly_does_not(made: UUID) -> None:
    services.set_price(made, location_id=None, amount=Decimal(2000), since=TODAY, staff=EDITOR)
    found = _cost(WOMAN, GLASSES.name)
    assert (found.total, found.saving) == (Decimal(2800), Decimal(350))
    assert found.whole is not None
    assert (found.whole.source, found.whole.since) == (PriceSource.OWN, TODAY)
    assert _cost(MAN).saving == Decimal(-100)


def test_a_price_of_the_branch_goes_before_that_of_all(made: UUID) -> None:
    services.set_price(made, location_id=None, amount=Decimal(2000), since=TODAY, staff=EDITOR)
    north = row(Kind.LOCATION, NORTH.id)
    services.set_price(made, location_id=north, amount=Decimal("1990.50"), since=TODAY, staff=EDITOR)
    assert _cost(WOMAN).total == Decimal("1990.50")
    assert _cost(WOMAN, branch=SOUTH.id).total == Decimal(2000)


def test_a_service_of_the_mis_may_be_the_price(made: UUID) -> None:
    change = replace(CHANGE, is_published=True, service_id=row(Kind.SERVICE, GLASSES.id))
    services.save_programme(change, staff=EDITOR, programme_id=made)
    found = _cost(WOMAN)
    assert found.whole is not None
    assert (found.whole.source, found.whole.amount, found.total) == (
        PriceSource.SERVICE,
        Decimal(800),
        Decimal(800),
    )


def test_a_whole_that_the_price_list_sells_from_a_price_costs_from_it(made: UUID) -> None:
    second_doctor(place=NORTH.id, amount=2300)
    change = replace(CHANGE, is_published=True, service_id=row(Kind.SERVICE, FIRST_VISIT.id))
    services.save_programme(change, staff=EDITOR, programme_id=made)
    found = _cost(WOMAN)
    assert found.whole is not None
    assert (found.whole.amount, found.whole.is_from) == (Decimal(1900), True)
    assert (found.total, found.is_total_from) == (Decimal(1900), True)
    assert not _cost(WOMAN, branch=SOUTH.id).is_total_from


def test_a_saving_against_a_price_from_is_not_known(made: UUID) -> None:
    second_doctor(place=NORTH.id, amount=2300)
    services.set_price(made, location_id=None, amount=Decimal(2000), since=TODAY, staff=EDITOR)
    found = _cost(MAN)
    assert (found.singles, found.is_singles_from) == (Decimal(1900), True)
    assert (found.total, found.is_total_from) == (Decimal(2000), False)
    assert found.saving is None, "by the dearer doctor the programme is the cheaper one"
    assert _cost(MAN, branch=SOUTH.id).saving == Decimal(-300)


def test_where_nothing_of_what_is_for_all_is_done_the_programme_has_no_price(made: UUID) -> None:
    services.set_price(made, location_id=None, amount=Decimal(2000), since=TODAY, staff=EDITOR)
    visit, *_ = _card().items
    services.remove_item(made, item_id=visit.id, staff=EDITOR)
    for chosen in ((), (GLASSES.name,)):
        assert _cost(WOMAN, *chosen, branch=SOUTH.id).refusal is Why.BRANCH
    assert _cost(MAN).refusal is Why.SEX
    assert _cost(WOMAN).refusal is None


def test_prices_keep_their_history_and_never_overlap(made: UUID) -> None:
    later = TODAY + timedelta(days=7)
    services.set_price(made, location_id=None, amount=Decimal(2000), since=TODAY, staff=EDITOR)
    services.set_price(made, location_id=None, amount=Decimal(2500), since=later, staff=EDITOR)
    assert [(each.amount, each.since, each.until) for each in selectors.own_prices(EDITOR, made)] == [
        (Decimal(2500), later, None),
        (Decimal(2000), TODAY, later),
    ]
    with pytest.raises(IntegrityError, match="checkups_price_no_overlap"), transaction.atomic():
        ProgrammePrice.objects.create(programme_id=made, amount=1, valid_from=later, author="vera")


def test_bands_are_no_narrower_than_the_rules(made: UUID) -> None:
    assert selectors.bands_of(_card()) == (Band(0, 17), Band(18, 39), Band(40, None))
    assert selectors.asks_sex(_card())
    card = _card()
    for_all = replace(
        card, bounds=Bounds(), items=tuple(replace(item, bounds=Bounds()) for item in card.items)
    )
    assert selectors.bands_of(for_all) == ()
    assert not selectors.is_unanswered(for_all, Person())
    assert selectors.is_unanswered(card, Person(age=40))
    assert selectors.is_unanswered(card, Person(sex=Sex.MALE))
    assert not selectors.is_unanswered(card, Person(age=40, sex=Sex.MALE))


def test_who_a_programme_is_not_for_is_told(made: UUID) -> None:
    assert _cost(Person(0, Sex.FEMALE)).refusal is Why.AGE
    assert _cost(WOMAN).refusal is None
    assert _cost(Person()).refusal is None


def test_a_programme_costs_the_same_queries_whatever_is_in_it(
    made: UUID, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        card = _card()
    place = row(Kind.LOCATION, NORTH.id)
    with django_assert_num_queries(2):
        selectors.estimates(card, location_id=place, days=[TODAY], person=WOMAN)
    with django_assert_num_queries(3):
        today, _ = selectors.estimates(
            card, location_id=place, days=[TODAY, TODAY - timedelta(days=1)], person=WOMAN
        )
    assert today == _cost(WOMAN)


def test_only_an_editor_composes(made: UUID) -> None:
    acts = (
        lambda: services.save_programme(CHANGE, staff=REGISTRAR),
        lambda: services.add_item(
            made, service_id=UUID(int=9), bounds=Bounds(), is_optional=False, staff=REGISTRAR
        ),
        lambda: services.remove_item(made, item_id=UUID(int=9), staff=REGISTRAR),
        lambda: services.set_price(made, location_id=None, amount=Decimal(1), since=TODAY, staff=REGISTRAR),
        lambda: selectors.programmes_of_desk(REGISTRAR),
        lambda: selectors.own_prices(REGISTRAR, made),
    )
    for act in acts:
        with pytest.raises(ForbiddenError):
            act()
    assert len(_card().items) == 3


def test_a_programme_without_a_service_for_all_is_not_shown(made: UUID) -> None:
    empty = replace(CHANGE, slug="pusto", is_published=True)
    with pytest.raises(ProgrammeEmptyError):
        services.save_programme(empty, staff=EDITOR)
    for item in _card().items[:1]:
        services.remove_item(made, item_id=item.id, staff=EDITOR)
    with pytest.raises(ProgrammeEmptyError):
        services.remove_item(made, item_id=_card().items[0].id, staff=EDITOR)
    assert [item.name for item in _card().items] == [BLOOD.name, GLASSES.name]


def test_the_last_service_for_everybody_does_not_become_one_by_choice(made: UUID) -> None:
    visit, blood, _ = _card().items
    services.remove_item(made, item_id=visit.id, staff=EDITOR)
    with pytest.raises(ProgrammeEmptyError):
        services.add_item(made, service_id=blood.service_id, bounds=Bounds(), is_optional=True, staff=EDITOR)
    assert [item.is_optional for item in _card().items] == [False, True]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ProgrammeChange(" ", "slug"), "name"),
        (ProgrammeChange("Имя", "Адрес"), "slug"),
        (ProgrammeChange("Имя", "-x"), "slug"),
        (ProgrammeChange("Имя", "x", bounds=Bounds(40, 18)), "age_from"),
        (ProgrammeChange("Имя", "x", bounds=Bounds(0, 121)), "age_from"),
    ],
)
def test_what_is_wrong_is_said_by_its_field(change: ProgrammeChange, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.save_programme(change, staff=EDITOR)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("amount", [None, *map(Decimal, ("0", "-1", "NaN", "1e9"))])
def test_what_is_no_price_is_refused(made: UUID, amount: Decimal | None) -> None:
    with pytest.raises(InvalidInputError):
        services.set_price(made, location_id=None, amount=amount, since=TODAY, staff=EDITOR)
    assert not ProgrammePrice.objects.exists()


def test_an_address_is_one_programmes_and_a_draft_is_nobodys(made: UUID) -> None:
    with pytest.raises(SlugTakenError):
        services.save_programme(CHANGE, staff=EDITOR)
    services.save_programme(CHANGE, staff=EDITOR, programme_id=made)
    with pytest.raises(NotFoundError):
        _card()
    assert selectors.programmes() == ()
    with pytest.raises(NotFoundError):
        services.save_programme(CHANGE, staff=EDITOR, programme_id=UUID(int=9))


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_of_one_address_at_once_one_is_told_that_it_is_taken() -> None:
    """The first holds its row until the second waits for it."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.save_programme(CHANGE, staff=EDITOR)
            second = pool.submit(aside, lambda: services.save_programme(CHANGE, staff=EDITOR))
            with pytest.raises(TimeoutError):
                second.result(WAITS)
        with pytest.raises(SlugTakenError):
            second.result(LIMIT)
    assert [card.slug for card in selectors.programmes_of_desk(EDITOR)] == [CHANGE.slug]


def test_a_programme_has_a_hundred_services_at_most(made: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_ITEMS", 3)
    known = row(Kind.SERVICE, GLASSES.id)
    services.add_item(made, service_id=known, bounds=Bounds(), is_optional=True, staff=EDITOR)
    card = selectors.programme(CHANGE.slug)
    assert len(card.items) == 3
    services.remove_item(made, item_id=card.items[1].id, staff=EDITOR)
    monkeypatch.setattr(services, "MOST_ITEMS", 2)
    with pytest.raises(ProgrammeFullError):
        services.add_item(
            made, service_id=row(Kind.SERVICE, BLOOD.id), bounds=Bounds(), is_optional=True, staff=EDITOR
        )
