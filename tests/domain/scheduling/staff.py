"""Staff of an invented clinic, as scheduling's services and selectors meet them."""

from uuid import uuid4

from feldsher.foundation.access import services
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff


def somebody(*roles: Role) -> Staff:
    """Return a person with these roles who has no row: enough wherever nobody asks for a name."""
    return Staff(id=uuid4(), login="somebody", name="", roles=frozenset(roles))


def hired(login: str, name: str, *roles: Role) -> Staff:
    """Return a person of the tables."""
    return services.create_staff(login, password="feldsher-demo", name=name, roles=roles)


REGISTRAR = somebody(Role.REGISTRAR)
EDITOR = somebody(Role.EDITOR)
