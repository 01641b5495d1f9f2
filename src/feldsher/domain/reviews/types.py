"""What crosses the border of reviews."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

RATING_COLUMNS = ("источник", "врач", "филиал", "оценка", "отзывов", "дата", "ссылка")
"""The first line of a table of ratings."""


class InvitationState(StrEnum):
    """SKIPPED: nobody was asked, with a reason. ASKED → ANSWERED, once → WITHDRAWN with the consent."""

    SKIPPED = "skipped"
    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class ReviewState(StrEnum):
    """WAITING → PUBLISHED | REFUSED, and between these two; each → WITHDRAWN, which is for good.

    WAITING → FORGOTTEN: nobody decided within the term, the words are gone. So are those of a refusal of long
    ago, which stays REFUSED.
    """

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FORGOTTEN = "forgotten"


class RefusalReason(StrEnum):
    """Why a review is not shown. That it is critical is none of them."""

    PERSONAL_DATA = "personal_data"
    MEDICAL_DETAILS = "medical_details"
    INSULT = "insult"
    NOT_ABOUT_US = "not_about_us"
    ADVERTISING = "advertising"
    UNLAWFUL = "unlawful"
    NO_SENSE = "no_sense"

    @property
    def russian(self) -> str:
        return _REASONS[self]


_REASONS = {
    RefusalReason.PERSONAL_DATA: "В\u00a0тексте личные данные: имя, телефон, адрес другого человека",
    RefusalReason.MEDICAL_DETAILS: "В\u00a0тексте сведения о\u00a0здоровье, по\u00a0которым узнают человека",
    RefusalReason.INSULT: "Оскорбление или\u00a0брань",
    RefusalReason.NOT_ABOUT_US: "Не\u00a0о\u00a0нашей клинике или\u00a0не\u00a0о\u00a0визите",
    RefusalReason.ADVERTISING: "Реклама или\u00a0ссылки",
    RefusalReason.UNLAWFUL: "Нарушает закон: призывы, клевета по\u00a0решению суда",
    RefusalReason.NO_SENSE: "Бессвязный набор знаков",
}


class Source(StrEnum):
    """Whose rating it is."""

    YANDEX = "yandex"
    TWO_GIS = "2gis"
    PRODOCTOROV = "prodoctorov"

    @property
    def russian(self) -> str:
        return _SOURCES[self][0]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts to which a rating of this source may lead, with those below them."""
        return _SOURCES[self][1]


_SOURCES = {
    Source.YANDEX: ("Яндекс", ("yandex.ru", "yandex.com")),
    Source.TWO_GIS: ("2ГИС", ("2gis.ru",)),
    Source.PRODOCTOROV: ("ПроДокторов", ("prodoctorov.ru",)),
}


@dataclass(frozen=True, slots=True)
class TypedReview:
    """What was typed, unchecked: `stars` as sent, `consent` the version of the text that was agreed to."""

    stars: str
    text: str = field(repr=False)
    name: str = field(repr=False)
    consent: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link opens: the visit that is asked about, and what became of the review (None: not left)."""

    visit_id: UUID
    practitioner_id: UUID
    location_id: UUID
    expires_at: datetime
    review: ReviewState | None
    reason: RefusalReason | None


@dataclass(frozen=True, slots=True)
class PublishedReview:
    """A review as anybody reads it. `name` empty: the author chose to be «Пациент»."""

    stars: int
    text: str
    name: str
    day: datetime
    practitioner_id: UUID
    location_id: UUID
    answer: str


@dataclass(frozen=True, slots=True)
class OutsideRating:
    """What another site told on a day: stars of five, and of how many reviews."""

    id: UUID
    source: Source
    rating: Decimal
    count: int
    as_of: date
    url: str
    practitioner_id: UUID | None
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The reviews of a doctor or a branch, newest first: of all `count`, their average and since when.

    `since_location_id` is the branch of the first one, by whose calendar its day is counted.
    """

    reviews: tuple[PublishedReview, ...] = ()
    count: int = 0
    average: Decimal | None = None
    since: datetime | None = None
    since_location_id: UUID | None = None
    ratings: tuple[OutsideRating, ...] = ()

    @property
    def has_more(self) -> bool:
        return len(self.reviews) < self.count


@dataclass(frozen=True, slots=True)
class ModeratedReview:
    """A review at the desk: without its visit and patient; the linter's `warnings` decide nothing."""

    id: UUID
    state: ReviewState
    stars: int
    text: str = field(repr=False)
    name: str = field(repr=False)
    practitioner_id: UUID
    location_id: UUID
    left_at: datetime
    reason: RefusalReason | None
    decided_by: str
    decided_at: datetime | None
    answer: str
    answered_by: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether patients are asked: so many hours after a visit (0: switched off), by SMS."""

    hours: int
    has_sms: bool

    @property
    def is_on(self) -> bool:
        return self.hours > 0 and self.has_sms


@dataclass(frozen=True, slots=True)
class RefusalShare:
    """How many reviews were decided, and of these refused; `critical` are those of one to three stars."""

    decided: int
    refused: int
    critical_decided: int
    critical_refused: int
