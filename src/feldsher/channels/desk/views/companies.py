"""Requests of companies with their clock, and what an editor keeps for the site's section."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.queue import clock_words
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.exam_words import told_wish
from feldsher.channels.frontend.queries import text_in, whole
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.errors import ExamListMissingError, InsurerTakenError
from feldsher.domain.corporate.types import Progress, RequestMark
from feldsher.domain.directory import selectors as directory
from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_HEAD = ("Ответить, по\u00a0Москве", "Компания", "Кто взял")
_ENDED_HEAD = ("Закончена", "Чем", "Компания: стереть данные")
_ENDS = {Progress.ANSWERED: "Ответили", Progress.CLOSED: "Закрыта без\u00a0ответа"}
_PAGES = 10_000
_MOST_TYPED = 600


@staff_page(Action.HANDLE_COMPANIES)
def queue(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the requests that wait, the nearest promise first."""
    lines = selectors.open_requests(staff)
    colleagues = access.names({each.mark.taken_by for each in lines if each.mark.taken_by})
    rows = [
        (
            _clock(each.mark),
            Cell(each.company, reverse("desk:company", args=[each.mark.id])),
            colleagues.get(each.mark.taken_by, "") if each.mark.taken_by else "Никто",
        )
        for each in lines
    ]
    more = selectors.open_request_count(staff) - len(lines) if len(lines) == selectors.MOST else 0
    return page(request, staff, "companies.html", {"rows": rows, "head": _HEAD, "more": max(more, 0)})


@staff_page(Action.HANDLE_COMPANIES)
def show(request: HttpRequest, staff: Staff, request_id: UUID) -> HttpResponse:
    card = selectors.open_request(staff, request_id)
    taken_by = card.mark.taken_by
    _, lost = told_wish(card.exams)
    place = next((each for each in directory.locations() if each.id == card.location_id), None)
    carried = [("set", card.exams), *([("location", str(place.id))] if place else [])]
    context = {
        "card": card,
        "clock": _clock(card.mark),
        "is_late": card.mark.reply_by < clock.now(),
        "asked": told(card.created_at),
        "counted": card.exams_words.splitlines(),
        "lost": lost,
        "place": place,
        "exams_url": f"{reverse('site:exams')}?{urlencode(carried)}",
        "is_mine": taken_by == staff.id,
        "colleague": access.names([taken_by]).get(taken_by, "") if taken_by else "",
    }
    return page(request, staff, "company.html", context)


@staff_page(Action.HANDLE_COMPANIES, methods=("POST",))
def take(request: HttpRequest, staff: Staff, request_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    services.take(request_id, staff=staff)
    return SeeOther(reverse("desk:company", args=[request_id]))


@staff_page(Action.HANDLE_COMPANIES, methods=("POST",))
def finish(request: HttpRequest, staff: Staff, request_id: UUID) -> HttpResponse:
    try:
        end = Progress(request.POST.get("end") or "")
    except ValueError:
        raise NotFoundError("no such end") from None
    services.finish(request_id, end=end, staff=staff)
    return SeeOther(reverse("desk:companies"))


@staff_page(Action.HANDLE_COMPANIES)
def ended(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the requests that have ended, each with the way to wipe it."""
    number = min(whole(request.GET.get("page")) or 1, _PAGES)
    lines, total = selectors.ended_requests(staff, page=number)
    rows = [
        (
            told(each.mark.done_at) if each.mark.done_at else "",
            _ENDS[each.mark.progress],
            Cell(each.company, reverse("desk:company-forget", args=[each.mark.id])),
        )
        for each in lines
    ]
    context = {
        "rows": rows,
        "head": _ENDED_HEAD,
        "number": number,
        "last": max(1, -(-total // selectors.MOST)),
    }
    return page(request, staff, "companies_ended.html", context)


@staff_page(Action.HANDLE_COMPANIES, methods=("GET", "POST"))
def forget(request: HttpRequest, staff: Staff, request_id: UUID) -> HttpResponse:
    """Ask once more, then wipe what a contact typed who takes the consent back."""
    if request.method == "POST":
        services.forget_request(request_id, staff=staff)
        return SeeOther(reverse("desk:companies"))
    line = selectors.kept_request(staff, request_id)
    is_open = line.mark.done_at is None
    context = {
        "question": "Стереть заявку?",
        "lines": [line.company],
        "warning": "Стирайте, если контактное лицо отозвало согласие: имя, телефон, почту, компанию, ИНН "
        "и\u00a0слова заявки не\u00a0вернуть." + (" Заявка закроется без\u00a0ответа." if is_open else ""),
        "danger": True,
        "act": "Стереть",
        "action": request.path,
        "back": reverse("desk:company", args=[request_id]) if is_open else reverse("desk:companies-ended"),
    }
    return page(request, staff, "confirm.html", context)


@staff_page(Action.EDIT_CORPORATE)
def edit(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the insurers and the promised term."""
    return _editor(request, staff, {})


@staff_page(Action.EDIT_CORPORATE, methods=("POST",))
def add_insurer(request: HttpRequest, staff: Staff) -> HttpResponse:
    name, note = (text_in(request.POST, field, limit=_MOST_TYPED) for field in ("name", "note"))
    return _done(request, staff, lambda: services.save_insurer(name, note=note, staff=staff))


@staff_page(Action.EDIT_CORPORATE, methods=("POST",))
def remove_insurer(request: HttpRequest, staff: Staff, insurer: UUID) -> HttpResponse:
    return _done(request, staff, lambda: services.remove_insurer(insurer, staff=staff))


@staff_page(Action.EDIT_CORPORATE, methods=("POST",))
def set_term(request: HttpRequest, staff: Staff) -> HttpResponse:
    days = whole(text_in(request.POST, "days", limit=3))
    return _done(request, staff, lambda: services.set_reply_days(days, staff=staff))


def _done(request: HttpRequest, staff: Staff, act: Callable[[], None]) -> HttpResponse:
    try:
        act()
    except InvalidInputError as error:
        return _editor(request, staff, error.fields, status=error.status)
    except InsurerTakenError as error:
        return _editor(request, staff, {"name": error.message}, status=error.status)
    return SeeOther(reverse("desk:corporate"))


def _editor(
    request: HttpRequest, staff: Staff, faults: Mapping[str, str], *, status: int = 200
) -> HttpResponse:
    context = {
        "insurers": selectors.insurers(),
        **_exams(),
        "days": selectors.reply_days(),
        "most_days": services.MOST_DAYS,
        "faults": faults,
        "typed": {name: request.POST.get(name, "")[:_MOST_TYPED] for name in ("name", "note")},
    }
    return page(request, staff, "corporate.html", context, status=status)


def _exams() -> dict[str, object]:
    """Return what the calculator on the site counts by, and what of it has no code to find a price by."""
    try:
        exams = selectors.current_exam_list()
    except ExamListMissingError as error:
        return {"missing": error.message}
    sold = [each for each in exams.services.values() if not each.part_of]
    return {
        "exams": exams,
        "size": len(exams.points),
        "since": formats.day_year(exams.valid_from),
        "until": formats.day_year(exams.valid_to) if exams.valid_to else "",
        "codeless": [each.name for each in sold if not each.codes],
    }


def _clock(mark: RequestMark) -> str:
    return clock_words(mark.reply_by, zone=formats.MOSCOW, now=clock.now())
