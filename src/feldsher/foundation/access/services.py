"""Writes of access: staff, their passwords, roles and sessions; codes that prove a phone (`phone_codes`)."""

import re
from uuid import UUID

from django.db import IntegrityError, transaction

from feldsher.foundation.access import locks, phone_passkeys
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.errors import DoctorTakenError, LoginTakenError, StaffNotFoundError
from feldsher.foundation.access.grants import give
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.models import StaffSession, User
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
from feldsher.foundation.access.second_factor import forget_factors
from feldsher.foundation.access.selectors import staff_card
from feldsher.foundation.access.sign_in import sweep
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

__all__ = [
    "change_password",
    "check_password_rules",
    "code_sent",
    "create_staff",
    "end_other_sessions",
    "end_session",
    "forget_codes",
    "forget_sessions",
    "place",
    "refuse",
    "reset_factors",
    "send_code",
    "spend_code",
    "sweep_up",
    "try_code",
]

SHORTEST_PASSWORD = 12
_SERVER = "command_line"
"""Whose acts these are in the journal: who has the server."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


def create_staff(login: str, *, password: str, name: str = "", roles: tuple[Role, ...] = ()) -> Staff:
    """Create a person with roles; raises LoginTakenError, InvalidInputError (`login`, `password`)."""
    if not _LOGIN.fullmatch(login):
        raise InvalidInputError(
            "not a login",
            fields={"login": "Логин: строчные латинские буквы, цифры, точка, дефис; от\u00a02 до\u00a064"},
        )
    check_password_rules(password)
    with as_service(_SERVER):
        try:
            with transaction.atomic():
                user = User.objects.create_user(login, password=password, name=name.strip()[:100])
        except IntegrityError as error:
            raise LoginTakenError("the login exists") from error
        journal("account", Column.SECRETS, ids=[user.pk], fields=("created",))
        for role in roles:
            give(user, role, by=None)
    return staff_card(user)


def place(login: str, *, practitioner: UUID | None, department: UUID | None) -> Staff:
    """Say which doctor a person is and of which department: their relations to patients follow from it.

    One doctor is one person. Raises StaffNotFoundError, DoctorTakenError.
    """
    try:
        with as_service(_SERVER):
            user = _locked(login)
            journal("account", Column.SECRETS, ids=[user.pk], fields=("placed",))
            user.practitioner, user.department = practitioner, department
            user.save(update_fields=["practitioner", "department"])
    except IntegrityError as error:
        raise DoctorTakenError("somebody else is that doctor") from error
    return staff_card(user)


def change_password(login: str, *, password: str) -> None:
    """Set a password; it ends every session of the person. Raises StaffNotFoundError, InvalidInputError."""
    check_password_rules(password)
    with as_service(_SERVER):
        user = _locked(login)
        journal("account", Column.SECRETS, ids=[user.pk], fields=("password",))
        user.set_password(password)
        user.save(update_fields=["password"])
        StaffSession.objects.filter(user=user).delete()


def reset_factors(login: str) -> None:
    """Take second factors, recovery codes and PIN from who lost them. Raises StaffNotFoundError."""
    with as_service(_SERVER):
        user = _locked(login)
        journal("account", Column.SECRETS, ids=[user.pk], fields=("factors",))
        forget_factors(user.pk)


def end_session(user_id: UUID, session: UUID) -> None:
    """End one of a person's own sessions; somebody else's is not touched."""
    StaffSession.objects.filter(pk=session, user_id=user_id).delete()


def end_other_sessions(user_id: UUID, *, keep: UUID) -> int:
    """End a person's sessions but one; returns how many."""
    return StaffSession.objects.filter(user_id=user_id).exclude(pk=keep).delete()[0]


def sweep_up() -> None:
    """Delete what nobody counts or needs any more: sessions that ran out, wrong tries, codes."""
    sweep()
    locks.forget()
    forget_codes()
    phone_passkeys.forget()


def _locked(login: str) -> User:
    user = User.objects.select_for_update().filter(login=login).first()
    if user is None:
        raise StaffNotFoundError("no such login")
    return user


def check_password_rules(password: str) -> None:
    """Raise InvalidInputError (`password`) for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        sentence = f"Пароль короче {SHORTEST_PASSWORD}\u00a0знаков"
        raise InvalidInputError("a short password", fields={"password": sentence})
