from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from domain.directory.factory import (
    EYE,
    FIRST_VISIT,
    GLASSES,
    HEART,
    MIS,
    NORTH,
    PLAIN,
    SOUTH,
    row,
    snapshot,
)
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import BookingRule, HealthcareService
from feldsher.domain.directory.services import import_snapshot, set_overlay, set_rule
from feldsher.domain.directory.types import (
    Kind,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    RuleValues,
    ServiceKind,
    VisitTerms,
)
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db

MONTH = 30 * 24 * 60


def _open_branches(*remote_ids: str) -> None:
    for remote_id in remote_ids:
        set_overlay(
            Kind.LOCATION,
            target=row(Kind.LOCATION, remote_id),
            field="zone",
            value="Europe/Moscow",
            author="anna",
        )


def _terms_of(remote_id: str, *, location: str = NORTH.id) -> dict[UUID, VisitTerms]:
    doctor, place = row(Kind.PRACTITIONER, remote_id), row(Kind.LOCATION, location)
    return {
        terms.service_id: terms
        for terms in selectors.visit_terms()
        if (terms.practitioner_id, terms.location_id) == (doctor, place)
    }


def _served(*services: RemoteService, prices: tuple[RemotePrice, ...] = ()) -> None:
    """Import an eye doctor who gives these services."""
    eye = replace(EYE, services=tuple(RemoteServiceNorm(service.id, None) for service in services))
    today = snapshot(as_of=clock.now(), practitioners=(eye,), services=services, prices=prices)
    import_snapshot(MIS, snapshot=today)
    _open_branches(NORTH.id)


def _default() -> str:
    usual = [terms.service_id for terms in _terms_of(EYE.id).values() if terms.is_default]
    assert len(usual) == 1
    return HealthcareService.objects.get(id=usual[0]).name


def _service(name: str) -> RemoteService:
    return RemoteService(f"svc {name}", name, ServiceKind.SERVICE, None, "", None)


def test_terms_of_a_visit_without_rules() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id)
    first, glasses = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.SERVICE, GLASSES.id)
    found = _terms_of(EYE.id)
    assert found == {
        first: VisitTerms(
            practitioner_id=row(Kind.PRACTITIONER, EYE.id),
            location_id=row(Kind.LOCATION, NORTH.id),
            service_id=first,
            minutes=20,
            before=0,
            after=0,
            step=20,
            notice=60,
            horizon=MONTH,
            capacity=1,
            is_default=True,
        ),
        glasses: replace(found[first], service_id=glasses, minutes=30, is_default=False),
    }


def test_a_branch_without_a_zone_offers_nothing() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    assert selectors.visit_terms() == ()
    _open_branches(SOUTH.id)
    assert {terms.location_id for terms in selectors.visit_terms()} == {row(Kind.LOCATION, SOUTH.id)}


def test_doctors_without_a_service_are_booked_for_our_own_visit() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id)
    for remote_id, name in ((HEART.id, "Приём: Кардиология"), (PLAIN.id, "Приём врача")):
        (terms,) = _terms_of(remote_id).values()
        assert HealthcareService.objects.get(id=terms.service_id).name == name
        assert (terms.minutes, terms.step, terms.is_default) == (30, 30, True)


def test_closed_doctors_services_and_branches_offer_nothing() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id, SOUTH.id)
    assert len(selectors.visit_terms()) == 6
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, PLAIN)))
    assert len(selectors.visit_terms()) == 5
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, PLAIN), services=(FIRST_VISIT,)))
    assert len(selectors.visit_terms()) == 3
    import_snapshot(
        MIS, snapshot=snapshot(practitioners=(EYE, PLAIN), services=(FIRST_VISIT,), locations=(NORTH,))
    )
    assert len(selectors.visit_terms()) == 2


def test_length_is_the_doctors_norm_then_the_services_then_half_an_hour() -> None:
    eye = replace(
        EYE,
        services=(
            RemoteServiceNorm("a", 25),
            RemoteServiceNorm("b", None),
            RemoteServiceNorm("c", None),
        ),
    )
    services = tuple(
        RemoteService(remote_id, f"Услуга {remote_id}", ServiceKind.SERVICE, None, "", minutes)
        for remote_id, minutes in (("a", 40), ("b", 50), ("c", None))
    )
    import_snapshot(MIS, snapshot=snapshot(practitioners=(eye,), services=services, prices=()))
    _open_branches(NORTH.id)
    found = {
        remote_id: _terms_of(EYE.id)[row(Kind.SERVICE, remote_id)].minutes for remote_id in ("a", "b", "c")
    }
    assert found == {"a": 25, "b": 50, "c": 30}
    assert {terms.step for terms in selectors.visit_terms()} == {25}


def test_rules_merge_field_by_field() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id, SOUTH.id)
    eye, first = row(Kind.PRACTITIONER, EYE.id), row(Kind.SERVICE, FIRST_VISIT.id)
    north = row(Kind.LOCATION, NORTH.id)
    set_rule(RuleValues(notice=120, after=5))
    set_rule(RuleValues(after=10, step=15), location=north)
    set_rule(RuleValues(before=3, capacity=2, horizon=600), practitioner=eye, service=first)
    terms = _terms_of(EYE.id)[first]
    assert (terms.notice, terms.after, terms.step, terms.before) == (120, 10, 15, 3)
    assert (terms.capacity, terms.horizon) == (2, 600)
    terms = _terms_of(EYE.id, location=SOUTH.id)[first]
    assert (terms.after, terms.step) == (5, 20)


def test_zero_notice_is_a_rule_of_its_own() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id)
    set_rule(RuleValues(notice=0, horizon=0))
    assert {(terms.notice, terms.horizon) for terms in selectors.visit_terms()} == {(0, 0)}


def test_a_rule_is_replaced_as_a_whole() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    set_rule(RuleValues(notice=5, step=10))
    set_rule(RuleValues(notice=7))
    assert BookingRule.objects.values_list("notice", "step").get() == (7, None)


def test_offline_visits_are_left_out_and_another_becomes_the_default() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id)
    set_rule(RuleValues(is_online=False), service=row(Kind.SERVICE, FIRST_VISIT.id))
    (terms,) = _terms_of(EYE.id).values()
    assert (terms.service_id, terms.is_default, terms.step) == (row(Kind.SERVICE, GLASSES.id), True, 30)
    set_rule(RuleValues(is_online=False), practitioner=row(Kind.PRACTITIONER, EYE.id))
    assert _terms_of(EYE.id) == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (RuleValues(step=1441), "step"),
        (RuleValues(step=0), "step"),
        (RuleValues(before=-1), "before"),
        (RuleValues(after=1441), "after"),
        (RuleValues(capacity=0), "capacity"),
        (RuleValues(horizon=10**9), "horizon"),
    ],
)
def test_wrong_rules_are_refused(values: RuleValues, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        set_rule(values)
    assert list(refusal.value.fields) == [field]
    assert not BookingRule.objects.exists()


def test_a_rule_of_an_unknown_party_is_refused() -> None:
    with pytest.raises(NotFoundError):
        set_rule(RuleValues(notice=1), practitioner=UUID(int=7))


@pytest.mark.parametrize(
    ("names", "usual"),
    [
        (("Подбор очков", "Приём офтальмолога"), "Приём офтальмолога"),
        (("Анализ", "КОНСУЛЬТАЦИЯ врача"), "КОНСУЛЬТАЦИЯ врача"),
        (("Анализ", "Первичный осмотр"), "Первичный осмотр"),
        (("Приём повторный", "Прием терапевта"), "Прием терапевта"),
        (("Приём повторный", "Анализ"), "Анализ"),
        (("Сложная", "Простая"), "Простая"),
    ],
)
def test_the_default_visit_is_found_by_its_name(names: tuple[str, ...], usual: str) -> None:
    _served(*(_service(name) for name in names))
    assert _default() == usual


def test_the_default_visit_is_else_the_cheapest_that_has_a_price() -> None:
    services = [_service(name) for name in ("Без цены", "Дорогая", "Недорогая", "Ноль")]
    amounts = {"Дорогая": 900, "Недорогая": 300, "Ноль": 0}
    _served(
        *services,
        prices=tuple(
            RemotePrice(f"svc {name}", NORTH.id, None, Decimal(amount)) for name, amount in amounts.items()
        ),
    )
    assert _default() == "Недорогая"


def test_services_of_a_doctor_begin_with_the_default() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    _open_branches(NORTH.id)
    eye, north = row(Kind.PRACTITIONER, EYE.id), row(Kind.LOCATION, NORTH.id)
    cards = selectors.services_of(eye, location=north)
    assert [(card.name, card.minutes) for card in cards] == [(FIRST_VISIT.name, 20), (GLASSES.name, None)]
    assert selectors.services_of(eye, location=None) == cards
    assert selectors.services_of(eye, location=row(Kind.LOCATION, SOUTH.id)) == ()
