"""Giving a role takes two administrators, or, where there is no second one, a day and a notice to the owner.

A request waits for an administrator who neither asked nor gets the role. Where nobody could be that, it takes
effect after 24 hours by a job, and the owner is told at once (FELDSHER_OWNER_PHONE). Where no notice can be
sent there is no request, and where none was sent there is no role. Whoever asked has to be an administrator
still when it takes effect. Ending a role is at once, and one person's act. The command line gives roles at
once too: who has the server has everything. Each act stands in the journal, in its own transaction.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from feldsher.foundation.access.accounts import active_admins, lock_admins, person
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.errors import (
    GrantKnownError,
    GrantNotYoursError,
    GrantOverError,
    LastAdminError,
    OwnerNotToldError,
    StaffNotFoundError,
)
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.models import AccessGrant, GrantRequest, User
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import GrantOutcome, Staff
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.errors import DayCapError
from feldsher.foundation.messaging.selectors import is_sent
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock

DELAY, KEPT = timedelta(hours=24), timedelta(days=14)
_ZONE = ZoneInfo("Europe/Moscow")
_TOMORROW = (
    "Сегодня владельцу не\u00a0отправить SMS, а\u00a0без\u00a0неё роль не\u00a0выдать. Попробуйте завтра."
)
_log = logging.getLogger(__name__)


def ask_for_grant(user_id: UUID, role: Role, *, staff: Staff) -> UUID:
    """Ask that somebody gets a role; returns the request.

    Raises ForbiddenError, StaffNotFoundError, GrantKnownError, OwnerNotToldError.
    """
    now = clock.now()
    with as_staff(staff, Action.MANAGE_STAFF):
        user = person(user_id)
        if not user.is_active:
            raise StaffNotFoundError("the account is closed", sentence="Сначала откройте учётную запись.")
        if AccessGrant.objects.filter(user=user, role=role, ended_at=None).exists():
            raise GrantKnownError("the role is there", sentence="Эта роль у\u00a0сотрудника уже есть.")
        journal("account", Column.SECRETS, ids=[user.pk], fields=("role_asked", role.value))
        alone = not active_admins() - {staff.id, user.pk}
        row = GrantRequest(
            user=user,
            role=role,
            asked_by_id=staff.id,
            asked_at=now,
            effective_at=now + DELAY if alone else None,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise GrantKnownError("the role was asked for") from error
        if alone:
            _tell_owner(row, staff)
    return row.pk


def confirm_grant(request_id: UUID, *, staff: Staff) -> bool:
    """Give the role that another administrator asked for; False where they administer no more: it lapses.

    Raises ForbiddenError, GrantOverError, GrantNotYoursError (one's own request, or a role for oneself).
    """
    with as_staff(staff, Action.MANAGE_STAFF):
        row = _open(request_id)
        if staff.id in {row.asked_by_id, row.user_id}:
            raise GrantNotYoursError("their own request or role")
        if row.asked_by_id not in active_admins() or not row.user.is_active:
            _decide(row, GrantOutcome.LAPSED, by=staff)
            return False
        give(row.user, Role(row.role), by=row.asked_by_id)
        _decide(row, GrantOutcome.CONFIRMED, by=staff)
    return True


def decline_grant(request_id: UUID, *, staff: Staff) -> None:
    """Refuse a request, or take one's own back. Raises ForbiddenError, GrantOverError."""
    with as_staff(staff, Action.MANAGE_STAFF):
        row = _open(request_id)
        journal("account", Column.SECRETS, ids=[row.user_id], fields=("role_declined", row.role))
        is_own = staff.id == row.asked_by_id
        _decide(row, GrantOutcome.WITHDRAWN if is_own else GrantOutcome.DECLINED, by=staff)


def end_role(user_id: UUID, role: Role, *, staff: Staff) -> None:
    """Take a role away at once. Raises ForbiddenError, StaffNotFoundError, LastAdminError."""
    with as_staff(staff, Action.MANAGE_STAFF):
        lock_admins()
        user = person(user_id)
        if role is Role.SYSTEM_ADMIN and active_admins() == {user.pk}:
            raise LastAdminError("the last administrator")
        if _end(user, role):
            _log.warning("the role %s of %s is ended by %s", role, user.login, staff.login)


def give_anyway(user_id: UUID, role: Role) -> None:
    """Give a role at once, and ask for no right: for who has the server. Raises StaffNotFoundError."""
    with as_service("command_line"):
        user = person(user_id)
        if give(user, role, by=None):
            _log.warning("the role %s is given to %s by the command line", role, user.login)


def end_anyway(user_id: UUID, role: Role) -> None:
    """Take a role away, the last administrator's too: for who has the server. Raises StaffNotFoundError."""
    with as_service("command_line"):
        user = person(user_id)
        if _end(user, role):
            _log.warning("the role %s of %s is ended by the command line", role, user.login)


def apply_due() -> int:
    """Give the roles whose day has passed, and let lapse what nobody decided; returns how many were given."""
    now, given = clock.now(), 0
    for request_id in _due(now):
        with as_service("roles_in_time"):
            rows = _waiting().select_for_update(of=("self",)).select_related("user")
            row = rows.filter(pk=request_id).first()
            if row is None:
                continue
            is_told = is_sent(_notice_key(row))
            if not is_told:
                _log.error(
                    "the role %s for %s is not given: the owner was not told", row.role, row.user.login
                )
            if is_told and row.asked_by_id in active_admins() and row.user.is_active:
                give(row.user, Role(row.role), by=row.asked_by_id)
                _decide(row, GrantOutcome.IN_TIME, by=None)
                given += 1
            else:
                _decide(row, GrantOutcome.LAPSED, by=None)
    with STAFF.reach():
        _waiting().filter(effective_at=None, asked_at__lt=now - KEPT).update(
            decided_at=now, outcome=GrantOutcome.LAPSED
        )
    return given


def give(user: User, role: Role, *, by: UUID | None) -> bool:
    """Give a role; giving it twice changes nothing and returns False."""
    if AccessGrant.objects.filter(user=user, role=role, ended_at=None).exists():
        return False
    journal("account", Column.SECRETS, ids=[user.pk], fields=("role_given", role.value))
    AccessGrant.objects.create(user=user, role=role, granted_by_id=by, granted_at=clock.now())
    return True


def can_tell_owner() -> bool:
    """Return whether this installation can tell its owner of a role that takes effect by itself."""
    return bool(settings.OWNER_PHONE) and settings.FELDSHER_SMS is not None


def _waiting() -> QuerySet[GrantRequest]:
    return GrantRequest.objects.filter(decided_at=None)


@STAFF.reach()
def _due(now: datetime) -> list[UUID]:
    return list(_waiting().filter(effective_at__lte=now).values_list("pk", flat=True))


def _open(request_id: UUID) -> GrantRequest:
    rows = GrantRequest.objects.select_for_update(of=("self",)).select_related("user")
    row = rows.filter(pk=request_id, decided_at=None, asked_at__gt=clock.now() - KEPT).first()
    if row is None:
        raise GrantOverError("no such request waits")
    return row


def _end(user: User, role: Role) -> bool:
    live = AccessGrant.objects.filter(user=user, role=role, ended_at=None)
    if not live.update(ended_at=clock.now()):
        return False
    journal("account", Column.SECRETS, ids=[user.pk], fields=("role_ended", role.value))
    return True


def _decide(row: GrantRequest, outcome: GrantOutcome, *, by: Staff | None) -> None:
    row.decided_at, row.outcome, row.decided_by_id = clock.now(), outcome, by.id if by else None
    row.save(update_fields=["decided_at", "outcome", "decided_by_id"])
    _log.warning(
        "the role %s for %s: %s (%s)", row.role, row.user.login, outcome, by.login if by else "clock"
    )


def _notice_key(row: GrantRequest) -> str:
    return f"grant:{row.pk}"


def _tell_owner(row: GrantRequest, staff: Staff) -> None:
    """Tell the owner in the request's own commit. Raises OwnerNotToldError: there is no request."""
    if not can_tell_owner():
        raise OwnerNotToldError("FELDSHER_OWNER_PHONE or FELDSHER_SMS is not set")
    effective_at = row.asked_at + DELAY
    text = texts.grant_notice(
        login=row.user.login,
        role=Role(row.role).russian,
        effective_at=effective_at.astimezone(_ZONE),
        asked_by=staff.login,
    )
    try:
        messaging.send_sms(
            Kind.GRANT_NOTICE,
            phone=settings.OWNER_PHONE,
            text=text,
            key=_notice_key(row),
            valid_until=effective_at,
        )
    except DayCapError as error:
        raise OwnerNotToldError("the day's cap of messages is reached", sentence=_TOMORROW) from error
    _log.warning(
        "the role %s for %s, asked for by %s alone, takes effect at %s unless it is declined",
        *(row.role, row.user.login, staff.login, effective_at.isoformat()),
    )
