"""People whom a device may book without typing: written by the owner's own act, masked, and short-lived.

Who may be remembered is decided by scheduling, which knows whose visit a device has booked.
"""

from datetime import timedelta
from uuid import UUID

from feldsher.domain.patients import devices, persons, sealed
from feldsher.domain.patients.errors import RememberedGoneError
from feldsher.domain.patients.locks import lock_device, lock_phone
from feldsher.domain.patients.models import Remembered
from feldsher.domain.patients.types import NewBooker, Relation, RememberedUse
from feldsher.foundation.access.context import as_service
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import clock

KEPT = timedelta(days=180)
MOST = 5
"""People on one device: a family, not a list of a firm's."""


def remember(token: str, *, patient_id: UUID, related_id: UUID | None, kept: timedelta = KEPT) -> str:
    """Keep the patient for the device with this token; returns the token that its cookie must hold.

    A patient whom the device knows for longer than `kept` stays for as long.

    A token that is no device's is replaced by a new one: a cookie can't be chosen by who sends it. Of more
    than `MOST` people those are forgotten who were not booked for the longest.
    """
    now = clock.now()
    with as_service("remembering"):
        lock_device(devices.digest(token) or b"")
        current = _current(token) or devices.new_token()
        device = devices.digest(current) or b""
        lock_device(device)
        known = Remembered.objects.filter(device=device, patient_id=patient_id)
        until = max([now + kept, *known.values_list("expires_at", flat=True)])
        fields = {"related_id": related_id, "used_at": now, "expires_at": until}
        Remembered.objects.update_or_create(
            device=device,
            patient_id=patient_id,
            defaults=fields,
            create_defaults={**fields, "created_at": now},
        )
        rows = Remembered.objects.filter(device=device)
        last = rows.order_by("-used_at", "id").values_list("id", flat=True)[:MOST]
        rows.exclude(id__in=list(last)).delete()
    return current


def use_remembered(token: str, remembered_id: UUID) -> RememberedUse:
    """Return whom the device books, in the booking's own transaction and under the phone's lock.

    Raises RememberedGoneError, for a child too who has grown old enough to consent; VaultError.
    """
    rows = devices.rows_of(token).select_related("patient", "related")
    row = rows.filter(id=remembered_id).first()
    if row is None:
        raise RememberedGoneError("the device does not remember them")
    used = _used(row)
    lock_phone(blind_indexes(sealed.PHONE, used.phone))
    Remembered.objects.filter(id=row.id).update(used_at=clock.now())
    return used


def _used(row: Remembered) -> RememberedUse:
    if row.related is None:
        return RememberedUse(row.patient_id, None, phone=sealed.open_cell(row.patient, "phone"))
    relation, birth_date = Relation(row.related.relation), None
    if relation is Relation.PARENT:
        birth_date = sealed.open_birth_date(row.patient)
        if persons.ward_fault(birth_date):
            raise RememberedGoneError("no child any more")
    phone = sealed.open_booker(row.related, "phone")
    booker = NewBooker(relation=relation, name=sealed.open_booker(row.related, "name"), phone=phone)
    return RememberedUse(row.patient_id, row.related_id, phone, booker, birth_date)


def turn(token: str) -> str | None:
    """Turn the device's token after a booking; returns the new one, None where the device holds nobody."""
    with as_service("remembering"):
        held = devices.digest(token)
        if held is None:
            return None
        lock_device(held)
        following = devices.next_token(token)
        turned = Remembered.objects.filter(device=held).update(
            device=devices.digest(following), earlier=held, turned_at=clock.now()
        )
        return following if turned or devices.rows_of(token).exists() else None


def forget(token: str, remembered_id: UUID) -> None:
    """Forget one person on this device; twice is fine."""
    with as_service("remembering"):
        devices.rows_of(token).filter(id=remembered_id).delete()


def drop_replayed(token: str) -> None:
    """Forget everybody of a device whose old token came back: two have it, one of them not the owner."""
    with as_service("remembering"):
        devices.replayed(token).delete()


def forget_expired() -> int:
    """Delete what has expired; returns how many rows."""
    with as_service("remembering"):
        return Remembered.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _current(token: str) -> str | None:
    """Return the device's token of now for one that it holds, None for any other."""
    rows = devices.rows_of(token)
    if rows.filter(device=devices.digest(token)).exists():
        return token
    return devices.next_token(token) if rows.exists() else None
