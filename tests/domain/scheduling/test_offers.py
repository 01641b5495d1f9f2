"""The offers follow the directory: rebuilt by what differs, gone with whoever closes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.directory import factory as directory
from domain.directory.factory import EYE, FIRST_VISIT, HEART, MIS, NORTH, PLAIN
from domain.scheduling.clinic import Ids
from domain.scheduling.factory import NOW, minutes
from feldsher.domain.directory.services import import_snapshot, set_overlay, set_rule
from feldsher.domain.directory.types import Kind, RemotePrice, RuleValues
from feldsher.domain.scheduling import offers
from feldsher.domain.scheduling.models import Offer

pytestmark = pytest.mark.django_db


def first_visit(ids: Ids) -> Offer:
    return Offer.objects.get(practitioner=ids.eye, location=ids.north, service=ids.first_visit)


def test_an_offer_is_what_the_directory_says(ids: Ids) -> None:
    found = first_visit(ids)
    assert (found.mis, found.zone, found.price) == (MIS, "Europe/Moscow", Decimal(1900))
    assert (found.length, found.step, found.before, found.after) == (
        minutes(20), minutes(20), minutes(0), minutes(0),
    )  # fmt: skip
    assert (found.notice, found.horizon, found.capacity) == (minutes(60), timedelta(days=30), 1)
    assert found.is_default
    assert Offer.objects.filter(practitioner=ids.eye).count() == 4


def test_a_rebuild_of_the_same_changes_nothing(ids: Ids) -> None:
    assert [offers.rebuild(), offers.rebuild()] == [0, 0]


def test_a_price_of_zero_is_no_price(ids: Ids) -> None:
    free = replace(directory.PRICES[0], amount=Decimal(0))
    later = directory.snapshot(as_of=NOW, prices=(free, *directory.PRICES[1:]))
    import_snapshot(MIS, snapshot=later)
    assert offers.rebuild() == 1
    assert first_visit(ids).price is None


def test_a_price_of_another_day_is_seen_by_the_next_rebuild(ids: Ids) -> None:
    dearer = RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal(2100))
    import_snapshot(MIS, snapshot=directory.snapshot(as_of=NOW, prices=(dearer, *directory.PRICES[1:])))
    assert offers.rebuild() == 1
    assert first_visit(ids).price == Decimal(2100)


def test_another_zone_reaches_every_offer_of_the_branch(ids: Ids) -> None:
    of_branch = Offer.objects.filter(location=ids.north).count()
    set_overlay(Kind.LOCATION, target=ids.north, field="zone", value="Asia/Omsk", author="anna")
    assert offers.rebuild() == of_branch
    assert first_visit(ids).zone == "Asia/Omsk"


def test_rules_reach_the_offer(ids: Ids) -> None:
    rule = RuleValues(before=5, after=10, step=15, notice=30, horizon=600, capacity=2)
    set_rule(rule, practitioner=ids.eye, service=ids.first_visit, location=ids.north)
    assert offers.rebuild() == 1
    found = first_visit(ids)
    assert (found.before, found.after, found.step) == (minutes(5), minutes(10), minutes(15))
    assert (found.notice, found.horizon, found.capacity) == (minutes(30), minutes(600), 2)


def test_a_service_that_is_not_booked_online_vanishes(ids: Ids) -> None:
    set_rule(RuleValues(is_online=False), service=ids.glasses)
    assert offers.rebuild() == 2
    assert not Offer.objects.filter(service=ids.glasses).exists()


def test_a_doctor_who_left_vanishes(ids: Ids) -> None:
    later = directory.snapshot(as_of=NOW, practitioners=(HEART, PLAIN))
    import_snapshot(MIS, snapshot=later)
    assert offers.rebuild() == 4
    assert not Offer.objects.filter(practitioner=ids.eye).exists()


def test_another_length_reaches_the_offer(ids: Ids) -> None:
    longer = replace(EYE, services=(replace(EYE.services[0], minutes=40), EYE.services[1]))
    import_snapshot(MIS, snapshot=directory.snapshot(as_of=NOW, practitioners=(longer, HEART, PLAIN)))
    offers.rebuild()
    assert first_visit(ids).length == minutes(40)


def test_a_usual_length_is_kept_once(ids: Ids) -> None:
    usual = {(ids.eye, ids.north): 45}
    assert [offers.keep_usual_lengths(usual), offers.keep_usual_lengths(usual)] == [True, False]
    assert offers.keep_usual_lengths({(ids.eye, ids.north): 50})
    assert offers.rebuild() == 1
    changed = Offer.objects.get(practitioner=ids.eye, location=ids.north, service=ids.glasses)
    assert changed.length == minutes(50)
