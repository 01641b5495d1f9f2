"""Stop and resume online booking; change its rules. Both hold from the next question on.

Stops are read by `free_slots` and `hold_slot` themselves, so that nothing has to be rebuilt and no cache
has to end. Times that are held already may be confirmed: their patients were promised them.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services as directory_services
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import offers
from feldsher.domain.scheduling.models import Stop
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_WORDS = 200
_LOCK = 0x57095  # any constant that no other lock of the product uses


def stop_booking(
    *,
    practitioner: UUID | None = None,
    location: UUID | None = None,
    reason: str,
    notice: str = "",
    until: datetime | None = None,
    author: str,
) -> UUID:
    """Stop online booking of a doctor, a branch, a doctor in a branch, or (both None) of everything.

    `reason` is for staff, `notice` is shown to patients, `until` None means until it is resumed. A stop of
    the same parties that is in force is replaced. Raises NotFoundError, InvalidInputError.
    """
    now = clock.now()
    reason, notice = reason.strip(), notice.strip()
    check_stop(reason=reason, notice=notice, until=until)
    if practitioner is not None:
        directory.practitioner(practitioner)
    if location is not None:
        directory.location(location)
    row = Stop(
        practitioner=practitioner,
        location=location,
        reason=reason,
        notice=notice,
        until=until,
        author=author,
        created_at=now,
    )
    with transaction.atomic():
        _one_at_a_time()
        _end(Stop.objects.filter(practitioner=practitioner, location=location), author=author, now=now)
        row.save(force_insert=True)
    return row.id


def check_stop(*, reason: str, notice: str, until: datetime | None) -> None:
    """Raise InvalidInputError for what `stop_booking` would refuse, before somebody is asked to confirm."""
    wrong = {
        name: f"Не длиннее {_WORDS} знаков."
        for name, text in (("reason", reason), ("notice", notice))
        if len(text.strip()) > _WORDS
    }
    if not reason.strip():
        wrong["reason"] = "Напишите причину: её увидят другие сотрудники."
    if until is not None and until <= clock.now():
        wrong["until"] = "Укажите время, которое ещё не наступило."
    if wrong:
        raise InvalidInputError(f"stop: {', '.join(wrong)}", fields=wrong)


def resume_booking(stop_id: UUID, *, author: str) -> None:
    """End a stop; one that is over already stays as it is."""
    with transaction.atomic():
        _end(Stop.objects.filter(pk=stop_id), author=author, now=clock.now())


def _one_at_a_time() -> None:
    """Two who stop the same at one moment: the last word holds, and neither meets the unique index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _end(stops: QuerySet[Stop], *, author: str, now: datetime) -> None:
    for row in stops.filter(ended_at=None).select_for_update():
        is_over = row.until is not None and row.until <= now
        row.ended_at, row.ended_by = (row.until, "") if is_over else (now, author)
        row.save(update_fields=["ended_at", "ended_by"])


def change_rule(
    values: RuleValues,
    *,
    practitioner: UUID | None = None,
    service: UUID | None = None,
    location: UUID | None = None,
    author: str,
) -> None:
    """Set a booking rule and bring the offers to it in one commit; raises as `directory.set_rule` does."""
    with transaction.atomic():
        directory_services.set_rule(
            values, practitioner=practitioner, service=service, location=location, author=author
        )
        offers.rebuild()
