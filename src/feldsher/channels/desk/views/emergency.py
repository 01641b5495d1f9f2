"""«Экстренный доступ»: a doctor opens one patient by a reason, and another one looks at it later (C14)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.visit_rows import instant, visit_rows
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.passkey_answers import passkey_answer
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.errors import NobodyFoundError, SeveralFoundError
from feldsher.domain.patients.types import TypedPerson
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access import factor_proof, passkeys
from feldsher.foundation.access.errors import CodeWrongError, FactorNotProvedError, TooManyTriesError
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.sign_in import entrance, opens_by_passkey
from feldsher.foundation.access.types import Factor, Staff
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.emergency import selectors, services
from feldsher.foundation.emergency.types import GlassCard, Judgement, Reason
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError, InvalidInputError
from feldsher.kernel.phone import format_phone

_TYPED = ("family", "given", "birth_date", "phone", "reason", "words")
_REASONS = [("", "Выберите"), *((reason.value, formats.sentence_case(reason.russian)) for reason in Reason)]
_JUDGEMENTS = [
    ("", "Выберите"),
    (Judgement.JUSTIFIED.value, "Был"),
    (Judgement.UNJUSTIFIED.value, "Не\u00a0было"),
]
_SAID = {Judgement.JUSTIFIED: "Повод был", Judgement.UNJUSTIFIED: "Повода не\u00a0было"}


@dataclass(frozen=True, slots=True)
class Row:
    """An access in the reviewer's list."""

    url: str
    badge: str
    tone: str
    when: str
    who: str
    reason: str
    words: str
    patient: str
    review_by: str
    reviewed: str
    told: str
    is_own: bool


@staff_page(Action.BREAK_GLASS, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask whom and why; before that, for the second factor."""
    found = entrance(request)
    factor_proof.require_factor(found)
    if not factor_proof.is_given(found):
        return SeeOther(reverse("desk:emergency-prove"))
    if request.method != "POST":
        return _form(request, staff, {})
    typed = {name: (request.POST.get(name) or "").strip()[:2000] for name in _TYPED}
    sought = TypedPerson(
        family=typed["family"], given=typed["given"], phone=typed["phone"], birth_date=typed["birth_date"]
    )
    try:
        glass = patients.open_in_emergency(
            staff,
            sought,
            reason=typed["reason"],
            words=typed["words"],
            proof=partial(factor_proof.spend, found),
        )
    except InvalidInputError as error:
        return _form(request, staff, typed, errors=error.fields)
    except (NobodyFoundError, SeveralFoundError) as error:
        factor_proof.miss(found)
        return _form(request, staff, typed, fault=error)
    except FactorNotProvedError:
        return SeeOther(reverse("desk:emergency-prove"))
    return SeeOther(reverse("desk:emergency-record", args=(glass.id,)))


@staff_page(Action.BREAK_GLASS, methods=("GET", "HEAD", "POST"))
def prove(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask for the second factor again, by a code; one that is given already leads on."""
    found, fault = entrance(request), ""
    factor_proof.require_factor(found)
    if request.method == "POST":
        try:
            factor_proof.prove_by_code(request, found, code=request.POST.get("code") or "")
        except (CodeWrongError, TooManyTriesError) as error:
            fault = error.message
    if not fault and factor_proof.is_given(found):
        return SeeOther(reverse("desk:emergency"))
    context = {
        "fault": fault,
        "has_app": Factor.TOTP in found.factors,
        "has_passkey": opens_by_passkey(found.factors),
        "open": _open_now(staff),
    }
    return page(request, staff, "emergency_prove.html", context, status=422 if fault else 200)


@staff_page(Action.BREAK_GLASS, methods=("POST",))
def prove_passkey(request: HttpRequest, _staff: Staff) -> HttpResponse:
    """Take the second factor by a passkey: asked and answered as JSON."""
    found = entrance(request)

    def take(answer: str) -> HttpResponse:
        factor_proof.prove_by_passkey(request, found, answer=answer)
        return JsonResponse({"next": reverse("desk:emergency")})

    return passkey_answer(request, ask=lambda: passkeys.question(request, found), take=take)


@staff_page(Action.BREAK_GLASS)
def record(request: HttpRequest, staff: Staff, glass_id: UUID) -> HttpResponse:
    """Show the patient who is open, and how long still."""
    found = scheduling.emergency_record(staff, glass_id)
    person = found.person
    facts = [
        ("Дата рождения", f"{person.birth_date:%d.%m.%Y}" if person.birth_date else "не\u00a0указана"),
        ("Телефон", format_phone(person.phone)),
    ]
    context = {
        "name": " ".join(part for part in (person.family, person.given, person.middle) if part),
        "facts": facts,
        "visits": visit_rows(found.visits),
        "minutes": max(1, math.ceil((found.until - clock.now()).total_seconds() / 60)),
        "until": formats.clock(found.until, str(clinic_zone())),
        "end": reverse("desk:emergency-end", args=(glass_id,)),
    }
    return page(request, staff, "emergency_record.html", context)


@staff_page(Action.BREAK_GLASS, methods=("POST",))
def end(_request: HttpRequest, staff: Staff, glass_id: UUID) -> HttpResponse:
    services.end(staff, glass_id)
    return SeeOther(reverse("desk:home"))


@staff_page(Action.REVIEW_EMERGENCY)
def reviews(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List what waits for review, the oldest first, and what was reviewed."""
    cards = selectors.glasses(staff)
    context = {
        "waiting": [_row(card) for card in cards if card.judgement is None],
        "reviewed": [_row(card) for card in cards if card.judgement is not None],
    }
    return page(request, staff, "reviews.html", context)


@staff_page(Action.REVIEW_EMERGENCY, methods=("GET", "HEAD", "POST"))
def review(request: HttpRequest, staff: Staff, glass_id: UUID) -> HttpResponse:
    """Show one access, and take the judgement about it."""
    errors: Mapping[str, str] = {}
    typed = {name: request.POST.get(name) or "" for name in ("judgement", "note")}
    if request.method == "POST":
        try:
            services.review(staff, glass_id, judgement=typed["judgement"], note=typed["note"])
            return SeeOther(reverse("desk:reviews"))
        except InvalidInputError as error:
            errors = error.fields
    card = selectors.glass(staff, glass_id)
    context = {
        "row": _row(card),
        "can_review": card.judgement is None and not card.is_own,
        "typed": typed,
        "errors": errors,
        "judgements": _JUDGEMENTS,
        "journal": _journal(card) if can(staff, Action.SEE_JOURNAL) else "",
    }
    return page(request, staff, "review.html", context, status=422 if errors else 200)


def _form(
    request: HttpRequest,
    staff: Staff,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    fault: DomainError | None = None,
) -> HttpResponse:
    status = fault.status if fault else 422 if errors else 200
    context = {
        "typed": typed,
        "errors": errors or {},
        "fault": fault.message if fault else "",
        "reasons": _REASONS,
        "open": _open_now(staff),
    }
    return page(request, staff, "emergency.html", context, status=status)


def _open_now(staff: Staff) -> str:
    """Return the address of the access that is open now, empty where none is."""
    glass = selectors.open_glass(staff)
    return reverse("desk:emergency-record", args=(glass.id,)) if glass else ""


def _row(card: GlassCard) -> Row:
    name = str(clinic_zone())
    last = card.review_by - timedelta(seconds=1)
    badge, tone = ("Разобран", "ok") if card.judgement else ("Ждёт разбора", "wait")
    if card.is_overdue:
        badge, tone = "Срок разбора прошёл", "lost"
    reviewed = ""
    if card.judgement and card.reviewed_at:
        who = f"{card.reviewed_by}, {instant(card.reviewed_at, name)}"
        reviewed = f"{_SAID[card.judgement]}. {card.note} ({who})"
    return Row(
        url=reverse("desk:review", args=(card.id,)),
        badge=badge,
        tone=tone,
        when=f"{instant(card.opened_at, name)}–{formats.clock(card.ended_at, name)}",
        who=card.opened_by or "Неизвестная учётная запись",
        reason=formats.sentence_case(card.reason.russian),
        words=card.words,
        patient=str(card.patient_id),
        review_by=formats.day_words(formats.local_day(last, name), today=_today(name)),
        reviewed=reviewed,
        told=""
        if card.judgement
        else "SMS ушла"
        if card.is_told
        else "SMS ещё не\u00a0ушла или\u00a0не\u00a0принята",
        is_own=card.is_own,
    )


def _journal(card: GlassCard) -> str:
    """Return the address of who opened the patient since that day."""
    since = formats.local_day(card.opened_at, str(clinic_zone())).isoformat()
    return f"{reverse('desk:journal')}?{urlencode({'patient': card.patient_id, 'since': since})}"


def _today(name: str) -> date:
    return formats.local_day(clock.now(), name)
