"""«Направления»: a doctor refers a patient from their own visit, and another one reads the visits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import Directory
from feldsher.channels.desk.scopes import Options, doctor_options
from feldsher.channels.desk.visit_rows import visit_rows
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.records import selectors, services
from feldsher.domain.records.errors import AlreadyReferredError
from feldsher.domain.records.types import Referral, ReferralState, TypedReferral
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError, InvalidInputError

_FIELDS = ("performer", "last_day", "reason")
_LONGEST = 2000
_STATES = {
    ReferralState.OVER: "Срок вышел",
    ReferralState.WITHDRAWN: "Отозвано",
    ReferralState.LAPSED: "Приём отменён или\u00a0перенесён к\u00a0другому врачу",
}
_OUT_OF_CARE = "Пациент больше не\u00a0под вашим наблюдением"


@dataclass(frozen=True, slots=True)
class Row:
    """A referral in words; `url` leads to what can be done with it, `ended` says why nothing can."""

    title: str = field(repr=False)
    doctor: str
    until: str
    reason: str = field(repr=False)
    url: str
    ended: str = ""


@staff_page(Action.SEE_REFERRALS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the referrals to the doctor that are good now, and those that the doctor wrote."""
    is_consultant, may_refer = can(staff, Action.CONSULT), can(staff, Action.REFER)
    received = selectors.received(staff) if is_consultant else ()
    written = selectors.written(staff) if may_refer else ()
    names = _names([*(each.requester_id for each in received), *(each.performer_id for each in written)])
    context = {
        "is_consultant": is_consultant,
        "may_refer": may_refer,
        "received": [
            _row(each, f"От\u00a0кого: {names.doctor(each.requester_id)}", "referral") for each in received
        ],
        "written": [_row(each, _to_whom(each, names), "referral-withdraw") for each in written],
    }
    return page(request, staff, "referrals.html", context)


@staff_page(Action.REFER, methods=("GET", "HEAD", "POST"))
def write(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Ask to whom, until when and why, and write the referral."""
    if request.method != "POST":
        return _form(request, staff, visit_id)
    typed = {name: text_in(request.POST, name, limit=_LONGEST) for name in _FIELDS}
    try:
        services.refer(staff, visit_id=visit_id, typed=_read(typed))
    except InvalidInputError as error:
        return _form(request, staff, visit_id, typed=typed, errors=error.fields)
    except AlreadyReferredError as error:
        return _form(request, staff, visit_id, typed=typed, errors={"performer": error.message}, fault=error)
    return SeeOther(reverse("desk:referrals"))


@staff_page(Action.CONSULT)
def received(request: HttpRequest, staff: Staff, referral_id: UUID) -> HttpResponse:
    """Show a referral to the doctor with the visits of its patient."""
    found = selectors.received_referral(staff, referral_id)
    referral, names = found.referral, _names([found.referral.requester_id])
    person = referral.person
    facts = [
        ("Телефон", person.phone if person else ""),
        ("Кто направил", names.doctor(referral.requester_id)),
        ("Когда", _day(formats.local_day(referral.authored_at, referral.zone), referral.zone)),
        ("Зачем", referral.reason),
    ]
    context = {
        "name": person.name if person else "Пациент",
        "until": _day(referral.last_day, referral.zone),
        "facts": [(title, value) for title, value in facts if value],
        "visits": visit_rows(found.visits),
    }
    return page(request, staff, "referral.html", context)


@staff_page(Action.REFER, methods=("GET", "HEAD", "POST"))
def withdraw(request: HttpRequest, staff: Staff, referral_id: UUID) -> HttpResponse:
    """Ask whether a referral shall be withdrawn; POST does it."""
    back = reverse("desk:referrals")
    if request.method == "POST":
        services.withdraw(staff, referral_id)
        return SeeOther(back)
    referral = selectors.written_referral(staff, referral_id)
    names = _names([referral.performer_id])
    row = _row(referral, _to_whom(referral, names), "referral-withdraw")
    context = {
        "question": "Отозвать направление?",
        "lines": [row.title, f"{row.doctor}, по\u00a0{row.until}", *filter(None, [row.reason])],
        "warning": "Врач сразу перестанет видеть записи пациента. Вернуть направление нельзя, "
        "можно написать новое.",
        "act": "Отозвать",
        "action": request.path,
        "danger": True,
        "back": back,
    }
    return page(request, staff, "confirm.html", context)


def _read(typed: Mapping[str, str]) -> TypedReferral:
    return TypedReferral(_id(typed["performer"]), day_of(typed["last_day"]), typed["reason"])


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _form(
    request: HttpRequest,
    staff: Staff,
    visit_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    fault: DomainError | None = None,
) -> HttpResponse:
    new = selectors.new_referral(staff, visit_id)
    context = {
        "name": new.person.name if new.person else "Пациент",
        "visit": visit_rows([new.visit])[0],
        "typed": typed or {"last_day": new.usual_day.isoformat()},
        "errors": errors or {},
        "doctors": _doctors(but=new.visit.key.practitioner_id),
        "longest": f"Не\u00a0дольше года: по\u00a0{_day(new.last_day, new.visit.zone)}.",
    }
    status = fault.status if fault else 422 if errors else 200
    return page(request, staff, "referral_form.html", context, status=status)


def _doctors(*, but: UUID) -> Options:
    return [(key, name) for key, name in doctor_options("Выберите") if key != str(but)]


def _names(doctors: Iterable[UUID]) -> Directory:
    return Directory(doctors=directory.practitioner_cards(set(doctors)), places={}, colleagues={})


def _to_whom(referral: Referral, names: Directory) -> str:
    return f"К\u00a0кому: {names.doctor(referral.performer_id)}"


def _row(referral: Referral, doctor: str, page_name: str) -> Row:
    return Row(
        title=referral.person.name if referral.person else _OUT_OF_CARE,
        doctor=doctor,
        until=_day(referral.last_day, referral.zone),
        reason=referral.reason,
        url=reverse(f"desk:{page_name}", args=(referral.id,)),
        ended=_STATES.get(referral.state, ""),
    )


def _day(day: date, zone: str) -> str:
    """Return `10 декабря`, with the year where it is another one than the branch's."""
    return formats.day_month(day, today=formats.local_day(clock.now(), zone))
