"""«Паспорт сайта»: what the law wants on the site, what stands there, and what an editor answers."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import colleagues
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.passport import selectors as passport
from feldsher.domain.passport import services
from feldsher.domain.passport.types import AnswerCard, Item, Known, Line, Said, State
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_STATES = {
    State.DONE: ("есть", "badge-ok"),
    State.SOON: ("скоро истечёт", "badge-wait"),
    State.OVER: ("срок истёк", "badge-lost"),
    State.PARTIAL: ("не\u00a0всё", "badge-lost"),
    State.MISSING: ("нет", "badge-lost"),
    State.NOT_OURS: ("не\u00a0про нас", ""),
}
_IN_DIRECTORY = {
    Known.FULL_NAME: "organizations",
    Known.NUMBERS: "organizations",
    Known.ADDRESS: "organizations",
    Known.LICENCE: "organizations",
    Known.AUTHORITIES: "organizations",
    Known.GUARANTEES: "organizations",
    Known.CONTRACT: "organizations",
    Known.COMPLAINTS: "organizations",
    Known.BRANCHES: "branches",
    Known.PHONES: "branches",
    Known.HOURS: "branches",
    Known.PRICES: "services",
    Known.DOCTORS: "doctors",
    Known.EDUCATION: "doctors",
    Known.SCHEDULE: "doctors",
}
_WRONG_DAY = "Дата вида 31.12.2027, или оставьте поле пустым."


@dataclass(frozen=True, slots=True)
class Row:
    """An item in the list; `url` leads to where it is filled, empty where nobody fills it or may not."""

    title: str
    act: str
    state: str
    css: str
    words: tuple[str, ...]
    who: str
    url: str


@dataclass(frozen=True, slots=True)
class Past:
    """What was answered once, and by whom."""

    said: str
    who: str


@staff_page(Action.SEE_PASSPORT)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List every item by sections, with the percent filled and the red ones counted."""
    card, people = passport.passport(), colleagues()
    may_edit = can(staff, Action.EDIT_PASSPORT)
    sections: dict[str, list[Row]] = {}
    for line in card.lines:
        title = passport.section_title(line.item.section)
        sections.setdefault(title, []).append(_row(line, people, may_edit=may_edit))
    context = {
        "percent": card.percent,
        "red": card.red,
        "ended": [f"{act.name}, действовал до {act.until:%d.%m.%Y}" for act in card.ended_acts],
        "parts": sections.items(),
        "saved": request.GET.get("saved", ""),
    }
    return page(request, staff, "passport.html", context)


@staff_page(Action.EDIT_PASSPORT, methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, staff: Staff, item_key: str) -> HttpResponse:
    """Show an item with its answer and who answered before; POST answers it, `act=back` takes that back."""
    line = passport.line(item_key)
    if request.method != "POST":
        return _form(request, staff, line, said=line.answer.said if line.answer else Said())
    sent = request.POST
    if sent.get("act") == "back":
        services.take_back(item_key, staff=staff)
        return SeeOther(reverse("desk:passport") + "?saved=1")
    day, fault = _day(sent.get("valid_until") or "")
    said = Said(sent.get("text") or "", sent.get("link") or "", "is_not_ours" in sent, day)
    faults = {"valid_until": fault} if fault else {}
    if not faults:
        try:
            services.answer(item_key, said=said, staff=staff)
        except InvalidInputError as error:
            faults = error.fields
    if faults:
        return _form(request, staff, line, said=said, faults=faults)
    return SeeOther(reverse("desk:passport") + "?saved=1")


def _day(text: str) -> tuple[date | None, str]:
    """Return the day that was typed (a browser's calendar sends ISO), and what is wrong with it."""
    text = text.strip()
    if not text:
        return None, ""
    typed = text.split(".")
    iso = "-".join(reversed(typed)) if len(typed) == len(("day", "month", "year")) else text
    try:
        return date.fromisoformat(iso), ""
    except ValueError:
        return None, _WRONG_DAY


def _row(line: Line, people: dict[str, str], *, may_edit: bool) -> Row:
    state, css = _STATES[line.state]
    words = line.lacks
    if line.answer is not None:
        words = (_said(line.answer.said),)
    elif line.is_red and line.item.hint:
        words = (line.item.hint,)
    return Row(
        title=line.item.title,
        act=line.act.name,
        state=state,
        css=css,
        words=words,
        who=_who(line.answer, people) if line.answer else "",
        url=_url(line.item) if may_edit else "",
    )


def _url(item: Item) -> str:
    if item.known is None:
        return reverse("desk:passport-item", args=[item.key])
    slug = _IN_DIRECTORY.get(item.known)
    return reverse("desk:records", args=[slug]) if slug else ""


def _said(said: Said) -> str:
    words = " ".join(filter(None, (said.text, said.link)))
    shown = words if len(words) <= 160 else f"{words[:159]}…"  # noqa: PLR2004 - two lines of a list
    return f"{shown} Действует до\u00a0{said.valid_until:%d.%m.%Y}." if said.valid_until else shown


def _who(card: AnswerCard, people: dict[str, str]) -> str:
    return f"{people.get(card.author, card.author)}, {told(card.written_at)}"


def _past(card: AnswerCard, people: dict[str, str]) -> Past:
    who = _who(card, people)
    if card.ended_at is not None:
        ended = people.get(card.ended_by, card.ended_by)
        who = f"{who}; до\u00a0{told(card.ended_at)} ({ended})"
    return Past(_said(card.said), who)


def _form(
    request: HttpRequest,
    staff: Staff,
    line: Line,
    *,
    said: Said,
    faults: dict[str, str] | None = None,
) -> HttpResponse:
    people = colleagues()
    typed = request.POST.get("valid_until", "") if faults is not None else ""
    until = said.valid_until.isoformat() if said.valid_until else typed
    context = {
        "item": line.item,
        "act": line.act.name,
        "said": said,
        "until": until,
        "faults": faults or {},
        "past": [_past(card, people) for card in passport.history(line.item.key)],
        "stands": line.answer is not None,
        "action": reverse("desk:passport-item", args=[line.item.key]),
        "most": services.MOST_TEXT,
    }
    return page(request, staff, "passport_item.html", context, status=422 if faults else 200)
