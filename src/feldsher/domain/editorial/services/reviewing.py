"""A doctor's word on a text: approve it, which publishes it; give it back; see a technical edit."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction
from wagtail.models import Page, Revision

from feldsher.domain.editorial import comparison
from feldsher.domain.editorial.errors import TextChangedError
from feldsher.domain.editorial.models import Draft, Medical, Verdict, publishing, shown, trust
from feldsher.domain.editorial.types import VerdictKind
from feldsher.foundation.access.editors import page_editor
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

TERMS: Final = (6, 12, 24)
"""For how many months a doctor may approve."""
MOST_WORDS: Final = 1000
_MONTHS_A_YEAR = 12
_LAST_SAFE_DAY = 28


@STAFF.reach()
def approve(staff: Staff, *, page: int, digest: str, months: int) -> None:
    """Approve the newest text of a page for so many months (`TERMS`) and publish it on its day.

    `digest` is that of the text which was shown (`ReviewCard`). The one who approves is the reviewing doctor
    whom the text names. TextChangedError where the newest text is another by now: what was read is not what
    would be published. NotFoundError for another's page, ForbiddenError for who is no doctor,
    InvalidInputError for another term, PageUnfinishedError where the page lacks something. The same again on
    one day is once; on a later day the same text is approved anew: so an unchanged page is reviewed when its
    term is over. What was said is asked no longer: the page is ready again when its editor says so.
    """
    require(staff, Action.REVIEW_PAGES)
    if months not in TERMS:
        raise InvalidInputError("no such term", fields={"months": "Выберите срок из\u00a0списка."})
    with transaction.atomic():
        found, draft = _read(staff, page=page, digest=digest, places=("latest_revision",))
        until = _ahead(months)
        last = Verdict.objects.filter(page_id=page).order_by("-at").first()
        again = (VerdictKind.APPROVED, digest, until)
        is_again = last is not None and (last.kind, last.digest, last.review_by) == again
        if last is not None and is_again and shown.day_of(last.at) == shown.today():
            return
        _say(staff, draft, found, kind=VerdictKind.APPROVED, review_by=until)
        Draft.objects.filter(page_id=page).update(is_ready=False)
        found.content["is_ready"] = False
        found.save(update_fields=["content"])
        publishing.put_live(found, user=page_editor(staff))


@STAFF.reach()
def give_back(staff: Staff, *, page: int, digest: str, note: str) -> None:
    """Return the newest text with what is to be changed (1–1000 characters). Errors as `approve`.

    A technical edit that readers see already may be returned, too, though a newer draft is there: they see
    again what the doctor has read last, or no page at all where that text is no more.
    """
    require(staff, Action.REVIEW_PAGES)
    text = note.strip()
    if not 1 <= len(text) <= MOST_WORDS:
        raise InvalidInputError(
            "a note", fields={"note": f"Напишите, что исправить: до {MOST_WORDS} знаков."}
        )
    with transaction.atomic():
        found, draft = _read(staff, page=page, digest=digest, places=("latest_revision", "live_revision"))
        _say(staff, draft, found, kind=VerdictKind.RETURNED, note=text)
        word, shown_now = trust.seen_word(page), Page.objects.get(pk=page).live_revision
        if word and shown_now and comparison.digest(shown_now.content) == digest != word.digest:
            _show_again(word, staff)


def see_technical(staff: Staff, *, page: int, revision: int) -> None:
    """Say that the doctor has seen a technical edit; twice is once. NotFoundError for another's."""
    require(staff, Action.REVIEW_PAGES)
    words = Verdict.objects.filter(
        page_id=page,
        revision=revision,
        kind=VerdictKind.TECHNICAL,
        practitioner=staff.practitioner_id or UUID(int=0),
    )
    if not words.exists():
        raise NotFoundError("no such technical edit")
    words.filter(seen_at=None).update(seen_at=clock.now())


def _read(staff: Staff, *, page: int, digest: str, places: Iterable[str]) -> tuple[Revision, Medical]:
    """Lock the page and return the text that was read, if the page still has it in one of these places."""
    row = Page.objects.select_for_update(of=("self",)).filter(pk=page).first()
    texts = [getattr(row, place) for place in places] if row else []
    drafts = [(found, found.as_object()) for found in texts if found is not None]
    own = [
        (found, draft)
        for found, draft in drafts
        if isinstance(draft, Medical)
        and draft.reviewer is not None
        and draft.reviewer == staff.practitioner_id
    ]
    if not own:
        raise NotFoundError("no such page of this doctor")
    for found, draft in own:
        if comparison.digest(found.content) == digest:
            return found, draft
    raise TextChangedError


def _show_again(word: Verdict, staff: Staff) -> None:
    """Put the text live anew on which a word was said."""
    if trust.saved_of(word) is None:
        word.page.specific.unpublish(user=page_editor(staff))
    else:
        publishing.put_live(Revision.objects.get(pk=word.revision), user=page_editor(staff))


def _say(
    staff: Staff,
    draft: Medical,
    found: Revision,
    *,
    kind: VerdictKind,
    review_by: date | None = None,
    note: str = "",
) -> None:
    Verdict.objects.create(
        page_id=draft.pk,
        revision=found.pk,
        digest=comparison.digest(found.content),
        kind=kind,
        practitioner=UUID(str(draft.reviewer)),
        staff=staff.id,
        note=note,
        at=clock.now(),
        review_by=review_by,
    )


def _ahead(months: int) -> date:
    """Return the day until which an approval of today holds."""
    day = shown.today()
    ahead = day.month - 1 + months
    return day.replace(
        year=day.year + ahead // _MONTHS_A_YEAR,
        month=ahead % _MONTHS_A_YEAR + 1,
        day=min(day.day, _LAST_SAFE_DAY),
    )
