"""Reads of access. Grants are read anew by each call: an ended one acts on the next request."""

from collections.abc import Collection
from uuid import UUID

from feldsher.foundation.access.errors import StaffNotFoundError
from feldsher.foundation.access.models import AccessGrant, GrantRequest, RecoveryCode, StaffSession, User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import (
    FactorsCard,
    GrantCard,
    GrantRequestCard,
    PasskeyCard,
    SessionCard,
    Shut,
    Staff,
    StaffCard,
)


@STAFF.reach()
def staff_card(user: User) -> Staff:
    """Return the person with the roles that they have at this moment."""
    live = AccessGrant.objects.filter(user=user, ended_at=None).values_list("role", flat=True)
    return Staff(
        id=user.pk,
        login=user.login,
        name=user.name,
        roles=frozenset(map(Role, live)),
        practitioner_id=user.practitioner,
        department_id=user.department,
    )


@STAFF.reach()
def staff_named(login: str) -> Staff:
    """Return who has this login; raises StaffNotFoundError."""
    user = User.objects.filter(login=login).first()
    if user is None:
        raise StaffNotFoundError("no such login")
    return staff_card(user)


@STAFF.reach()
def all_staff() -> tuple[StaffCard, ...]:
    """Return everybody by login, with the roles of now and of before."""
    users = User.objects.order_by("login").prefetch_related("grants")
    return tuple(
        StaffCard(
            id=user.pk,
            login=user.login,
            name=user.name,
            grants=tuple(
                GrantCard(Role(grant.role), grant.granted_at, grant.ended_at)
                for grant in sorted(user.grants.all(), key=lambda grant: grant.granted_at)
            ),
            last_login=user.last_login,
            shut=None if user.is_active else _shut(user),
        )
        for user in users
    )


@STAFF.reach()
def names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return how colleagues know each person (the login of who has no name); unknown ids are left out."""
    found = User.objects.filter(pk__in=ids).values_list("pk", "name", "login")
    return {pk: name or login for pk, name, login in found}


@STAFF.reach()
def shut_accounts(ids: Collection[UUID]) -> dict[UUID, Shut]:
    """Return why those of these people may not sign in who are closed or blocked; others are left out."""
    found = User.objects.filter(pk__in=ids, is_active=False)
    return {user.pk: _shut(user) for user in found}


def own_sessions(user_id: UUID) -> tuple[SessionCard, ...]:
    """Return where the person is signed in, the last seen first."""
    rows = StaffSession.objects.filter(user_id=user_id, opened_at__isnull=False).order_by("-seen_at")
    return tuple(SessionCard(row.pk, row.browser, row.network, row.created_at, row.seen_at) for row in rows)


@STAFF.reach()
def own_factors(user_id: UUID) -> FactorsCard:
    """Return what the person has set up to prove who they are."""
    user = User.objects.select_related("totp").get(pk=user_id)
    totp = getattr(user, "totp", None)
    return FactorsCard(
        totp_since=totp.confirmed_at if totp is not None else None,
        passkeys=tuple(
            PasskeyCard(row.pk, row.name, row.created_at, row.used_at)
            for row in user.passkeys.order_by("created_at")
        ),
        codes_left=RecoveryCode.objects.filter(user=user, used_at=None).count(),
        has_pin=bool(user.pin),
    )


@STAFF.reach()
def open_requests() -> tuple[GrantRequestCard, ...]:
    """Return the roles that wait to be given, the oldest first."""
    rows = GrantRequest.objects.filter(decided_at=None).order_by("asked_at")
    return tuple(
        GrantRequestCard(
            id=row.pk,
            user_id=row.user_id,
            role=Role(row.role),
            asked_by=row.asked_by_id,
            asked_at=row.asked_at,
            effective_at=row.effective_at,
        )
        for row in rows
    )


@STAFF.reach()
def open_request_count() -> int:
    return GrantRequest.objects.filter(decided_at=None).count()


def _shut(user: User) -> Shut:
    return Shut(user.disabled_at, user.blocked_at)
