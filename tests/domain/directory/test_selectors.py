from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.directory.factory import (
    AT,
    DROPS,
    EYE,
    FIRST_VISIT,
    GLASSES,
    HEART,
    MIS,
    NORTH,
    PLAIN,
    SOUTH,
    doctor,
    row,
    snapshot,
    without,
)
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import HealthcareService, Location, Organization, Specialty
from feldsher.domain.directory.services import import_snapshot, load_overlay, set_overlay
from feldsher.domain.directory.types import (
    Kind,
    LocationCard,
    Missing,
    PractitionerCard,
    RemoteIds,
    RemoteIndex,
    RemoteService,
    ServiceCard,
    ServiceKind,
    SpecialtyCard,
)
from feldsher.domain.directory.types.places import LegalCard
from feldsher.domain.search.models import IndexedDocument
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db

OVERLAY = {
    "organization": {"name": "Клиника Пример"},
    "locations": {
        NORTH.id: {
            "zone": "Europe/Moscow",
            "city": "Москва",
            "address": "ул. Примерная, 1",
            "phone": "+7 900 000-00-01",
            "hours": "ежедневно 8–20",
        }
    },
    "specialties": {"Офтальмология": "офтальмолог"},
}


@pytest.fixture(autouse=True)
def _imported() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    load_overlay(MIS, document=OVERLAY, author="demo")


def test_open_branches_are_listed_by_name() -> None:
    north, south = selectors.locations()
    assert north == LocationCard(
        id=row(Kind.LOCATION, NORTH.id),
        organization_id=Organization.objects.get().id,
        organization_name="Клиника Пример",
        name=NORTH.name,
        zone="Europe/Moscow",
        city="Москва",
        address="ул. Примерная, 1",
        phone="+79000000001",
        hours="ежедневно 8–20",
        is_open=True,
        legal=LegalCard(name="Клиника Пример"),
    )
    assert (south.name, south.zone) == (SOUTH.name, "")


def test_services_of_a_branch_are_those_of_its_open_doctors() -> None:
    north, south = row(Kind.LOCATION, NORTH.id), row(Kind.LOCATION, SOUTH.id)
    everywhere = [card.name for card in selectors.services_given()]
    assert [FIRST_VISIT.name in everywhere, DROPS.name in everywhere] == [True, False]
    there = [card.name for card in selectors.services_given(location=south)]
    assert there == [GLASSES.name, FIRST_VISIT.name]
    assert len(selectors.services_given(location=north)) == len(everywhere)
    assert [card.name for card in selectors.services_given(limit=1)] == everywhere[:1]
    first = row(Kind.SERVICE, FIRST_VISIT.id)
    assert [card.name for card in selectors.services_beside(first)] == [GLASSES.name]
    import_snapshot(MIS, snapshot=snapshot(practitioners=without(snapshot().practitioners, EYE)))
    assert FIRST_VISIT.name not in [card.name for card in selectors.services_given()]
    assert selectors.services_beside(first) == ()


def test_a_closed_branch_is_only_found_by_its_id_and_keeps_its_zone() -> None:
    north = row(Kind.LOCATION, NORTH.id)
    import_snapshot(MIS, snapshot=snapshot(locations=(SOUTH,)))
    assert [card.name for card in selectors.locations()] == [SOUTH.name]
    assert selectors.location(north).is_open is False
    assert selectors.zones() == {north: "Europe/Moscow"}


def test_unknown_ids_are_not_found() -> None:
    for select in (selectors.location, selectors.practitioner, selectors.service):
        with pytest.raises(NotFoundError):
            select(uuid4())


def test_specialties_show_the_doctors_title_and_count_doctors_once() -> None:
    assert selectors.specialties() == (
        SpecialtyCard("kardiologiya", "Кардиология", 1),
        SpecialtyCard("oftalmologiya", "офтальмолог", 1),
    )
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, doctor("another"))))
    assert selectors.specialties() == (SpecialtyCard("oftalmologiya", "офтальмолог", 2),)


def test_specialties_that_sound_alike_have_addresses_of_their_own() -> None:
    import_snapshot(MIS, snapshot=snapshot(practitioners=(doctor("a", specialties=("ЛОР", "Лор!", "лор")),)))
    assert set(Specialty.objects.filter(key__startswith="лор").values_list("slug", flat=True)) == {
        "lor",
        "lor-2",
    }


def test_a_card_of_a_doctor() -> None:
    assert selectors.practitioner(row(Kind.PRACTITIONER, EYE.id)) == PractitionerCard(
        id=row(Kind.PRACTITIONER, EYE.id),
        family=EYE.family,
        given=EYE.given,
        middle=EYE.middle,
        specialties=("офтальмолог",),
        specialty_slugs=("oftalmologiya",),
        location_ids=(row(Kind.LOCATION, NORTH.id), row(Kind.LOCATION, SOUTH.id)),
    )


def test_a_doctor_who_left_is_only_found_by_id() -> None:
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE,)))
    heart = selectors.practitioner(row(Kind.PRACTITIONER, HEART.id))
    assert (heart.is_open, heart.location_ids) == (False, ())
    assert [card.family for card in selectors.practitioners()[0]] == [EYE.family]


def _found(**filters: UUID | str | None) -> list[str]:
    cards, _ = selectors.practitioners(**filters)  # type: ignore[arg-type]  # one helper for all filters
    return [card.family for card in cards]


def test_doctors_are_filtered() -> None:
    north, south = row(Kind.LOCATION, NORTH.id), row(Kind.LOCATION, SOUTH.id)
    assert _found() == [EYE.family, HEART.family, PLAIN.family]
    assert _found(specialty="kardiologiya") == [HEART.family]
    assert _found(specialty="nothing") == []
    assert _found(location=south) == [EYE.family]
    assert _found(location=north, specialty="oftalmologiya") == [EYE.family]
    assert _found(location=south, specialty="kardiologiya") == []
    assert _found(service=row(Kind.SERVICE, GLASSES.id)) == [EYE.family]
    assert _found(service=uuid4()) == []


def test_specialty_and_branch_must_hold_of_one_place_of_work() -> None:
    both = (doctor("d", specialties=("Терапия",)), doctor("e", location_ids=(SOUTH.id,)))
    import_snapshot(MIS, snapshot=snapshot(practitioners=both))
    south = row(Kind.LOCATION, SOUTH.id)
    assert _found(location=south, specialty="terapiya") == []


def test_pages_of_doctors_meet_each_one_once() -> None:
    namesakes = tuple(doctor(f"n{number}", family="Одинаков") for number in range(7))
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, HEART, *namesakes)))
    seen: list[UUID] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after is not None:
        cards, after = selectors.practitioners(after=after, limit=2)
        seen += [card.id for card in cards]
        pages += 1
    assert (pages, len(seen), len(set(seen))) == (5, 9, 9)
    assert seen == [card.id for card in selectors.practitioners()[0]]


@pytest.mark.parametrize("after", ["", "rubbish", "00000000-0000-0000-0000-000000000009"])
def test_a_foreign_cursor_is_refused(after: str) -> None:
    with pytest.raises(InvalidInputError):
        selectors.practitioners(after=after)


def test_a_material_is_no_service() -> None:
    assert selectors.service(row(Kind.SERVICE, GLASSES.id)) == ServiceCard(
        row(Kind.SERVICE, GLASSES.id), GLASSES.name, None
    )
    with pytest.raises(NotFoundError):
        selectors.service(row(Kind.SERVICE, DROPS.id))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("прием ОФТАЛЬМ", [FIRST_VISIT.name]),
        ("  подбор   очков ", [GLASSES.name]),
        ("приём", ["Приём врача", "Приём офтальмолога первичный", "Приём: Кардиология"]),
        ("капли", []),
        ("%", []),
        ("\0", []),
        ("", []),
    ],
)
def test_services_are_found_by_a_part_of_their_name(text: str, names: list[str]) -> None:
    assert [card.name for card in selectors.search_services(text)] == names


def test_a_service_that_nobody_gives_is_not_found() -> None:
    lonely = RemoteService("lonely", "Очки одинокие", ServiceKind.SERVICE, None, "", 10)
    import_snapshot(MIS, snapshot=snapshot(services=(*snapshot().services, lonely)))
    assert selectors.search_services("одинокие") == ()
    assert len(selectors.search_services("о", limit=1)) == 1


def test_a_service_of_a_doctor_whom_the_site_does_not_show_stands_nowhere() -> None:
    """A doctor who works in no open branch is open all the same."""
    today = AT.date()
    before = selectors.published_counts(today)
    idle = replace(EYE, location_ids=())
    import_snapshot(MIS, snapshot=snapshot(practitioners=(idle, *without(snapshot().practitioners, EYE))))
    first, eye = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.PRACTITIONER, EYE.id)
    assert selectors.practitioner(eye).is_open
    assert eye not in selectors.doctor_changes()
    assert selectors.search_services("офтальмолога") == ()
    assert selectors.services_beside(first) == ()
    assert first not in {card.id for card in selectors.services_given()}
    assert first not in selectors.service_changes()
    assert first not in {service for service, _ in selectors.service_places()}
    after = selectors.published_counts(today)
    assert (before.services - after.services, before.doctors - after.doctors) == (2, 1)
    assert not IndexedDocument.objects.filter(object_id=str(first)).exists()


def test_ids_of_a_visit_in_the_mis() -> None:
    eye, north = row(Kind.PRACTITIONER, EYE.id), row(Kind.LOCATION, NORTH.id)
    glasses = row(Kind.SERVICE, GLASSES.id)
    assert selectors.remote_ids(eye, location=north, service=glasses) == RemoteIds(
        MIS, EYE.id, NORTH.id, GLASSES.id, "Офтальмология"
    )
    assert selectors.remote_ids(eye, location=north) == RemoteIds(
        MIS, EYE.id, NORTH.id, None, "Офтальмология"
    )


def test_our_own_visit_has_no_id_in_the_mis() -> None:
    heart, north = row(Kind.PRACTITIONER, HEART.id), row(Kind.LOCATION, NORTH.id)
    own = HealthcareService.objects.get(is_own=True, specialty__text="Кардиология").id
    assert selectors.remote_ids(heart, location=north, service=own).service_id is None


def test_what_the_mis_does_not_know_is_not_found() -> None:
    eye, heart = row(Kind.PRACTITIONER, EYE.id), row(Kind.PRACTITIONER, HEART.id)
    north, south = row(Kind.LOCATION, NORTH.id), row(Kind.LOCATION, SOUTH.id)
    for practitioner, location, service, mis in (
        (heart, south, None, None),
        (eye, north, uuid4(), None),
        (eye, north, None, "second"),
        (uuid4(), north, None, None),
    ):
        with pytest.raises(NotFoundError):
            selectors.remote_ids(practitioner, location=location, service=service, mis=mis)


def test_old_visits_keep_their_ids_after_the_doctor_left() -> None:
    heart, north = row(Kind.PRACTITIONER, HEART.id), row(Kind.LOCATION, NORTH.id)
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE,)))
    assert selectors.remote_ids(heart, location=north).practitioner_id == HEART.id


def test_each_branch_has_the_id_that_the_mis_uses_there() -> None:
    twin = replace(EYE, id="doc-eye-south", location_ids=(SOUTH.id,), snils="00000000100")
    north_only = replace(EYE, location_ids=(NORTH.id,), snils="000-000-001 00")
    import_snapshot(MIS, snapshot=snapshot(practitioners=(north_only, twin)))
    eye = row(Kind.PRACTITIONER, EYE.id)
    ids = [
        selectors.remote_ids(eye, location=row(Kind.LOCATION, branch.id)).practitioner_id
        for branch in (NORTH, SOUTH)
    ]
    assert ids == [EYE.id, "doc-eye-south"]


def test_ids_of_the_mis_are_resolved_together() -> None:
    assert selectors.resolve_remote(
        MIS, practitioners=[EYE.id, "unknown", NORTH.id], locations=[NORTH.id, SOUTH.id, EYE.id]
    ) == RemoteIndex(
        practitioners={EYE.id: row(Kind.PRACTITIONER, EYE.id)},
        locations={branch.id: row(Kind.LOCATION, branch.id) for branch in (NORTH, SOUTH)},
    )
    assert selectors.resolve_remote("second", practitioners=[EYE.id], locations=[]) == RemoteIndex({}, {})


def test_gaps_are_listed_until_somebody_fills_them() -> None:
    south = row(Kind.LOCATION, SOUTH.id)
    gaps = selectors.missing()
    assert [gap.field for gap in gaps if gap.kind == "organization"] == [
        "full_name",
        "inn",
        "ogrn",
        "licence_number",
        "licence_date",
        "licence_issuer",
        "address",
    ]
    assert [gap for gap in gaps if gap.kind == "location"] == [
        Missing("location", south, SOUTH.name, field)
        for field in ("zone", "city", "address", "phone", "hours")
    ]
    heart = Specialty.objects.get(text="Кардиология").id
    assert [gap for gap in gaps if gap.kind == "specialty"] == [
        Missing("specialty", heart, "Кардиология", "title")
    ]
    assert [gap.name for gap in gaps if gap.kind == "service"] == [
        "Подбор очков",
        "Приём врача",
        "Приём: Кардиология",
    ]
    set_overlay(Kind.LOCATION, target=south, field="city", value="Пермь", author="anna")
    set_overlay(Kind.SERVICE, target=row(Kind.SERVICE, GLASSES.id), field="minutes", value=40, author="anna")
    assert len(selectors.missing()) == len(gaps) - 2


def test_gaps_of_closed_rows_are_no_gaps() -> None:
    import_snapshot(MIS, snapshot=snapshot(locations=(NORTH,), practitioners=(EYE,)))
    gaps = [gap for gap in selectors.missing() if gap.kind != "organization"]
    assert {gap.kind for gap in gaps} == {"service", "practitioner"}
    assert {gap.id for gap in gaps if gap.kind == "practitioner"} == {row(Kind.PRACTITIONER, EYE.id)}
    assert Location.objects.count() == 2
