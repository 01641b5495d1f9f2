"""Which devices show notifications to who has proved a phone.

Like a passkey, this outlives the session in which it was made, and a number may go to somebody else: it lives
for half a year after the code by which the phone was proved. No fresh code is asked for: what is shown says
no more than the SMS in whose place it stands. Ending the session in the list ends it too.
"""

from uuid import UUID

from feldsher.foundation.access.browsers import browser_words
from feldsher.foundation.access.models import PhoneSession
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.messaging import push_devices
from feldsher.foundation.messaging.ports import PushTarget
from feldsher.foundation.messaging.types import PushDeviceCard

_AGENT = 500


def switch_on(holder: PhoneHolder, target: PushTarget, *, agent: str) -> None:
    """Show notifications in this browser; `agent` is its User-Agent, of which the names are kept.

    Raises PushNotTakenError, PushDevicesFullError.
    """
    proved_at = PhoneSession.objects.values_list("proved_at", flat=True).get(pk=holder.session_id)
    push_devices.switch_on(
        target,
        phone=holder.phone,
        session=holder.session_id,
        browser=browser_words(agent[:_AGENT]),
        until=proved_at + push_devices.LIFE,
    )


def devices(holder: PhoneHolder) -> tuple[PushDeviceCard, ...]:
    """Return the devices that show notifications to this phone, the newest first; raises VaultError."""
    return push_devices.devices(holder.phone)


def switch_off(holder: PhoneHolder, device: UUID) -> None:
    """Show nothing there any more; NotFoundError for another phone's device, or one that is off."""
    push_devices.switch_off(device, phone=holder.phone)
