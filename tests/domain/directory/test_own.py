"""Records that staff make where no MIS does, and what is done to them; a MIS's own are left to it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from conftest import SetClock
from domain.directory import factory as mis
from domain.roster.factory import NOW, STAFF, OwnClinic, doctor, own_clinic
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import Organization, PractitionerRole
from feldsher.domain.directory.types import Completeness, DirectorySnapshot, Kind
from feldsher.domain.directory.types.own import OWN_SCHEDULE, RecordAct
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
NOBODY = UUID(int=9)


@pytest.fixture
def clinic(set_clock: SetClock) -> OwnClinic:
    set_clock(NOW)
    return own_clinic()


def faults(act: Callable[..., object], *args: Any, **values: Any) -> list[str]:
    with pytest.raises(InvalidInputError) as refused:
        act(*args, **values, author=STAFF)
    return sorted(refused.value.fields)


def told(kind: Kind, target: UUID) -> list[tuple[RecordAct, str, str]]:
    return [(line.act, line.about, line.words) for line in selectors.acts(kind, target=target)]


def test_staff_make_a_clinic_that_can_be_booked_in_whole(clinic: OwnClinic) -> None:
    terms = {(each.practitioner_id, each.location_id): each for each in selectors.visit_terms()}
    assert terms.keys() == {(clinic.eye, clinic.north), (clinic.eye, clinic.ural)}
    (here, there) = terms.values()
    assert (here.service_id, here.minutes, here.is_default) == (clinic.visit, 30, True)
    assert there.service_id == clinic.visit
    assert set(selectors.schedule_keepers().values()) == {OWN_SCHEDULE}
    assert selectors.kept_by(OWN_SCHEDULE) == {
        (clinic.eye, clinic.north): str(clinic.eye),
        (clinic.eye, clinic.ural): str(clinic.eye),
    }
    ids = selectors.remote_ids(clinic.eye, location=clinic.north, service=clinic.visit)
    assert (ids.mis, ids.practitioner_id, ids.location_id, ids.service_id, ids.specialty) == (
        *(OWN_SCHEDULE, str(clinic.eye), str(clinic.north), str(clinic.visit)),
        "Офтальмология",
    )
    assert [price.amount for price in selectors.price_lines(clinic.visit)] == [Decimal(2500)]
    assert selectors.location(clinic.north).organization_id == Organization.objects.get().id


def test_a_field_of_such_a_record_is_staff_s_word(clinic: OwnClinic) -> None:
    card = selectors.record(Kind.LOCATION, target=clinic.north)
    said = {field.name: (field.value, field.is_overlaid, field.author) for field in card.fields}
    assert said["name"] == ("Северный", True, STAFF)
    assert said["zone"] == ("Europe/Moscow", True, STAFF)
    assert said["city"] == ("", False, "")
    assert [(each.mis, each.value) for each in card.external_ids] == [(OWN_SCHEDULE, str(clinic.north))]


def test_what_is_missing_or_wrong_is_told_by_its_field_and_nothing_is_made(clinic: OwnClinic) -> None:
    lines = selectors.record_lines(Kind.LOCATION)[1]
    assert faults(services.add_record, Kind.LOCATION, values={"name": "", "phone": "1"}) == [
        *("name", "phone", "zone")
    ]
    assert faults(services.add_record, Kind.PRACTITIONER, values={"family": "А" * 101}) == [
        *("family", "given")
    ]
    assert faults(services.add_record, Kind.SERVICE, values={"name": "УЗИ", "kind": "folder"}) == ["kind"]
    with pytest.raises(InvalidInputError):
        services.add_record(Kind.ORGANIZATION, values={"name": "ООО"}, author=STAFF)
    assert selectors.record_lines(Kind.LOCATION)[1] == lines


def test_the_zone_of_the_settings_is_a_new_branch_s_default(clinic: OwnClinic, settings: Settings) -> None:
    settings.FELDSHER_DEFAULT_ZONE = "Asia/Omsk"
    values = {"name": "Омский", "zone": "Asia/Omsk"}
    branch = services.add_record(Kind.LOCATION, values=values, author=STAFF)
    services.clear_overlay(Kind.LOCATION, target=branch, field="zone")
    assert selectors.zones()[branch] == "Asia/Omsk"


def test_acts_are_told_with_who_did_them(clinic: OwnClinic) -> None:
    (role, _) = selectors.places_of_work(clinic.eye)
    services.close_workplace(role.id, practitioner=clinic.eye, author="anna")
    services.close_workplace(role.id, practitioner=clinic.eye, author="anna")
    assert told(Kind.PRACTITIONER, clinic.eye) == [
        (RecordAct.WORKS_NO_MORE, "Северный", "Офтальмология"),
        (RecordAct.GIVES, "Приём офтальмолога", ""),
        (RecordAct.WORKS, "Уральский", "Офтальмология"),
        (RecordAct.WORKS, "Северный", "Офтальмология"),
        (RecordAct.OPENED, "", ""),
    ]
    assert [line.author for line in selectors.acts(Kind.PRACTITIONER, target=clinic.eye)] == [
        "anna",
        *[STAFF] * 4,
    ]
    assert told(Kind.SERVICE, clinic.visit)[0] == (RecordAct.PRICED, "", "2\u00a0500\u00a0₽")


def test_a_place_of_work_ends_and_begins_again_as_the_same_row(clinic: OwnClinic) -> None:
    (role, _) = selectors.places_of_work(clinic.eye)
    services.close_workplace(role.id, practitioner=clinic.eye, author=STAFF)
    assert (clinic.eye, clinic.north) not in selectors.schedule_keepers()
    services.add_workplace(clinic.eye, location=clinic.north, specialty=" офтальмология ", author=STAFF)
    assert selectors.places_of_work(clinic.eye)[0].id == role.id
    with pytest.raises(NotFoundError):
        services.close_workplace(role.id, practitioner=clinic.north, author=STAFF)


def test_a_doctor_without_a_service_has_our_own_visit(clinic: OwnClinic) -> None:
    (given,) = selectors.given_services(clinic.eye)
    services.end_service(given.id, practitioner=clinic.eye, author=STAFF)
    assert selectors.given_services(clinic.eye) == ()
    (visit,) = selectors.services_of(clinic.eye, location=clinic.north)
    assert visit.name == "Приём: Офтальмология"
    services.give_service(clinic.eye, service=clinic.visit, minutes=20, author=STAFF)
    assert [each.minutes for each in selectors.services_of(clinic.eye, location=clinic.north)] == [20]
    with pytest.raises(NotFoundError):
        services.end_service(given.id, practitioner=clinic.north, author=STAFF)


def test_a_closed_record_is_gone_from_the_site_and_comes_back_without_its_places(clinic: OwnClinic) -> None:
    services.close_record(Kind.PRACTITIONER, target=clinic.eye, author="anna")
    services.close_record(Kind.PRACTITIONER, target=clinic.eye, author="oleg")
    assert selectors.visit_terms() == ()
    assert selectors.schedule_keepers() == {}
    assert not selectors.record(Kind.PRACTITIONER, target=clinic.eye).is_open
    services.reopen_record(Kind.PRACTITIONER, target=clinic.eye, author=STAFF)
    services.reopen_record(Kind.PRACTITIONER, target=clinic.eye, author=STAFF)
    assert selectors.record(Kind.PRACTITIONER, target=clinic.eye).is_open
    assert selectors.places_of_work(clinic.eye) == ()
    assert told(Kind.PRACTITIONER, clinic.eye)[:2] == [
        (RecordAct.REOPENED, "", ""),
        (RecordAct.CLOSED, "", ""),
    ]


@pytest.mark.parametrize(("kind", "name"), [(Kind.LOCATION, "ural"), (Kind.SERVICE, "visit")])
def test_a_closed_branch_or_service_takes_along_what_hangs_on_it(
    clinic: OwnClinic, kind: Kind, name: str
) -> None:
    services.close_record(kind, target=getattr(clinic, name), author=STAFF)
    branches = {each.location_id for each in selectors.places_of_work(clinic.eye)}
    assert branches == ({clinic.north} if kind is Kind.LOCATION else {clinic.north, clinic.ural})
    assert len(selectors.given_services(clinic.eye)) == (kind is Kind.LOCATION)


def test_prices_have_dates_and_a_change_keeps_the_former(clinic: OwnClinic) -> None:
    def price(amount: str, **where: UUID | None) -> None:
        values: dict[str, UUID | None] = {"location": None, "practitioner": None} | where
        services.set_price(clinic.visit, amount=Decimal(amount), author=STAFF, **values)

    price("2500")
    assert len(told(Kind.SERVICE, clinic.visit)) == 2, "what stays as it was is no act"
    price("3000", location=clinic.ural)
    price("2700")
    lines = selectors.price_lines(clinic.visit)
    assert [(each.branch, each.amount) for each in lines] == [
        ("", Decimal(2700)),
        ("Уральский", Decimal(3000)),
    ]
    services.end_price(lines[1].id, service=clinic.visit, author=STAFF)
    services.end_price(lines[1].id, service=clinic.visit, author=STAFF)
    assert [each.amount for each in selectors.price_lines(clinic.visit)] == [Decimal(2700)]
    assert told(Kind.SERVICE, clinic.visit)[0] == (RecordAct.UNPRICED, "Уральский", "3\u00a0000\u00a0₽")
    wrong = {"location": None, "practitioner": None}
    for amount in (None, Decimal(-1), Decimal("Infinity")):
        assert faults(services.set_price, clinic.visit, amount=amount, **wrong) == ["amount"]
    with pytest.raises(NotFoundError):
        services.set_price(clinic.visit, amount=Decimal(1), author=STAFF, location=NOBODY, practitioner=None)


# Beside a MIS.


def test_what_a_mis_gives_is_neither_closed_nor_taken_over(clinic: OwnClinic) -> None:
    services.import_snapshot(mis.MIS, snapshot=mis.snapshot())
    north, eye = mis.row(Kind.LOCATION, mis.NORTH.id), mis.row(Kind.PRACTITIONER, mis.EYE.id)
    first = mis.row(Kind.SERVICE, mis.FIRST_VISIT.id)
    with pytest.raises(NotFoundError):
        services.close_record(Kind.LOCATION, target=north, author=STAFF)
    assert faults(services.add_workplace, clinic.eye, location=north, specialty="Офтальмология") == [
        "location"
    ]
    assert faults(services.give_service, eye, service=first, minutes=None) == ["service"]
    folder = mis.row(Kind.SERVICE, mis.FOLDER.id)
    assert faults(services.give_service, clinic.eye, service=folder, minutes=None) == ["service"]
    priced = {"location": north, "practitioner": None, "amount": Decimal(1)}
    assert faults(services.set_price, first, **priced) == ["amount"]
    role = PractitionerRole.objects.filter(practitioner=eye, location=north).get()
    with pytest.raises(NotFoundError):
        services.close_workplace(role.id, practitioner=eye, author=STAFF)


def test_a_mis_s_doctor_may_work_in_a_branch_of_staff_s_with_a_mis_s_service(clinic: OwnClinic) -> None:
    services.import_snapshot(mis.MIS, snapshot=mis.snapshot())
    eye, first = mis.row(Kind.PRACTITIONER, mis.EYE.id), mis.row(Kind.SERVICE, mis.FIRST_VISIT.id)
    services.add_workplace(eye, location=clinic.north, specialty="Офтальмология", author=STAFF)
    ids = selectors.remote_ids(eye, location=clinic.north, service=first)
    assert (ids.mis, ids.service_id) == (OWN_SCHEDULE, str(first))
    gone = mis.snapshot(practitioners=mis.without(mis.snapshot().practitioners, mis.EYE))
    services.import_snapshot(mis.MIS, snapshot=gone)
    assert selectors.practitioner(eye).is_open, "the own schedule still knows her"
    services.import_snapshot(mis.MIS, snapshot=mis.snapshot())
    assert faults(services.close_record, Kind.PRACTITIONER, target=eye) == [""]


def test_an_import_of_what_the_own_schedule_tells_takes_nothing_away(clinic: OwnClinic) -> None:
    empty = DirectorySnapshot(as_of=NOW, completeness=Completeness.SUSPICIOUS_EMPTY)
    before = selectors.visit_terms()
    report = services.import_snapshot(OWN_SCHEDULE, snapshot=empty)
    assert (report.created, report.updated, report.closed, report.warnings) == (0, 0, 0, ())
    assert selectors.visit_terms() == before


def test_two_doctors_of_one_name_are_two(clinic: OwnClinic) -> None:
    assert doctor("Окулистова") != clinic.eye
