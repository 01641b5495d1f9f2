"""«Меню сайта»: an editor arranges the links of header and footer; every button saves the whole menu."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import colleagues
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import whole
from feldsher.domain.editorial import selectors, services
from feldsher.domain.editorial.errors import MenuChangedError
from feldsher.domain.editorial.types import (
    MENU_LINES,
    MENU_TITLE,
    MenuCard,
    MenuLine,
    MenuOffer,
    MenuPlace,
    TargetKind,
)
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_TITLES = {MenuPlace.HEADER: "Вверху страницы", MenuPlace.FOOTER: "Внизу страницы"}
_MOST_SENT = 20
_LONGEST = 500


@staff_page(Action.EDIT_PAGES, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff, place: str) -> HttpResponse:
    """Show a menu and its form; a POST says by `do` what becomes of the lines that it sends."""
    if place not in set(MenuPlace):
        raise NotFoundError("no such menu")
    at = MenuPlace(place)
    if request.method != "POST":
        return _form(request, staff, selectors.menu(at, staff=staff))
    lines = _arranged(request, at, selectors.menu_choices(staff))
    try:
        services.save_menu(at, lines, seen=whole(request.POST.get("seen", "")) or 0, staff=staff)
    except InvalidInputError as error:
        return _form(request, staff, selectors.menu(at, staff=staff), typed=lines, faults=error.fields)
    except MenuChangedError as error:
        return _form(request, staff, selectors.menu(at, staff=staff), typed=lines, fault=error)
    return SeeOther(reverse("desk:menus", args=[place]) + "?saved=1")


def _arranged(request: HttpRequest, place: MenuPlace, offer: MenuOffer) -> list[MenuLine]:
    """Return the lines as the form sends them, with what its button asks for."""
    do, _, index = request.POST.get("do", "").partition("-")
    if do == "usual":
        return list(selectors.usual_menu(place))
    titles, targets = request.POST.getlist("title"), request.POST.getlist("target")
    sent = zip(titles[:_MOST_SENT], targets[:_MOST_SENT], strict=False)
    lines = [made for title, target in sent if (made := _line(title, target))]
    at = whole(index) if index else None
    if at is not None and at < len(lines):
        if do == "remove":
            del lines[at]
        elif do in {"up", "down"}:
            to = max(at - 1, 0) if do == "up" else at + 1
            lines.insert(to, lines.pop(at))
    added = _added(request, offer)
    return [*lines, added] if added else lines


def _line(title: str, target: str) -> MenuLine | None:
    kind, _, value = target.partition(":")
    return MenuLine(title, TargetKind(kind), value[:_LONGEST]) if kind in set(TargetKind) else None


def _added(request: HttpRequest, offer: MenuOffer) -> MenuLine | None:
    """Return the new line, None where neither a page nor an address is given; its title may be the page's."""
    title = request.POST.get("new-title", "").strip()
    if path := request.POST.get("new-path", "").strip():
        return MenuLine(title, TargetKind.PATH, path[:_LONGEST])
    made = _line(title, request.POST.get("new-target", ""))
    if made is None or title:
        return made
    known = (line for group in offer.groups for line, _ in group.lines)
    found = next((line for line in known if (line.kind, line.value) == (made.kind, made.value)), made)
    return replace(made, title=found.title)


def _form(
    request: HttpRequest,
    staff: Staff,
    card: MenuCard,
    *,
    typed: list[MenuLine] | None = None,
    faults: dict[str, str] | None = None,
    fault: MenuChangedError | None = None,
) -> HttpResponse:
    known = {(each.line.kind, each.line.value): each for each in card.lines}
    shown = [each.line for each in card.lines] if typed is None else typed
    wrong = faults or {}
    offer = selectors.menu_choices(staff)
    rows = [
        {
            "number": number,
            "title": line.title,
            "target": f"{line.kind.value}:{line.value}",
            "old": known.get((line.kind, line.value)),
            "new": line.value if line.kind is TargetKind.PATH else "новая",
            "fault": wrong.get(f"title-{number}", "") or wrong.get(f"target-{number}", ""),
            "is_first": number == 0,
            "is_last": number == len(shown) - 1,
        }
        for number, line in enumerate(shown)
    ]
    context = {
        "card": card,
        "places": [(place.value, title, place is card.place) for place, title in _TITLES.items()],
        "rows": rows,
        "choices": [
            (group.title, [(f"{line.kind.value}:{line.value}", words) for line, words in group.lines])
            for group in offer.groups
        ],
        "is_whole": offer.is_whole,
        "now": [each.line.title for each in card.lines] if fault else None,
        "most": MENU_LINES[card.place],
        "longest": MENU_TITLE,
        "fault": fault.message if fault else wrong.get("lines", ""),
        "has_faults": bool(wrong),
        "saved": request.GET.get("saved", ""),
        "who": f"{colleagues().get(card.author, card.author)}, {told(card.saved_at)}"
        if card.saved_at
        else "",
    }
    status = fault.status if fault else 422 if wrong else 200
    return page(request, staff, "menus.html", context, status=status)
