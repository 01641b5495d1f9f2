"""Refuses to run as a role of the database that row security does not bind."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections

ROLE = """
    SELECT r.rolsuper, r.rolbypassrls, EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
    FROM pg_roles r WHERE r.rolname = current_user
"""
"""Asks for what `role_faults` takes."""
_WORDS = {
    "access.E001": "The application's database role is a superuser.",
    "access.E002": "The application's database role has BYPASSRLS.",
    "access.E003": "The application's database role owns tables, or may act as who does.",
}
HINT = "Give DATABASE_URL a role of its own; DATABASE_OWNER_URL is for migrations (docs/modules/access.md)."


def role_faults(found: tuple[bool, bool, bool]) -> dict[str, str]:
    """Return by code what lets a role past row security: of `ROLE`'s answer whatever is true."""
    return {code: words for (code, words), is_so in zip(_WORDS.items(), found, strict=True) if is_so}


def check_role(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Tell what lets the application past row security; migrations run as the owner and are let be."""
    del app_configs, kwargs
    faults: dict[str, str] = {}
    for alias in () if settings.FELDSHER_AS_OWNER else databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(ROLE)
            faults |= role_faults(cursor.fetchone())
    return [Error(words, hint=HINT, id=code) for code, words in faults.items()]
