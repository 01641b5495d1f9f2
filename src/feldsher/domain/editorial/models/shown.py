"""A page of the tables as its readers see it: frozen, without markup, with images of the right sizes."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from wagtail.models import Page

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.directory.types.profile import Profile
from feldsher.domain.editorial.blocks import table_rows
from feldsher.domain.editorial.models import trust
from feldsher.domain.editorial.types import (
    AdvertisementPart,
    FaqPart,
    HeadingPart,
    ListPart,
    NotePart,
    PageKind,
    Part,
    Person,
    Picture,
    PicturePart,
    Question,
    ShownPage,
    Source,
    SourceKind,
    SourcesPart,
    TablePart,
    TextPart,
    Tone,
    Trust,
)
from feldsher.domain.editorial.wording import paragraphs, safe_address
from feldsher.kernel import clock
from feldsher.kernel.formats import local_day

RENDITIONS: Final = ("width-1200|format-avif", "width-1200|format-webp", "width-1200|format-jpeg")
FLOOR: Final = 4
"""Where in the tree pages stand: below the root, the home and their list."""
_GONE = "Врач больше не\u00a0работает в\u00a0клинике"


def today() -> date:
    """Return the day by which promotions and reviews are counted: of the clinic's zone, else of Moscow's."""
    return day_of(clock.now())


def day_of(moment: datetime) -> date:
    """Return the day of a moment by the same calendar."""
    return local_day(moment, settings.FELDSHER_DEFAULT_ZONE or "Europe/Moscow")


def page(row: Any) -> ShownPage:
    """Return a page with all that stands on it; a medical one with its doctors and the word it rests on."""
    kind = row.page_kind
    section = Page.objects.filter(slug=kind, depth=FLOOR - 1).values_list("id", "title").first()
    addresses = _Addresses(row)
    parts = tuple(_parts(row, addresses))
    return ShownPage(
        kind=kind,
        slug=row.slug,
        title=row.title,
        lead=row.lead,
        section=section[1] if section else "",
        parts=parts,
        published_at=row.first_published_at,
        changed_at=row.last_published_at,
        trust=_trust(row) if kind.is_medical else None,
        starts_on=getattr(row, "starts_on", None),
        ends_on=getattr(row, "ends_on", None),
        is_over=kind is PageKind.PROMOTION and row.is_over(today()),
        rests_on=None if addresses.were_asked or section is None else (row.pk, section[0]),
    )


def prepare_pictures(row: Any) -> None:
    """Make the sizes in which a page shows its images, so that no reader waits for them."""
    for block in row.body:
        if block.block_type == "picture" and block.value["image"] is not None:
            block.value["image"].get_renditions(*RENDITIONS)


def _parts(row: Any, addresses: "_Addresses") -> Iterator[Part]:
    for number, block in enumerate(row.body, 1):
        made = _MAKERS[block.block_type](block.value, number, addresses)
        if made is not None:
            yield made


class _Addresses:
    """Where links to pages lead: all of a body by two queries, the first time that one is asked for."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self._known: dict[int, str] | None = None

    @property
    def were_asked(self) -> bool:
        return self._known is not None

    def __call__(self, page_id: int) -> str:
        if self._known is None:
            texts = (block.value.source for block in self._row.body if block.block_type == "text")
            ids = {int(key) for text in texts for key in re.findall(r'\bid="(\d{1,9})"', text)}
            rows = Page.objects.live().filter(id__in=ids, depth=FLOOR).values_list("id", "slug", "path")
            kinds = dict(Page.objects.filter(depth=FLOOR - 1).values_list("path", "slug"))
            self._known = {
                key: f"/{kinds[path[: -Page.steplen]]}/{slug}/"
                for key, slug, path in rows
                if path[: -Page.steplen] in kinds
            }
        return self._known.get(page_id, "")


def _heading(value: Any, number: int, _: _Addresses) -> Part:
    return HeadingPart(str(value), anchor=f"part-{number}")


def _text(value: Any, _: int, addresses: _Addresses) -> Part:
    return TextPart(paragraphs(value.source, address_of=addresses))


def _list(value: Any, _: int, __: _Addresses) -> Part:
    return ListPart(tuple(map(str, value["items"])), is_numbered=bool(value["is_numbered"]))


def _picture(value: Any, _: int, __: _Addresses) -> Part | None:
    if value["image"] is None:
        return None
    made = value["image"].get_renditions(*RENDITIONS)
    avif, webp, plain = (Picture(made[spec].url, made[spec].width, made[spec].height) for spec in RENDITIONS)
    return PicturePart(avif, webp, plain, alt=value["alt"], caption=value["caption"])


def _table(value: Any, _: int, __: _Addresses) -> Part | None:
    rows = table_rows(value["text"])
    return TablePart(value["caption"], rows[0], rows[1:]) if rows else None


def _note(value: Any, _: int, __: _Addresses) -> Part:
    return NotePart(Tone(value["tone"] or Tone.INFO), value["text"])


def _faq(value: Any, _: int, __: _Addresses) -> Part:
    return FaqPart(tuple(Question(each["question"], each["answer"]) for each in value))


def _sources(value: Any, _: int, __: _Addresses) -> Part:
    return SourcesPart(tuple(map(_source, value)))


def _source(value: Any) -> Source:
    reference, kind = value["reference"].strip(), value["kind"]
    if kind == SourceKind.PUBMED:
        address = f"https://pubmed.ncbi.nlm.nih.gov/{reference}/"
        return Source(value["title"], f"PubMed {reference}", address)
    if kind == SourceKind.GUIDELINE:
        address = f"https://cr.minzdrav.gov.ru/view-cr/{reference}"
        return Source(value["title"], f"Клинические рекомендации {reference}", address)
    if kind == SourceKind.ADDRESS:
        return Source(value["title"], "", safe_address(reference))
    return Source(value["title"], reference, "")  # of a draft that is not finished


def _advertisement(value: Any, _: int, __: _Addresses) -> Part:
    return AdvertisementPart(value["title"], value["text"], value["terms"])


_MAKERS: dict[str, Callable[[Any, int, _Addresses], Part | None]] = {
    "heading": _heading,
    "text": _text,
    "list": _list,
    "picture": _picture,
    "table": _table,
    "note": _note,
    "faq": _faq,
    "sources": _sources,
    "advertisement": _advertisement,
}


def _trust(row: Any) -> Trust | None:
    if row.author is None or row.reviewer is None:
        return None
    known = directory.profiled({row.author, row.reviewer})
    said = trust.approval_of(row)
    review_by = said.review_by if said else None
    people = {key: _person(known.get(key), key) for key in {row.author, row.reviewer}}
    return Trust(
        author=people[row.author],
        reviewer=people[row.reviewer],
        reviewed_on=day_of(said.at) if said else None,
        review_by=review_by,
        is_overdue=review_by is not None and review_by < today(),
    )


def _person(known: tuple[PractitionerCard, Profile] | None, key: Any) -> Person:
    if known is None:
        return Person(key, _GONE, "", (), is_open=False, is_known=False)
    card, profile = known
    titles = tuple(text for text in (profile.category, profile.degree, profile.rank) if text)
    return Person(
        card.id, card.name, ", ".join(card.specialties), titles, is_open=card.is_open, is_known=True
    )


def days_to(review_by: date | None) -> int | None:
    """Return the days that are left until a review, below 0 past it."""
    return None if review_by is None else (review_by - today()) // timedelta(days=1)
