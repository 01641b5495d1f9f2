"""Codes that prove that a phone is at hand: sent by SMS, kept as a keyed hash, good for one use.

A code belongs to its phone, its purpose and who asked for it: somebody else's guesses burn no try of it, and
a person who lost a time uses it for the next one. Nothing here knows who is a patient, so that no answer can
tell. Calls that run at once are put in a row: those for a code by its row's lock, those for the caps by
advisory locks of phone, asker and address. The order of locks is: those of the caller's upper modules for
the person, these, then the caller's own rows.
"""

import re
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import randbelow

from django.db import connection, transaction
from django.db.models import QuerySet

from feldsher.foundation.access.errors import (
    PhoneCodeLimitError,
    PhoneCodeTooSoonError,
    PhoneCodeUnavailableError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.foundation.access.models import PhoneCode
from feldsher.foundation.access.types import CodeOwner, CodePurpose, CodeSent, Trial
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.errors import DayCapError
from feldsher.foundation.messaging.types import Kind
from feldsher.foundation.vault.sealing import blind_index, blind_indexes
from feldsher.kernel import clock
from feldsher.kernel.addresses import home_of
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import mask_phone

DIGITS, TRIES = 6, 5
LIFE, PAUSE, DAY = timedelta(minutes=10), timedelta(seconds=60), timedelta(hours=24)
PER_PHONE, PER_DEVICE, PER_ADDRESS = 10, 15, 500
"""Codes in 24 hours. Behind one address of a mobile operator there are thousands of people."""
_PHONE, _ADDRESS, _CODE = "access.phone_code.phone", "access.phone_code.address", "access.phone_code"
_KEPT = timedelta(days=2)
_FOR = {CodePurpose.BOOKING: "для записи", CodePurpose.SIGN_IN: "для входа"}
_NOT_DIGITS = re.compile(r"[\s\u00a0-]+")


def send_code(owner: CodeOwner, *, address: str) -> CodeSent:
    """Make a code and its SMS in the caller's transaction; the code before it is over.

    `address` is the IP address of who asks, for the cap alone.

    Raises PhoneCodeTooSoonError, PhoneCodeLimitError, PhoneCodeUnavailableError.
    """
    with transaction.atomic():
        phones, place = blind_indexes(_PHONE, owner.phone), _place(address)
        _lock([*phones, owner.asker, *([place] if place else [])])
        now = clock.now()
        today = PhoneCode.objects.filter(created_at__gt=now - DAY)
        last = today.filter(phone__in=phones).order_by("-created_at").first()
        if last is not None and last.created_at > now - PAUSE:
            raise PhoneCodeTooSoonError("a code left just now", retry_at=last.created_at + PAUSE)
        if (
            today.filter(phone__in=phones).count() >= PER_PHONE
            or today.filter(asker=owner.asker).count() >= PER_DEVICE
            or (place and today.filter(address=place).count() >= PER_ADDRESS)
        ):
            raise PhoneCodeLimitError("a cap of the day is reached")
        for earlier in _live(owner).select_for_update():
            _end(earlier, now)
        row = PhoneCode(
            purpose=owner.purpose,
            phone=blind_index(_PHONE, owner.phone),
            asker=owner.asker,
            address=place,
            created_at=now,
            expires_at=now + LIFE,
        )
        code = f"{randbelow(10**DIGITS):0{DIGITS}}"
        row.digest = blind_index(_CODE, _bound(row, owner, code))
        row.save(force_insert=True)
        _send(row, owner, code)
    return _sent(row, owner)


def code_sent(owner: CodeOwner) -> CodeSent:
    """Return what was said of the owner's last code; PhoneProofOverError where there was none."""
    row = _of(owner).order_by("-created_at").first()
    if row is None:
        raise PhoneProofOverError("no code was sent")
    return _sent(row, owner)


def try_code(owner: CodeOwner, code: str) -> Trial:
    """Try a code and count a wrong one; the caller must commit before it refuses, or the try is lost.

    Raises InvalidInputError (`phone_proof`) for what is no code at all: that is no try.
    """
    digits = _digits(code)
    with transaction.atomic():
        row = _live(owner).select_for_update().first()
        if row is None or row.expires_at <= clock.now() or row.tries >= TRIES:
            return Trial(is_right=False)
        if _is_right(row, owner, digits):
            return Trial(is_right=True)
        row.tries += 1
        row.save(update_fields=["tries"])
        if row.tries >= TRIES:
            _end(row, clock.now())
        return Trial(is_right=False, tries_left=TRIES - row.tries)


def refuse(trial: Trial) -> None:
    """Raise what a trial that failed means: PhoneProofWrongError, PhoneProofOverError."""
    if trial.is_right:
        return
    if trial.tries_left is None:
        raise PhoneProofOverError("no code is good now")
    raise PhoneProofWrongError("another code was sent", tries_left=trial.tries_left)


def spend_code(owner: CodeOwner, code: str) -> None:
    """Use a code that was tried before, in the transaction of what it allows; PhoneProofOverError."""
    row = _live(owner).select_for_update().first()
    now = clock.now()
    if row is None or row.expires_at <= now or not _is_right(row, owner, _digits(code)):
        raise PhoneProofOverError("the code was used or replaced")
    _end(row, now)


def forget_codes() -> int:
    """Delete the codes that no cap counts any more; returns how many."""
    return PhoneCode.objects.filter(created_at__lt=clock.now() - _KEPT).delete()[0]


def _of(owner: CodeOwner) -> QuerySet[PhoneCode]:
    phones = blind_indexes(_PHONE, owner.phone)
    return PhoneCode.objects.filter(phone__in=phones, purpose=owner.purpose, asker=owner.asker)


def _live(owner: CodeOwner) -> QuerySet[PhoneCode]:
    return _of(owner).filter(over_at=None).order_by("-created_at")


def _bound(row: PhoneCode, owner: CodeOwner, code: str) -> str:
    return f"{row.id} {owner.purpose} {owner.phone} {owner.asker.hex()} {code}"


def _is_right(row: PhoneCode, owner: CodeOwner, code: str) -> bool:
    """Compare in constant time, under every epoch: a key may turn while a code is under way."""
    kept = bytes(row.digest)
    return any(compare_digest(kept, each) for each in blind_indexes(_CODE, _bound(row, owner, code)))


def _digits(code: str) -> str:
    digits = _NOT_DIGITS.sub("", code)
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise InvalidInputError("not a code", fields={"phone_proof": "Код\u00a0— шесть цифр из\u00a0SMS"})
    return digits


def _end(row: PhoneCode, now: datetime) -> None:
    row.over_at = now
    row.save(update_fields=["over_at"])
    messaging.wipe(_key(row))


def _key(row: PhoneCode) -> str:
    return f"phone_code:{row.id}"


def _send(row: PhoneCode, owner: CodeOwner, code: str) -> None:
    text = texts.phone_code(code=code, purpose=_FOR[owner.purpose])
    try:
        messaging.send_sms(
            Kind.PHONE_CODE, phone=owner.phone, text=text, key=_key(row), valid_until=row.expires_at
        )
    except DayCapError as error:
        raise PhoneCodeUnavailableError("the day's cap of messages is reached") from error


def _sent(row: PhoneCode, owner: CodeOwner) -> CodeSent:
    return CodeSent(
        sent_to=mask_phone(owner.phone), resend_at=row.created_at + PAUSE, expires_at=row.expires_at
    )


def _place(address: str) -> bytes | None:
    """Return the index of a caller's home, None for an address that is no caller's."""
    home = home_of(address)
    return blind_index(_ADDRESS, home) if home else None


def _lock(indexes: list[bytes]) -> None:
    keys = sorted({int.from_bytes(index[:8], "big", signed=True) for index in indexes})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])
