"""«Перезвоните мне»: stored sealed, with the hour by which we call, until a registrar writes how it ended.

One person is on a call at a time: taking is a lock of the row, and the second hears who has it. Whoever
took it and wrote nothing within half an hour no longer has it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from feldsher.domain.checkups import selectors as checkups
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import models
from feldsher.domain.scheduling.calling import CLOSES, OPENS, is_kept, keep_call, zone_of
from feldsher.domain.scheduling.errors import CallDoneError, CallTakenError
from feldsher.domain.scheduling.idempotency import earlier_outcome, keep_outcome
from feldsher.domain.scheduling.sealed import SEALED_OF_CALL, seal_programme
from feldsher.domain.scheduling.types import CallOutcome, CallRequest, Idempotency, ProgrammeWish
from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.phone import parse_phone, phone_fault

FARTHEST = timedelta(days=2)
"""How far off the next try may be: a promise is not put off for a week."""
_UNANSWERED = "Сначала скажите возраст и\u00a0пол: от\u00a0них зависит, что\u00a0входит в\u00a0программу"
_NOT_FOR_THEM = "Эта программа здесь не\u00a0подходит. Выберите другую или\u00a0другой филиал"


def request_call(
    *,
    name: str,
    phone: str,
    topic: str,
    location_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    channel: str,
    idempotency: Idempotency | None = None,
) -> CallRequest:
    """Keep a person's request to call back, with the text they agreed to, and return the promised hour.

    The same call made again answers the same. Raises InvalidInputError for a missing name or an unusable
    phone, NotFoundError for an unknown branch or doctor, ConsentTextMissingError, InProgressError,
    KeyReusedError.
    """
    row = models.CallRequest(location=location_id, practitioner=practitioner_id, channel=channel)
    return _keep(row, name=name, phone=phone, topic=topic, idempotency=idempotency)


def request_programme(
    wish: ProgrammeWish, *, name: str, phone: str, channel: str, idempotency: Idempotency | None = None
) -> CallRequest:
    """Keep a request to be booked for a programme of check-ups, in the queue of calls and by its clock.

    What is wished are the services that the calculator tells for the same answers. Raises like
    `request_call`, and InvalidInputError where the programme asks an age or a sex that is not said, where it
    is not for this person, and where nothing of it is done in the branch.
    """
    card = checkups.programme(wish.slug)
    if checkups.is_unanswered(card, wish.person):
        raise InvalidInputError("not answered", fields={"programme": _UNANSWERED})
    today = clock.now().astimezone(zone_of(wish.location_id)).date()
    (found,) = checkups.estimates(
        card, location_id=wish.location_id, days=[today], person=wish.person, chosen=wish.chosen
    )
    services = [line.item.service_id for line in (*found.mandatory, *found.chosen)]
    if found.refusal or not services:
        raise InvalidInputError("not for them", fields={"programme": _NOT_FOR_THEM})
    row = models.CallRequest(location=wish.location_id, channel=channel)
    row.programme = seal_programme(services, row=row.id)
    topic = f"Программа «{card.name}»"
    return _keep(row, name=name, phone=phone, topic=topic, idempotency=idempotency)


def _keep(
    row: models.CallRequest, *, name: str, phone: str, topic: str, idempotency: Idempotency | None
) -> CallRequest:
    canonical = parse_phone(phone)
    fields = {}
    if not name.strip():
        fields["name"] = "Напишите, как к вам обращаться"
    if canonical is None:
        fields["phone"] = phone_fault(phone)
    if fields or canonical is None:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(fields))}", fields=fields)
    with as_service("call_request"):
        earlier = earlier_outcome(idempotency)
        if earlier is not None and earlier.subject is not None:
            return _kept(earlier.subject)
        text = patients.current_consent_text(Purpose.BOOKING)
        row.consent = f"{text.version} {text.sha256}"
        asked = keep_call(row, name=name, phone=canonical, topic=topic)
        keep_outcome(idempotency, code="call", subject=asked.id)
        return asked


def take_call(request_id: UUID, *, staff: Staff) -> None:
    """Put oneself on an open call; taking it twice changes nothing.

    Raises ForbiddenError, NotFoundError, CallDoneError, CallTakenError (its sentence names who has it).
    """
    with as_staff(staff, Action.HANDLE_CALLS):
        row = _open_call(request_id, staff)
        row.taken_by, row.taken_at = staff.id, clock.now()
        row.save(update_fields=["taken_by", "taken_at"])


def finish_call(request_id: UUID, *, outcome: CallOutcome, staff: Staff) -> None:
    """Write how a call ended; raises like `take_call`."""
    with as_staff(staff, Action.HANDLE_CALLS):
        row = _open_call(request_id, staff)
        row.outcome, row.done_by, row.done_at = outcome, staff.id, clock.now()
        row.save(update_fields=["outcome", "done_by", "done_at"])


def call_later(request_id: UUID, *, at: datetime, staff: Staff) -> None:
    """Nobody answered: try again at an hour; the call is free for whoever takes it then.

    Raises like `take_call`, and InvalidInputError (`at`) for an hour that is past, too far off, or outside
    the hours in which registrars call.
    """
    with as_staff(staff, Action.HANDLE_CALLS):
        row = _open_call(request_id, staff)
        now, wall = clock.now(), at.astimezone(zone_of(row.location)).time()
        if not (now < at <= now + FARTHEST and OPENS <= wall <= CLOSES):
            hours = f"с\u00a0{OPENS:%H:%M} до\u00a0{CLOSES:%H:%M}"
            raise InvalidInputError("no hour to call", fields={"at": f"Выберите время {hours}"})
        row.tries, row.again_at = row.tries + 1, at
        row.taken_by = row.taken_at = None
        row.save(update_fields=["tries", "again_at", "taken_by", "taken_at"])


def _open_call(request_id: UUID, staff: Staff) -> models.CallRequest:
    """Lock an open call that nobody else is on, and open nothing of it; one that is not open is a miss."""
    rows = models.CallRequest.objects.select_for_update().defer(*SEALED_OF_CALL)
    row = rows.filter(pk=request_id).first()
    if row is None or row.done_at is not None:
        note_miss(staff, Action.HANDLE_CALLS, request_id)
        raise NotFoundError("no such call") if row is None else CallDoneError("an outcome is written")
    if is_kept(row) and row.taken_by not in {None, staff.id}:
        name = access.names([row.taken_by]).get(row.taken_by) if row.taken_by else None
        raise CallTakenError(
            "a colleague is on it", sentence=f"Этот звонок взял другой сотрудник: {name}. Возьмите следующий."
        )
    return row


def _kept(request_id: UUID) -> CallRequest:
    row = models.CallRequest.objects.get(pk=request_id)
    return CallRequest(id=row.id, call_by=row.call_by)
