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
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.staff_rows import STAFF

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
_BY_CARE = (Role.ATTENDING_DOCTOR, Role.HEAD_OF_DEPARTMENT, Role.NURSE)
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


def check_proxies(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of a site over https that names no proxy: whoever ends TLS is then every caller."""
    del app_configs, kwargs
    if settings.FELDSHER_TRUSTED_PROXIES or not settings.SITE_URL.startswith("https:"):
        return []
    words = "No proxy is named: behind one, all callers have its address, and one may shut out all others."
    hint = "Set FELDSHER_TRUSTED_PROXIES to the address of what ends TLS (docs/deployment.md)."
    return [CheckWarning(words, hint=hint, id="access.W001")]


def check_care(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn where a booking that anybody may make opens a patient to a doctor."""
    del app_configs, kwargs
    if not databases or settings.FELDSHER_AS_OWNER or settings.FELDSHER_BOOKING.phone_proof == "always":
        return []
    from feldsher.foundation.access.models import AccessGrant  # noqa: PLC0415 - models come after the checks

    with STAFF.reach():
        has_doctors = AccessGrant.objects.filter(role__in=_BY_CARE, ended_at=None).exists()
    if not has_doctors:
        return []
    words = (
        "A visit puts its patient into the doctor's care, and whoever knows name and phone may book one: "
        "a doctor could open a patient so, who hears nothing of it."
    )
    hint = "Set FELDSHER_BOOKING's phone_proof to always (docs/modules/access.md)."
    return [CheckWarning(words, hint=hint, id="access.W002")]
