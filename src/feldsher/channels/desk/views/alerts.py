"""What the watch over the journal has found: the list, one alert with its evidence, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.frontend.answers import SeeOther
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.watch import selectors, services
from feldsher.foundation.watch.types import AlertCard, Level
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

_LEVELS = {
    Level.ALERT: ("Посмотреть", "zone"),
    Level.STEP_UP: ("Вход заново", "wait"),
    Level.BLOCK: ("Вход закрыт", "lost"),
}
_SETTLED = ("Разобрано", "ok")
_FOLLOWED = {
    Level.ALERT: "Сотрудник работает как прежде.",
    Level.STEP_UP: "Сеансы сотрудника закончены: чтобы продолжить, нужно войти заново.",
    Level.BLOCK: "Сеансы сотрудника закончены, вход закрыт.",
}
_LIFTED = "Вход был закрыт, сейчас снова открыт."
_LIFTED_AND_CLOSED = "Блокировка снята. Учётная запись закрыта, открывает её администратор."
_OPENS = "Сотрудник сможет войти заново. Прежние сеансы не\u00a0оживут."
_STAYS_CLOSED = (
    "Учётная запись ещё и\u00a0закрыта: войти сотрудник не\u00a0сможет, "
    "пока её не\u00a0откроет администратор."
)


@dataclass(frozen=True, slots=True)
class Row:
    """An alert in words."""

    url: str
    level: str
    tone: str
    title: str
    sentence: str
    who: str
    when: str
    settled: str


@staff_page(Action.SEE_ALERTS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the open alerts, then those settled within a month."""
    rows = selectors.alerts(staff)
    context = {
        "open": [_row(card) for card in rows if card.settled_at is None],
        "settled": [_row(card) for card in rows if card.settled_at is not None],
    }
    return page(request, staff, "alerts.html", context)


@staff_page(Action.SEE_ALERTS, methods=("GET", "HEAD", "POST"))
def one(request: HttpRequest, staff: Staff, alert_id: UUID) -> HttpResponse:
    """Show an alert; POST writes down what came of it."""
    if request.method != "POST":
        return _page(request, staff, alert_id, typed="", errors={})
    typed = request.POST.get("note") or ""
    try:
        services.settle(alert_id, note=typed, staff=staff)
    except InvalidInputError as error:
        return _page(request, staff, alert_id, typed=typed, errors=error.fields)
    return SeeOther(reverse("desk:alerts"))


@staff_page(Action.LIFT_BLOCK, methods=("GET", "HEAD", "POST"))
def lift(request: HttpRequest, staff: Staff, alert_id: UUID) -> HttpResponse:
    """Ask once more on a page of its own; the POST of that page takes the block off."""
    address = reverse("desk:alert", args=(alert_id,))
    if request.method == "POST":
        services.lift_block(alert_id, staff=staff)
        return SeeOther(address)
    card, _ = selectors.alert(staff, alert_id)
    context = {
        "question": "Снять блокировку?" if card.is_closed else "Открыть вход?",
        "lines": [_who(card), card.sentence],
        "warning": _STAYS_CLOSED if card.is_closed else _OPENS,
        "act": "Снять блокировку" if card.is_closed else "Открыть вход",
        "danger": True,
        "action": reverse("desk:alert-lift", args=(alert_id,)),
        "back": address,
    }
    return page(request, staff, "confirm.html", context)


def _page(
    request: HttpRequest, staff: Staff, alert_id: UUID, *, typed: str, errors: Mapping[str, str]
) -> HttpResponse:
    card, beside = selectors.alert(staff, alert_id)
    context = {
        "alert": _row(card),
        "followed": _followed(card),
        "facts": _facts(card),
        "ids": _ranges(card.ids),
        "journal": _journal(card),
        "beside": [_row(other) for other in beside],
        "note": typed or card.note,
        "errors": errors,
        "is_settled": card.settled_at is not None,
        "is_blocked": card.is_blocked,
        "can_lift": card.is_blocked and can(staff, Action.LIFT_BLOCK),
        "here": reverse("desk:alert", args=(alert_id,)),
        "lift": reverse("desk:alert-lift", args=(alert_id,)),
    }
    return page(request, staff, "alert.html", context, status=422 if errors else 200)


def _followed(card: AlertCard) -> str:
    if card.level is not Level.BLOCK or card.is_blocked:
        return _FOLLOWED[card.level]
    return _LIFTED_AND_CLOSED if card.is_closed else _LIFTED


def _facts(card: AlertCard) -> list[tuple[str, str]]:
    return [
        ("Сотрудник", _who(card)),
        ("Когда", _period(card)),
        ("Баллы", f"{card.points} за\u00a0это правило, {card.score} за\u00a0день"),
        ("Найдено", _moment(card)),
    ]


def _journal(card: AlertCard) -> str:
    """Return the address of all that the person did on the day."""
    day = card.day.isoformat()
    asked = {"actor": str(card.actor_id), "since": day, "until": day}
    return f"{reverse('desk:journal')}?{urlencode(asked)}"


def _ranges(ids: Sequence[int]) -> str:
    """Return «101–104, 108»."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(ids)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _row(card: AlertCard) -> Row:
    level, tone = _SETTLED if card.settled_at else _LEVELS[card.level]
    settled = f"{card.settled_by}: {card.note}" if card.settled_at else ""
    return Row(
        url=reverse("desk:alert", args=(card.id,)),
        level=level,
        tone=tone,
        title=card.title,
        sentence=card.sentence,
        who=_who(card),
        when=_period(card),
        settled=settled,
    )


def _who(card: AlertCard) -> str:
    name = card.actor or "Неизвестная учётная запись"
    role = Role(card.role).russian if card.role in set(Role) else ""
    return f"{name}, {role}" if role else name


def _period(card: AlertCard) -> str:
    name = str(clinic_zone())
    today = formats.local_day(clock.now(), name)
    since, until = formats.clock(card.since, name), formats.clock(card.until, name)
    day = formats.day_words(card.day, today=today)
    return f"{day}, {since}" if since == until else f"{day}, {since}–{until}"


def _moment(card: AlertCard) -> str:
    name = str(clinic_zone())
    today = formats.local_day(clock.now(), name)
    day = formats.day_words(formats.local_day(card.found_at, name), today=today)
    return f"{day}, {formats.clock(card.found_at, name)}"
