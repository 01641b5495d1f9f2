"""What waits for doctors: drafts to approve, technical edits to look at, reviews that are due."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from wagtail.models import Page, Revision

from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import comparison, linting
from feldsher.domain.editorial.models import Article, Condition, Medical, Verdict, shown
from feldsher.domain.editorial.models.trust import saved_of, seen_word
from feldsher.domain.editorial.types import DueReview, ReviewCard, ReviewLine, ReviewList, VerdictKind
from feldsher.foundation.access.policies import Action, can, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import NotFoundError

SOONEST: Final = 60
"""A review is in the list from so many days before it; the page marks 60, 30 and 7."""


_WAITS = """
FROM editorial_draft d WHERE d.is_ready AND d.reviewer IS NOT NULL AND (%(all)s OR d.reviewer = %(me)s)
AND NOT EXISTS (SELECT FROM editorial_verdict v WHERE v.page_id = d.page_id AND v.digest = d.digest
    AND NOT EXISTS (SELECT FROM editorial_verdict newer
        WHERE newer.page_id = v.page_id AND newer.at > v.at AND newer.kind <> 'returned'))
"""
"""A text is read once; when a good word was said of another one since, it is as new."""
_UNSEEN = """
FROM editorial_verdict v WHERE v.kind = 'technical' AND v.seen_at IS NULL
AND (%(all)s OR v.practitioner = %(me)s) AND NOT EXISTS (SELECT FROM editorial_verdict back
    WHERE back.page_id = v.page_id AND back.digest = v.digest AND back.kind = 'returned' AND back.at > v.at)
"""
_DUE = """
FROM editorial_draft d JOIN wagtailcore_page p ON p.id = d.page_id AND p.live
CROSS JOIN LATERAL (SELECT id, practitioner, review_by FROM editorial_verdict v
    WHERE v.page_id = d.page_id AND v.kind = 'approved' ORDER BY v.at DESC LIMIT 1) AS word
WHERE word.review_by <= %(until)s AND (%(all)s OR word.practitioner = %(me)s)
"""


def review_list(staff: Staff, *, is_own: bool = False) -> ReviewList:
    """Return what waits for this doctor; to an editor what waits for any. ForbiddenError for others.

    `is_own`: of a doctor who edits, too, only what waits for them. A constant number of queries; only pages
    that wait for something are read.
    """
    whose = _whose(staff, is_own=is_own)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT d.page_id {_WAITS}", whose)
        waiting = [page for (page,) in cursor.fetchall()]
        cursor.execute(f"SELECT v.page_id, v.revision {_UNSEEN} ORDER BY v.at", whose)
        unseen = cursor.fetchall()
        cursor.execute(f"SELECT d.page_id, word.review_by {_DUE} ORDER BY word.review_by, d.page_id", whose)
        due = cursor.fetchall()
    wanted = {*waiting, *(page for page, _ in [*unseen, *due])}
    rows = {
        row.pk: row
        for model in (Article, Condition)
        for row in model.objects.select_related("latest_revision").filter(pk__in=wanted)
    }
    drafts = (rows[page] for page in sorted(waiting) if page in rows)
    live = [(rows[page], day) for page, day in due if page in rows]
    return ReviewList(
        _named([_draft_line(row) for row in drafts]),
        _named([_line(rows[page], revision) for page, revision in unseen if page in rows]),
        _named([_line(row, row.live_revision_id or 0, day) for row, day in live]),
    )


def due_reviews() -> tuple[DueReview, ...]:
    """Return the pages whose approval ends within SOONEST days or has ended, the first to end first."""
    today = shown.today()
    until = today + timedelta(days=SOONEST)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT word.id, word.practitioner, p.title, word.review_by {_DUE}"
            " ORDER BY word.review_by, d.page_id",
            {"all": True, "me": None, "until": until},
        )
        return tuple(
            DueReview(verdict, doctor, title, day, (day - today).days)
            for verdict, doctor, title, day in cursor.fetchall()
        )


def review_count(staff: Staff, *, is_own: bool = False) -> int:
    """Return how many things stand in that list: one query, and no text is read."""
    counts = " + ".join(f"(SELECT count(*) {part})" for part in (_WAITS, _UNSEEN, _DUE))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", _whose(staff, is_own=is_own))
        return int(cursor.fetchone()[0])


def _whose(staff: Staff, *, is_own: bool) -> dict[str, bool | date | UUID | None]:
    """Return the values by which the conditions tell whose pages are asked for."""
    is_editor = not is_own and can(staff, Action.EDIT_PAGES)
    if not is_editor:
        require(staff, Action.REVIEW_PAGES)
    until = shown.today() + timedelta(days=SOONEST)
    return {"all": is_editor, "me": staff.practitioner_id, "until": until}


def review(staff: Staff, *, page: int, revision: int) -> ReviewCard:
    """Return a revision before its doctor, beside what they have read last. NotFoundError for another's."""
    require(staff, Action.REVIEW_PAGES)
    row = _medical(page)
    found = Revision.objects.filter(pk=revision, object_id=str(page)).first() if row else None
    if row is None or found is None:
        raise NotFoundError("no such revision")
    draft = found.as_object()
    if draft.reviewer is None or draft.reviewer != staff.practitioner_id:
        raise NotFoundError("another doctor's page")
    before = seen_word(page)
    technical = Verdict.objects.filter(
        page_id=page, revision=revision, kind=VerdictKind.TECHNICAL, seen_at=None
    )
    return ReviewCard(
        page=page,
        digest=comparison.digest(found.content),
        shown=shown.page(draft),
        changes=comparison.changes(saved_of(before) if before else None, after=found.content),
        remarks=tuple(each.sentence for each in linting.remarks(comparison.texts(found.content))),
        is_technical=technical.exists(),
    )


def _medical(page: int) -> Medical | None:
    row = Page.objects.filter(pk=page).first()
    specific = row.specific if row else None
    return specific if isinstance(specific, Medical) else None


def _draft_line(row: Medical) -> ReviewLine:
    """Return the newest revision of a page: its own name and its own doctor, not those that readers see."""
    saved = row.latest_revision.content
    line = _line(row, row.latest_revision.pk)
    return replace(line, title=saved["title"], reviewer=saved["reviewer"] or "")


def _line(row: Medical, revision: int, review_by: date | None = None) -> ReviewLine:
    return ReviewLine(
        page=row.pk,
        revision=revision,
        kind=row.page_kind,
        title=row.title,
        reviewer=str(row.reviewer or ""),
        changed_at=row.latest_revision_created_at,
        review_by=review_by,
        days_left=shown.days_to(review_by),
    )


def _named(lines: list[ReviewLine]) -> tuple[ReviewLine, ...]:
    """Return the lines with their doctors' names instead of ids: one query."""
    cards = directory.practitioner_cards({UUID(line.reviewer) for line in lines if line.reviewer})
    names = {str(key): card.name for key, card in cards.items()}
    return tuple(replace(line, reviewer=names.get(line.reviewer, "")) for line in lines)
