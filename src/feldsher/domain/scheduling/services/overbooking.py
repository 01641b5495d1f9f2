"""Book over a time that is taken: staff alone, where the rules let them, and never without having said so."""

from typing import Final

from feldsher.domain.scheduling.errors import NotOverbookableError
from feldsher.domain.scheduling.models import Appointment, Verdict
from feldsher.domain.scheduling.sealed import seal_why_over
from feldsher.domain.scheduling.selectors.over import bar_sentence
from feldsher.domain.scheduling.selectors.waiting import DESK
from feldsher.domain.scheduling.services.holding import hold_time
from feldsher.domain.scheduling.tokens import read_slot_token
from feldsher.domain.scheduling.types import Hold, Idempotency, Over, OverReason
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

WORDS: Final = 200
"""The most letters of a reason in words."""


def overbook_by_staff(slot: str, *, over: Over, staff: Staff, idempotency: Idempotency | None = None) -> Hold:
    """Keep a time, in a lane of its own, over what stands there and was told; a free one like any other.

    Who did it, why and over whom stays as a Verdict and in the journal, in the commit of the hold. No bound
    but those of online booking is lifted. Raises ForbiddenError, InvalidInputError, MoreTakenError where
    something stands there that was not told, OverbookFullError, NotOverbookableError, AuditError, and like
    `hold_by_staff`.
    """
    words = over.words.strip()
    if over.why is OverReason.OTHER and not words:
        raise InvalidInputError("no reason in words", fields={"words": "Напишите, почему"})
    if len(words) > WORDS:
        raise InvalidInputError("too long", fields={"words": f"Не\u00a0больше {WORDS}\u00a0знаков"})
    with as_staff(staff, Action.OVERBOOK):
        key = read_slot_token(slot)
        try:
            held = hold_time(key, channel=DESK, idempotency=idempotency, by_staff=True, over=over)
        except NotOverbookableError as error:
            raise NotOverbookableError(error.detail, sentence=bar_sentence(key)) from error
        row = Appointment.objects.get(pk=held.id)
        if not row.over_why or Verdict.objects.filter(appointment=row.pk).exists():
            return held
        Verdict.objects.create(
            appointment=row.pk,
            said=f"over_{row.over_why}",
            words=seal_why_over(words, appointment=row.pk),
            by=staff.id,
            at=clock.now(),
        )
        under = Appointment.objects.filter(
            active=True, practitioner=row.practitioner, occupied__overlap=row.occupied
        ).exclude(pk=row.pk)
        whose = dict(under.values_list("pk", "patient"))
        patients = [patient for patient in whose.values() if patient is not None]
        journal("appointment", Column.APPOINTMENTS, ids=[row.pk, *whose], patients=patients, fields=("lane",))
    return held
