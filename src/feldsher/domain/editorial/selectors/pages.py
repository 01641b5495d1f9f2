"""Published pages, for anybody. A draft is shown by nobody but the editor's preview and its reviewer."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Max, QuerySet
from wagtail.models import Page

from feldsher.domain.editorial.files import SHOWN
from feldsher.domain.editorial.models import (
    MODELS,
    OldAddress,
    Promotion,
    Section,
    StoredFile,
    Verdict,
    shown,
)
from feldsher.domain.editorial.types import (
    LatePage,
    PageKind,
    PageLine,
    SectionCard,
    ShownPage,
    VerdictKind,
)
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

PAGE: Final = 20
_LATE = """
SELECT page, title, due FROM (
    SELECT p.id AS page, p.last_published_at, r.content ->> 'title' AS title,
        (r.content ->> 'go_live_at')::timestamptz AS due
    FROM wagtailcore_page p JOIN wagtailcore_revision r ON r.id = p.latest_revision_id
    WHERE p.live_revision_id IS DISTINCT FROM p.latest_revision_id
) AS draft
WHERE due <= %(now)s - interval '5 minutes' AND (last_published_at IS NULL OR last_published_at < due)
ORDER BY due, page
"""


def page(kind: PageKind, *, slug: str) -> ShownPage:
    """Return a published page; NotFoundError, also for a draft and for what was taken down."""
    row = MODELS[kind].objects.live().select_related("live_revision").filter(slug=slug).first()
    if row is None:
        raise NotFoundError("no such page")
    return shown.page(row)


def moved(kind: PageKind, *, slug: str) -> str | None:
    """Return where a page stands now that stood at this slug once, None where none did."""
    old = OldAddress.objects.filter(kind=kind, slug=slug, page__live=True).select_related("page").first()
    return None if old is None else str(old.page.slug)


def section(kind: PageKind, *, number: int = 1) -> SectionCard:
    """Return one page of a kind's list, the newest first, of promotions those that are not over.

    NotFoundError for a page of the list that there is not. Three queries.
    """
    row = Section.objects.filter(slug=kind).first()
    if row is None:
        raise NotFoundError("the tree of pages is not there")
    found = _listed(kind)
    numbers = max(-(-found.count() // PAGE), 1)
    if not 1 <= number <= numbers:
        raise NotFoundError("no such page of the list")
    rows = found.order_by("-first_published_at", "-id")[(number - 1) * PAGE : number * PAGE]
    lines = tuple(
        PageLine(
            kind, each.slug, each.title, each.lead, each.first_published_at, getattr(each, "ends_on", None)
        )
        for each in rows
    )
    return SectionCard(kind, row.title, row.lead, lines, number, numbers)


def sections() -> dict[PageKind, str]:
    """Return the lists that have a page to show, by kind with their titles: for menus. One query a kind."""
    titles = dict(Section.objects.values_list("slug", "title"))
    return {kind: titles[kind] for kind in PageKind if kind in titles and _listed(kind).exists()}


def page_changes(kind: PageKind) -> dict[str, datetime]:
    """Return the pages of a kind's list by slug, each with when it last changed; a review is a change.

    Two queries.
    """
    reviewed = dict(
        Verdict.objects.filter(kind=VerdictKind.APPROVED)
        .values_list("page_id")
        .annotate(last=Max("at"))
        .order_by()
    )
    rows = _listed(kind).order_by("slug").values_list("id", "slug", "last_published_at")
    return {slug: max(published, reviewed.get(key, published)) for key, slug, published in rows}


def slugs(ids: Collection[int]) -> dict[int, str]:
    """Return the last part of the addresses of these pages; what is not published is absent. One query."""
    rows = Page.objects.live().filter(id__in=ids, depth=shown.FLOOR)
    return dict(rows.values_list("id", "slug"))


def stored_file(name: str) -> bytes:
    """Return an image as it is shown; NotFoundError, also for one as it was uploaded: that may say where."""
    is_shown = name.isprintable() and name.startswith(SHOWN)
    row = StoredFile.objects.filter(name=name).first() if is_shown else None
    if row is None:
        raise NotFoundError("no such file")
    return bytes(row.content)


def late_pages(staff: Staff) -> tuple[LatePage, ...]:
    """Return pages whose hour has passed without a publication, oldest first: to editors. One query.

    The hour is that of the newest draft; what was published at it or since is not late.
    """
    require(staff, Action.EDIT_PAGES)
    with connection.cursor() as cursor:
        cursor.execute(_LATE, {"now": clock.now()})
        return tuple(LatePage(*row) for row in cursor.fetchall())


def _listed(kind: PageKind) -> "QuerySet[Any]":
    found: QuerySet[Any] = MODELS[kind].objects.live()
    return found.filter(ends_on__gte=shown.today()) if MODELS[kind] is Promotion else found
