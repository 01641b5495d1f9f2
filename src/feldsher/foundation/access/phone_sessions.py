"""A patient signs in with phone and code, stays signed in, and ends what was opened elsewhere.

Whoever proves a phone gets a session, whether a patient is behind it or not: nothing here knows, so that no
answer and no delay can tell. The session's token is new at each sign-in. A session that was not kept ends
after 30 idle minutes; a kept one lasts 90 days, and its token turns at the first use after such a pause, so
that a copy of it is noticed: the one that comes second ends the session for both (`chains`).
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from feldsher.foundation.access import chains, phone_codes
from feldsher.foundation.access.browsers import browser_words
from feldsher.foundation.access.errors import CodeNotFreshError, PhoneProofOverError
from feldsher.foundation.access.models import PhoneSession
from feldsher.foundation.access.types import (
    CodeOwner,
    CodePurpose,
    CodeSent,
    OpenedSession,
    PasskeyUsed,
    PhoneHolder,
    PhoneSessionCard,
    SignIn,
)
from feldsher.foundation.messaging import push_devices
from feldsher.foundation.vault.sealing import blind_index, blind_indexes, open_, seal
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.phone import parse_phone, phone_fault

IDLE = timedelta(minutes=30)
FRESH = timedelta(minutes=10)
"""So long after the code of an SMS what outlives a session is given: a passkey, access to another phone."""
LONGEST, LONGEST_KEPT = timedelta(hours=12), timedelta(days=90)
"""However busy it is, a session ends this long after its sign-in."""
_WRITE_EVERY = timedelta(seconds=10)
_TABLE, _PHONE, _CHAIN = "access_phone_session", "access.phone_session.phone", "access.phone_session.next"
_AGENT = 500
_log = logging.getLogger(__name__)


def request_code(phone: str, *, asker: str, address: str) -> CodeSent:
    """Send a code to a phone as it was typed; `asker` is this browser's token, `address` the caller's IP.

    Raises InvalidInputError (`phone`), PhoneCodeTooSoonError, PhoneCodeLimitError, PhoneCodeUnavailableError.
    """
    return phone_codes.send_code(_owner(phone, asker), address=address)


def code_sent(phone: str, *, asker: str) -> CodeSent:
    """Return what was said of this browser's last code for the phone; PhoneProofOverError without one."""
    return phone_codes.code_sent(_owner(phone, asker))


def sign_in(given: SignIn, *, asker: str, agent: str, before: str = "") -> OpenedSession:
    """Open a session for who has the phone; ends the one that the browser had `before`.

    `agent` is the User-Agent, of which the names of browser and system are kept. Raises InvalidInputError
    (`phone`, `phone_proof`), PhoneProofWrongError, PhoneProofOverError.
    """
    owner = _owner(given.phone, asker)
    # A try is committed before it is refused, and spent with what it allows.
    phone_codes.refuse(phone_codes.try_code(owner, given.code))
    with transaction.atomic():
        phone_codes.spend_code(owner, given.code)
        return open_session(owner.phone, agent=agent, before=before, is_kept=given.is_kept)


def open_session(
    phone: str, *, agent: str, before: str, is_kept: bool = False, passkey: PasskeyUsed | None = None
) -> OpenedSession:
    """Open a session of a phone (E.164) that a code has proved: now, or before the `passkey` was made."""
    token, now = chains.new_token(), clock.now()
    until = now + (LONGEST_KEPT if is_kept else LONGEST)
    row = PhoneSession(
        token=chains.digest(token),
        phone_index=blind_index(_PHONE, phone),
        is_kept=is_kept,
        browser=browser_words(agent[:_AGENT]),
        created_at=now,
        proved_at=passkey.proved_at if passkey else now,
        passkey=passkey.id if passkey else None,
        seen_at=now,
        until=until,
    )
    row.phone = seal(phone, table=_TABLE, column="phone", row=row.id)
    with transaction.atomic():
        _end(_of_token(before))
        row.save(force_insert=True)
    return OpenedSession(PhoneHolder(row.id, phone, is_kept), token, until if is_kept else None)


def resume(token: str) -> OpenedSession | None:
    """Return whose session it is and the token that the browser must hold from now on; None for nobody's.

    Raises VaultError.
    """
    with transaction.atomic():
        row = _of_token(token).select_for_update().first()
        if row is None:
            return None
        now = clock.now()
        if _is_over(row, now) or _is_replay(row, token, now):
            _end(PhoneSession.objects.filter(pk=row.pk))
            return None
        if bytes(row.token) != chains.digest(token):
            token = chains.next_token(token, chain=_CHAIN)
        elif row.is_kept and now - row.seen_at >= IDLE:
            row.earlier, row.turned_at = row.token, now
            token = chains.next_token(token, chain=_CHAIN)
            row.token = chains.digest(token) or b""
        if now - row.seen_at >= _WRITE_EVERY:
            row.seen_at = now
            row.save(update_fields=["seen_at", "token", "earlier", "turned_at"])
    phone = open_(bytes(row.phone), table=_TABLE, column="phone", row=row.pk)
    return OpenedSession(PhoneHolder(row.pk, phone, row.is_kept), token, row.until if row.is_kept else None)


def look(token: str) -> OpenedSession | None:
    """Return whose session it is, for a question that no person asks: it counts as no use and turns no token.

    The answer to one is often lost, with the page that asked, and the token with it. Raises VaultError.
    """
    row = _of_token(token).first()
    if row is None or _is_over(row, clock.now()):
        return None
    phone = open_(bytes(row.phone), table=_TABLE, column="phone", row=row.pk)
    return OpenedSession(PhoneHolder(row.pk, phone, row.is_kept), token, row.until if row.is_kept else None)


def sign_out(token: str) -> None:
    """End the session of this token, for every copy of it, and the notifications that it switched on."""
    with transaction.atomic():
        for session in _of_token(token).values_list("pk", flat=True):
            push_devices.end_made_in(session)
        _end(_of_token(token))


def sessions(holder: PhoneHolder) -> tuple[PhoneSessionCard, ...]:
    """Return where this phone is signed in now, the last seen first."""
    now = clock.now()
    rows = _of_phone(holder).filter(until__gt=now).order_by("-seen_at", "id")
    return tuple(
        PhoneSessionCard(row.pk, row.browser, row.created_at, row.seen_at, row.pk == holder.session_id)
        for row in rows
        if not _is_over(row, now)
    )


def end_session(holder: PhoneHolder, session_id: UUID) -> None:
    """End a session of the same phone; NotFoundError for another's, an unknown one and an ended one."""
    if not _end(_of_phone(holder).filter(pk=session_id)):
        raise NotFoundError("no such session, or another's")


def has_fresh_code(holder: PhoneHolder) -> bool:
    """Tell whether a code has proved the phone of this session within FRESH."""
    proved_at = PhoneSession.objects.values_list("proved_at", flat=True).get(pk=holder.session_id)
    return proved_at > clock.now() - FRESH


def require_fresh_code(holder: PhoneHolder) -> None:
    """Raise CodeNotFreshError unless a code has just proved the phone of this session."""
    if not has_fresh_code(holder):
        raise CodeNotFreshError("the code was given too long ago")


def end_opened_by(passkeys: Collection[UUID]) -> None:
    """End the sessions that these passkeys have opened."""
    _end(PhoneSession.objects.filter(passkey__in=passkeys, ended_at=None))


def forget_sessions() -> int:
    """Delete what is over; returns how many rows."""
    now = clock.now()
    idle = Q(is_kept=False, seen_at__lte=now - IDLE)
    return PhoneSession.objects.filter(Q(ended_at__isnull=False) | Q(until__lte=now) | idle).delete()[0]


def _owner(phone: str, asker: str) -> CodeOwner:
    canonical = parse_phone(phone)
    if canonical is None:
        raise InvalidInputError("no phone", fields={"phone": phone_fault(phone)})
    who = chains.digest(asker)
    if who is None:
        raise PhoneProofOverError("not a browser that asked for a code")
    return CodeOwner(canonical, CodePurpose.SIGN_IN, who)


def _of_token(token: str) -> QuerySet[PhoneSession]:
    kept = chains.digest(token)
    if kept is None:
        return PhoneSession.objects.none()
    return PhoneSession.objects.filter(Q(token=kept) | Q(earlier=kept), ended_at=None)


def _of_phone(holder: PhoneHolder) -> QuerySet[PhoneSession]:
    indexes = blind_indexes(_PHONE, holder.phone)
    return PhoneSession.objects.filter(phone_index__in=indexes, ended_at=None)


def _is_over(row: PhoneSession, now: datetime) -> bool:
    return row.until <= now or (not row.is_kept and row.seen_at <= now - IDLE)


def _is_replay(row: PhoneSession, token: str, now: datetime) -> bool:
    if bytes(row.token) == chains.digest(token) or (row.turned_at and row.turned_at > now - chains.GRACE):
        return False
    _log.warning("session %s: a token that had turned came back, so that the session ends", row.pk)
    return True


def _end(rows: QuerySet[PhoneSession]) -> int:
    """End sessions, and forget the phone with them; returns how many."""
    return rows.update(ended_at=clock.now(), phone=b"")
