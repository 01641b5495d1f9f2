"""An invented programme of an invented clinic, and who composes it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domain.directory.factory import (
    AT,
    DAY,
    EYE,
    FIRST_VISIT,
    FOLDER,
    GLASSES,
    MIS,
    NORTH,
    PRICES,
    doctor,
    row,
    snapshot,
)
from feldsher.domain.checkups import services
from feldsher.domain.checkups.types import Bounds, ProgrammeChange, Sex
from feldsher.domain.directory.services import import_snapshot
from feldsher.domain.directory.types import (
    DirectorySnapshot,
    Kind,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

EDITOR: Final = Staff(id=UUID(int=1), login="vera", name="", roles=frozenset({Role.EDITOR}))
REGISTRAR: Final = Staff(id=UUID(int=2), login="petr", name="", roles=frozenset({Role.REGISTRAR}))
BLOOD: Final = RemoteService("svc-blood", "Общий анализ крови", ServiceKind.SERVICE, None, "", None)
CHANGE: Final = ProgrammeChange("Глаза с\u00a040 лет", "glaza-40", bounds=Bounds(age_from=18))


def founded() -> None:
    """Import the clinic: in the north the visit costs 1900 and blood 450, glasses cost 800 everywhere."""
    import_snapshot(MIS, snapshot=_snapshot())


def _snapshot() -> DirectorySnapshot:
    blood = RemotePrice(BLOOD.id, NORTH.id, None, Decimal(450))
    return snapshot(
        practitioners=(EYE,), services=(FIRST_VISIT, GLASSES, BLOOD, FOLDER), prices=(*PRICES, blood)
    )


def second_doctor(*, place: str, amount: int) -> None:
    """Import one more doctor, who takes `amount` for the visit in that branch: it costs «from» there."""
    other = doctor("doc-second", location_ids=(place,), services=(RemoteServiceNorm(FIRST_VISIT.id, None),))
    price = RemotePrice(FIRST_VISIT.id, place, other.id, Decimal(amount))
    given = _snapshot()
    changed = replace(
        given, practitioners=(*given.practitioners, other), prices=(*given.prices, price), as_of=AT + DAY / 24
    )
    import_snapshot(MIS, snapshot=changed)


def composed(**changes: Any) -> UUID:
    """Compose a published programme: the visit for all, blood for women, glasses from 40 by choice."""
    made = services.save_programme(CHANGE, staff=EDITOR)
    for item, bounds, is_optional in (
        (FIRST_VISIT, Bounds(), False),
        (BLOOD, Bounds(sex=Sex.FEMALE), False),
        (GLASSES, Bounds(age_from=40), True),
    ):
        services.add_item(
            made,
            service_id=row(Kind.SERVICE, item.id),
            bounds=bounds,
            is_optional=is_optional,
            staff=EDITOR,
        )
    given = {
        "name": CHANGE.name,
        "slug": CHANGE.slug,
        "bounds": CHANGE.bounds,
        "is_published": True,
        **changes,
    }
    services.save_programme(ProgrammeChange(**given), staff=EDITOR, programme_id=made)
    return made
