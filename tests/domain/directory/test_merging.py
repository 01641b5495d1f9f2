from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from domain.directory.factory import AT, EYE, FIRST_VISIT, GLASSES, HEART, MIS, NORTH, SOUTH, row, snapshot
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import (
    BookingRule,
    ExternalId,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Price,
)
from feldsher.domain.directory.services import (
    bind_external_id,
    import_snapshot,
    merge_practitioners,
    set_overlay,
    set_rule,
)
from feldsher.domain.directory.services.snils import keep_snils, known_snils
from feldsher.domain.directory.types import DirectorySnapshot, Kind, RemoteServiceNorm, RuleValues
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db

NORTHERN = replace(EYE, id="n", location_ids=(NORTH.id,), services=(RemoteServiceNorm(FIRST_VISIT.id, 20),))
SOUTHERN = replace(EYE, id="s", location_ids=(SOUTH.id,), services=(RemoteServiceNorm(GLASSES.id, 40),))


def _both() -> DirectorySnapshot:
    return snapshot(practitioners=(NORTHERN, SOUTHERN))


@pytest.fixture
def pair() -> tuple[UUID, UUID]:
    import_snapshot(MIS, snapshot=_both())
    return row(Kind.PRACTITIONER, "n"), row(Kind.PRACTITIONER, "s")


def test_a_merge_moves_ids_roles_and_services(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    merge_practitioners(keep, other=other, author="anna")
    assert row(Kind.PRACTITIONER, "s") == keep
    roles = PractitionerRole.objects.filter(practitioner=keep, closed_at=None)
    assert set(roles.values_list("location_id", "remote_id")) == {
        (row(Kind.LOCATION, NORTH.id), "n"),
        (row(Kind.LOCATION, SOUTH.id), "s"),
    }
    links = PractitionerService.objects.filter(practitioner=keep, closed_at=None)
    assert set(links.values_list("service_id", "minutes")) == {
        (row(Kind.SERVICE, FIRST_VISIT.id), 20),
        (row(Kind.SERVICE, GLASSES.id), 40),
    }
    gone = Practitioner.objects.get(id=other)
    assert gone.merged_into_id == keep
    assert gone.closed_at is not None
    assert not PractitionerRole.objects.filter(practitioner=other, closed_at=None).exists()


def test_an_import_after_a_merge_changes_nothing(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    merge_practitioners(keep, other=other, author="anna")
    report = import_snapshot(MIS, snapshot=_both())
    assert (report.created, report.updated, report.closed, report.warnings) == (0, 0, 0, ())


def test_old_addresses_lead_to_the_row_that_stays(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    third = uuid4()
    merge_practitioners(keep, other=other, author="anna")
    assert selectors.practitioner(other).id == keep
    assert selectors.practitioner_cards([keep, other, third]) == {
        keep: selectors.practitioner(keep),
        other: selectors.practitioner(keep),
    }
    assert selectors.remote_ids(other, location=row(Kind.LOCATION, SOUTH.id)).practitioner_id == "s"


def test_a_chain_of_merges_leads_to_its_end(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    import_snapshot(MIS, snapshot=snapshot(practitioners=(NORTHERN, SOUTHERN, HEART)))
    last = row(Kind.PRACTITIONER, HEART.id)
    merge_practitioners(keep, other=other, author="anna")
    merge_practitioners(last, other=keep, author="anna")
    assert selectors.practitioner(other).id == last
    assert set(ExternalId.objects.filter(kind="practitioner").values_list("target", flat=True)) == {last}


def test_a_role_held_by_both_stays_with_the_row_that_stays() -> None:
    twin = replace(NORTHERN, id="n2")
    import_snapshot(MIS, snapshot=snapshot(practitioners=(NORTHERN, twin)))
    keep, other = row(Kind.PRACTITIONER, "n"), row(Kind.PRACTITIONER, "n2")
    PractitionerRole.objects.filter(practitioner=keep).update(closed_at=AT)
    PractitionerService.objects.filter(practitioner=keep).update(closed_at=AT)
    merge_practitioners(keep, other=other, author="anna")
    role = PractitionerRole.objects.get(practitioner=keep)
    assert (role.closed_at, role.remote_id) == (None, "n2")
    assert PractitionerService.objects.get(practitioner=keep).closed_at is None
    assert PractitionerRole.objects.get(practitioner=other).closed_at is not None


def test_prices_rules_and_overlays_move_where_there_is_room(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    first, glasses = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.SERVICE, GLASSES.id)
    start = date(2026, 1, 1)
    for doctor, service, amount in ((keep, first, 1), (other, first, 2), (other, glasses, 3)):
        Price.objects.create(
            service_id=service, practitioner_id=doctor, amount=Decimal(amount), valid_from=start
        )
    set_rule(RuleValues(notice=1), practitioner=keep)
    set_rule(RuleValues(notice=2), practitioner=other)
    set_rule(RuleValues(notice=3), practitioner=other, service=glasses)
    set_overlay(Kind.PRACTITIONER, target=keep, field="about", value="Остаётся", author="anna")
    set_overlay(Kind.PRACTITIONER, target=other, field="about", value="Уходит", author="anna")
    set_overlay(Kind.PRACTITIONER, target=other, field="given", value="Переехало", author="anna")
    merge_practitioners(keep, other=other, author="anna")
    open_prices = Price.objects.filter(valid_to=None).exclude(practitioner=None)
    assert set(open_prices.values_list("practitioner_id", "service_id", "amount")) == {
        (keep, first, Decimal(1)),
        (keep, glasses, Decimal(3)),
    }
    assert set(BookingRule.objects.filter(practitioner=keep).values_list("notice", flat=True)) == {1, 3}
    card = selectors.practitioner(keep)
    assert (card.about, card.given) == ("Остаётся", "Переехало")
    import_snapshot(MIS, snapshot=_both())
    assert selectors.practitioner(keep).given == "Переехало"


def test_a_merge_takes_our_own_visit_away_once_there_is_a_service() -> None:
    import_snapshot(MIS, snapshot=snapshot(practitioners=(NORTHERN, HEART)))
    keep = row(Kind.PRACTITIONER, HEART.id)
    merge_practitioners(keep, other=row(Kind.PRACTITIONER, "n"), author="anna")
    own = PractitionerService.objects.get(practitioner=keep, service__is_own=True)
    assert own.closed_at is not None


def test_two_snils_are_never_merged() -> None:
    doctors = (replace(NORTHERN, snils="00000000100"), replace(SOUTHERN, snils="00000000200"))
    import_snapshot(MIS, snapshot=snapshot(practitioners=doctors))
    with pytest.raises(InvalidInputError):
        merge_practitioners(row(Kind.PRACTITIONER, "n"), other=row(Kind.PRACTITIONER, "s"), author="anna")
    assert not Practitioner.objects.exclude(merged_into=None).exists()


def test_the_known_snils_moves(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    keep_snils({other: "ab" * 32})
    merge_practitioners(keep, other=other, author="anna")
    assert known_snils()[keep] == "ab" * 32


def test_a_row_is_merged_once_and_not_with_itself(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    with pytest.raises(InvalidInputError):
        merge_practitioners(keep, other=keep, author="anna")
    with pytest.raises(NotFoundError):
        merge_practitioners(keep, other=uuid4(), author="anna")
    merge_practitioners(keep, other=other, author="anna")
    with pytest.raises(InvalidInputError):
        merge_practitioners(keep, other=other, author="anna")
    with pytest.raises(InvalidInputError):
        merge_practitioners(other, other=keep, author="anna")


def test_an_id_is_bound_to_one_row(pair: tuple[UUID, UUID]) -> None:
    keep, other = pair
    bind_external_id(Kind.PRACTITIONER, target=keep, mis="second", value="7", author="anna")
    bind_external_id(Kind.PRACTITIONER, target=keep, mis="second", value="7", author="anna")
    assert row(Kind.PRACTITIONER, "7", mis="second") == keep
    with pytest.raises(InvalidInputError):
        bind_external_id(Kind.PRACTITIONER, target=other, mis="second", value="7", author="anna")
    with pytest.raises(NotFoundError):
        bind_external_id(Kind.PRACTITIONER, target=uuid4(), mis="second", value="8", author="anna")
    with pytest.raises(InvalidInputError):
        bind_external_id(Kind.PRACTITIONER, target=keep, mis="second", value="", author="anna")
