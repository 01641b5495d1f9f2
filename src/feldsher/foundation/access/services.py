"""Writes of access: staff, their passwords and roles; codes that prove a phone (`phone_codes`)."""

import re
from uuid import UUID

from django.db import IntegrityError, transaction

from feldsher.foundation.access.errors import LoginTakenError, StaffNotFoundError
from feldsher.foundation.access.models import AccessGrant, User
from feldsher.foundation.access.phone_codes import (
    code_sent,
    forget_codes,
    refuse,
    send_code,
    spend_code,
    try_code,
)
from feldsher.foundation.access.phone_sessions import forget_sessions
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.selectors import staff_card
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

__all__ = [
    "change_password",
    "code_sent",
    "create_staff",
    "end_grant",
    "forget_codes",
    "forget_sessions",
    "grant",
    "refuse",
    "send_code",
    "spend_code",
    "try_code",
]

SHORTEST_PASSWORD = 12
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


def create_staff(
    login: str, *, password: str, name: str = "", roles: tuple[Role, ...] = (), granted_by: UUID | None = None
) -> Staff:
    """Create a person with roles; raises LoginTakenError, InvalidInputError (`login`, `password`)."""
    if not _LOGIN.fullmatch(login):
        raise InvalidInputError(
            "not a login",
            fields={"login": "Логин: строчные латинские буквы, цифры, точка, дефис; от\u00a02 до\u00a064"},
        )
    _check(password)
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = User.objects.create_user(login, password=password, name=name.strip()[:100])
        except IntegrityError as error:
            raise LoginTakenError("the login exists") from error
        for role in roles:
            _grant(user, role, by=granted_by)
    return staff_card(user)


def grant(login: str, role: Role, *, granted_by: UUID | None = None) -> Staff:
    """Give a role; giving it twice changes nothing. Raises StaffNotFoundError."""
    with transaction.atomic():
        user = _locked(login)
        _grant(user, role, by=granted_by)
    return staff_card(user)


def end_grant(login: str, role: Role) -> Staff:
    """Take a role away, from the person's next request on. Raises StaffNotFoundError."""
    with transaction.atomic():
        user = _locked(login)
        AccessGrant.objects.filter(user=user, role=role, ended_at=None).update(ended_at=clock.now())
    return staff_card(user)


def change_password(login: str, *, password: str) -> None:
    """Set a password; it ends every session of the person. Raises StaffNotFoundError, InvalidInputError."""
    _check(password)
    with transaction.atomic():
        user = _locked(login)
        user.set_password(password)
        user.save(update_fields=["password"])


def _grant(user: User, role: Role, *, by: UUID | None) -> None:
    if not AccessGrant.objects.filter(user=user, role=role, ended_at=None).exists():
        AccessGrant.objects.create(user=user, role=role, granted_by_id=by, granted_at=clock.now())


def _locked(login: str) -> User:
    user = User.objects.select_for_update().filter(login=login).first()
    if user is None:
        raise StaffNotFoundError("no such login")
    return user


def _check(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        sentence = f"Пароль короче {SHORTEST_PASSWORD}\u00a0знаков"
        raise InvalidInputError("a short password", fields={"password": sentence})
