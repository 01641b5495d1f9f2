"""An invented programme of an invented clinic, and who composes it."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domain.directory.factory import (
    EYE,
    FIRST_VISIT,
    FOLDER,
    GLASSES,
    MIS,
    NORTH,
    PRICES,
    row,
    snapshot,
)
from feldsher.domain.checkups import services
from feldsher.domain.checkups.types import Bounds, ProgrammeChange, Sex
from feldsher.domain.directory.services import import_snapshot
from feldsher.domain.directory.types import Kind, RemotePrice, RemoteService, ServiceKind
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

EDITOR: Final = Staff(id=UUID(int=1), login="vera", name="", roles=frozenset({Role.EDITOR}))
REGISTRAR: Final = Staff(id=UUID(int=2), login="petr", name="", roles=frozenset({Role.REGISTRAR}))
BLOOD: Final = RemoteService("svc-blood", "Общий анализ крови", ServiceKind.SERVICE, None, "", None)
CHANGE: Final = ProgrammeChange("Глаза с\u00a040 лет", "glaza-40", bounds=Bounds(age_from=18))


def founded() -> None:
    """Import the clinic: in the north the visit costs 1900 and blood 450, glasses cost 800 everywhere."""
    blood = RemotePrice(BLOOD.id, NORTH.id, None, Decimal(450))
    import_snapshot(
        MIS,
        snapshot=snapshot(
            practitioners=(EYE,), services=(FIRST_VISIT, GLASSES, BLOOD, FOLDER), prices=(*PRICES, blood)
        ),
    )


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
