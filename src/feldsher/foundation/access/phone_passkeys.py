"""Passkeys of patients: in place of an SMS, for a phone that its holder has proved by a code.

A number may go to somebody else, whom a passkey made before must not be let in to. So it lives for half a
year after the code by which its phone was proved, no use prolongs it, and whoever holds the phone sees the
passkeys made for it and removes them. What a browser was asked stands under its token of codes, and is good
for one answer within five minutes.

A passkey outlives the session in which it was made. So it is made soon after the code alone, its holder hears
of it by SMS, and ending that session in the list takes it away; what it has opened ends with it.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from feldsher.foundation.access import chains, phone_sessions, webauthn
from feldsher.foundation.access.browsers import browser_words
from feldsher.foundation.access.errors import PasskeyRefusedError
from feldsher.foundation.access.models import PasskeyQuestion, PhonePasskey, PhoneSession
from feldsher.foundation.access.types import OpenedSession, PasskeyUsed, PhoneHolder, PhonePasskeyCard
from feldsher.foundation.access.webauthn import Known, State
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.messaging import push_devices, texts
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging.types import Kind
from feldsher.foundation.vault.sealing import blind_index, blind_indexes, open_, seal
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.phone import mask_phone

LIFE = timedelta(days=180)
MOST = 10
_ANSWER = timedelta(minutes=5)
_TABLE, _PHONE = "access_phone_passkey", "access.phone_passkey.phone"
_AGENT = 500
_STALE = (
    "Ключ делают в\u00a0первые 10\u00a0минут после входа по\u00a0коду. Выйдите, войдите по\u00a0коду ещё раз "
    "и\u00a0сделайте ключ."
)


def registration(holder: PhoneHolder, *, asker: str, site: str) -> dict[str, Any]:
    """Return what the browser needs to make a passkey (WebAuthn's JSON). Raises PasskeyRefusedError."""
    _proved_at(holder)
    known = [_known(row) for row in _of_phone(holder)]
    if len(known) >= MOST:
        raise PasskeyRefusedError("too many", sentence=f"Ключей уже {MOST}. Удалите тот, что не\u00a0нужен.")
    made_for = uuid4()
    options, state = webauthn.ask_to_make(
        handle=made_for.bytes, name=mask_phone(holder.phone), site=site, known=known, is_found_alone=True
    )
    _keep(asker, {"for": str(holder.session_id), "id": str(made_for), **state})
    return options


def register(holder: PhoneHolder, *, asker: str, answer: str, agent: str) -> None:
    """Keep the passkey that the browser made; `agent` is its User-Agent. Raises PasskeyRefusedError."""
    proved_at = _proved_at(holder)
    state = dict(_taken(asker, use=str(holder.session_id)))
    row_id = UUID(state.pop("id"))
    made = webauthn.made(answer, state)
    row = PhonePasskey(
        id=row_id,
        phone_index=blind_index(_PHONE, holder.phone),
        credential_id=made.id,
        credential=made.credential,
        sign_count=made.counter,
        browser=browser_words(agent[:_AGENT]),
        created_at=clock.now(),
        until=proved_at + LIFE,
        made_in=holder.session_id,
    )
    row.phone = seal(holder.phone, table=_TABLE, column="phone", row=row.id)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _tell(holder, row)
    except IntegrityError as error:
        raise PasskeyRefusedError("the credential is known") from error


def question(*, asker: str) -> dict[str, Any]:
    """Return what a browser needs to use any passkey of this site. Raises PasskeyRefusedError."""
    options, state = webauthn.ask_to_use(())
    _keep(asker, {"for": "get", **state})
    return options


def sign_in(answer: str, *, asker: str, agent: str, before: str = "") -> OpenedSession:
    """Open a session of the phone for which the passkey was made; ends the one that the browser had `before`.

    It is not kept: a touch opens the next one. Raises PasskeyRefusedError, VaultError.
    """
    state = _taken(asker, use="get")
    with transaction.atomic():
        rows = PhonePasskey.objects.select_for_update().filter(credential_id=webauthn.named(answer))
        row = rows.first()
        if row is None or row.until <= clock.now():
            raise PasskeyRefusedError("unknown, or too old")
        _, row.sign_count = webauthn.used(answer, state, [_known(row)])
        row.used_at = clock.now()
        row.save(update_fields=["sign_count", "used_at"])
        phone = open_(bytes(row.phone), table=_TABLE, column="phone", row=row.id)
        proved_at = row.until - LIFE
        return phone_sessions.open_session(
            phone, agent=agent, before=before, passkey=PasskeyUsed(row.id, proved_at)
        )


def passkeys(holder: PhoneHolder) -> tuple[PhonePasskeyCard, ...]:
    """Return the passkeys of this phone that still open, the newest first."""
    return tuple(
        PhonePasskeyCard(row.id, row.browser, row.created_at, row.used_at, row.until)
        for row in _of_phone(holder).order_by("-created_at", "id")
    )


def remove(holder: PhoneHolder, passkey_id: UUID) -> None:
    """Remove a passkey of the same phone and end what it has opened; NotFoundError for any other."""
    with transaction.atomic():
        if not _of_phone(holder).filter(pk=passkey_id).delete()[0]:
            raise NotFoundError("no such passkey, or another's")
        phone_sessions.end_opened_by([passkey_id])


def end_session(holder: PhoneHolder, session_id: UUID) -> None:
    """End a session of the same phone from a list, with the passkeys and devices of it; NotFoundError."""
    with transaction.atomic():
        phone_sessions.end_session(holder, session_id)
        made = PhonePasskey.objects.filter(made_in=session_id)
        gone = list(made.values_list("id", flat=True))
        made.delete()
        phone_sessions.end_opened_by(gone)
        push_devices.end_made_in(session_id)


def forget() -> int:
    """Delete passkeys that open nothing any more, and questions that nobody will answer; returns how many."""
    now = clock.now()
    old = PhonePasskey.objects.filter(until__lte=now).delete()[0]
    return old + PasskeyQuestion.objects.filter(asked_at__lte=now - _ANSWER).delete()[0]


def _proved_at(holder: PhoneHolder) -> datetime:
    """Return when a code proved the phone of this session; PasskeyRefusedError where that is too long ago."""
    proved_at = PhoneSession.objects.values_list("proved_at", flat=True).get(pk=holder.session_id)
    if proved_at <= clock.now() - phone_sessions.FRESH:
        raise PasskeyRefusedError("the code was given too long ago", sentence=_STALE)
    return proved_at


def _tell(holder: PhoneHolder, row: PhonePasskey) -> None:
    now = clock.now()
    zone = clinic_zone()
    messaging.send_sms(
        Kind.PASSKEY_MADE,
        phone=holder.phone,
        text=texts.passkey_made(made_at=now.astimezone(zone)),
        key=f"passkey:{row.id}",
        valid_until=now + timedelta(days=1),
    )


def _keep(asker: str, state: State) -> None:
    who = chains.digest(asker)
    if who is None:
        raise PasskeyRefusedError("no token of a browser")
    PasskeyQuestion.objects.update_or_create(
        asker=who, defaults={"state": dict(state), "asked_at": clock.now()}
    )


def _taken(asker: str, *, use: str) -> State:
    """Take the question away: it is good for one answer, of this browser, to what was asked."""
    who = chains.digest(asker)
    with transaction.atomic():
        row = PasskeyQuestion.objects.select_for_update().filter(asker=who).first() if who else None
        if row is not None:
            row.delete()
    if row is None or row.asked_at <= clock.now() - _ANSWER:
        raise PasskeyRefusedError("nothing was asked")
    state: dict[str, Any] = dict(row.state)
    if state.pop("for", None) != use:
        raise PasskeyRefusedError("something else was asked")
    return state


def _of_phone(holder: PhoneHolder) -> QuerySet[PhonePasskey]:
    indexes = blind_indexes(_PHONE, holder.phone)
    return PhonePasskey.objects.filter(phone_index__in=indexes, until__gt=clock.now())


def _known(row: PhonePasskey) -> Known:
    return Known(bytes(row.credential), row.sign_count)
