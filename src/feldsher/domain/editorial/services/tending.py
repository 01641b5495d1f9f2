"""What the clock does to pages: publishes and takes down what is due, and what nobody checked."""

import logging

from django.db import transaction
from wagtail.models import Page, Revision

from feldsher.domain.editorial.models import Article, Condition, Verdict, publishing, shown
from feldsher.domain.editorial.types import VerdictKind
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.kernel import clock
from feldsher.kernel.errors import DomainError

_log = logging.getLogger(__name__)


def tend() -> int:
    """Publish what is set down for now, take down what has run out; returns how many pages changed.

    One transaction a page, so that none holds up another: what the rules refuse is set down no longer, and
    its editors find it in `selectors.late_pages`.
    """
    now = clock.now()
    due = Revision.objects.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at")
    published = sum(_publish(key) for key in list(due.values_list("pk", flat=True)))
    over = Page.objects.live().filter(expire_at__lte=now).values_list("pk", flat=True)
    return published + sum(_take_down(key) for key in [*over, *_unchecked()])


def _publish(revision: int) -> bool:
    try:
        with STAFF.reach(), transaction.atomic():
            rows = Revision.objects.select_for_update(skip_locked=True, of=("self",))
            row = rows.filter(pk=revision, approved_go_live_at__lte=clock.now()).first()
            if row is None:
                return False
            publishing.put_live(row, log_action="wagtail.publish.scheduled")
    except DomainError as error:
        Revision.objects.filter(pk=revision).update(approved_go_live_at=None)
        _log.warning("revision %d is not published: %s", revision, error.code)
        return False
    except Exception:  # noqa: BLE001 - whatever a page has, it holds up no other; it is tried again
        _log.exception("revision %d is not published", revision)
        return False
    return True


def _take_down(page: int) -> bool:
    with STAFF.reach(), transaction.atomic():
        row = Page.objects.select_for_update(of=("self",)).live().filter(pk=page).first()
        if row is None:
            return False
        row.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return True


def _unchecked() -> list[int]:
    """Return published medical pages that are to be taken down because their review is past due."""
    asked = [
        key
        for model in (Article, Condition)
        for key in model.objects.live().filter(is_taken_down=True).values_list("pk", flat=True)
    ]
    good: dict[int, Verdict] = {}
    for word in Verdict.objects.filter(page_id__in=asked, kind=VerdictKind.APPROVED).order_by("at"):
        good[word.page_id] = word
    return [key for key, word in good.items() if (shown.days_to(word.review_by) or 0) < 0]
