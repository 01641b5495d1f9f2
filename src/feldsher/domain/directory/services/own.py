"""Records that staff make where no MIS does: branches, doctors, their places of work, services, prices.

Such a record has an id of the source OWN_SCHEDULE, its own UUID, so that whatever asks for a MIS's id finds
one. Its fields are staff's word, like an overlay over a MIS. What a MIS gives is neither taken over nor
closed here. Every act leaves its line (`Act`), in the transaction that does it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from feldsher.domain.directory.models import (
    Act,
    ExternalId,
    HealthcareService,
    Location,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Price,
    Sourced,
)
from feldsher.domain.directory.rules import MINUTES_A_DAY
from feldsher.domain.directory.services.fields import OWN_DEFAULT, TABLES, is_zone
from feldsher.domain.directory.services.links import sync_own_visits
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.overlay import apply_changes
from feldsher.domain.directory.services.prices import apply_prices, usable_amount
from feldsher.domain.directory.services.records import Tally, default_organization, ensure_specialties
from feldsher.domain.directory.text import normalise
from feldsher.domain.directory.types import FieldChange, Kind, ServiceKind
from feldsher.domain.directory.types.own import OWN_SCHEDULE, RecordAct
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.money import format_roubles

REQUIRED: Final = {
    Kind.LOCATION: ("name", "zone"),
    Kind.PRACTITIONER: ("family", "given"),
    Kind.SERVICE: ("name",),
}
"""What staff may add, and the fields without which it is none."""
_EMPTY = "Заполните это поле."


def add_record(kind: Kind, *, values: Mapping[str, object], author: str) -> UUID:
    """Make a branch, a doctor or a service with these fields and return its id; an empty text says nothing.

    InvalidInputError names each fault by its field.
    """
    required = REQUIRED.get(kind)
    if required is None:
        raise InvalidInputError(f"{kind} is not added by staff")
    said = {field: value for field, value in values.items() if value not in (None, "")}
    faults = {field: _EMPTY for field in required if field not in said}
    with directory_write():
        row: Sourced = TABLES[kind].model()
        if isinstance(row, Location):
            _stand_in(row)
        row.save(force_insert=True)
        _name(kind, row.id)
        changes = [FieldChange(kind, row.id, field, value) for field, value in said.items()]
        wrong = apply_changes(changes, author=author)
        faults |= {change.field: wrong[change.key] for change in changes if change.key in wrong}
        if faults:
            raise InvalidInputError(f"{kind}: {', '.join(faults)}", fields=faults)
        _note(kind, row.id, RecordAct.OPENED, author=author)
    return row.id


def close_record(kind: Kind, *, target: UUID, author: str) -> None:
    """Close a record that staff made, with the places of work of a branch or a doctor; twice is fine.

    Visits of the past go on naming it. InvalidInputError for what a MIS shows, NotFoundError.
    """
    with directory_write():
        row = _own_row(kind, target)
        if row.closed_at is not None:
            return
        _alone(kind, target)
        row.closed_at = clock.now()
        row.save(update_fields=["closed_at"])
        ExternalId.objects.filter(mis=OWN_SCHEDULE, kind=kind.value, target=target).update(
            closed_at=row.closed_at
        )
        doctors = _end_links(kind, target)
        sync_own_visits(doctors, at=row.closed_at, tally=Tally())
        _note(kind, target, RecordAct.CLOSED, author=author)


def reopen_record(kind: Kind, *, target: UUID, author: str) -> None:
    """Open a record that staff closed; places of work and services are given anew. NotFoundError."""
    with directory_write():
        row = _own_row(kind, target)
        if row.closed_at is None:
            return
        if isinstance(row, Practitioner) and row.merged_into_id is not None:
            raise InvalidInputError("a merged practitioner stays closed")
        row.closed_at = None
        row.save(update_fields=["closed_at"])
        _name(kind, target)
        _note(kind, target, RecordAct.REOPENED, author=author)


def add_workplace(practitioner: UUID, *, location: UUID, specialty: str, author: str) -> None:
    """Have a doctor work in a branch of staff's own by a specialty, made where it is new.

    InvalidInputError (`location`, `specialty`), NotFoundError.
    """
    with directory_write():
        doctor = _open_row(Kind.PRACTITIONER, practitioner)
        branch = _open_row(Kind.LOCATION, location)
        faults = {}
        if not _has_own_id(Kind.LOCATION, branch.id):
            faults["location"] = (
                "В\u00a0этом филиале расписание ведёт МИС: места работы врачей приходят из\u00a0неё."
            )
        if not normalise(specialty):
            faults["specialty"] = "Напишите специальность, например «Офтальмология»."
        if faults:
            raise InvalidInputError(f"place of work: {', '.join(faults)}", fields=faults)
        known = ensure_specialties([specialty], tally=Tally())
        role, is_new = PractitionerRole.objects.get_or_create(
            practitioner_id=doctor.id,
            location_id=branch.id,
            specialty_id=known[normalise(specialty)],
            defaults={"mis": OWN_SCHEDULE, "remote_id": str(doctor.id)},
        )
        if not is_new and role.closed_at is None:
            return
        role.mis, role.remote_id, role.closed_at = OWN_SCHEDULE, str(doctor.id), None
        role.save(update_fields=["mis", "remote_id", "closed_at"])
        _name(Kind.PRACTITIONER, doctor.id)
        sync_own_visits([doctor.id], at=clock.now(), tally=Tally())
        _note(Kind.PRACTITIONER, doctor.id, RecordAct.WORKS, about=branch.id, words=specialty, author=author)


def close_workplace(role_id: UUID, *, practitioner: UUID, author: str) -> None:
    """End a doctor's place of work that staff gave; twice is fine. NotFoundError for any other."""
    with directory_write():
        role = (
            PractitionerRole.objects.filter(id=role_id, practitioner=practitioner, mis=OWN_SCHEDULE)
            .select_related("specialty")
            .first()
        )
        if role is None:
            raise NotFoundError("no such place of work of staff's own")
        if role.closed_at is not None:
            return
        role.closed_at = clock.now()
        role.save(update_fields=["closed_at"])
        sync_own_visits([practitioner], at=role.closed_at, tally=Tally())
        words = role.specialty.text if role.specialty else ""
        _note(
            Kind.PRACTITIONER,
            practitioner,
            RecordAct.WORKS_NO_MORE,
            about=role.location_id,
            words=words,
            author=author,
        )


def give_service(practitioner: UUID, *, service: UUID, minutes: object, author: str) -> None:
    """Have a doctor give a service, `minutes` long there (empty: as long as the service's own norm).

    InvalidInputError (`service`, `minutes`), NotFoundError.
    """
    with directory_write():
        doctor = _open_row(Kind.PRACTITIONER, practitioner)
        row = cast("HealthcareService", _open_row(Kind.SERVICE, service))
        if row.kind != ServiceKind.SERVICE.value or row.is_own:
            raise InvalidInputError(
                "no service", fields={"service": "Эту строку прайс-листа не\u00a0записывают."}
            )
        norm = _norm(minutes)
        link, is_new = PractitionerService.objects.get_or_create(
            practitioner_id=doctor.id, service_id=row.id, defaults={"mis": OWN_SCHEDULE, "minutes": norm}
        )
        if not is_new:
            if link.closed_at is None and link.mis != OWN_SCHEDULE:
                raise InvalidInputError(
                    "given by a MIS", fields={"service": "Эту услугу врачу уже даёт МИС."}
                )
            link.mis, link.minutes, link.closed_at = OWN_SCHEDULE, norm, None
            link.save(update_fields=["mis", "minutes", "closed_at"])
        sync_own_visits([doctor.id], at=clock.now(), tally=Tally())
        words = f"{norm}\u00a0мин" if norm else ""
        _note(Kind.PRACTITIONER, doctor.id, RecordAct.GIVES, about=row.id, words=words, author=author)


def end_service(link_id: UUID, *, practitioner: UUID, author: str) -> None:
    """End a service of a doctor that staff gave; twice is fine. NotFoundError for any other."""
    with directory_write():
        link = PractitionerService.objects.filter(
            id=link_id, practitioner=practitioner, mis=OWN_SCHEDULE
        ).first()
        if link is None:
            raise NotFoundError("no such service of staff's own")
        if link.closed_at is not None:
            return
        link.closed_at = clock.now()
        link.save(update_fields=["closed_at"])
        sync_own_visits([practitioner], at=link.closed_at, tally=Tally())
        _note(Kind.PRACTITIONER, practitioner, RecordAct.GIVES_NO_MORE, about=link.service_id, author=author)


def set_price(
    service: UUID, *, location: UUID | None, practitioner: UUID | None, amount: Decimal | None, author: str
) -> None:
    """Price a service from today on, in a branch or everywhere (None), by a doctor or anybody (None).

    `amount` None is what was typed and is no number. InvalidInputError (`amount`), NotFoundError.
    """
    with directory_write():
        row = _open_row(Kind.SERVICE, service)
        for kind, party in ((Kind.LOCATION, location), (Kind.PRACTITIONER, practitioner)):
            if party is not None:
                _open_row(kind, party)
        rounded = None if amount is None else usable_amount(amount)
        if rounded is None:
            raise InvalidInputError("no amount", fields={"amount": "Цена в\u00a0рублях, например 2500."})
        tally = Tally()
        key = (row.id, location, practitioner)
        apply_prices({key: rounded}, mis=OWN_SCHEDULE, today=clock.now().date(), closing=False, tally=tally)
        if tally.warnings:
            raise InvalidInputError("priced by a MIS", fields={"amount": "Эту цену даёт МИС."})
        if tally.created:
            words = format_roubles(rounded)
            _note(
                Kind.SERVICE,
                row.id,
                RecordAct.PRICED,
                about=practitioner or location,
                words=words,
                author=author,
            )


def end_price(price_id: UUID, *, service: UUID, author: str) -> None:
    """End a price that staff gave, from today on; twice is fine. NotFoundError for any other."""
    with directory_write():
        price = Price.objects.filter(id=price_id, service=service, mis=OWN_SCHEDULE).first()
        if price is None:
            raise NotFoundError("no such price of staff's own")
        if price.valid_to is not None:
            return
        price.valid_to = max(clock.now().date(), price.valid_from)
        price.save(update_fields=["valid_to"])
        words = format_roubles(price.amount)
        about = price.practitioner_id or price.location_id
        _note(Kind.SERVICE, service, RecordAct.UNPRICED, about=about, words=words, author=author)


def _stand_in(row: Location) -> None:
    """Give a new branch the network's first legal entity, and its zone where the settings name one."""
    organization = default_organization(tally=Tally())
    row.organization_id = organization
    row.mis_values = {OWN_DEFAULT: {"organization": str(organization)}}
    if is_zone(settings.FELDSHER_DEFAULT_ZONE):
        row.mis_values[OWN_DEFAULT]["zone"] = settings.FELDSHER_DEFAULT_ZONE


def _name(kind: Kind, target: UUID) -> None:
    """Make sure that the own schedule has an id of the row."""
    ExternalId.objects.update_or_create(
        mis=OWN_SCHEDULE,
        kind=kind.value,
        value=str(target),
        defaults={"target": target, "closed_at": None},
    )


def _has_own_id(kind: Kind, target: UUID) -> bool:
    return ExternalId.objects.filter(
        mis=OWN_SCHEDULE, kind=kind.value, target=target, closed_at=None
    ).exists()


def _own_row(kind: Kind, target: UUID) -> Sourced:
    """Return a row that staff made; NotFoundError for any other."""
    ids = ExternalId.objects.filter(mis=OWN_SCHEDULE, kind=kind.value, target=target)
    row: Sourced | None = TABLES[kind].filter(id=target).first() if ids.exists() else None
    if row is None:
        raise NotFoundError(f"no {kind.value} {target} of staff's own")
    return row


def _open_row(kind: Kind, target: UUID) -> Sourced:
    row: Sourced | None = TABLES[kind].filter(id=target, closed_at=None).first()
    if row is None:
        raise NotFoundError(f"no open {kind.value} {target}")
    return row


def _alone(kind: Kind, target: UUID) -> None:
    """Raise InvalidInputError for a row that a MIS shows too: it would come back with the next import."""
    others = ExternalId.objects.filter(kind=kind.value, target=target, closed_at=None)
    if others.exclude(mis=OWN_SCHEDULE).exists():
        raise InvalidInputError(
            f"{kind.value} {target} is shown by a MIS",
            fields={"": "Эту запись показывает МИС: её закрывают там."},
        )


def _end_links(kind: Kind, target: UUID) -> list[UUID]:
    """End the places of work and services that hang on a closed row; return whose they were."""
    now = clock.now()
    roles = PractitionerRole.objects.filter(
        Q(location=target) if kind is Kind.LOCATION else Q(practitioner=target), closed_at=None
    )
    links = PractitionerService.objects.filter(
        Q(service=target) if kind is Kind.SERVICE else Q(practitioner=target), closed_at=None
    )
    doctors = {*links.values_list("practitioner_id", flat=True)}
    if kind is not Kind.SERVICE:
        doctors |= {*roles.values_list("practitioner_id", flat=True)}
        roles.update(closed_at=now)
    if kind is not Kind.LOCATION:
        links.update(closed_at=now)
    return sorted(doctors)


def _norm(minutes: object) -> int | None:
    if minutes in (None, ""):
        return None
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MINUTES_A_DAY:
        raise InvalidInputError("no norm", fields={"minutes": "Целые минуты, от 1 до 1440."})
    return minutes


def _note(
    kind: Kind, target: UUID, act: RecordAct, *, author: str, about: UUID | None = None, words: str = ""
) -> None:
    Act.objects.create(
        kind=kind.value,
        target=target,
        act=act.value,
        about=about,
        words=words[:300],
        author=author,
        at=clock.now(),
    )
