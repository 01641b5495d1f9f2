"""Which browsers show notifications to who holds a phone.

A subscription is what its browser's push service knows it by: whoever has it and our key could write there,
so that it is sealed like a phone. It outlives the session in which it was made, and a number may go to
somebody else: it ends `LIFE` after the code that proved the phone, in the session's own ending from the list,
by a tap, or when the push service says that it is no more.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.errors import PushDevicesFullError, PushNotTakenError
from feldsher.foundation.messaging.models import PushDevice
from feldsher.foundation.messaging.ports import PushTarget
from feldsher.foundation.messaging.types import PushDeviceCard
from feldsher.foundation.vault.sealing import blind_index, blind_indexes, open_, seal
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

TABLE = "messaging_push_device"
LIFE = timedelta(days=180)
MOST = 10
_PHONE, _ENDPOINT = "messaging.push_device.phone", "messaging.push_device.endpoint"
_SEALED = ("endpoint", "p256dh", "auth")
_MARK = 32


def public_key() -> str:
    """Return what a browser binds its subscription to; empty where push is off."""
    return gateways.push().public_key


def switch_on(target: PushTarget, *, phone: str, session: UUID, browser: str, until: datetime) -> None:
    """Show notifications to who holds this phone (E.164) in this browser, until then; twice is one.

    A browser shows those of the phone that switched it on last. Raises PushNotTakenError, and
    PushDevicesFullError past MOST (calls that run at once may pass it by their number).
    """
    if not gateways.push().accepts(target) or until <= clock.now():
        raise PushNotTakenError("no subscription that can be sent to")
    row = PushDevice(browser=browser, made_in=session, created_at=clock.now(), until=until)
    row.phone_index = blind_index(_PHONE, phone)
    row.endpoint_index = blind_index(_ENDPOINT, target.endpoint)
    for column in _SEALED:
        setattr(row, column, seal(getattr(target, column), table=TABLE, column=column, row=row.id))
    try:
        with transaction.atomic():
            PushDevice.objects.filter(endpoint_index__in=blind_indexes(_ENDPOINT, target.endpoint)).delete()
            if of_phone(phone).count() >= MOST:
                raise PushDevicesFullError("too many devices")
            row.save(force_insert=True)
    except IntegrityError:
        return  # the same browser, at the same moment


def devices(phone: str) -> tuple[PushDeviceCard, ...]:
    """Return the devices of a phone, the newest first; raises VaultError."""
    return tuple(
        PushDeviceCard(
            row.id,
            row.browser,
            row.created_at,
            row.heard_at,
            row.until,
            sha256(target_of(row).endpoint.encode()).hexdigest()[:_MARK],
        )
        for row in of_phone(phone).order_by("-created_at", "id")
    )


def switch_off(device: UUID, *, phone: str) -> None:
    """Send nothing there any more; NotFoundError for another phone's device and one that is off already."""
    if not of_phone(phone).filter(pk=device).delete()[0]:
        raise NotFoundError("no such device, or another's")


def end_made_in(session: UUID) -> None:
    """Switch off what was switched on in this session."""
    PushDevice.objects.filter(made_in=session).delete()


def forget() -> int:
    """Delete devices to which nothing is sent any more; returns how many."""
    return PushDevice.objects.filter(until__lte=clock.now()).delete()[0]


def of_phone(phone: str) -> QuerySet[PushDevice]:
    return PushDevice.objects.filter(phone_index__in=blind_indexes(_PHONE, phone), until__gt=clock.now())


def known(phones: Collection[str]) -> frozenset[str]:
    """Return those phones that have a device."""
    indexes = {index: phone for phone in phones for index in blind_indexes(_PHONE, phone)}
    rows = PushDevice.objects.filter(phone_index__in=indexes, until__gt=clock.now())
    return frozenset(indexes[bytes(index)] for index in rows.values_list("phone_index", flat=True))


def target_of(row: PushDevice) -> PushTarget:
    """Open a subscription; raises VaultError."""
    return PushTarget(
        *(open_(bytes(getattr(row, column)), table=TABLE, column=column, row=row.id) for column in _SEALED)
    )
