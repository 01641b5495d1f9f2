"""«Прайс-лист»: what the lines of an accounting system's list mean; its prices are never typed again."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.views.directory import record_url
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.selectors.price_list import LINES
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.price_list import LineState, PriceListLine
from feldsher.domain.scheduling.services import rebuilding_offers
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.money import format_roubles

_TABS = {
    LineState.UNKNOWN: "Без\u00a0услуги",
    LineState.BOUND: "Связаны",
    LineState.IGNORED: "Не\u00a0услуги",
}
_NONE = {
    LineState.UNKNOWN: "Таких строк нет: все услуги прайс-листа связаны с\u00a0услугами сайта.",
    LineState.BOUND: "Ни\u00a0одна строка прайс-листа ещё не\u00a0связана с\u00a0услугой сайта.",
    LineState.IGNORED: "Вы\u00a0ни\u00a0о\u00a0какой строке не\u00a0сказали, что это не\u00a0услуга.",
}
_HEAD = ("Строка прайс-листа", "Артикул, код", "Цена", "Услуга на\u00a0сайте")
_CHOOSE = "Выберите услугу из\u00a0найденных."
_PAGES = 10_000


@staff_page(Action.EDIT_DIRECTORY)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the lines of one state."""
    asked = request.GET.get("show", "")
    state = LineState(asked) if asked in set(LineState) else LineState.UNKNOWN
    text = text_in(request.GET, "q", limit=100)
    number = min(whole(request.GET.get("page")) or 1, _PAGES)
    lines, total = directory.price_list_lines(state, text=text, page=number)
    address = reverse("desk:price-list")
    context = {
        "tabs": [(title, f"{address}?show={each}", each is state) for each, title in _TABS.items()],
        "state": state.value,
        "text": text,
        "rows": [_row(line) for line in lines],
        "head": _HEAD if state is LineState.BOUND else _HEAD[:-1],
        "none": _NONE[state] if directory.has_price_list() else "Прайс-лист ещё не\u00a0присылали.",
        "total": total,
        "number": number,
        "last": max(1, -(-total // LINES)),
    }
    return page(request, staff, "price_list.html", context)


def _row(line: PriceListLine) -> tuple[Cell | str, ...]:
    name = Cell(line.name or "Без\u00a0названия", reverse("desk:price-line", args=[line.id]))
    means = (line.service[1],) if line.service else ()
    return name, _codes(line), _prices(line), *means


def _codes(line: PriceListLine) -> str:
    return ", ".join(dict.fromkeys(filter(None, (line.article, line.code))))


def _prices(line: PriceListLine) -> str:
    if len(line.amounts) == 1:
        return format_roubles(line.amounts[0][1])
    return ", ".join(f"{name}: {format_roubles(amount)}" for name, amount in line.amounts)


@staff_page(Action.EDIT_DIRECTORY)
def line_page(request: HttpRequest, staff: Staff, line: UUID) -> HttpResponse:
    """Show a line and the services that it may mean."""
    return _line(request, staff, line)


def _line(request: HttpRequest, staff: Staff, line: UUID, *, fault: str = "") -> HttpResponse:
    card = directory.price_list_line(line)
    text = text_in(request.GET, "q", limit=100)
    found = () if card.service else directory.services_like(text or card.name, source=card.source)
    context = {
        "line": card,
        "title": card.name or "Без\u00a0названия",
        "codes": _codes(card),
        "prices": _prices(card) or "нет",
        "is_bound": card.state is LineState.BOUND,
        "is_ignored": card.state is LineState.IGNORED,
        "service_url": record_url(Kind.SERVICE, card.service[0]) if card.service else "",
        "text": text,
        "found": [(str(each.id), each.name) for each in found],
        "fault": fault,
    }
    return page(request, staff, "price_list_line.html", context, status=422 if fault else 200)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def bind(request: HttpRequest, staff: Staff, line: UUID) -> HttpResponse:
    """Say which service the line means."""
    service = uuid_in(request.POST, "service")
    if service is None:
        return _line(request, staff, line, fault=_CHOOSE)
    try:
        with rebuilding_offers():
            services.bind_line(line, service=service, author=staff.login)
    except InvalidInputError as error:
        return _line(request, staff, line, fault=error.fields.get("service", error.message))
    return SeeOther(reverse("desk:price-list"))


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def ignore(_request: HttpRequest, staff: Staff, line: UUID) -> HttpResponse:
    """Say that the line is no service."""
    with rebuilding_offers():
        services.ignore_line(line, author=staff.login)
    return SeeOther(reverse("desk:price-list"))


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def release(_request: HttpRequest, _staff: Staff, line: UUID) -> HttpResponse:
    """Take the word about the line back."""
    with rebuilding_offers():
        services.release_line(line)
    return SeeOther(reverse("desk:price-line", args=[line]))
