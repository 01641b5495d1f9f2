"""Writes of the corporate section: what editors keep, and a company's request from its form to its end."""

from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q

from feldsher.domain.corporate.errors import (
    ExamListMissingError,
    InsurerTakenError,
    RequestDoneError,
    RequestTakenError,
)
from feldsher.domain.corporate.exam_list import read_exam_list
from feldsher.domain.corporate.exam_wishes import read_wish
from feldsher.domain.corporate.models import CompanyRequest, Insurer, LoadedExamList, Terms
from feldsher.domain.corporate.sealed import SEALED, request_token, seal_all
from feldsher.domain.corporate.selectors import current_exam_list, reply_days
from feldsher.domain.corporate.types import ENDS, CompanyInput, KeptRequest, Progress
from feldsher.domain.corporate.types.exams import ExamList
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats, workdays
from feldsher.kernel.emails import email_fault
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.inn import is_inn
from feldsher.kernel.phone import parse_phone, phone_fault
from feldsher.kernel.typed import as_lines, one_line

MOST_DAYS = 10
CLOSES = time(18)
"""The hour, of Moscow, by which the last working day of a promise has its answer."""
KEPT = timedelta(days=180)
KEPT_OPEN = timedelta(days=365)
"""How long contacts are kept: after the end of a request, and of one that nobody has ended."""
_NAME, _WORDS, _NOTE = 200, 2000, 500
OURS = "feldsher"
"""Who loaded the list of examinations that comes with the product."""
_OUR_LIST = Path(__file__).resolve().parent / "data" / "order_29n.json"


def ask(typed: CompanyInput, *, once: bytes | None = None) -> KeptRequest:
    """Keep a company's request with the text that its contact was shown and agreed to; return the promise.

    The same form sent again (`once`: a digest of its key and of what was typed) answers the same. Raises
    InvalidInputError (`company`, `inn`, `contact`, `phone`, `email`, `words`, `exams`),
    ConsentTextMissingError.
    """
    said = _checked(typed)
    with as_service("corporate_request"):
        earlier = _earlier(once)
        if earlier is not None:
            return earlier
        now = clock.now()
        text = patients.current_consent_text(Purpose.COMPANY, at=min(typed.shown_at or now, now))
        row = CompanyRequest(
            consent=f"{text.version} {text.sha256}",
            once=once,
            progress=Progress.NEW,
            location=typed.location_id if said["exams"] else None,
            created_at=now,
            reply_by=reply_by(now, days=reply_days()),
        )
        seal_all(row, said)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            # A twin of this form, sent at the same moment, was first; any other fault has no such row.
            twin = _earlier(once)
            if twin is None:
                raise
            return twin
    return _kept(row)


def reply_by(now: datetime, *, days: int) -> datetime:
    """Return the end of the last working day of a promise, in Moscow; today does not count."""
    zone = ZoneInfo(formats.MOSCOW)
    last = workdays.after(now.astimezone(zone).date(), days)
    return datetime.combine(last, CLOSES, zone).astimezone(now.tzinfo)


def take(request_id: UUID, *, staff: Staff) -> None:
    """Put oneself on a request; twice changes nothing.

    Raises ForbiddenError, NotFoundError, RequestDoneError, RequestTakenError.
    """
    with as_staff(staff, Action.HANDLE_COMPANIES):
        row = _locked(request_id, staff)
        if row.taken_by not in {None, staff.id}:
            raise RequestTakenError("a colleague is on it")
        row.taken_by, row.progress = staff.id, Progress.WORKING
        row.save(update_fields=["taken_by", "progress"])


def finish(request_id: UUID, *, end: Progress, staff: Staff) -> None:
    """Say that the company was answered, or that the request is closed without an answer.

    Anybody who handles requests may: who took it may be away. Raises ForbiddenError, NotFoundError,
    RequestDoneError, InvalidInputError (`end`).
    """
    if end not in ENDS:
        raise InvalidInputError("no end", fields={"end": "Выберите, чем кончилась заявка"})
    with as_staff(staff, Action.HANDLE_COMPANIES):
        row = _locked(request_id, staff)
        row.progress, row.done_by, row.done_at = end, staff.id, clock.now()
        row.save(update_fields=["progress", "done_by", "done_at"])


def forget_request(request_id: UUID, *, staff: Staff) -> None:
    """Wipe what a contact typed who takes the consent back; an open request ends without an answer.

    Raises ForbiddenError, NotFoundError (of one that is wiped, too), AuditError.
    """
    with as_staff(staff, Action.HANDLE_COMPANIES):
        row = CompanyRequest.objects.select_for_update().defer(*SEALED).filter(pk=request_id).first()
        if row is None or row.wiped_at is not None:
            note_miss(staff, Action.HANDLE_COMPANIES, request_id)
            raise NotFoundError("nothing to wipe")
        journal("company_request", Column.CONTACTS, ids=[row.pk], fields=("wiped_at",))
        now = clock.now()
        said = _nothing(now)
        if row.done_at is None:
            said |= {"progress": Progress.CLOSED, "done_by": staff.id, "done_at": now}
        CompanyRequest.objects.filter(pk=row.pk).update(**said)


def forget_contacts() -> int:
    """Wipe what companies typed when its term is over; return of how many requests."""
    now = clock.now()
    over = Q(done_at__lt=now - KEPT) | Q(created_at__lt=now - KEPT_OPEN)
    with as_service("corporate_forget"):
        rows = CompanyRequest.objects.filter(over, wiped_at=None)
        return rows.update(**_nothing(now))


def save_insurer(name: str, *, note: str, staff: Staff) -> None:
    """Put an insurer on the list; ForbiddenError, InvalidInputError (`name`, `note`), InsurerTakenError."""
    require(staff, Action.EDIT_CORPORATE)
    name, note = one_line(name), one_line(note)
    faults = {}
    if not name or len(name) > _NAME:
        faults["name"] = f"Название страховой компании, до\u00a0{_NAME} знаков"
    if len(note) > _NOTE:
        faults["note"] = f"Не\u00a0длиннее {_NOTE} знаков"
    if faults:
        raise InvalidInputError("an insurer to correct", fields=faults)
    try:
        with transaction.atomic():
            Insurer.objects.create(name=name, note=note, author=staff.login, written_at=clock.now())
    except IntegrityError:
        raise InsurerTakenError("the name is on the list") from None


def check_exam_list(body: str) -> ExamList:
    """Return what a file of examinations says, and keep nothing; raises like `load_exam_list`."""
    return read_exam_list(body)


def load_exam_list(body: str, *, author: str) -> ExamList:
    """Keep a file of an order's examinations, in force from its day; the file that is the newest stays one.

    Raises InvalidInputError with a sentence for each place that is wrong.
    """
    found = read_exam_list(body)
    digest = sha256(body.encode()).hexdigest()
    latest = LoadedExamList.objects.order_by("-loaded_at").values_list("digest", flat=True).first()
    if latest != digest:
        LoadedExamList.objects.create(
            body=body,
            digest=digest,
            valid_from=found.valid_from,
            valid_to=found.valid_to,
            author=author,
            loaded_at=clock.now(),
        )
    return found


def load_first_exam_list() -> None:
    """Load our own list where there is none, or where the newest one is an earlier one of ours."""
    latest = LoadedExamList.objects.order_by("-loaded_at").values_list("author", flat=True).first()
    if latest in {None, OURS}:
        load_exam_list(_OUR_LIST.read_text(encoding="utf-8"), author=OURS)


def remove_insurer(insurer_id: UUID, *, staff: Staff) -> None:
    """Take an insurer off the list; one that is not on it changes nothing. Raises ForbiddenError."""
    require(staff, Action.EDIT_CORPORATE)
    Insurer.objects.filter(pk=insurer_id).delete()


def set_reply_days(days: int | None, *, staff: Staff) -> None:
    """Promise an answer within so many working days from now on; what was promised stands.

    Raises ForbiddenError, InvalidInputError (`days`).
    """
    require(staff, Action.EDIT_CORPORATE)
    if days is None or not 1 <= days <= MOST_DAYS:
        raise InvalidInputError("no days", fields={"days": f"Рабочих дней: от\u00a01 до\u00a0{MOST_DAYS}"})
    said = {"reply_days": days, "author": staff.login, "written_at": clock.now()}
    Terms.objects.update_or_create(pk=1, defaults=said)


def _locked(request_id: UUID, staff: Staff) -> CompanyRequest:
    """Lock an open request and open nothing of it; one that is not open is a miss."""
    row = CompanyRequest.objects.select_for_update().defer(*SEALED).filter(pk=request_id).first()
    if row is None or row.done_at is not None or row.wiped_at is not None:
        note_miss(staff, Action.HANDLE_COMPANIES, request_id)
        raise NotFoundError("no such request") if row is None else RequestDoneError("it has ended")
    return row


def _nothing(now: datetime) -> dict[str, Any]:
    """Return the columns of a request of which nothing is left."""
    return {**dict.fromkeys(SEALED, b""), "once": None, "wiped_at": now}


def _earlier(once: bytes | None) -> KeptRequest | None:
    row = CompanyRequest.objects.defer(*SEALED).filter(once=once).first() if once else None
    return _kept(row) if row is not None else None


def _kept(row: CompanyRequest) -> KeptRequest:
    return KeptRequest(row.pk, request_token(row.pk), row.reply_by)


def _checked(typed: CompanyInput) -> dict[str, str]:
    said = {name: one_line(getattr(typed, name)) for name in ("company", "contact", "email")}
    inn = "".join(typed.inn.split())
    words = as_lines(typed.words)
    phone = parse_phone(typed.phone) if typed.phone.strip() else ""
    faults = {
        name: sentence
        for name, sentence in (
            ("company", "Напишите, как называется компания"),
            ("contact", "Напишите, с\u00a0кем говорить"),
        )
        if not 0 < len(said[name]) <= _NAME
    }
    if not is_inn(inn):
        faults["inn"] = "Проверьте ИНН: 10\u00a0цифр у\u00a0компании, 12\u00a0у\u00a0предпринимателя"
    if phone is None:
        faults["phone"] = phone_fault(typed.phone)
    elif not phone and not said["email"]:
        faults["phone"] = "Напишите телефон или почту: куда ответить"
    if said["email"] and (fault := email_fault(said["email"])):
        faults["email"] = fault
    if len(words) > _WORDS:
        faults["words"] = f"Не\u00a0длиннее {_WORDS} знаков"
    if typed.exams:
        faults |= _faults_of(typed.exams)
    if faults:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(faults))}", fields=faults)
    counted = {"exams": typed.exams, "exams_words": typed.exams_words if typed.exams else ""}
    return {**said, **counted, "inn": inn, "words": words, "phone": phone or ""}


def _faults_of(exams: str) -> dict[str, str]:
    try:
        read_wish(exams, exams=current_exam_list())
    except InvalidInputError as error:
        return error.fields
    except NotFoundError:
        return {"exams": ExamListMissingError.sentence}
    return {}
