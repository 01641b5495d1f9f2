"""What companies and staff see. Contacts are opened here and nowhere above, for who may, and journalled."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from feldsher.domain.corporate.errors import CompanyRequestNotFoundError
from feldsher.domain.corporate.models import CompanyRequest, Insurer, Terms
from feldsher.domain.corporate.sealed import SEALED, opened, opens
from feldsher.domain.corporate.types import (
    InsurerCard,
    Progress,
    RequestCard,
    RequestMark,
    RequestStatus,
)
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss, note_stranger
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import NotFoundError

MOST = 100
"""Requests that the queue shows: those with the nearest promise."""
USUAL_DAYS = 1


def insurers() -> tuple[InsurerCard, ...]:
    """Return the insurers whose ДМС is taken, by name: one query."""
    return tuple(InsurerCard(row.pk, row.name, row.note) for row in Insurer.objects.order_by("name", "id"))


def reply_days() -> int:
    """Return within how many working days a company is answered."""
    return Terms.objects.values_list("reply_days", flat=True).first() or USUAL_DAYS


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


def open_requests(staff: Staff) -> tuple[RequestCard, ...]:
    """Return the requests that wait, the nearest promise first, at most MOST.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.HANDLE_COMPANIES):
        return _cards(_open()[:MOST])


def open_request_count(staff: Staff) -> int:
    """Return how many requests wait; opens none. Raises ForbiddenError."""
    with as_staff(staff, Action.HANDLE_COMPANIES):
        return _open().count()


def open_request(staff: Staff, request_id: UUID) -> RequestCard:
    """Return one of them; NotFoundError when it is none or has ended, and raises like `open_requests`."""
    with as_staff(staff, Action.HANDLE_COMPANIES):
        cards = _cards(_open().filter(pk=request_id))
    if not cards:
        note_miss(staff, Action.HANDLE_COMPANIES, request_id)
        raise NotFoundError("no such open request")
    return cards[0]


def _open() -> QuerySet[CompanyRequest]:
    return CompanyRequest.objects.filter(done_at=None, wiped_at=None).order_by("reply_by", "created_at", "id")


def _cards(rows: Iterable[CompanyRequest]) -> tuple[RequestCard, ...]:
    found = list(rows)
    journal("company_request", Column.CONTACTS, ids=[row.pk for row in found], fields=SEALED)
    return tuple(
        RequestCard(
            mark=RequestMark(row.pk, Progress(row.progress), row.reply_by, row.taken_by),
            created_at=row.created_at,
            **{column: opened(row, column) for column in SEALED},
        )
        for row in found
    )
