"""The staff of a demo, with a password that everybody knows; `demo_seed` makes them in a demo only."""

from typing import Final
from uuid import UUID

from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

STAFF_PASSWORD = "feldsher-demo"  # noqa: S105 - printed by the demo, made nowhere else
STAFF = {
    "registrar": ("Тестова И.\u00a0П.", Role.REGISTRAR),
    "editor": ("Пробный Р.\u00a0С.", Role.EDITOR),
    "chief": ("Примерова Г.\u00a0В.", Role.CHIEF_PHYSICIAN),
    "doctor": ("Небылицын Д.\u00a0В.", Role.OTHER_DOCTOR),
    "admin": ("Образцов С.\u00a0А.", Role.SYSTEM_ADMIN),
    "auditor": ("Проверкина Н.\u00a0И.", Role.SECURITY_AUDITOR),
}
"""Name and role by login."""
EDITOR: Final = Staff(id=UUID(int=0), login="demo", name="", roles=frozenset({Role.EDITOR}))
"""Who wrote what a demo begins with."""
