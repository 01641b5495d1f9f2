"""What waits for doctors: drafts to approve, technical edits to look at, reviews that are due."""

from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from wagtail.models import Page, Revision

from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import comparison, linting
from feldsher.domain.editorial.models import Article, Condition, Medical, Verdict, shown
from feldsher.domain.editorial.models.trust import saved_of
from feldsher.domain.editorial.types import ReviewCard, ReviewLine, ReviewList, VerdictKind
from feldsher.foundation.access.policies import Action, can, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import NotFoundError

SOONEST: Final = 60
"""A review is in the list from so many days before it; the page marks 60, 30 and 7."""


def review_list(staff: Staff) -> ReviewList:
    """Return what waits for this doctor; to an editor what waits for any. ForbiddenError for others."""
    is_editor = can(staff, Action.EDIT_PAGES)
    if not is_editor:
        require(staff, Action.REVIEW_PAGES)
    rows = [
        row
        for model in (Article, Condition)
        for row in model.objects.select_related("latest_revision").order_by("id")
    ]
    last = _last_words()
    waiting: list[ReviewLine] = []
    due: list[ReviewLine] = []
    for row in rows:
        word, revision = last.get(row.pk), row.latest_revision
        draft = revision.as_object() if revision else row
        if _concerns(staff, draft.reviewer, is_editor=is_editor) and revision and _waits(draft, word):
            waiting.append(_line(draft, revision.pk))
        days = shown.days_to(_review_by(row.pk, last))
        is_due = row.live and days is not None and days <= SOONEST
        if is_due and _concerns(staff, row.reviewer, is_editor=is_editor):
            due.append(_line(row, row.live_revision_id or 0, last=last))
    technical = Verdict.objects.filter(kind=VerdictKind.TECHNICAL, seen_at=None).order_by("at")
    pages = {row.pk: row for row in rows}
    seen = [
        _line(pages[word.page_id], word.revision)
        for word in technical
        if word.page_id in pages and _concerns(staff, word.practitioner, is_editor=is_editor)
    ]
    due.sort(key=lambda line: line.days_left or 0)
    return ReviewList(_named(waiting), _named(seen), _named(due))


def review_count(staff: Staff) -> int:
    """Return how many things wait there for this person."""
    found = review_list(staff)
    return len(found.waiting) + len(found.technical) + len(found.due)


def review(staff: Staff, *, page: int, revision: int) -> ReviewCard:
    """Return a revision before its doctor, beside what readers see now. NotFoundError for another's."""
    require(staff, Action.REVIEW_PAGES)
    row = _medical(page)
    found = Revision.objects.filter(pk=revision, object_id=str(page)).first() if row else None
    if row is None or found is None:
        raise NotFoundError("no such revision")
    draft = found.as_object()
    if not _concerns(staff, draft.reviewer, is_editor=False):
        raise NotFoundError("another doctor's page")
    technical = Verdict.objects.filter(
        page_id=page, revision=revision, kind=VerdictKind.TECHNICAL, seen_at=None
    )
    return ReviewCard(
        page=page,
        revision=revision,
        shown=shown.page(draft),
        changes=comparison.changes(_before(page, revision), after=found.content),
        remarks=tuple(each.sentence for each in linting.remarks(comparison.texts(found.content))),
        is_technical=technical.exists(),
    )


def _medical(page: int) -> Medical | None:
    row = Page.objects.filter(pk=page).first()
    specific = row.specific if row else None
    return specific if isinstance(specific, Medical) else None


def _before(page: int, revision: int) -> comparison.Saved | None:
    """Return the last approved revision before this one."""
    words = Verdict.objects.filter(page_id=page, kind=VerdictKind.APPROVED).exclude(revision=revision)
    last = words.order_by("-at").first()
    return saved_of(last) if last else None


def _last_words() -> dict[int, list[Verdict]]:
    found: dict[int, list[Verdict]] = {}
    for word in Verdict.objects.order_by("-at"):
        found.setdefault(word.page_id, []).append(word)
    return found


def _waits(draft: Medical, words: list[Verdict] | None) -> bool:
    if not draft.is_ready or draft.reviewer is None:
        return False
    digest = comparison.digest(draft.serializable_data())
    return not any(word.digest == digest for word in words or ())


def _review_by(page: int, last: dict[int, list[Verdict]]) -> date | None:
    approved = (word for word in last.get(page, ()) if word.kind == VerdictKind.APPROVED)
    said = next(approved, None)
    return said.review_by if said else None


def _concerns(staff: Staff, practitioner: object, *, is_editor: bool) -> bool:
    return is_editor or (practitioner is not None and practitioner == staff.practitioner_id)


def _line(row: Medical, revision: int, last: dict[int, list[Verdict]] | None = None) -> ReviewLine:
    review_by = _review_by(row.pk, last) if last else None
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
