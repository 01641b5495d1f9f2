"""What crosses the border of the corporate section: insurers, and requests of companies."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Progress(StrEnum):
    """How far a request is. CLOSED: ended without an answer, by a person's word."""

    NEW = "new"
    WORKING = "working"
    ANSWERED = "answered"
    CLOSED = "closed"


ENDS = frozenset({Progress.ANSWERED, Progress.CLOSED})


@dataclass(frozen=True, slots=True)
class InsurerCard:
    """An insurer whose ДМС the clinic takes; `note` says under which terms, in the editor's words."""

    id: UUID
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class CompanyInput:
    """What a company typed, unchecked. Of phone and e-mail one is enough.

    `exams` is the line of a calculation (`exam_wishes`), empty where the company counted nothing,
    `exams_words` the same as the company read it, a line each, and `location_id` the branch of its prices.
    `shown_at` is when the form was shown with its consent, None for now.
    """

    company: str
    inn: str
    contact: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    words: str = field(repr=False, default="")
    exams: str = field(repr=False, default="")
    exams_words: str = field(repr=False, default="")
    location_id: UUID | None = None
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request that was taken: its id, the secret that opens its page, and until when we answer."""

    id: UUID
    token: str = field(repr=False)
    reply_by: datetime


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """What the company's page says: how far it is and by when we answer; nothing of who asked."""

    id: UUID
    progress: Progress
    created_at: datetime
    reply_by: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestMark:
    """A request without what was typed: opens nobody."""

    id: UUID
    progress: Progress
    reply_by: datetime
    taken_by: UUID | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request, and of what was typed the company's name alone."""

    mark: RequestMark
    company: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestCard:
    """An open request as staff read it; `inn` is ten or twelve digits, `phone` E.164 or empty.

    `exams_words` stay what the company read when another list is in force; `location_id` is the branch whose
    prices it was shown.
    """

    mark: RequestMark
    company: str = field(repr=False)
    inn: str = field(repr=False)
    contact: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    words: str = field(repr=False)
    exams: str = field(repr=False)
    exams_words: str = field(repr=False)
    location_id: UUID | None
    created_at: datetime
