"""Refuses to run as a role of the database that row security does not bind.

Each process asks at its first connection, whatever server it runs under and whenever the database comes up.
Until the answer is that the role is bound no connection is kept; after it nothing is asked again.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ROLE = """
    SELECT r.rolsuper, r.rolbypassrls, EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
    FROM pg_roles r WHERE r.rolname = current_user
"""
"""Asks for what `role_faults` takes."""
HINT = "Give DATABASE_URL a role of its own; DATABASE_OWNER_URL is for migrations (docs/modules/access.md)."
_WORDS = {
    "access.E001": "The application's database role is a superuser.",
    "access.E002": "The application's database role has BYPASSRLS.",
    "access.E003": "The application's database role owns tables, or may act as who does.",
}
_bound: set[str] = set()
"""Databases, by alias, whose role has been found bound in this process."""
_log = logging.getLogger(__name__)


class UnsafeRoleError(ImproperlyConfigured):
    """The role is past row security: `faults` says by code how."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join([*faults.values(), HINT]))
        self.faults = faults


def role_faults(found: tuple[bool, bool, bool]) -> dict[str, str]:
    """Return by code what lets a role past row security: of `ROLE`'s answer whatever is true."""
    return {code: words for (code, words), is_so in zip(_WORDS.items(), found, strict=True) if is_so}


def refuse_unsafe_role(found: tuple[bool, bool, bool]) -> None:
    """Raise UnsafeRoleError where `ROLE`'s answer is not that row security binds the role."""
    if faults := role_faults(found):
        raise UnsafeRoleError(faults)


def examine(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Close a new connection and raise UnsafeRoleError where its role is not bound; migrations are let be."""
    if connection.alias in _bound or settings.FELDSHER_AS_OWNER:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(ROLE)
            refuse_unsafe_role(cursor.fetchone())
    except Exception as error:
        # Django would keep it, and use it without asking the next time.
        connection.close()
        if isinstance(error, UnsafeRoleError):
            _log.critical("%s", error.args[0])
        raise
    _bound.add(connection.alias)


def check_role(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Tell what lets the application past row security."""
    del app_configs, kwargs
    faults: dict[str, str] = {}
    for alias in databases or ():
        try:
            connections[alias].ensure_connection()
        except UnsafeRoleError as error:
            faults |= error.faults
    return [Error(words, hint=HINT, id=code) for code, words in faults.items()]
