"""One visit that the MIS left open: what happened, ask again, and a person's word on it."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.names import names_for
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import (
    BADGES,
    UNASKED,
    clock_words,
    start_words,
    visit_title,
    what_happened,
    when_words,
)
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import Said, Trouble, TroubledVisit
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Words:
    """A verdict in words: on its button, as the question of the second page, and what follows from it."""

    title: str
    question: str
    act: str
    follows: str
    is_danger: bool = False


_WORDS = {
    Said.BOOKED: Words(
        "В\u00a0МИС запись есть",
        "Запись в\u00a0МИС есть?",
        "Есть, подтвердить",
        "Пациент увидит, что записан. Время останется за\u00a0ним.",
    ),
    Said.ABSENT: Words(
        "В\u00a0МИС записи нет",
        "Записи в\u00a0МИС нет?",
        "Нет, освободить время",
        "Время сможет занять другой. Пациент увидит, что не\u00a0записан: позвоните ему.",
        is_danger=True,
    ),
    Said.SETTLED: Words(
        "Разобрались",
        "С\u00a0пациентом разобрались?",
        "Разобрались, убрать",
        "Запись уйдёт из\u00a0очереди. Она остаётся отклонённой.",
    ),
    Said.TOLD: Words(
        "Пациенту сказали",
        "Пациенту сказали?",
        "Сказали, убрать",
        "Запись уйдёт из\u00a0очереди и\u00a0останется как есть.",
    ),
}
_CANCEL_WORDS = {
    Said.BOOKED: Words(
        "Отменить нельзя",
        "Запись остаётся в\u00a0силе?",
        "Остаётся в\u00a0силе",
        "Пациент увидит, что отменить не\u00a0получилось: позвоните ему.",
        is_danger=True,
    ),
    Said.ABSENT: Words(
        "В\u00a0МИС отменена",
        "Запись в\u00a0МИС отменена?",
        "Отменена, освободить время",
        "Пациент увидит, что запись отменена. Время сможет занять другой.",
    ),
}
_MOVE_WORDS = {
    Said.BOOKED: Words(
        "В\u00a0МИС перенесена",
        "Запись перенесена на\u00a0{to}? Было: {was}",
        "Перенесена, подтвердить",
        "Пациент увидит, что перенесён. Если прежняя запись осталась в\u00a0МИС, отмените её там.",
    ),
    Said.ABSENT: Words(
        "В\u00a0МИС не\u00a0перенесена",
        "Запись не\u00a0перенесена на\u00a0{to}? Было: {was}",
        "Не\u00a0перенесена, освободить новое время",
        "Новое время сможет занять другой. Пациент увидит, что не\u00a0перенесён: позвоните ему.",
        is_danger=True,
    ),
}
_ASKED = {Trouble.TAKEN: "Что с\u00a0пациентом", Trouble.UNTOLD: "Что с\u00a0пациентом"}


@staff_page(Action.RESOLVE_VISITS)
def show(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    visit = scheduling.troubled_visit(staff, visit_id)
    names = names_for((), (visit,))
    now = clock.now()
    badge, tone = BADGES[visit.trouble]
    words = _words(visit)
    context = {
        "visit": visit,
        "badge": badge,
        "tone": tone,
        "name": " ".join(filter(None, (visit.family, visit.given, visit.middle))),
        "when": when_words(visit, now),
        "was": start_words(visit.moved_from, visit.zone, now) if visit.moved_from else "",
        "doctor": names.doctor(visit.key.practitioner_id),
        "place": names.place(visit.key.location_id),
        "sentence": what_happened(visit, now),
        "clock": clock_words(visit.due, zone=visit.zone, now=now),
        "is_late": visit.due < now,
        "asked": _ASKED.get(visit.trouble, "Что стоит в\u00a0МИС"),
        "can_check": visit.trouble not in UNASKED,
        "verdicts": [
            (words[said], reverse("desk:visit-verdict", args=(visit.id, said.value)))
            for said in visit.verdicts
        ],
        "call": scheduling.call_about(staff, visit.id) if can(staff, Action.HANDLE_CALLS) else None,
    }
    return page(request, staff, "visit.html", context)


@staff_page(Action.RESOLVE_VISITS, methods=("POST",))
def check(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    services.check_again(visit_id, staff=staff)
    return SeeOther(f"{reverse('desk:home')}?asked=1")


@staff_page(Action.RESOLVE_VISITS, methods=("GET", "HEAD", "POST"))
def verdict(request: HttpRequest, staff: Staff, visit_id: UUID, said: str) -> HttpResponse:
    """Ask once more on a page of its own; the POST of that page decides."""
    try:
        chosen = Said(said)
    except ValueError:
        raise NotFoundError("no such verdict") from None
    if request.method == "POST":
        services.decide(visit_id, said=chosen, staff=staff)
        return SeeOther(reverse("desk:home"))
    visit = scheduling.troubled_visit(staff, visit_id)
    if chosen not in visit.verdicts:
        raise NotFoundError("not a verdict on this visit")
    words, now = _words(visit)[chosen], clock.now()
    question = words.question
    if visit.moved_from is not None:
        was = start_words(visit.moved_from, visit.zone, now)
        question = question.format(to=when_words(visit, now), was=was)
    context = {
        "question": question,
        "lines": [visit_title(visit, names_for((), (visit,)), now)],
        "warning": words.follows,
        "act": words.act,
        "danger": words.is_danger,
        "action": reverse("desk:visit-verdict", args=(visit.id, said)),
        "back": reverse("desk:visit", args=(visit.id,)),
    }
    return page(request, staff, "confirm.html", context)


def _words(visit: TroubledVisit) -> dict[Said, Words]:
    if visit.moved_from is not None:
        return _MOVE_WORDS
    return _CANCEL_WORDS if visit.trouble is Trouble.NOT_CANCELLED else _WORDS
