"""Composing programmes: check → lock → act. Each act locks the programme's row; who said it last is kept."""

import re
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q

from feldsher.domain.checkups.errors import ProgrammeEmptyError, ProgrammeFullError, SlugTakenError
from feldsher.domain.checkups.models import Item, Programme, ProgrammePrice
from feldsher.domain.checkups.types import Bounds, ProgrammeChange
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services.prices import usable_amount
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

OLDEST = 120
MOST_ITEMS = 100
_NAME, _DESCRIPTION = 200, 4000
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_LIMIT = Decimal(10) ** 8


def save_programme(change: ProgrammeChange, *, staff: Staff, programme_id: UUID | None = None) -> UUID:
    """Write what an editor says of a programme, a new one for None; return its id.

    Raises ForbiddenError, NotFoundError, InvalidInputError (`name`, `slug`, `age_from`),
    SlugTakenError, and ProgrammeEmptyError for one that is published without a service in it.
    """
    require(staff, Action.EDIT_CHECKUPS)
    name = " ".join(change.name.split())
    faults = _bound_faults(change.bounds)
    if not name or len(name) > _NAME:
        faults["name"] = f"Напишите название не\u00a0длиннее {_NAME} знаков"
    if not _SLUG.fullmatch(change.slug):
        faults["slug"] = "Латинские буквы, цифры и\u00a0дефис, до\u00a0100 знаков"
    if faults:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(faults))}", fields=faults)
    with transaction.atomic():
        row = Programme() if programme_id is None else _locked(programme_id)
        if change.service_id is not None:
            directory.service(change.service_id)
        row.name, row.slug, row.description = name, change.slug, change.description.strip()[:_DESCRIPTION]
        _set_bounds(row, change.bounds)
        row.not_for_pregnant, row.is_published = change.not_for_pregnant, change.is_published
        row.service = change.service_id
        try:
            with transaction.atomic():
                _sign(row, staff)
        except IntegrityError:
            raise SlugTakenError(f"the slug is taken: {change.slug}") from None
        _must_have_something(row)
    return row.pk


def add_item(
    programme_id: UUID, *, service_id: UUID, bounds: Bounds, is_optional: bool, staff: Staff
) -> None:
    """Put a service of the directory into a programme; one that is in it gets these bounds.

    Raises ForbiddenError, NotFoundError for an unknown programme or service, InvalidInputError (`age_from`),
    ProgrammeFullError for one above a hundred, and ProgrammeEmptyError where a published programme would be
    left with services by choice alone.
    """
    require(staff, Action.EDIT_CHECKUPS)
    if faults := _bound_faults(bounds):
        raise InvalidInputError("bounds to correct", fields=faults)
    directory.service(service_id)
    with transaction.atomic():
        programme = _locked(programme_id)
        row = Item.objects.filter(programme=programme, service=service_id).first()
        if row is None:
            own = Item.objects.filter(programme=programme).aggregate(last=Max("place"), count=Count("id"))
            if own["count"] >= MOST_ITEMS:
                raise ProgrammeFullError("a programme of a hundred services")
            row = Item(programme=programme, service=service_id, place=(own["last"] or 0) + 1)
        row.is_optional = is_optional
        _set_bounds(row, bounds)
        row.save()
        _must_have_something(programme)
        _sign(programme, staff)


def remove_item(programme_id: UUID, *, item_id: UUID, staff: Staff) -> None:
    """Take a service out; one that is not in it changes nothing.

    Raises ForbiddenError, NotFoundError, and ProgrammeEmptyError for the last one that a published programme
    has for everybody.
    """
    require(staff, Action.EDIT_CHECKUPS)
    with transaction.atomic():
        programme = _locked(programme_id)
        Item.objects.filter(programme=programme, pk=item_id).delete()
        _must_have_something(programme)
        _sign(programme, staff)


def set_price(
    programme_id: UUID, *, location_id: UUID | None, amount: Decimal | None, since: date, staff: Staff
) -> None:
    """Say what a programme costs in roubles from a day on, in a branch or everywhere (None).

    `amount` None is what was typed and is no number.
    What was said of the same key from that day on gives way; history stays. Raises ForbiddenError,
    NotFoundError, InvalidInputError (`amount`).
    """
    require(staff, Action.EDIT_CHECKUPS)
    roubles = None if amount is None else usable_amount(amount)
    if not roubles or roubles >= _LIMIT:
        raise InvalidInputError("no price", fields={"amount": "Цена в\u00a0рублях, больше нуля"})
    if location_id is not None:
        directory.location(location_id)
    with transaction.atomic():
        programme = _locked(programme_id)
        same = ProgrammePrice.objects.filter(programme=programme, location=location_id)
        same.filter(valid_from__gte=since).delete()
        same.filter(Q(valid_to=None) | Q(valid_to__gt=since)).update(valid_to=since)
        ProgrammePrice.objects.create(
            programme=programme, location=location_id, amount=roubles, valid_from=since, author=staff.login
        )
        _sign(programme, staff)


def _locked(programme_id: UUID) -> Programme:
    row = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if row is None:
        raise NotFoundError("no such programme")
    return row


def _must_have_something(programme: Programme) -> None:
    """Refuse what was written to a published programme if nothing is left in it for everybody."""
    if programme.is_published and not Item.objects.filter(programme=programme, is_optional=False).exists():
        raise ProgrammeEmptyError("a published programme without a service for everybody")


def _sign(row: Programme, staff: Staff) -> None:
    row.author, row.updated_at = staff.login, clock.now()
    row.save()


def _set_bounds(row: Programme | Item, bounds: Bounds) -> None:
    row.age_from, row.age_to, row.sex = bounds.age_from, bounds.age_to, bounds.sex or ""


def _bound_faults(bounds: Bounds) -> dict[str, str]:
    ages = [age for age in (bounds.age_from, bounds.age_to) if age is not None]
    if ages != sorted(ages) or any(not 0 <= age <= OLDEST for age in ages):
        return {"age_from": f"Возраст от\u00a00 до\u00a0{OLDEST} лет, «от» не\u00a0больше «до»"}
    return {}
