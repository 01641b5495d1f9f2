"""«Материалы»: what waits for a doctor's word, what is due, and the way into the editor."""

from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import whole
from feldsher.domain.editorial import selectors, services
from feldsher.domain.editorial.types import ReviewCard, ReviewLine
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.formats import plural

_TERMS: Final = (("6", "6 месяцев"), ("12", "Год"), ("24", "Два года"))
_WAITING, _DUE = ("Страница", "Врач"), ("Страница", "Врач", "Осталось")
_LATE: Final = ("Страница", "Должна была выйти")


@staff_page(Action.EDIT_PAGES)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show an editor what waits for doctors; the editor itself is a link away."""
    found = selectors.review_list(staff)

    def name(line: ReviewLine) -> Cell:
        return Cell(line.title, reverse("wagtailadmin_pages:edit", args=[line.page]))

    late = [
        (Cell(line.title, reverse("wagtailadmin_pages:edit", args=[line.page])), told(line.due))
        for line in selectors.late_pages(staff)
    ]
    parts = (
        *([("Не\u00a0вышли в\u00a0свой час", _LATE, late)] if late else []),
        ("Ждут врача", _WAITING, [(name(line), line.reviewer) for line in found.waiting]),
        (
            "Технические правки, которых врач ещё не\u00a0видел",
            _WAITING,
            [(name(line), line.reviewer) for line in found.technical],
        ),
        (
            "Подходит срок проверки",
            _DUE,
            [(name(line), line.reviewer, _left(line.days_left)) for line in found.due],
        ),
    )
    context = {"parts": parts, "editor": reverse("wagtailadmin_explore_root")}
    return page(request, staff, "pages.html", context)


@staff_page(Action.REVIEW_PAGES)
def reviewing(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show a doctor what waits for their word: on a phone, a line a page."""
    found = selectors.review_list(staff, is_own=True)
    parts = (
        ("Ждут вашего слова", [(line, "") for line in found.waiting]),
        ("Технические правки", [(line, "опубликована") for line in found.technical]),
        ("Подходит срок проверки", [(line, _left(line.days_left)) for line in found.due]),
    )
    return page(request, staff, "reviewing.html", {"parts": parts})


@staff_page(Action.REVIEW_PAGES, methods=("GET", "HEAD", "POST"))
def text(request: HttpRequest, staff: Staff, number: int, revision: int) -> HttpResponse:
    """Show a revision as readers would see it, with what differs; a POST approves it or gives it back."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            _say(request, staff, number, revision)
        except InvalidInputError as error:
            errors = error.fields
        else:
            return SeeOther(reverse("desk:reviewing"))
    card = selectors.review(staff, page=number, revision=revision)
    context = {
        "card": card,
        "facts": _facts(card),
        "terms": _TERMS,
        "errors": errors,
        "note": request.POST.get("note", ""),
    }
    return page(request, staff, "review_text.html", context, status=422 if errors else 200)


def _say(request: HttpRequest, staff: Staff, number: int, revision: int) -> None:
    word, digest = request.POST.get("word"), request.POST.get("digest", "")
    if word == "seen":
        services.see_technical(staff, page=number, revision=revision)
    elif word == "return":
        services.give_back(staff, page=number, digest=digest, note=request.POST.get("note", ""))
    else:
        months = whole(request.POST.get("months")) or 0
        services.approve(staff, page=number, digest=digest, months=months)


def _left(days: int | None) -> str:
    if days is None:
        return ""
    words = plural(abs(days), "день", "дня", "дней")
    return f"просрочено на\u00a0{words}" if days < 0 else words


def _facts(card: ReviewCard) -> tuple[tuple[str, str], ...]:
    trust = card.shown.trust
    if trust is None:
        return ()
    until = _day(trust.review_by)
    return (("Автор", trust.author.name), *((("Прежнее слово до", until),) if until else ()))


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""
