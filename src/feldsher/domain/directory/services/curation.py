"""What only a person decides: booking rules, that two rows are one doctor, that an id means a row."""

import logging
from dataclasses import asdict
from datetime import date, datetime
from typing import Final
from uuid import UUID

from feldsher.domain.directory.models import (
    BookingRule,
    ExternalId,
    Overlay,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Price,
)
from feldsher.domain.directory.rules import MINUTES_A_DAY
from feldsher.domain.directory.services.fields import TABLES, columns, refresh
from feldsher.domain.directory.services.links import sync_own_visits
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.photo import move_photo
from feldsher.domain.directory.services.records import ID_LENGTH, Tally
from feldsher.domain.directory.services.snils import keep_snils, known_snils
from feldsher.domain.directory.types import Kind, RuleValues
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_log = logging.getLogger(__name__)

_YEAR: Final = 366 * MINUTES_A_DAY
_LIMITS: Final = {
    "before": (0, MINUTES_A_DAY),
    "after": (0, MINUTES_A_DAY),
    "step": (1, MINUTES_A_DAY),
    "notice": (0, _YEAR),
    "horizon": (0, _YEAR),
    "cutoff": (0, _YEAR),
    "capacity": (1, 100),
    "overbook": (0, 9),
    "quota": (0, 1000),
    "age_from": (0, 150),
    "age_to": (0, 150),
}


def set_rule(
    values: RuleValues,
    *,
    practitioner: UUID | None = None,
    service: UUID | None = None,
    location: UUID | None = None,
    author: str = "",
) -> None:
    """Replace the booking rule of these parties (None is any); a field of None says nothing.

    A rule that says nothing at all is removed. `author` is a login. InvalidInputError for values out of
    bounds; NotFoundError for an unknown party.
    """
    _must_be_sane(values)
    with directory_write():
        for kind, party in (
            (Kind.PRACTITIONER, practitioner),
            (Kind.SERVICE, service),
            (Kind.LOCATION, location),
        ):
            if party is not None:
                _must_exist(kind, target=party)
        if values == RuleValues():
            BookingRule.objects.filter(practitioner=practitioner, service=service, location=location).delete()
            return
        rule = BookingRule(
            practitioner_id=practitioner,
            service_id=service,
            location_id=location,
            author=author,
            updated_at=clock.now(),
            **asdict(values),
        )
        BookingRule.objects.bulk_create(
            [rule],
            update_conflicts=True,
            unique_fields=["practitioner", "service", "location"],
            update_fields=[*asdict(values), "author", "updated_at"],
        )


def _must_be_sane(values: RuleValues) -> None:
    wrong = {
        name: f"От {low} до {high}."
        for name, (low, high) in _LIMITS.items()
        if (value := getattr(values, name)) is not None and not low <= value <= high
    }
    if values.age_from is not None and values.age_to is not None and values.age_from > values.age_to:
        wrong.setdefault("age_to", "Не меньше возраста, с которого принимают.")
    if wrong:
        raise InvalidInputError(f"booking rule: {', '.join(wrong)}", fields=wrong)


def bind_external_id(kind: Kind, *, target: UUID, mis: str, value: str, author: str) -> None:
    """Say that a MIS's id means this row. InvalidInputError where it already means another one."""
    if not 1 <= len(value) <= ID_LENGTH:
        raise InvalidInputError("external id: length", fields={"value": f"От 1 до {ID_LENGTH} знаков."})
    with directory_write():
        _must_exist(kind, target=target)
        external, _ = ExternalId.objects.get_or_create(
            mis=mis, kind=kind.value, value=value, defaults={"target": target}
        )
        if external.target != target:
            raise InvalidInputError(
                f"{mis}:{kind.value} is bound to {external.target}",
                fields={"value": "Этот номер уже принадлежит другой записи."},
            )
    _log.info("external id of %s %s bound by %s", kind.value, target, author)


def merge_practitioners(keep: UUID, *, other: UUID, author: str) -> None:
    """Make two rows one human: ids, roles, services, prices, rules and overlays of `other` go to `keep`.

    What `keep` has already stays as it is. `other` is closed for good and points to `keep`, so that old
    addresses lead there. InvalidInputError for one row twice, for a row merged before, and for two
    different СНИЛС: those are two humans. Appointments are not of this module: scheduling moves its own.
    """
    if keep == other:
        raise InvalidInputError("merge of a practitioner with itself")
    with directory_write():
        rows = Practitioner.objects.in_bulk([keep, other])
        if len(rows) != len((keep, other)):
            raise NotFoundError(f"no practitioner {keep} or {other}")
        kept, gone = rows[keep], rows[other]
        if kept.merged_into_id or gone.merged_into_id:
            raise InvalidInputError("one of the practitioners has been merged before")
        snils = known_snils()
        if keep in snils and snils.get(other, snils[keep]) != snils[keep]:
            raise InvalidInputError("two different СНИЛС are two humans")
        now = clock.now()
        ExternalId.objects.filter(kind=Kind.PRACTITIONER.value, target=other).update(target=keep)
        _move_roles(keep, other=other, at=now)
        _move_services(keep, other=other, at=now)
        _move_prices(keep, other=other, today=now.date())
        _move_rules(keep, other=other)
        _move_values(kept, gone=gone)
        move_photo(keep, other=other)
        if keep not in snils and other in snils:
            keep_snils({keep: snils[other]})
        gone.merged_into, gone.closed_at = kept, now
        gone.save(update_fields=["merged_into", "closed_at"])
        Practitioner.objects.filter(merged_into=other).update(merged_into=keep)
        sync_own_visits([keep, other], at=now, tally=Tally())
    _log.info("practitioner %s merged into %s by %s", other, keep, author)


def _must_exist(kind: Kind, *, target: UUID) -> None:
    if not TABLES[kind].filter(id=target).exists():
        raise NotFoundError(f"no {kind.value} {target}")


def _move_roles(keep: UUID, *, other: UUID, at: datetime) -> None:
    mine = {
        (role.location_id, role.specialty_id): role
        for role in PractitionerRole.objects.filter(practitioner=keep)
    }
    for role in PractitionerRole.objects.filter(practitioner=other):
        twin = mine.get((role.location_id, role.specialty_id))
        if twin is None:
            role.practitioner_id = keep
            role.save(update_fields=["practitioner"])
            continue
        if twin.closed_at is not None and role.closed_at is None:
            twin.mis, twin.remote_id, twin.closed_at = role.mis, role.remote_id, None
            twin.save(update_fields=["mis", "remote_id", "closed_at"])
        role.closed_at = role.closed_at or at
        role.save(update_fields=["closed_at"])


def _move_services(keep: UUID, *, other: UUID, at: datetime) -> None:
    mine = {link.service_id: link for link in PractitionerService.objects.filter(practitioner=keep)}
    for link in PractitionerService.objects.filter(practitioner=other):
        twin = mine.get(link.service_id)
        if twin is None:
            link.practitioner_id = keep
            link.save(update_fields=["practitioner"])
            continue
        if twin.closed_at is not None and link.closed_at is None:
            twin.mis, twin.minutes, twin.closed_at = link.mis, link.minutes, None
            twin.save(update_fields=["mis", "minutes", "closed_at"])
        link.closed_at = link.closed_at or at
        link.save(update_fields=["closed_at"])


def _move_prices(keep: UUID, *, other: UUID, today: date) -> None:
    """Move the history of each service and branch that `keep` has no price of; end the others."""
    mine = set(Price.objects.filter(practitioner=keep).values_list("service_id", "location_id"))
    for price in Price.objects.filter(practitioner=other):
        if (price.service_id, price.location_id) not in mine:
            price.practitioner_id = keep
            price.save(update_fields=["practitioner"])
        elif price.valid_to is None:
            price.valid_to = max(today, price.valid_from)
            price.save(update_fields=["valid_to"])


def _move_rules(keep: UUID, *, other: UUID) -> None:
    mine = set(BookingRule.objects.filter(practitioner=keep).values_list("service_id", "location_id"))
    for rule in BookingRule.objects.filter(practitioner=other):
        if (rule.service_id, rule.location_id) not in mine:
            rule.practitioner_id = keep
            rule.save(update_fields=["practitioner"])


def _move_values(kept: Practitioner, *, gone: Practitioner) -> None:
    overlays = Overlay.objects.filter(kind=Kind.PRACTITIONER.value)
    mine = dict(overlays.filter(target=kept.id).values_list("field", "value"))
    theirs = dict(overlays.filter(target=gone.id).values_list("field", "value"))
    overlays.filter(target=gone.id).exclude(field__in=mine).update(target=kept.id)
    kept.mis_values = {**gone.mis_values, **kept.mis_values}
    if gone.closed_at is None:
        kept.closed_at = None
    refresh(kept, kind=Kind.PRACTITIONER, overlays={**theirs, **mine})
    kept.save(update_fields=columns(Kind.PRACTITIONER))
