"""Letters to doctors and editors about reviews that fall due: one for each mark of a term, never twice."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from feldsher.domain.editorial.models import Reminder
from feldsher.domain.editorial.selectors.reviews import SOONEST, due_reviews
from feldsher.domain.editorial.types import DueReview
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.letter_addresses import letter_addresses
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging.letters import Mail
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock
from feldsher.kernel.formats import day_year, plural

MARKS: Final = (7, 30, SOONEST)
"""Days before the term of a review at which its doctor and the editors are written to."""
_SUBJECT = "Подходит срок проверки страниц"
_TEXT = """{lines}

Открыть список: {site}{page}

Адрес для этих писем записан на странице «Мой вход», там же его можно убрать.
"""


def remind() -> int:
    """Record the letters that are due, each with its reminders in one transaction; returns how many.

    A person is told of an approval once at each of MARKS: of the last one alone where the others were missed.
    Nobody is told of what they may not see, and nothing is recorded while no server takes letters.
    """
    if not settings.FELDSHER_SMTP.host:
        return 0
    due = due_reviews()
    with as_service("editorial.remind"):
        return sum(_remind(staff, address, due) for staff, address in (letter_addresses() if due else ()))


def _remind(staff: Staff, address: str, due: tuple[DueReview, ...]) -> bool:
    is_editor = can(staff, Action.EDIT_PAGES)
    is_doctor = can(staff, Action.REVIEW_PAGES)
    seen = [each for each in due if is_editor or (is_doctor and each.practitioner == staff.practitioner_id)]
    known = set(Reminder.objects.filter(staff=staff.id).values_list("verdict", "mark"))
    fresh = [each for each in seen if (each.verdict, _mark(each)) not in known]
    if not fresh:
        return False
    rows = [Reminder(verdict_id=each.verdict, staff=staff.id, mark=_mark(each)) for each in fresh]
    Reminder.objects.bulk_create(rows)
    now = clock.now()
    messaging.send_letter(
        Kind.PAGE_REVIEW,
        Mail(_SUBJECT, _text(fresh, is_editor=is_editor)),
        address=address,
        key=f"{Kind.PAGE_REVIEW}:{rows[0].pk}",
        valid_until=now + timedelta(days=2),
    )
    return True


def _mark(review: DueReview) -> int:
    return next(mark for mark in MARKS if review.days_left <= mark)


def _text(due: list[DueReview], *, is_editor: bool) -> str:
    lines = "\n".join(f"— «{each.title}»: {_term(each)}" for each in due)
    page = "/desk/pages/" if is_editor else "/desk/reviewing/"
    return _TEXT.format(lines=lines, site=settings.SITE_URL.rstrip("/"), page=page)


def _term(review: DueReview) -> str:
    day, days = day_year(review.review_by), plural(abs(review.days_left), "день", "дня", "дней")
    if review.days_left < 0:
        return f"просрочено на {days}, срок был {day}"
    return f"срок через {days}, {day}" if review.days_left else f"срок сегодня, {day}"
