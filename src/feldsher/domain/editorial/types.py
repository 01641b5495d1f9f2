"""What crosses the border of editorial: pages as their readers and reviewers see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from feldsher.domain.directory.types.brand import MenuEntry
from feldsher.foundation.modules import BOOKING, CHECKUPS, CORPORATE, is_on


class PageKind(StrEnum):
    """A kind of page; the value is the first part of its address."""

    ARTICLE = "articles"
    CONDITION = "conditions"
    PROMOTION = "promotions"
    NEWS = "news"
    LANDING = "pages"
    LEGAL = "documents"

    @property
    def is_medical(self) -> bool:
        """Say whether a doctor has to approve what such a page says."""
        return self in {PageKind.ARTICLE, PageKind.CONDITION}


class Tone(StrEnum):
    INFO = "info"
    ATTENTION = "attention"
    DANGER = "danger"


class SourceKind(StrEnum):
    PUBMED = "pubmed"
    GUIDELINE = "guideline"
    ADDRESS = "address"


class VerdictKind(StrEnum):
    """A doctor approved or returned a revision, or it differs from an approved one in a trifle alone."""

    APPROVED = "approved"
    TECHNICAL = "technical"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one look; `url` is empty for text that leads nowhere."""

    text: str
    is_bold: bool = False
    url: str = ""


Paragraph = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class HeadingPart:
    kind: ClassVar[str] = "heading"
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class TextPart:
    kind: ClassVar[str] = "text"
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class ListPart:
    kind: ClassVar[str] = "list"
    items: tuple[str, ...]
    is_numbered: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in one format: an address, and its size in points."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PicturePart:
    """An image in AVIF, WebP and a format that every browser knows, of one size."""

    kind: ClassVar[str] = "picture"
    avif: Picture
    webp: Picture
    plain: Picture
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table: every row is as long as its head."""

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class NotePart:
    kind: ClassVar[str] = "note"
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a text rests on; `url` is empty for what has no address."""

    title: str
    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class SourcesPart:
    kind: ClassVar[str] = "sources"
    items: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Question:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class FaqPart:
    kind: ClassVar[str] = "faq"
    items: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AdvertisementPart:
    """An offer. The page prints the warning of 38-ФЗ, art. 24, part 7 with it, always."""

    kind: ClassVar[str] = "advertisement"
    title: str
    text: str
    terms: str


Part = (
    HeadingPart
    | TextPart
    | ListPart
    | PicturePart
    | TablePart
    | NotePart
    | SourcesPart
    | FaqPart
    | AdvertisementPart
)


@dataclass(frozen=True, slots=True)
class Person:
    """A doctor beside a text: their name, what they are («офтальмолог»), their category, degree and rank.

    One who has left has no page; of one whom the directory does not know `name` says so.
    """

    id: UUID
    name: str
    qualification: str
    titles: tuple[str, ...]
    is_open: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """Who wrote a medical text, who checked it, when, and until when that holds."""

    author: Person
    reviewer: Person
    reviewed_on: date | None
    review_by: date | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page in a list."""

    kind: PageKind
    slug: str
    title: str
    lead: str
    published_at: datetime | None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class SectionCard:
    """The list of one kind of pages: its own words, one page of it, and how many pages of it there are."""

    kind: PageKind
    title: str
    lead: str
    lines: tuple[PageLine, ...]
    number: int
    numbers: int


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A published page, or a draft in its preview. `starts_on`, `ends_on`: of a promotion.

    `rests_on`: the pages of the tree whose change may change this one; None where any may: it links to some.
    """

    kind: PageKind
    slug: str
    title: str
    lead: str
    section: str
    parts: tuple[Part, ...]
    published_at: datetime | None
    changed_at: datetime | None
    trust: Trust | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    is_over: bool = False
    rests_on: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A page in a reviewer's or an editor's list; `days_left`: until its next review, below 0 past it."""

    page: int
    revision: int
    kind: PageKind
    title: str
    reviewer: str
    changed_at: datetime | None
    review_by: date | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class DueReview:
    """A published page whose approval (`verdict`, by `practitioner`) ends; `days_left` is below 0 past it."""

    verdict: UUID
    practitioner: UUID
    title: str
    review_by: date
    days_left: int


@dataclass(frozen=True, slots=True)
class ReviewList:
    """What waits for a doctor's approval, technical edits to look at, reviews that are due within 60 days."""

    waiting: tuple[ReviewLine, ...]
    technical: tuple[ReviewLine, ...]
    due: tuple[ReviewLine, ...]


@dataclass(frozen=True, slots=True)
class LatePage:
    """A page whose newest draft was to come out at `due` and did not."""

    page: int
    title: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of a comparison: the words that stay, that were taken out, and that came instead."""

    same: str
    removed: str
    added: str


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """A revision before its reviewing doctor: as readers would see it, and what differs from before.

    `digest` names the text that is shown: the doctor's word is on that one alone.
    """

    page: int
    digest: str
    shown: ShownPage
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]
    is_technical: bool


@dataclass(frozen=True, slots=True)
class RedirectLine:
    """An old address that leads to one of this site.

    `author`: the login of who added it last; `used_on`: the last day somebody came by it.
    """

    id: UUID
    source: str
    target: str
    author: str
    added_at: datetime
    used_on: date | None


class MenuPlace(StrEnum):
    """Where a menu stands on each page of the site."""

    HEADER = "header"
    FOOTER = "footer"


class SiteSection(StrEnum):
    """A section of the site that is no list of editors' pages (those are named by their PageKind)."""

    DOCTORS = "doctors"
    SERVICES = "services"
    PRICES = "prices"
    CHECKUPS = "checkups"
    CORPORATE = "corporate"
    BRANCHES = "branches"
    CALL = "call"
    CABINET = "cabinet"

    @property
    def label(self) -> str:
        return _SECTION_TITLES[self]


def is_closed(section: str) -> bool:
    """Whether a section (SiteSection, PageKind) is of a module that is off here: its address is none."""
    module = _MODULES.get(section)
    return module is not None and not is_on(module)


_MODULES: Final[Mapping[str, str]] = {
    SiteSection.CHECKUPS: CHECKUPS,
    SiteSection.CORPORATE: CORPORATE,
    SiteSection.CABINET: BOOKING,
}
_SECTION_TITLES: Final[Mapping[SiteSection, str]] = {
    SiteSection.DOCTORS: "Врачи",
    SiteSection.SERVICES: "Услуги",
    SiteSection.PRICES: "Цены",
    SiteSection.CHECKUPS: "Программы чекапов",
    SiteSection.CORPORATE: "Компаниям",
    SiteSection.BRANCHES: "Филиалы",
    SiteSection.CALL: "Заказать звонок",
    SiteSection.CABINET: "Мои записи",
}
_USUAL: Final = {
    MenuPlace.HEADER: tuple(
        section for section in SiteSection if section not in {SiteSection.CHECKUPS, SiteSection.CORPORATE}
    ),
    MenuPlace.FOOTER: (SiteSection.CABINET, SiteSection.CORPORATE),
}
USUAL_MENUS: Final[Mapping[MenuPlace, tuple[MenuEntry, ...]]] = {
    place: tuple(MenuEntry(section.label, section=section.value) for section in sections)
    for place, sections in _USUAL.items()
}
"""The menus of a site whose editors have arranged none."""
MENU_LINES: Final[Mapping[MenuPlace, int]] = {MenuPlace.HEADER: 8, MenuPlace.FOOTER: 12}
MENU_TITLE: Final = 30
"""Characters: what a line of a menu on a phone holds beside its edge, at letters of 100 %."""


HEADER_LETTERS: Final = 90
"""Characters of all titles of the header together: what two rows beside the logo hold at 1024 px."""


class TargetKind(StrEnum):
    """What a line of a menu leads to: a section by its name, a page by its id, an address of this site."""

    SECTION = "section"
    PAGE = "page"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A line of a menu as an editor sets it. `value` is a SiteSection or PageKind, an id, or a path."""

    title: str
    kind: TargetKind
    value: str


@dataclass(frozen=True, slots=True)
class ArrangedLine:
    """A line with what it leads to, in words; `is_shown` False: there is nothing at present."""

    line: MenuLine
    leads_to: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class MenuCard:
    """A menu before its editor. `number` counts its versions, 0 for one that nobody has arranged."""

    place: MenuPlace
    number: int
    lines: tuple[ArrangedLine, ...]
    author: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MenuChoices:
    """What a line may lead to: a heading, and (line, words) below it; the title of a line is its target's."""

    title: str
    lines: tuple[tuple[MenuLine, str], ...]


@dataclass(frozen=True, slots=True)
class MenuOffer:
    """All that a line may be chosen from; not `is_whole`: the site has more pages than are listed."""

    groups: tuple[MenuChoices, ...]
    is_whole: bool
