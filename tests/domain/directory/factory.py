"""A small invented clinic as its MIS would send it: two branches, three doctors, a short price list."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from feldsher.domain.directory.models import ExternalId
from feldsher.domain.directory.types import (
    Completeness,
    DirectorySnapshot,
    Kind,
    RemoteLocation,
    RemotePractitioner,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)

MIS: Final = "umc"
AT: Final = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAY: Final = timedelta(days=1)

NORTH: Final = RemoteLocation("loc-north", "Северный филиал")
SOUTH: Final = RemoteLocation("loc-south", "Южный филиал")
FIRST_VISIT: Final = RemoteService(
    "svc-first", "Приём офтальмолога первичный", ServiceKind.SERVICE, "dir", "A-1", 30
)
GLASSES: Final = RemoteService("svc-glasses", "Подбор очков", ServiceKind.SERVICE, "dir", "A-2", None)
DROPS: Final = RemoteService("mat-drops", "Капли", ServiceKind.MATERIAL, "dir", "M-1", None)
FOLDER: Final = RemoteService("dir", "Офтальмология", ServiceKind.FOLDER, None, "", None)


def doctor(remote_id: str, **changes: Any) -> RemotePractitioner:
    """Return an eye doctor of the northern branch without services."""
    base = RemotePractitioner(
        id=remote_id,
        family=f"Образцов-{remote_id}",
        given="Пример",
        middle="Тестович",
        specialties=("Офтальмология",),
        location_ids=(NORTH.id,),
        services=(),
    )
    return replace(base, **changes)


EYE: Final = doctor(
    "doc-eye",
    location_ids=(NORTH.id, SOUTH.id),
    services=(RemoteServiceNorm(FIRST_VISIT.id, 20), RemoteServiceNorm(GLASSES.id, None)),
)
HEART: Final = doctor(
    "doc-heart", specialties=("Кардиология",), services=(RemoteServiceNorm(DROPS.id, None),)
)
PLAIN: Final = doctor("doc-plain", specialties=())

PRICES: Final = (
    RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal(1900)),
    RemotePrice(FIRST_VISIT.id, SOUTH.id, None, Decimal(1700)),
    RemotePrice(GLASSES.id, None, None, Decimal(800)),
)


def snapshot(**changes: Any) -> DirectorySnapshot:
    """Return the whole clinic at 24 November 2026, complete."""
    base = DirectorySnapshot(
        as_of=AT,
        completeness=Completeness.FULL,
        locations=(NORTH, SOUTH),
        practitioners=(EYE, HEART, PLAIN),
        services=(FIRST_VISIT, GLASSES, DROPS, FOLDER),
        prices=PRICES,
    )
    return replace(base, **changes)


def row(kind: Kind, remote_id: str, *, mis: str = MIS) -> UUID:
    """Return the id of the row that the MIS means."""
    return ExternalId.objects.get(mis=mis, kind=kind.value, value=remote_id).target


def without(records: Iterable[Any], gone: Any) -> tuple[Any, ...]:
    return tuple(record for record in records if record != gone)


def priced_network(*, services: int, doctors: int) -> DirectorySnapshot:
    """Return a network whose services are shared out among its doctors, each priced in both branches."""
    lines = tuple(
        RemoteService(f"s{number}", f"Исследование {number}", ServiceKind.SERVICE, "dir", "", 30)
        for number in range(services)
    )
    people = tuple(
        replace(
            doctor(f"d{number:03}"),
            services=tuple(RemoteServiceNorm(line.id, None) for line in lines[number::doctors]),
        )
        for number in range(doctors)
    )
    prices = tuple(
        RemotePrice(line.id, place.id, None, Decimal(100)) for line in lines for place in (NORTH, SOUTH)
    )
    return snapshot(practitioners=people, services=(*lines, FOLDER), prices=prices)
