"""Letters about a visit to who gave an e-mail for it: what an SMS says, with the visit as a calendar file.

One UID for all versions of a visit, and a SEQUENCE that grows: a calendar moves its copy with a move, and
takes it out with a cancel.
"""

from datetime import datetime

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.sealed import open_letter_to
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.letters import Mail
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock
from feldsher.kernel.ics import Event, Method, calendar


def write(row: Appointment, kind: Kind, text: str, *, is_over: bool = False) -> None:
    """Record a letter in the commit that makes it so; none where nobody gave an address, or letters are off.

    `is_over`: the visit does not take place. Raises VaultError, AuditError.
    """
    if not settings.FELDSHER_BOOKING.letters or row.patient is None or row.starts_at <= clock.now():
        return
    sealed = Exchange.objects.filter(pk=row.pk).values_list("letter_to", flat=True).first()
    if not sealed:
        return
    address = open_letter_to(bytes(sealed), appointment=row.pk)
    journal("appointment", Column.CONTACTS, ids=[row.pk], patients=[row.patient], fields=("email",))
    local: datetime = row.starts_at.astimezone(zone_of(row.location))
    method = Method.CANCEL if is_over else Method.PUBLISH
    mail = Mail(
        subject=texts.letter_subject(starts_at=local),
        text=text,
        calendar=calendar(_event(row, is_over=is_over), method=method),
        method=method,
    )
    messaging.send_letter(kind, mail, address=address, key=f"{kind}:{row.pk}", valid_until=row.starts_at)


def _event(row: Appointment, *, is_over: bool) -> Event:
    place = directory.location(row.location)
    # The database counts a version up with each change of state: the row at hand has the one before.
    version = Appointment.objects.values_list("version", flat=True).get(pk=row.pk)
    return Event(
        uid=row.chain,
        start=row.starts_at,
        end=row.visit.upper,
        stamp=clock.now(),
        sequence=version,
        place=place.where,
        phone=place.phone,
        is_cancelled=is_over,
        organizer=settings.DEFAULT_FROM_EMAIL,
    )
