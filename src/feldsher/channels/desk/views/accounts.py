"""«Сверка с 1С»: visits that an accounting system tells otherwise, and all that went out to it."""

from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.zones import moment, usual_zone
from feldsher.channels.frontend.queries import text_in, whole
from feldsher.domain.accounting import selectors as accounting
from feldsher.domain.accounting.selectors import LINES
from feldsher.domain.accounting.types import BaseCard, DifferenceKind, DocumentLine
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.money import format_roubles

DIFFERING, ALL = "differing", "all"
_TABS: Final = {DIFFERING: "Расхождения", ALL: "Все документы"}
_KINDS: Final = {
    DifferenceKind.NOT_TAKEN: "1С не\u00a0забрала",
    DifferenceKind.UNANSWERED: "1С забрала и\u00a0молчит",
    DifferenceKind.CANCELLED_THERE: "Отменена только в\u00a01С",
    DifferenceKind.CANCELLED_HERE: "Отменена только у\u00a0нас",
    DifferenceKind.OTHER_SUM: "В\u00a01С другая сумма",
}
_STATES: Final = {
    State.BOOKED: "записан",
    State.ARRIVED: "пришёл",
    State.FULFILLED: "приём прошёл",
    State.CANCELLED: "отменена",
    State.NOSHOW: "не\u00a0пришёл",
}
_HEAD: Final = ("Номер", "У\u00a0нас", "В\u00a01С", "Приём")
_DIFFERING_HEAD: Final = ("Номер", "Расхождение", "У\u00a0нас", "В\u00a01С", "Приём", "Замечено")
_PAGES: Final = 10_000
_NEVER: Final = "ещё ни\u00a0разу"


@staff_page(Action.SEE_ACCOUNTS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List what differs, or all documents."""
    asked = request.GET.get("show", DIFFERING)
    shown = asked if asked in _TABS else DIFFERING
    number = text_in(request.GET, "q", limit=100) if shown == ALL else ""
    page_number = min(whole(request.GET.get("page")) or 1, _PAGES)
    if shown == ALL:
        lines, total = accounting.documents(staff, number=number, page=page_number)
    else:
        lines, total = accounting.differing_documents(staff, page=page_number)
    address, now = reverse("desk:accounts"), clock.now()
    context = {
        "tabs": [(title, f"{address}?show={each}", each == shown) for each, title in _TABS.items()],
        "shown": shown,
        "bases": [_base(each, now) for each in accounting.bases(staff)],
        "text": number,
        "head": _DIFFERING_HEAD if shown == DIFFERING else _HEAD,
        "rows": [_differing(line, now) if shown == DIFFERING else _row(line, now) for line in lines],
        "total": total,
        "number": page_number,
        "last": max(1, -(-total // LINES)),
    }
    return page(request, staff, "accounts.html", context)


def _base(card: BaseCard, now: datetime) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the base's name and what is known of its exchange, in words."""
    said = [
        ("Спрашивала записи", _when(card.asked_at, now)),
        ("Подтвердила, что получила", _when(card.taken_at, now)),
        ("Прислала статусы", _when(card.said_at, now)),
    ]
    if card.checked_at is not None:
        compared = formats.plural(card.compared, "документ", "документа", "документов")
        said.append(("Сверено", f"{compared}, {_when(card.checked_at, now)}"))
    return card.source, tuple(said)


def _when(instant: datetime | None, now: datetime) -> str:
    return moment(instant, usual_zone(), now=now) if instant is not None else _NEVER


def _row(line: DocumentLine, now: datetime) -> tuple[str, ...]:
    return str(line.number), _here(line), _there(line), _visit(line, now)


def _differing(line: DocumentLine, now: datetime) -> tuple[str, ...]:
    number, *rest = _row(line, now)
    kind = _KINDS[line.difference] if line.difference is not None else ""
    found = _day(line.found_at, line.zone, now) if line.found_at is not None else ""
    return number, kind, *rest, found


def _visit(line: DocumentLine, now: datetime) -> str:
    when = f"{_day(line.starts_at, line.zone, now)}, {formats.clock(line.starts_at, line.zone)}"
    zone = formats.zone_words(line.zone, at=line.starts_at)
    return ", ".join(filter(None, (when, zone, line.branch)))


def _day(instant: datetime, zone: str, now: datetime) -> str:
    return formats.near_day(formats.local_day(instant, zone), today=formats.local_day(now, zone))


def _here(line: DocumentLine) -> str:
    return f"{_STATES[line.state]}, {format_roubles(line.amount)}"


def _there(line: DocumentLine) -> str:
    if line.said_at is None:
        return "забрала, ответа нет" if line.taken_at else "ещё не\u00a0забрала"
    amount = format_roubles(line.amount_there) if line.amount_there is not None else ""
    state = line.status_there or ("отменён" if line.is_cancelled_there else "принят")
    if line.is_cancelled_there and line.status_there:
        state = f"{state} (отменён)"
    number = f"№\u00a0{line.number_there}" if line.number_there else ""
    return ", ".join(filter(None, (number, state, amount)))
