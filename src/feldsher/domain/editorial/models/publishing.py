"""What may be published: the one rule behind every way to it (the editor, a doctor's page, the clock).

A medical text needs a doctor's word on that very text; a technical edit of it publishes at once and is
listed for the doctor. What 38-ФЗ forbids in advertising is not published as an offer.
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from feldsher.domain.editorial import comparison, linting
from feldsher.domain.editorial.comparison import Saved
from feldsher.domain.editorial.errors import AdvertisingError, NotApprovedError, PageUnfinishedError
from feldsher.domain.editorial.models import trust
from feldsher.domain.editorial.types import PageKind, VerdictKind
from feldsher.kernel import clock


def require_publishable(page: Any, *, revision: Any) -> None:
    """Raise NotApprovedError or AdvertisingError where the revision may not be shown.

    A technical edit is written down as one, for its doctor to see. `revision` None: a page that somebody
    would put live without one.
    """
    if revision is None:
        raise NotApprovedError("a page goes live by a revision")
    saved = revision.content
    require_lawful(page.page_kind, saved=saved)
    if not page.page_kind.is_medical:
        return
    if require_word(page.pk, saved=saved):
        trust.Verdict.objects.create(
            page_id=page.pk,
            revision=revision.pk,
            digest=comparison.digest(saved),
            kind=VerdictKind.TECHNICAL,
            practitioner=UUID(str(saved["reviewer"])),
            at=clock.now(),
        )


def require_lawful(kind: PageKind, *, saved: Saved) -> None:
    """Raise AdvertisingError where an offer says what 38-ФЗ forbids; elsewhere the linter only warns."""
    found = linting.remarks(comparison.texts(saved))
    if kind is PageKind.PROMOTION and found:
        raise AdvertisingError(sentence=" ".join(remark.sentence for remark in found))


def require_word(page: int, *, saved: Saved) -> bool:
    """Raise NotApprovedError where no word of the doctor lets the text be published.

    It is published as the doctor has seen it last (`trust.seen_word`) unless that was given back since; or as
    a technical edit of that, where nothing was given back since. True for a technical edit that is a new one.
    """
    words = trust.Verdict.objects.filter(page_id=page).order_by("-at")
    word, digest = trust.seen_word(page), comparison.digest(saved)
    if word is None:
        raise NotApprovedError
    returned = words.filter(kind=VerdictKind.RETURNED, at__gt=word.at)
    if word.digest == digest and not returned.filter(digest=digest).exists():
        return False
    before = trust.saved_of(word)
    if before is None or returned.exists() or not comparison.is_technical(before, after=saved):
        raise NotApprovedError
    newest = words.first()
    return newest is None or newest.digest != digest


def put_live(revision: Any, **how: Any) -> None:
    """Publish a revision on its day, as Wagtail does; PageUnfinishedError for a page that lacks something.

    Other errors are those of `require_publishable`.
    """
    try:
        revision.publish(**how)
    except ValidationError as error:
        raise PageUnfinishedError(f"not valid: {sorted(error.message_dict)}") from error


def note_address(page: Any, *, before: str | None) -> None:
    """Keep the address that a published page leaves; nobody is led away from one that is in use."""
    trust.OldAddress.objects.filter(kind=page.page_kind, slug=page.slug).delete()
    if before is not None and before != page.slug:
        trust.OldAddress.objects.update_or_create(
            kind=page.page_kind, slug=before, defaults={"page_id": page.pk}
        )
