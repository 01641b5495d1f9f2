from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from domain.directory.factory import (
    AT,
    DAY,
    DROPS,
    EYE,
    FIRST_VISIT,
    FOLDER,
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
from feldsher.domain.directory.models import (
    ExternalId,
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Price,
    Specialty,
)
from feldsher.domain.directory.services import bind_external_id, import_snapshot, merge_practitioners
from feldsher.domain.directory.services.snils import known_snils
from feldsher.domain.directory.types import (
    Completeness,
    ImportReport,
    Kind,
    RemoteLocation,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db


def test_first_import_counts_every_row() -> None:
    report = import_snapshot(MIS, snapshot=snapshot())
    # organization, 2 locations, 4 services, 3 doctors, 2 specialties, 4 roles, 3 links, 3 prices,
    # 2 visits of our own and their 2 links
    assert report == ImportReport(created=26, updated=0, closed=0)


def test_the_same_snapshot_again_changes_nothing() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    assert import_snapshot(MIS, snapshot=snapshot(as_of=AT + DAY)) == ImportReport(0, 0, 0)


def test_values_arrive() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    eye = Practitioner.objects.get(id=row(Kind.PRACTITIONER, EYE.id))
    first = HealthcareService.objects.get(id=row(Kind.SERVICE, FIRST_VISIT.id))
    assert (eye.family, eye.given, eye.middle) == (EYE.family, EYE.given, EYE.middle)
    assert (first.name, first.minutes, first.code) == (FIRST_VISIT.name, 30, "A-1")
    assert first.parent_id == row(Kind.SERVICE, FOLDER.id)
    assert HealthcareService.objects.get(id=row(Kind.SERVICE, DROPS.id)).kind == ServiceKind.MATERIAL
    norms = dict(PractitionerService.objects.filter(practitioner=eye).values_list("service_id", "minutes"))
    assert norms == {first.id: 20, row(Kind.SERVICE, GLASSES.id): None}
    assert set(Specialty.objects.values_list("slug", "text")) == {
        ("oftalmologiya", "Офтальмология"),
        ("kardiologiya", "Кардиология"),
    }


def test_changed_values_are_updated() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    changed = snapshot(locations=(replace(NORTH, name="Новое имя"), SOUTH))
    assert import_snapshot(MIS, snapshot=changed) == ImportReport(created=0, updated=1, closed=0)
    assert Location.objects.get(id=row(Kind.LOCATION, NORTH.id)).name == "Новое имя"


def test_what_vanishes_is_closed_and_reopened_when_it_comes_back() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    heart = row(Kind.PRACTITIONER, HEART.id)
    later = AT + DAY
    report = import_snapshot(
        MIS,
        snapshot=snapshot(
            as_of=later, practitioners=(EYE, PLAIN), services=without(snapshot().services, GLASSES)
        ),
    )
    # the doctor, the role, the material's link and our own visit's link; the service
    assert (report.created, report.updated, report.closed) == (0, 0, 5)
    assert Practitioner.objects.get(id=heart).closed_at == later
    assert PractitionerRole.objects.get(practitioner=heart).closed_at == later
    assert HealthcareService.objects.get(id=row(Kind.SERVICE, GLASSES.id)).closed_at == later
    assert Practitioner.objects.count() == 3
    report = import_snapshot(MIS, snapshot=snapshot(as_of=later + DAY))
    assert (report.created, report.updated, report.closed) == (0, 5, 0)
    assert not Practitioner.objects.exclude(closed_at=None).exists()
    assert not PractitionerRole.objects.exclude(closed_at=None).exists()
    assert not PractitionerService.objects.exclude(closed_at=None).exists()
    assert not ExternalId.objects.exclude(closed_at=None).exists()


@pytest.mark.parametrize("completeness", [Completeness.PARTIAL, Completeness.SUSPICIOUS_EMPTY])
def test_an_incomplete_snapshot_closes_nothing(completeness: Completeness) -> None:
    import_snapshot(MIS, snapshot=snapshot())
    thin = snapshot(
        completeness=completeness, locations=(NORTH,), practitioners=(PLAIN,), services=(), prices=()
    )
    assert import_snapshot(MIS, snapshot=thin) == ImportReport(0, 0, 0)


def test_an_incomplete_snapshot_still_adds() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    new = doctor("doc-new", services=(RemoteServiceNorm(GLASSES.id, 15),))
    report = import_snapshot(
        MIS,
        snapshot=snapshot(completeness=Completeness.PARTIAL, practitioners=(new,), services=(), prices=()),
    )
    assert (report.created, report.updated, report.closed) == (3, 0, 0)


def test_an_empty_full_snapshot_is_not_believed() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    report = import_snapshot(MIS, snapshot=snapshot(locations=(), practitioners=(), services=(), prices=()))
    assert (report.created, report.updated, report.closed) == (0, 0, 0)
    assert report.warnings == (
        "umc sent no location at all: nothing was closed",
        "umc sent no service at all: nothing was closed",
        "umc sent no practitioner at all: nothing was closed",
    )


def test_one_empty_list_closes_nothing_of_its_kind() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    report = import_snapshot(MIS, snapshot=snapshot(practitioners=(), locations=(NORTH,)))
    assert report.closed == 1
    assert PractitionerRole.objects.filter(closed_at=None).count() == 4


def test_an_empty_full_snapshot_of_an_unknown_mis_is_quiet() -> None:
    empty = snapshot(locations=(), practitioners=(), services=(), prices=())
    assert import_snapshot(MIS, snapshot=empty) == ImportReport(0, 0, 0)


def test_one_mis_closes_nothing_of_another() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    other = snapshot(practitioners=(doctor("x", family="Иной"),), prices=())
    import_snapshot("second", snapshot=other)
    assert not Practitioner.objects.exclude(closed_at=None).exists()
    assert not Price.objects.exclude(valid_to=None).exists()
    assert Specialty.objects.count() == 2


def test_a_branch_of_a_mis_belongs_to_the_first_organization() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    import_snapshot("second", snapshot=snapshot())
    assert Organization.objects.count() == 1


def test_equal_names_are_suggested_and_never_merged() -> None:
    twin = replace(EYE, id="doc-eye-2", location_ids=(SOUTH.id,))
    report = import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, twin)))
    ids = ", ".join(sorted(str(row(Kind.PRACTITIONER, remote)) for remote in (EYE.id, twin.id)))
    assert report.warnings == (f"one full name, several rows: {ids}; merge them if they are one human",)
    assert Practitioner.objects.count() == 2


def test_snils_makes_two_ids_one_human() -> None:
    twin = replace(EYE, id="b-17", snils="000-000-001 00", family="Образцова", services=())
    import_snapshot(MIS, snapshot=snapshot(practitioners=(replace(EYE, snils="00000000100"),)))
    report = import_snapshot("second", snapshot=snapshot(practitioners=(twin,)))
    assert row(Kind.PRACTITIONER, "b-17", mis="second") == row(Kind.PRACTITIONER, EYE.id)
    assert Practitioner.objects.count() == 1
    assert report.warnings == ()
    (kept,) = known_snils().values()
    assert len(kept) == 64
    assert "00000000100" not in kept


def test_two_snils_of_one_name_are_two_humans_without_a_suggestion() -> None:
    first, second = replace(EYE, snils="00000000100"), replace(EYE, id="b", snils="00000000200")
    assert import_snapshot(MIS, snapshot=snapshot(practitioners=(first, second))).warnings == ()
    assert Practitioner.objects.count() == 2


def test_a_snils_that_belongs_to_another_row_is_suggested() -> None:
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, HEART)))
    both = tuple(replace(remote, snils="00000000100") for remote in (EYE, HEART))
    report = import_snapshot(MIS, snapshot=snapshot(practitioners=both))
    ids = ", ".join(sorted(str(row(Kind.PRACTITIONER, remote.id)) for remote in both))
    assert report.warnings == (f"one СНИЛС, several rows: {ids}; merge them if they are one human",)


def test_a_doctor_with_two_ids_closes_with_the_last_of_them() -> None:
    import_snapshot(MIS, snapshot=snapshot(practitioners=(replace(EYE, snils="00000000100"), HEART)))
    second = snapshot(practitioners=(replace(EYE, id="b", snils="00000000100", family="Другая"), PLAIN))
    import_snapshot("aaa", snapshot=second)
    eye = Practitioner.objects.get(id=row(Kind.PRACTITIONER, EYE.id))
    assert eye.family == "Другая"
    import_snapshot("aaa", snapshot=replace(second, practitioners=(PLAIN,)))
    eye.refresh_from_db()
    assert (eye.closed_at, eye.family) == (None, EYE.family)
    import_snapshot(MIS, snapshot=snapshot(practitioners=(HEART,)))
    eye.refresh_from_db()
    assert eye.closed_at == AT


def test_a_doctor_without_a_bookable_service_gets_our_own_visit_for_each_specialty() -> None:
    two = replace(HEART, specialties=("Кардиология", "Терапия"))
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, two, PLAIN)))
    own = HealthcareService.objects.filter(is_own=True)
    assert set(own.values_list("name", "minutes")) == {
        ("Приём: Кардиология", None),
        ("Приём: Терапия", None),
        ("Приём врача", None),
    }
    assert not ExternalId.objects.filter(target__in=own.values("id")).exists()
    given = PractitionerService.objects.filter(
        practitioner=row(Kind.PRACTITIONER, two.id), service__is_own=True
    )
    assert given.count() == 2


def test_our_own_visit_closes_once_the_mis_gives_a_service_and_returns_after() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    heart = row(Kind.PRACTITIONER, HEART.id)
    own = PractitionerService.objects.filter(practitioner=heart, service__is_own=True)
    assert own.get().closed_at is None
    served = replace(HEART, services=(RemoteServiceNorm(GLASSES.id, 15),))
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, served, PLAIN)))
    assert own.get().closed_at == AT
    import_snapshot(MIS, snapshot=snapshot())
    assert own.get().closed_at is None


def test_the_default_zone_fills_what_the_mis_lacks(settings: Settings) -> None:
    settings.FELDSHER_DEFAULT_ZONE = "Europe/Samara"
    import_snapshot(MIS, snapshot=snapshot())
    assert set(Location.objects.values_list("zone", flat=True)) == {"Europe/Samara"}


def test_a_wrong_default_zone_is_reported_and_not_used(settings: Settings) -> None:
    settings.FELDSHER_DEFAULT_ZONE = "Mars/Olympus"
    report = import_snapshot(MIS, snapshot=snapshot())
    assert report.warnings == ("FELDSHER_DEFAULT_ZONE is no IANA zone and is not used",)
    assert set(Location.objects.values_list("zone", flat=True)) == {""}


def test_hostile_records_are_left_out_and_counted() -> None:
    bad = snapshot(
        locations=(NORTH, RemoteLocation("", "Без номера"), RemoteLocation("x" * 201, "Длинный номер")),
        practitioners=(
            replace(EYE, location_ids=(NORTH.id, "nowhere"), services=(RemoteServiceNorm("none", 5),)),
            replace(PLAIN, family="Я" * 5000, about="a\0b"),
        ),
        services=(
            FIRST_VISIT,
            replace(GLASSES, minutes=-5, name="  Подбор \n очков ", parent_id=GLASSES.id),
            RemoteService("long", "У" * 900, ServiceKind.SERVICE, "unknown parent", "К" * 300, 100_000),
        ),
        prices=(
            RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal(-1)),
            RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal("NaN")),
            RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal("1e30")),
            RemotePrice(FIRST_VISIT.id, "nowhere", None, Decimal(1)),
            RemotePrice("none", NORTH.id, None, Decimal(1)),
        ),
    )
    report = import_snapshot(MIS, snapshot=bad)
    assert report.warnings == (
        "2 locations have no usable id and were left out",
        "1 places of work name a location that umc does not list",
        "1 services of doctors are in no price list of umc",
        "5 prices are no amount or name what umc does not list",
    )
    glasses = HealthcareService.objects.get(id=row(Kind.SERVICE, GLASSES.id))
    assert (glasses.name, glasses.minutes, glasses.parent_id) == ("Подбор очков", None, None)
    long = HealthcareService.objects.get(id=row(Kind.SERVICE, "long"))
    assert (len(long.name), len(long.code), long.minutes) == (500, 100, None)
    plain = Practitioner.objects.get(id=row(Kind.PRACTITIONER, PLAIN.id))
    assert (len(plain.family), plain.about) == (100, "ab")


def test_a_bound_id_is_found_before_a_row_is_created() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    north = row(Kind.LOCATION, NORTH.id)
    bind_external_id(Kind.LOCATION, target=north, mis="second", value="7", author="anna")
    import_snapshot("second", snapshot=snapshot(locations=(RemoteLocation("7", "Иначе"),), practitioners=()))
    assert Location.objects.count() == 2
    assert row(Kind.LOCATION, "7", mis="second") == north


def test_a_merged_row_is_never_reopened() -> None:
    twin = replace(EYE, id="doc-eye-2")
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, twin)))
    keep, other = row(Kind.PRACTITIONER, EYE.id), row(Kind.PRACTITIONER, twin.id)
    merge_practitioners(keep, other=other, author="anna")
    closed_at = Practitioner.objects.get(id=other).closed_at
    report = import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE, twin), as_of=AT + timedelta(days=2)))
    assert (report.created, report.closed, report.warnings) == (0, 0, ())
    assert Practitioner.objects.get(id=other).closed_at == closed_at
    assert row(Kind.PRACTITIONER, twin.id) == keep


@pytest.mark.parametrize("mis", ["", "m" * 65])
def test_a_mis_has_a_name(mis: str) -> None:
    with pytest.raises(InvalidInputError):
        import_snapshot(mis, snapshot=snapshot())


def test_names_are_no_part_of_a_warning() -> None:
    import_snapshot(MIS, snapshot=snapshot(practitioners=(EYE,)))
    report = import_snapshot("second", snapshot=snapshot(practitioners=(EYE,)))
    assert len(report.warnings) == 1
    assert "Образцов" not in report.warnings[0]
