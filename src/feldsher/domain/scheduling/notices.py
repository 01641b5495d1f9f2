"""Tells patients by SMS, and reminds them on their screens, in the commit that writes it here.

One message of a kind for each version of a visit: its key holds both. What the clinic or its MIS did is told
always. What the patient did, or a registrar for them, is told where a provider of SMS is set, and where the
clinic's MIS does not tell of it itself (`messages` in FELDSHER_BOOKING); that it came to nothing, either way.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Topic
from feldsher.domain.scheduling import letters
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, Transition
from feldsher.domain.scheduling.patience import sms_due
from feldsher.domain.scheduling.tokens import appointment_token, wish_token
from feldsher.domain.scheduling.types import ReminderKind, State
from feldsher.domain.scheduling.types.reminders import reminder_key
from feldsher.foundation.messaging import pushing, texts
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging.quiet import daytime
from feldsher.foundation.messaging.types import Kind, Outgoing, PushState, VisitSaid
from feldsher.foundation.messaging.wording import read_once
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

AT_ONCE = timedelta(hours=3)
"""A visit so near is told of at any hour: who sets out for it is worse off than who is woken."""
JUST_NOW = timedelta(minutes=30)
"""What a person has done so lately is answered at any hour: they are awake."""
VISIT_GONE = "visit_gone"
"""Why a visit is not moved that the clinic has cancelled or moved itself: its first commit wins."""
_DESK, _BY_PATIENT = "desk", "cancelled_by_patient"
_log = logging.getLogger(__name__)
_WAITING = frozenset({State.BOOKING, State.UNKNOWN})


def tell_end_of_talk(row: Appointment, *, before: State, moves: UUID | None = None) -> None:
    """Tell the patient how the talk with the MIS about their visit ended, by the row as it is now.

    `before` is the state that it ended, `moves` the visit that it replaces. A cancel that the MIS refuses is
    told by the call that is promised with it, and of a branch that the directory no longer has nothing can be
    said: the visit ends all the same. Raises like `tell_cancelled`.
    """
    if settings.FELDSHER_SMS is None and not settings.FELDSHER_BOOKING.letters:
        return
    try:
        _tell_end(row, before=before, moves=moves)
    except NotFoundError:
        _log.warning("appointment %s: its branch is no more, and nobody is told of its end", row.id)


def withdraw(row: Appointment) -> None:
    """Keep back what has not left yet of a visit that does not take place: it was booked, it is expected."""
    reminders = (reminder_key(row.id, kind) for kind in ReminderKind)
    messaging.wipe(f"visit_booked:{row.id}", f"visit_rescheduled:{row.id}", *reminders)


def _tell_end(row: Appointment, *, before: State, moves: UUID | None) -> None:
    if row.state == State.BOOKED and before in {*_WAITING, State.REJECTED}:
        _tell_booked(row, is_moved=moves is not None)
    elif row.state == State.REJECTED and before in _WAITING:
        _tell_rejected(row, moves=moves)
    elif row.state == State.CANCELLED and before is State.CANCELLING:
        _tell_ended(row)


def tell_cancelled(row: Appointment) -> None:
    """Tell that the MIS has cancelled the visit; raises VaultError, AuditError."""
    if (terms := _terms(row)) is not None:
        text = texts.visit_cancelled(visit=_said(row))
        letters.write(row, Kind.VISIT_CANCELLED, text, is_over=True)
        messaging.send_sms(Kind.VISIT_CANCELLED, text=text, key=f"visit_cancelled:{row.id}", **terms)


def tell_missing(row: Appointment) -> None:
    """Tell that the MIS knows nothing of the visit any more; raises like `tell_cancelled`."""
    if (terms := _terms(row)) is not None:
        text = texts.visit_missing(visit=_said(row))
        letters.write(row, Kind.VISIT_MISSING, text, is_over=True)
        messaging.send_sms(Kind.VISIT_MISSING, text=text, key=f"visit_missing:{row.id}", **terms)


def ask_to_choose(row: Appointment) -> None:
    """Ask to choose another time by the secret link of the visit; raises like `tell_cancelled`."""
    if (terms := _terms(row)) is not None:
        text = texts.other_times(visit=_said(row))
        messaging.send_sms(Kind.OTHER_TIMES, text=text, key=f"other_times:{row.id}", **terms)


@dataclass(frozen=True, slots=True)
class Due:
    """A visit to remind of; `starts_at` are its start and those of others of the patient's day, in order."""

    visit: Appointment
    kind: ReminderKind
    starts_at: Sequence[datetime]


def remind(due: Sequence[Due], *, on_screens: bool = True) -> dict[UUID, datetime | None]:
    """Remind of many visits; returns those of which anybody is to be told.

    It goes to the screens of the patient's devices, else by SMS; without `on_screens` by SMS. With a visit
    comes when an SMS follows the screens, None where it is the SMS. Raises like `tell_cancelled`.
    """
    terms = _terms_of_all([each.visit for each in due], topic=Topic.REMINDERS)
    place, zone = cache(directory.location), cache(zone_of)
    phones = {each["phone"] for each in terms.values()}
    shown = pushing.with_screens(phones) if on_screens else frozenset()
    told: dict[UUID, datetime | None] = {}
    messages = []
    with read_once():
        for each in due:
            row = each.visit
            if row.id not in terms:
                continue
            branch, to = place(row.location), terms[row.id]
            starts = [start.astimezone(zone(row.location)) for start in each.starts_at]
            said = VisitSaid(starts[0], branch.address, branch.phone, visit_link(row.id))
            key, told[row.id] = reminder_key(row.id, each.kind), None
            if to["phone"] in shown:
                sms_at = sms_due(each.kind, shown_at=to["not_before"], zone=zone(row.location))
                push = pushing.Terms(to["phone"], row.id, to["not_before"], sms_at)
                note = texts.reminder_note(visit=said, starts=starts)
                if pushing.record(Kind.REMINDER, note, key=key, terms=push):
                    told[row.id] = sms_at
                    continue
            text = texts.reminder(visit=said, starts=starts)
            messages.append(Outgoing(text=text, key=key, **to))
    messaging.send_all(Kind.REMINDER, messages)
    return told


def is_heard_of(visit: UUID, *, kind: ReminderKind, is_due: bool) -> bool | None:
    """Return whether a device has shown the reminder, None while that may still be told; locks the answer.

    False is for good, and it is for the caller to remind by SMS in this transaction.
    """
    state = pushing.settle(reminder_key(visit, kind), is_due=is_due)
    return None if state is PushState.WAITING else state is PushState.HEARD


def offer_time(held: Appointment, *, offer: UUID, phone: str, link: str, until: datetime) -> None:
    """Tell who waits of the time that is held for them; it is worth nothing past `until`."""
    place = directory.location(held.location)
    said = VisitSaid(_local(held), place.address, place.phone, link)
    text = texts.waiting_offer(visit=said, until=until.astimezone(zone_of(held.location)))
    key = f"waiting_offer:{offer}"
    messaging.send_sms(Kind.WAITING_OFFER, phone=phone, text=text, key=key, valid_until=until, about=offer)


def tell_moved(earlier: Appointment, *, to: Appointment) -> None:
    """Tell that the visit has another time, or at its time another doctor; raises like `tell_cancelled`."""
    if (terms := _terms(earlier)) is None:
        return
    terms["about"] = to.id
    if earlier.visit.lower == to.visit.lower:
        text = texts.visit_substituted(visit=_said(to))
        letters.write(to, Kind.VISIT_SUBSTITUTED, text)
        messaging.send_sms(Kind.VISIT_SUBSTITUTED, text=text, key=f"visit_substituted:{to.id}", **terms)
    else:
        text = texts.visit_moved(visit=replace(_said(to), starts_at=_local(earlier)), new_start_at=_local(to))
        letters.write(to, Kind.VISIT_MOVED, text)
        messaging.send_sms(Kind.VISIT_MOVED, text=text, key=f"visit_moved:{to.id}", **terms)


def _tell_booked(row: Appointment, *, is_moved: bool) -> None:
    acted_at = None if row.channel == _DESK else _acted_at(row, State.BOOKING)
    terms = _own_terms(row, acted_at, is_confirmation=True)
    if is_moved:
        text = texts.visit_rescheduled(visit=_said(row))
        letters.write(row, Kind.VISIT_RESCHEDULED, text)
        if terms is not None:
            messaging.send_sms(Kind.VISIT_RESCHEDULED, text=text, key=f"visit_rescheduled:{row.id}", **terms)
    else:
        text = texts.visit_booked(visit=_said(row))
        letters.write(row, Kind.VISIT_BOOKED, text)
        if terms is not None:
            messaging.send_sms(Kind.VISIT_BOOKED, text=text, key=f"visit_booked:{row.id}", **terms)


def _tell_rejected(row: Appointment, *, moves: UUID | None) -> None:
    """Tell that a visit, or its new time, could not be had, unless whoever booked reads that at the form."""
    acted_at = _acted_at(row, State.BOOKING)
    wait = timedelta(seconds=settings.FELDSHER_BOOKING.confirm_wait_seconds / 2)
    if acted_at is not None and clock.now() - acted_at < wait:
        return
    if row.channel == _DESK:
        acted_at = None
    if (terms := _own_terms(row, acted_at, is_confirmation=False)) is None:
        return
    stays = Appointment.objects.filter(pk=moves, state=State.BOOKED).first() if moves is not None else None
    if stays is not None and row.reason != VISIT_GONE:
        text = texts.move_rejected(visit=_said(stays), new_start_at=_local(row))
        messaging.send_sms(Kind.MOVE_REJECTED, text=text, key=f"move_rejected:{row.id}", **terms)
    else:
        text = texts.visit_rejected(visit=_said(row))
        messaging.send_sms(Kind.VISIT_REJECTED, text=text, key=f"visit_rejected:{row.id}", **terms)


def _tell_ended(row: Appointment) -> None:
    acted_at = _acted_at(row, State.CANCELLING) if row.reason == _BY_PATIENT else None
    text = texts.visit_ended(visit=_said(row))
    letters.write(row, Kind.VISIT_ENDED, text, is_over=True)
    if (terms := _own_terms(row, acted_at, is_confirmation=True)) is not None:
        messaging.send_sms(Kind.VISIT_ENDED, text=text, key=f"visit_ended:{row.id}", **terms)


def _acted_at(row: Appointment, state: State) -> datetime | None:
    """Return when somebody last brought the visit into that state; None where nobody did."""
    found = Transition.objects.filter(appointment=row.id, after=state).order_by("-id")
    return found.values_list("at", flat=True).first()


def _said(row: Appointment) -> VisitSaid:
    """Return all that an SMS may say of the visit."""
    place = directory.location(row.location)
    return VisitSaid(_local(row), place.address, place.phone, visit_link(row.id))


def visit_link(visit: UUID) -> str:
    """Return the address that opens the visit by its secret."""
    return f"{settings.SITE_URL.rstrip('/')}/visit/{visit}/{appointment_token(visit)}/"


def wish_link(wish: UUID) -> str:
    """Return the address that opens a wish without a visit by its secret."""
    return f"{settings.SITE_URL.rstrip('/')}/wait/{wish}/{wish_token(wish)}/"


def _local(row: Appointment) -> datetime:
    """Return the visit's start on its branch's clock."""
    start: datetime = row.visit.lower
    return start.astimezone(zone_of(row.location))


def _terms(row: Appointment) -> dict[str, Any] | None:
    """Return to whom and when a message of a visit goes, or None; see `_terms_of_all`."""
    return _terms_of_all([row], topic=Topic.VISITS).get(row.id)


def _terms_of_all(rows: Sequence[Appointment], *, topic: Topic) -> dict[UUID, dict[str, Any]]:
    """Return to whom and when a message of each visit goes: of none whose time has come; as `phones_of`."""
    now, zone = clock.now(), cache(zone_of)
    coming = [row for row in rows if row.visit.lower > now]
    found = {}
    for row, phone in phones_of(coming, topic=topic):
        starts_at = row.visit.lower
        morning = daytime(now, zone(row.location))
        found[row.id] = {
            "about": row.id,
            "phone": phone,
            "valid_until": starts_at,
            "not_before": now if starts_at - morning < AT_ONCE else morning,
        }
    return found


def phones_of(rows: Sequence[Appointment], *, topic: Topic) -> Iterator[tuple[Appointment, str]]:
    """Yield the visits of which somebody is told, with their phones.

    Nobody is who wants none of the topic, or has said that the number is wrong. Who booked a visit for
    somebody else gave their own phone for it, and hears of that visit. Of one that the clinic made, only who
    may see the patient does. Raises PatientNotFoundError, VaultError, AuditError.
    """
    named = {row.id: row.patient for row in rows if row.patient is not None}
    unwritten = patients.unwritten(set(named.values()), topic) if named else set()
    wanted = {row: patient for row, patient in named.items() if patient not in unwritten}
    cards = patients.patient_cards(set(wanted.values()), fields=("phone",)) if wanted else {}
    for row in rows:
        if row.id not in wanted:
            continue
        if row.patient not in cards:
            raise PatientNotFoundError("no such patient")
        phone = cards[row.patient].phone
        if row.channel != "mis" or _may_see(phone, row.patient):
            yield row, phone


def _own_terms(
    row: Appointment, acted_at: datetime | None, *, is_confirmation: bool
) -> dict[str, Any] | None:
    """Return the terms of a message about what the patient did at that instant; None: somebody for them.

    Nobody is told, too, without a provider, and for a confirmation that the clinic's MIS sends itself.
    """
    if settings.FELDSHER_SMS is None or (is_confirmation and not settings.FELDSHER_BOOKING.messages):
        return None
    terms = _terms(row)
    if terms is not None and acted_at is not None and clock.now() - acted_at < JUST_NOW:
        terms["not_before"] = clock.now()
    return terms


def _may_see(phone: str, patient: UUID) -> bool:
    zones = set(directory.zones().values()) or {"UTC"}
    return patient in {each.patient_id for each in patients.behind_phone(phone, zones=zones)}
