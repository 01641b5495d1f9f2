import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.directory.factory import (
    AT,
    DAY,
    EYE,
    FIRST_VISIT,
    HEART,
    MIS,
    NORTH,
    SOUTH,
    doctor,
    row,
    snapshot,
)
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import (
    HealthcareService,
    Location,
    Organization,
    Overlay,
    Practitioner,
    Specialty,
)
from feldsher.domain.directory.services import clear_overlay, import_snapshot, load_overlay, set_overlay
from feldsher.domain.directory.types import Kind, OverlayReport, RemoteLocation
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db

DOCUMENT: dict[str, Any] = {
    "organization": {"name": "Клиника Пример", "inn": "0000000000", "licence_date": "2020-01-31"},
    "locations": {
        NORTH.id: {"zone": "Europe/Moscow", "city": "Москва", "phone": "8 (900) 000-00-01", "hours": "8–20"},
        SOUTH.id: {"zone": "Asia/Yekaterinburg", "city": "Пермь", "address": "ул. Примерная, 1"},
    },
    "specialties": {"Офтальмология": "офтальмолог", "кардиология ": {"title": "кардиолог"}},
}


@pytest.fixture(autouse=True)
def _imported() -> None:
    import_snapshot(MIS, snapshot=snapshot())


def test_an_overlay_survives_imports_and_gives_way_when_it_is_taken_back() -> None:
    north = row(Kind.LOCATION, NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="name", value="На Северной", author="anna")
    assert selectors.location(north).name == "На Северной"
    renamed = snapshot(as_of=AT + DAY, locations=(type(NORTH)(NORTH.id, "Филиал 1"), SOUTH))
    import_snapshot(MIS, snapshot=renamed)
    assert selectors.location(north).name == "На Северной"
    clear_overlay(Kind.LOCATION, target=north, field="name")
    assert selectors.location(north).name == "Филиал 1"


def test_an_overlay_keeps_who_set_it() -> None:
    eye = row(Kind.PRACTITIONER, EYE.id)
    set_overlay(Kind.PRACTITIONER, target=eye, field="about", value="Стаж 10 лет", author="anna")
    set_overlay(Kind.PRACTITIONER, target=eye, field="about", value="Стаж 11 лет", author="boris")
    kept = Overlay.objects.get()
    assert (kept.value, kept.author, kept.field) == ("Стаж 11 лет", "boris", "about")


def test_an_overlay_on_a_name_moves_the_sort_key() -> None:
    eye = row(Kind.PRACTITIONER, EYE.id)
    set_overlay(Kind.PRACTITIONER, target=eye, field="family", value="Ёлкин", author="anna")
    assert Practitioner.objects.get(id=eye).sort_name == "елкин пример тестович"


@pytest.mark.parametrize("typed", ["55.7643", 55.7643, "55.764300"])
def test_coordinates_reach_the_card(typed: object) -> None:
    north = row(Kind.LOCATION, NORTH.id)
    values = {"latitude": typed, "longitude": -37}
    report = load_overlay(MIS, document={"locations": {NORTH.id: values}}, author="demo")
    card = selectors.location(north)
    assert report.warnings == ()
    assert (card.latitude, card.longitude) == (Decimal("55.764300"), Decimal("-37.000000"))
    clear_overlay(Kind.LOCATION, target=north, field="latitude")
    assert selectors.location(north).latitude is None


def test_an_overlay_of_minutes_and_its_removal() -> None:
    first = row(Kind.SERVICE, FIRST_VISIT.id)
    set_overlay(Kind.SERVICE, target=first, field="minutes", value=45, author="anna")
    assert selectors.service(first).minutes == 45
    clear_overlay(Kind.SERVICE, target=first, field="minutes")
    assert selectors.service(first).minutes == 30


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Kind.LOCATION, "zone", "Europe/Nowhere"),
        (Kind.LOCATION, "zone", "../etc/passwd"),
        (Kind.LOCATION, "zone", None),
        (Kind.LOCATION, "phone", "12"),
        (Kind.LOCATION, "latitude", "91"),
        (Kind.LOCATION, "latitude", "NaN"),
        (Kind.LOCATION, "latitude", "north"),
        (Kind.LOCATION, "latitude", True),
        (Kind.LOCATION, "longitude", "180.5"),
        (Kind.LOCATION, "name", "я" * 301),
        (Kind.LOCATION, "name", 5),
        (Kind.LOCATION, "organization", "nobody"),
        (Kind.LOCATION, "organization", "00000000-0000-0000-0000-000000000001"),
        (Kind.LOCATION, "closed_at", "2026-01-01"),
        (Kind.ORGANIZATION, "inn", "12"),
        (Kind.ORGANIZATION, "ogrn", "abcdefghijklm"),
        (Kind.ORGANIZATION, "licence_date", "31.01.2026"),
        (Kind.SERVICE, "minutes", 0),
        (Kind.SERVICE, "minutes", True),
        (Kind.SERVICE, "minutes", "30"),
        (Kind.SERVICE, "code", "A-9"),
    ],
)
def test_wrong_values_and_unknown_fields_are_refused(kind: Kind, field: str, value: object) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        set_overlay(kind, target=uuid4(), field=field, value=value, author="anna")
    assert list(refusal.value.fields) == [field]
    assert not Overlay.objects.exists()


def test_an_unknown_row_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        set_overlay(Kind.LOCATION, target=uuid4(), field="city", value="Омск", author="anna")


def test_clearing_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        clear_overlay(Kind.LOCATION, target=row(Kind.LOCATION, NORTH.id), field="colour")


def test_a_branch_can_belong_to_another_organization_and_back() -> None:
    north = row(Kind.LOCATION, NORTH.id)
    first, second = Organization.objects.get(), Organization.objects.create(name="Вторая")
    set_overlay(Kind.LOCATION, target=north, field="organization", value=str(second.id), author="anna")
    import_snapshot(MIS, snapshot=snapshot())
    assert selectors.location(north).organization_id == second.id
    clear_overlay(Kind.LOCATION, target=north, field="organization")
    assert selectors.location(north).organization_id == first.id


def test_a_document_is_loaded_once() -> None:
    assert load_overlay(MIS, document=DOCUMENT, author="demo") == OverlayReport(applied=12)
    assert load_overlay(MIS, document=DOCUMENT, author="demo") == OverlayReport(applied=0)
    north = Location.objects.get(id=row(Kind.LOCATION, NORTH.id))
    assert (north.zone, north.city, north.phone, north.hours) == (
        "Europe/Moscow",
        "Москва",
        "+79000000001",
        "8–20",
    )
    organization = Organization.objects.get()
    assert (organization.name, organization.licence_date) == ("Клиника Пример", date(2020, 1, 31))
    assert set(Specialty.objects.values_list("title", flat=True)) == {"офтальмолог", "кардиолог"}


def test_the_demo_network_has_a_document_without_a_fault() -> None:
    file = Path(__file__).parents[3] / "src" / "testbench" / "bit_umc" / "overlay.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    branches = tuple(RemoteLocation(remote_id, "Филиал") for remote_id in document["locations"])
    texts = tuple(document["specialties"])
    people = (doctor("all", specialties=texts, location_ids=tuple(branch.id for branch in branches)),)
    import_snapshot("demo", snapshot=snapshot(locations=branches, practitioners=people))
    assert load_overlay("demo", document=document, author="demo").warnings == ()
    assert sorted(selectors.zones()) == sorted(
        row(Kind.LOCATION, branch.id, mis="demo") for branch in branches
    )
    assert len(selectors.visit_terms()) == len(branches) * len(texts)


def test_a_title_names_our_own_visit() -> None:
    load_overlay(MIS, document=DOCUMENT, author="demo")
    own = HealthcareService.objects.filter(is_own=True, specialty__text="Кардиология")
    assert own.get().name == "Приём: кардиолог"
    import_snapshot(MIS, snapshot=snapshot())
    assert own.get().name == "Приём: кардиолог"
    clear_overlay(Kind.SPECIALTY, target=Specialty.objects.get(text="Кардиология").id, field="title")
    assert own.get().name == "Приём: Кардиология"


def test_what_a_document_says_wrong_is_reported_and_the_rest_applies() -> None:
    report = load_overlay(
        MIS,
        document={
            "colour": "red",
            "organization": ["not an object"],
            "locations": {
                "unknown": {"zone": "Europe/Moscow"},
                NORTH.id: {"zone": "Moscow", "city": "Москва", "floor": 2},
                SOUTH.id: "text",
            },
            "specialties": {"Нет такой": "никто", "Кардиология": 5},
        },
        author="demo",
    )
    assert report == OverlayReport(
        applied=1,
        warnings=(
            "unknown section 'colour'",
            "organization is not an object",
            "locations: umc has no 'unknown'",
            "locations 'loc-north': location.zone is not valid",
            "locations 'loc-north': location has no field 'floor'",
            "locations 'loc-south' is not an object",
            "specialties: nobody has 'Нет такой'",
            "specialties 'Кардиология': specialty.title is not valid",
        ),
    )


def test_a_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        load_overlay(MIS, document=[1], author="demo")


def test_each_value_tells_its_source() -> None:
    heart, north = row(Kind.PRACTITIONER, HEART.id), row(Kind.LOCATION, NORTH.id)
    set_overlay(Kind.PRACTITIONER, target=heart, field="about", value="О враче", author="anna")
    assert selectors.value_sources(Kind.PRACTITIONER, target=heart) == {
        "family": "mis:umc",
        "given": "mis:umc",
        "middle": "mis:umc",
        "about": "staff",
    }
    assert selectors.value_sources(Kind.LOCATION, target=north) == {
        "name": "mis:umc",
        "organization": "default",
    }
    with pytest.raises(NotFoundError):
        selectors.value_sources(Kind.LOCATION, target=uuid4())
