"""What companies and staff see. Contacts are opened here and nowhere above, for who may, and journalled."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from feldsher.domain.corporate.errors import CompanyRequestNotFoundError, ExamListMissingError
from feldsher.domain.corporate.exam_estimating import estimate_group
from feldsher.domain.corporate.exam_list import read_exam_list
from feldsher.domain.corporate.exam_wishes import LINE_LIMIT, read_group, read_wish, write_wish
from feldsher.domain.corporate.models import CompanyRequest, Insurer, LoadedExamList, Terms
from feldsher.domain.corporate.sealed import SEALED, opened, opens
from feldsher.domain.corporate.types import (
    InsurerCard,
    Progress,
    RequestCard,
    RequestLine,
    RequestMark,
    RequestStatus,
)
from feldsher.domain.corporate.types.exams import ExamEstimate, ExamList, ExamPrice, ExamWish
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types.price_page import PriceLine
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss, note_stranger
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

__all__ = [
    "LINE_LIMIT",
    "MOST",
    "current_exam_list",
    "ended_requests",
    "exam_estimate",
    "insurers",
    "kept_request",
    "open_request",
    "open_request_count",
    "open_requests",
    "read_group",
    "read_wish",
    "reply_days",
    "request_status",
    "write_wish",
]

MOST = 100
"""Requests that the queue shows: those with the nearest promise."""
USUAL_DAYS = 1
_COMPANY = "company"


def insurers() -> tuple[InsurerCard, ...]:
    """Return the insurers whose ДМС is taken, by name: one query."""
    return tuple(InsurerCard(row.pk, row.name, row.note) for row in Insurer.objects.order_by("name", "id"))


def reply_days() -> int:
    """Return within how many working days a company is answered."""
    return Terms.objects.values_list("reply_days", flat=True).first() or USUAL_DAYS


def current_exam_list() -> ExamList:
    """Return the list of examinations that is in force today in Moscow; ExamListMissingError.

    Of several the one that began last, then the one that was loaded last: one query.
    """
    today = formats.local_day(clock.now(), formats.MOSCOW)
    live = Q(valid_to=None) | Q(valid_to__gt=today)
    rows = LoadedExamList.objects.filter(live, valid_from__lte=today).order_by("-valid_from", "-loaded_at")
    body = rows.values_list("body", flat=True).first()
    if body is None:
        raise ExamListMissingError("no list of examinations today")
    return _read(body)


def exam_estimate(wish: ExamWish, *, exams: ExamList, location_id: UUID, day: date) -> ExamEstimate:
    """Return what the groups of a wish cost by the price list of a branch on a day of it: one query.

    A service is found by its codes of the nomenclature; of several of one code the least price counts, «от».
    """
    page = directory.price_page(location_id, day=day)
    prices = _prices(line for section in page.sections for line in section.lines)
    groups = tuple(estimate_group(each, kind=wish.kind, exams=exams, prices=prices) for each in wish.groups)
    totals = [each.total for each in groups if each.total is not None]
    return ExamEstimate(
        kind=wish.kind,
        location_id=location_id,
        day=day,
        groups=groups,
        total=sum(totals, Decimal(0)) if totals else None,
        is_from=any(each.is_from for each in groups),
    )


def _prices(lines: Iterable[PriceLine]) -> dict[str, ExamPrice]:
    found: dict[str, ExamPrice] = {}
    for line in lines:
        if not line.code or line.amount is None:
            continue
        known = found.get(line.code)
        is_from = line.is_from or (known is not None and (known.is_from or known.amount != line.amount))
        least = min(line.amount, known.amount) if known else line.amount
        found[line.code] = ExamPrice(least, is_from)
    return found


@lru_cache(maxsize=4)
def _read(body: str) -> ExamList:
    """Return what a loaded file says: it was checked when it was loaded, and its text is all that it is."""
    return read_exam_list(body)


def request_status(request_id: UUID, *, token: str) -> RequestStatus:
    """Return how far a request is, to whoever has its secret; else CompanyRequestNotFoundError."""
    if not opens(request_id, token=token):
        note_stranger("company_request", Column.CONTACTS, record_id=request_id, purpose="corporate_status")
        raise CompanyRequestNotFoundError("not theirs")
    with as_service("corporate_status"):
        row = CompanyRequest.objects.defer(*SEALED).filter(pk=request_id).first()
    if row is None:
        raise CompanyRequestNotFoundError("no such request")
    return RequestStatus(row.pk, Progress(row.progress), row.created_at, row.reply_by, row.done_at)


def open_requests(staff: Staff) -> tuple[RequestLine, ...]:
    """Return the requests that wait, the nearest promise first, at most MOST; opens their companies alone.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.HANDLE_COMPANIES):
        return _lines(_open()[:MOST])


def open_request_count(staff: Staff) -> int:
    """Return how many requests wait; opens none. Raises ForbiddenError."""
    with as_staff(staff, Action.HANDLE_COMPANIES):
        return _open().count()


def open_request(staff: Staff, request_id: UUID) -> RequestCard:
    """Return one of them; NotFoundError when it is none or has ended, and raises like `open_requests`."""
    with as_staff(staff, Action.HANDLE_COMPANIES):
        row = _open().filter(pk=request_id).first()
        if row is None:
            note_miss(staff, Action.HANDLE_COMPANIES, request_id)
            raise NotFoundError("no such open request")
        journal("company_request", Column.CONTACTS, ids=[row.pk], fields=SEALED)
        return RequestCard(
            mark=_mark(row),
            location_id=row.location,
            created_at=row.created_at,
            **{column: opened(row, column) for column in SEALED},
        )


def ended_requests(staff: Staff, *, page: int = 1) -> tuple[tuple[RequestLine, ...], int]:
    """Return the requests that have ended and are not wiped, the latest end first, and how many they are.

    A page has MOST of them and opens their companies alone. Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.HANDLE_COMPANIES):
        rows = CompanyRequest.objects.filter(done_at__isnull=False, wiped_at=None).order_by("-done_at", "id")
        return _lines(rows[(page - 1) * MOST : page * MOST]), rows.count()


def kept_request(staff: Staff, request_id: UUID) -> RequestLine:
    """Return one that is not wiped, open or ended; NotFoundError, and raises like `ended_requests`."""
    with as_staff(staff, Action.HANDLE_COMPANIES):
        found = _lines(CompanyRequest.objects.filter(pk=request_id, wiped_at=None))
        if not found:
            note_miss(staff, Action.HANDLE_COMPANIES, request_id)
            raise NotFoundError("no such request, or wiped")
        return found[0]


def _open() -> QuerySet[CompanyRequest]:
    return CompanyRequest.objects.filter(done_at=None, wiped_at=None).order_by("reply_by", "created_at", "id")


def _lines(rows: QuerySet[CompanyRequest]) -> tuple[RequestLine, ...]:
    found = list(rows.defer(*set(SEALED) - {_COMPANY}))
    journal("company_request", Column.CONTACTS, ids=[row.pk for row in found], fields=(_COMPANY,))
    return tuple(RequestLine(_mark(row), opened(row, _COMPANY)) for row in found)


def _mark(row: CompanyRequest) -> RequestMark:
    return RequestMark(row.pk, Progress(row.progress), row.reply_by, row.taken_by, row.done_at)
