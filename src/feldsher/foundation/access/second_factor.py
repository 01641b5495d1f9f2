"""The second factor by code: an authenticator app (TOTP, RFC 6238), and ten recovery codes for who lost it.

A code of the app is good once: the newest step of 30 seconds that was used is kept, and neither it nor an
older one is taken again, so that two who send one code at once are one too many. The step before and the step
after now are taken too, for clocks that differ. The secret is sealed; a recovery code is a keyed hash.
"""

import re
import secrets
from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

import pyotp
from django.db import transaction
from django.http import HttpRequest

from feldsher.foundation.access import locks
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.errors import CodeWrongError, SessionOverError
from feldsher.foundation.access.known_browsers import browser_for
from feldsher.foundation.access.models import RecoveryCode, StaffSession, Totp, User
from feldsher.foundation.access.sign_in import let_in
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Door, Entrance, TotpSecret
from feldsher.foundation.vault.sealing import blind_index, blind_indexes, open_, seal
from feldsher.kernel import clock

RECOVERY_CODES = 10
SET_UP = timedelta(minutes=30)
_STEP, _DRIFT = 30, 1
_TABLE = "access_totp"
_PURPOSE = "access.recovery_code"
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 3, 4
_TOTP_CODE = re.compile(r"\d{6}", re.ASCII)
_NOISE = re.compile(r"[\s\u00a0-]+")


def enter_by_code(request: HttpRequest, found: Entrance, *, code: str) -> Entrance:
    """Let somebody in who stands at the second factor, by a code of the app or a recovery code.

    Raises CodeWrongError, TooManyTriesError, SessionOverError (nobody stands there).
    """
    if found.door is not Door.SECOND_FACTOR or found.staff is None or found.session is None:
        raise SessionOverError("nobody waits for a second factor")
    user_id = found.staff.id
    browser = browser_for(request, user_id)
    counters = locks.factor_counters(user_id, browser=browser, address=address_of(request))
    locks.reserve(counters)
    if not spend_code(user_id, code):
        raise CodeWrongError("neither a code of the app nor a recovery code")
    locks.forgive(counters)
    return let_in(request, found.session)


def spend_code(user_id: UUID, code: str) -> bool:
    """Return whether this was a code of the person's app or a recovery code that was good till now."""
    return _spend_totp(user_id, code) or _spend_recovery_code(user_id, code)


def begin_totp(user_id: UUID, *, issuer: str) -> TotpSecret:
    """Make a new secret for an app; it is no factor before `confirm_totp`. A confirmed one is left alone.

    Raises CodeWrongError where an app is connected already.
    """
    with STAFF.reach():
        user = User.objects.select_for_update().get(pk=user_id)
        if Totp.objects.filter(user=user, confirmed_at__isnull=False).exists():
            raise CodeWrongError("an app is connected", sentence="Приложение уже подключено.")
        Totp.objects.filter(user=user).delete()
        text = pyotp.random_base32()
        row = Totp(user=user, created_at=clock.now())
        row.secret = seal(text, table=_TABLE, column="secret", row=row.id)
        row.save(force_insert=True)
    return _told(text, user, issuer)


@STAFF.reach()
def begun_totp(user_id: UUID, *, issuer: str) -> TotpSecret | None:
    """Return the secret that waits to be confirmed; None where none does, or it has waited for too long."""
    since = clock.now() - SET_UP
    row = (
        Totp.objects.select_related("user")
        .filter(user_id=user_id, confirmed_at=None, created_at__gt=since)
        .first()
    )
    return None if row is None else _told(_secret(row), row.user, issuer)


def confirm_totp(user_id: UUID, *, code: str) -> None:
    """Make the app a factor, by its first code. Raises CodeWrongError."""
    since = clock.now() - SET_UP
    with transaction.atomic():
        row = (
            Totp.objects.select_for_update()
            .filter(user_id=user_id, confirmed_at=None, created_at__gt=since)
            .first()
        )
        step = None if row is None else _step_of(row, code)
        if row is None or step is None:
            raise CodeWrongError("not a code of the new secret")
        row.confirmed_at, row.last_step = clock.now(), step
        row.save(update_fields=["confirmed_at", "last_step"])


def remove_totp(user_id: UUID) -> None:
    Totp.objects.filter(user_id=user_id).delete()


def new_recovery_codes(user_id: UUID) -> tuple[str, ...]:
    """Make ten codes, and end those before them; they are told here and kept nowhere."""
    now = clock.now()
    codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
    with STAFF.reach():
        User.objects.select_for_update().get(pk=user_id)
        RecoveryCode.objects.filter(user_id=user_id).delete()
        for code in codes:
            row = RecoveryCode(user_id=user_id, created_at=now)
            row.digest = blind_index(_PURPOSE, _bound(user_id, _plain(code)))
            row.save(force_insert=True)
    return codes


def forget_factors(user_id: UUID) -> None:
    """Take every factor, code and PIN away, and end every session: for who lost all of them."""
    with STAFF.reach():
        user = User.objects.select_for_update().get(pk=user_id)
        user.pin = ""
        user.save(update_fields=["pin"])
        user.passkeys.all().delete()
        user.recovery_codes.all().delete()
        Totp.objects.filter(user=user).delete()
        StaffSession.objects.filter(user=user).delete()


def _spend_totp(user_id: UUID, code: str) -> bool:
    row = Totp.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    step = None if row is None else _step_of(row, code)
    if row is None or step is None:
        return False
    return Totp.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step) == 1


def _spend_recovery_code(user_id: UUID, code: str) -> bool:
    digests = blind_indexes(_PURPOSE, _bound(user_id, _plain(code)))
    live = RecoveryCode.objects.filter(user_id=user_id, digest__in=digests, used_at=None)
    return live.update(used_at=clock.now()) == 1


def _step_of(row: Totp, code: str) -> int | None:
    """Return the step whose code this is, of those that are near enough; None for another code."""
    digits = _NOISE.sub("", code)
    if not _TOTP_CODE.fullmatch(digits):
        return None
    totp, now = pyotp.TOTP(_secret(row)), int(clock.now().timestamp()) // _STEP
    near = range(now - _DRIFT, now + _DRIFT + 1)
    found = [step for step in near if compare_digest(totp.at(step * _STEP), digits)]
    return max(found, default=None)


def _secret(row: Totp) -> str:
    return open_(bytes(row.secret), table=_TABLE, column="secret", row=row.id)


def _told(text: str, user: User, issuer: str) -> TotpSecret:
    return TotpSecret(text, pyotp.TOTP(text).provisioning_uri(name=user.login, issuer_name=issuer))


def _new_code() -> str:
    """Return `abcd-efgh-jkmn`: 59 bits, without letters that are taken for digits."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[start : start + _GROUP]) for start in range(0, len(letters), _GROUP))


def _plain(code: str) -> str:
    return _NOISE.sub("", code).lower()[:64]


def _bound(user_id: UUID, code: str) -> str:
    return f"{user_id} {code}"
