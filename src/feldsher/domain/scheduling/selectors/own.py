"""A patient's own visits, to who has proved the phone: each patient is read in a context of their own.

Row security lets nothing else through, whatever is asked; that a query names its patient is for the index.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID

from django.db.models import F

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.errors import NotGrantedError
from feldsher.domain.patients.types import Behind
from feldsher.domain.scheduling.cutoff import with_cutoff
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.visits import as_card, is_off, zone_of
from feldsher.domain.scheduling.types import AppointmentCard, OwnConsent, OwnVisits, State
from feldsher.foundation.access.context import Context, as_holder
from feldsher.foundation.access.doors import as_patient, note_not_theirs
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock

_COMING = (State.BOOKING, State.BOOKED, State.UNKNOWN, State.CANCELLING, State.ARRIVED)
_PAST = (*_COMING, State.CANCELLED, State.MOVED, State.FULFILLED, State.NOSHOW)
_LIST = "own_visits"


def behind(holder: PhoneHolder) -> tuple[Behind, ...]:
    """Return whom the holder of a phone may see now, those of lent access last.

    Asked anew by each request: children grow up, and access ends.
    """
    own = represented(holder)
    known = {who.patient_id for who in own}
    lent = {who.patient_id: who for who in patients.lent_to(holder.phone) if who.patient_id not in known}
    return (*own, *lent.values())


def represented(holder: PhoneHolder) -> tuple[Behind, ...]:
    """Return who the holder of a phone is, and the children whom it represents: for what nobody lends."""
    zones = set(directory.zones().values()) or {"UTC"}
    return patients.behind_phone(holder.phone, zones=zones)


def own_visits(who: Behind, *, holder: PhoneHolder, last: int = 10) -> OwnVisits:
    """Return one patient's visits, of those that are over or cancelled the `last` ones.

    Raises VaultError, AuditError.
    """
    now = clock.now()
    person = patients.own_person(who, purpose=_LIST, session=holder.session_id)
    with _as(who, purpose=_LIST, holder=holder):
        mine = Appointment.objects.filter(patient=who.patient_id)
        rows = mine.annotate(start=F("visit__startswith"), end=F("visit__endswith"))
        coming = list(rows.filter(state__in=_COMING, end__gt=now).order_by("start", "id"))
        over = rows.filter(state__in=_PAST).exclude(state__in=_COMING, end__gt=now)
        past = list(over.order_by("-start", "-id")[:last])
        ids = [row.pk for row in (*coming, *past)]
        journal("appointment", Column.APPOINTMENTS, ids=ids, patients=[who.patient_id])
    zones = directory.zones()
    cards = with_cutoff([as_card(row, zone=zones.get(row.location, "UTC")) for row in (*coming, *past)])
    cards = [_still_open(card) if card.is_too_late else card for card in cards]
    if not who.may_change:
        cards = [replace(card, can_cancel=False, is_too_late=False) for card in cards]
    return OwnVisits(person, coming=tuple(cards[: len(coming)]), past=tuple(cards[len(coming) :]))


def _as(who: Behind, *, purpose: str, holder: PhoneHolder) -> AbstractContextManager[Context]:
    return as_patient(
        who.patient_id,
        guardian=who.guardian_id,
        grant=who.grant_id,
        purpose=purpose,
        session=holder.session_id,
    )


def _still_open(card: AppointmentCard) -> AppointmentCard:
    """Return a visit that is too near to be changed, unless the clinic called it off: then it is not."""
    with as_holder(card.id, purpose=_LIST):
        row = Appointment.objects.filter(pk=card.id).first()
        is_called_off = row is not None and is_off(row)
    return replace(card, is_off=True, is_too_late=False) if is_called_off else card


def own_visit(appointment_id: UUID, *, holder: PhoneHolder, purpose: str = "own_visit") -> AppointmentCard:
    """Return a visit of a patient behind this phone; raises like `own_row`."""
    who, row = own_row(appointment_id, holder=holder, purpose=purpose)
    with as_holder(appointment_id, purpose=purpose):
        card = replace(as_card(row, zone=zone_of(row.location)), is_off=is_off(row))
        card = with_cutoff([card])[0]
    return card if who.may_change else replace(card, can_cancel=False, is_too_late=False)


def changeable(appointment_id: UUID, *, holder: PhoneHolder, purpose: str) -> None:
    """Raise NotGrantedError for a visit of who has lent access to look only, and like `own_row`."""
    who, _ = own_row(appointment_id, holder=holder, purpose=purpose)
    if not who.may_change:
        raise NotGrantedError("lent to look only")


def own_consents(who: Behind, *, holder: PhoneHolder) -> tuple[OwnConsent, ...]:
    """Return what a patient behind this phone agreed to, the newest first; nothing of who lent access.

    Raises AuditError.
    """
    if who.grant_id is not None:
        return ()
    with _as(who, purpose="own_consents", holder=holder):
        given = patients.given_consents(who.patient_id)
        visits = Appointment.objects.filter(
            patient=who.patient_id, pk__in=[each.appointment_id for each in given if each.appointment_id]
        )
        places = dict(visits.values_list("pk", "location"))
    return tuple(
        OwnConsent(each, places.get(each.appointment_id) if each.appointment_id else None) for each in given
    )


def own_row(appointment_id: UUID, *, holder: PhoneHolder, purpose: str) -> tuple[Behind, Appointment]:
    """Return a visit's row and its patient, who is behind this phone.

    Raises AppointmentNotFoundError for any other, the same for one that there is not; the journal keeps it.
    """
    for who in behind(holder):
        with _as(who, purpose=purpose, holder=holder):
            row = Appointment.objects.filter(pk=appointment_id, patient=who.patient_id).first()
            if row is not None:
                journal("appointment", Column.APPOINTMENTS, ids=[row.pk], patients=[who.patient_id])
                return who, row
    note_not_theirs(
        "appointment",
        Column.APPOINTMENTS,
        record_id=appointment_id,
        purpose=purpose,
        session=holder.session_id,
    )
    raise AppointmentNotFoundError("no such appointment, or not theirs")
