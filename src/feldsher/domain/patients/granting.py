"""Access that a patient lends to another person's phone: given soon after a code, listed, ended at once.

Only for oneself: nobody lends access to a child, or what was lent to them. What the other sees is what was
granted: the visits, and with `may_change` cancelling and moving them; neither the journal nor the consents.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

from feldsher.domain.patients import persons, sealed
from feldsher.domain.patients.errors import GrantNotFoundError, PatientNotFoundError
from feldsher.domain.patients.models import Patient, PhoneGrant
from feldsher.domain.patients.types import GRANT_TERMS, Behind, GrantCard, TypedGrant
from feldsher.foundation.access.context import Context, as_service
from feldsher.foundation.access.doors import as_patient, note_not_theirs
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.phone_sessions import require_fresh_code
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import mask_phone

MOST = 5
"""Phones that one patient lends access to at a time."""
_LEND = "lend_access"


def lend_access(who: Behind, *, typed: TypedGrant, holder: PhoneHolder) -> UUID:
    """Let a phone see the visits of a patient who is themself behind the holder's; returns the grant's id.

    The same phone again replaces what it had. Raises CodeNotFreshError, PatientNotFoundError for a child or
    who has lent access themself, InvalidInputError, VaultError, AuditError.
    """
    require_fresh_code(holder)
    if who.guardian_id is not None or who.grant_id is not None:
        raise PatientNotFoundError("nobody lends what is not theirs")
    name, phone = _read(typed, own=holder.phone)
    now = clock.now()
    row = PhoneGrant(
        patient_id=who.patient_id,
        may_change=typed.may_change,
        given_at=now,
        until=now + timedelta(days=typed.term),
    )
    sealed.set_grant(row, name=name, phone=phone)
    with _as_themself(who, holder):
        with as_service("lending"):
            if not Patient.objects.select_for_update(no_key=True).filter(pk=who.patient_id).exists():
                raise PatientNotFoundError("no such patient")
            live = PhoneGrant.objects.filter(patient=who.patient_id, ended_at=None, until__gt=now)
            _wipe([grant.pk for grant in live.filter(phone_index__in=blind_indexes(sealed.PHONE, phone))])
            if live.count() >= MOST:
                sentence = f"Доступ уже у\u00a0{MOST}\u00a0номеров. Закончите тот, что\u00a0не\u00a0нужен."
                raise InvalidInputError("too many grants", fields={"phone": sentence})
            row.save(force_insert=True)
        journal("grant", Column.CONTACTS, ids=[row.pk], patients=[who.patient_id], fields=("opened",))
    return row.pk


def end_access(grant_id: UUID, *, people: Collection[Behind], holder: PhoneHolder) -> None:
    """End a grant at once: by who gave it, or by who holds it; twice is fine.

    `people` are those behind the holder's phone. Raises GrantNotFoundError for any other, AuditError.
    """
    for who in people:
        if who.guardian_id is not None or who.grant_id not in (None, grant_id):
            continue
        with _as_themself(who, holder):
            row = PhoneGrant.objects.filter(pk=grant_id, patient=who.patient_id).first()
            if row is None:
                continue
            if row.ended_at is None:
                with as_service("lending"):
                    _wipe([row.pk])
                journal("grant", Column.CONTACTS, ids=[row.pk], patients=[who.patient_id], fields=("closed",))
            return
    note_not_theirs("grant", Column.CONTACTS, record_id=grant_id, purpose=_LEND, session=holder.session_id)
    raise GrantNotFoundError("no such grant, or another's")


def grants(who: Behind, *, session: UUID) -> tuple[GrantCard, ...]:
    """Return to whom a patient lends access now, the newest first. Raises VaultError, AuditError."""
    with as_patient(who.patient_id, guardian=who.guardian_id, purpose="own_grants", session=session):
        live = PhoneGrant.objects.filter(patient=who.patient_id, ended_at=None, until__gt=clock.now())
        rows = list(live.order_by("-given_at", "id"))
        journal("grant", Column.CONTACTS, ids=[row.pk for row in rows], patients=[who.patient_id])
    return tuple(
        GrantCard(
            row.pk,
            row.patient_id,
            row.may_change,
            row.given_at,
            row.until,
            name=sealed.open_grant(row, "name"),
            phone=mask_phone(sealed.open_grant(row, "phone")),
        )
        for row in rows
    )


def lent_to(phone: str) -> tuple[Behind, ...]:
    """Return the patients who lend access to a phone (E.164) now, those of the oldest grant first."""
    with as_service("phone_holder"):
        live = PhoneGrant.objects.filter(
            phone_index__in=blind_indexes(sealed.PHONE, phone), ended_at=None, until__gt=clock.now()
        )
        rows = list(live.order_by("given_at", "id"))
    return tuple(Behind(row.patient_id, grant_id=row.pk, may_change=row.may_change) for row in rows)


def wipe_expired() -> int:
    """End the grants whose time is over, and forget whose phone it was; returns how many."""
    with as_service("lending"):
        over = PhoneGrant.objects.filter(ended_at=None, until__lte=clock.now())
        return _wipe(list(over.values_list("pk", flat=True)))


def _as_themself(who: Behind, holder: PhoneHolder) -> AbstractContextManager[Context]:
    return as_patient(
        who.patient_id, guardian=None, grant=who.grant_id, purpose=_LEND, session=holder.session_id
    )


def _wipe(ids: list[UUID]) -> int:
    """End what still runs, at most when its time was over, and forget the third person."""
    now = clock.now()
    ended = 0
    for row in PhoneGrant.objects.select_for_update().filter(pk__in=ids, ended_at=None):
        row.ended_at = min(now, row.until)
        row.name = row.phone = row.phone_index = None
        row.save(update_fields=["ended_at", "name", "phone", "phone_index"])
        ended += 1
    return ended


def _read(typed: TypedGrant, *, own: str) -> tuple[str, str]:
    """Return name and phone (E.164), checked; raises InvalidInputError."""
    wrong: dict[str, str] = {}
    name, phone = persons.read_trusted(typed.name, typed.phone, wrong)
    if phone and phone == own:
        wrong["phone"] = "Это ваш номер. Напишите номер того, кому даёте доступ."
    if typed.term not in GRANT_TERMS:
        wrong["term"] = "Выберите срок из\u00a0списка."
    if wrong:
        raise InvalidInputError(f"grant: {', '.join(wrong)}", fields=wrong)
    return name, phone
