"""«Чекапы»: programmes composed of services of the directory; no name or price is typed again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.own_words import amount_of
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.domain.checkups import selectors, services
from feldsher.domain.checkups.errors import ProgrammeEmptyError, SlugTakenError
from feldsher.domain.checkups.types import Bounds, OwnPrice, ProgrammeCard, ProgrammeChange, Sex
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError, InvalidInputError
from feldsher.kernel.money import format_roubles

_SEXES = (("", "Любой"), (Sex.FEMALE.value, "Женщины"), (Sex.MALE.value, "Мужчины"))
_AGES = (("age_from", "Возраст с, лет"), ("age_to", "По, лет включительно"))
_NUMBER: dict[str, object] = {"mode": "numeric"}
_YES = (("", "Нет"), ("1", "Да"))
_DESCRIPTION = 4000
_AHEAD = timedelta(days=2 * 365)


@staff_page(Action.EDIT_CHECKUPS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    rows = [
        (
            Cell(card.name, reverse("desk:checkup", args=[card.id])),
            formats.plural(len(card.items), "услуга", "услуги", "услуг"),
            "На\u00a0сайте" if card.is_published else "Черновик",
        )
        for card in selectors.programmes_of_desk(staff)
    ]
    return page(request, staff, "checkups.html", {"rows": rows, "head": ("Программа", "Состав", "Где видна")})


@staff_page(Action.EDIT_CHECKUPS, methods=("GET", "HEAD", "POST"))
def add(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask what a programme is called; POST begins it, as a draft."""
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            made = services.save_programme(_change(request.POST), staff=staff)
            return SeeOther(reverse("desk:checkup", args=[made]))
        except (InvalidInputError, SlugTakenError) as error:
            faults = _faults(error)
    context = {"inputs": _inputs(request.POST, faults), "faults": faults, "card": None}
    return page(request, staff, "checkup.html", context, status=422 if faults else 200)


@staff_page(Action.EDIT_CHECKUPS, methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, staff: Staff, programme: UUID) -> HttpResponse:
    """Show a programme with its services and prices; POST saves what is said of it."""
    if request.method != "POST":
        return _page(request, staff, programme)
    return _done(
        request,
        staff,
        programme,
        lambda: _save(request, staff, programme),
    )


def _save(request: HttpRequest, staff: Staff, programme: UUID) -> None:
    """Save what was typed; the service by which a MIS sells the programme stays as it is."""
    (card,) = selectors.programmes_of_desk(staff, programme_id=programme)
    change = replace(_change(request.POST), service_id=card.service_id)
    services.save_programme(change, staff=staff, programme_id=programme)


@staff_page(Action.EDIT_CHECKUPS, methods=("POST",))
def put(request: HttpRequest, staff: Staff, programme: UUID) -> HttpResponse:
    """Put a service into the programme, for everybody or by choice."""

    def act() -> None:
        service = uuid_in(request.POST, "service")
        if service is None:
            raise InvalidInputError("no service", fields={"service": "Выберите услугу из\u00a0найденных"})
        services.add_item(
            programme,
            service_id=service,
            bounds=_bounds(request.POST),
            is_optional=request.POST.get("optional") == "1",
            staff=staff,
        )

    return _done(request, staff, programme, act)


@staff_page(Action.EDIT_CHECKUPS, methods=("POST",))
def remove(request: HttpRequest, staff: Staff, programme: UUID, item: UUID) -> HttpResponse:
    return _done(
        request, staff, programme, lambda: services.remove_item(programme, item_id=item, staff=staff)
    )


@staff_page(Action.EDIT_CHECKUPS, methods=("POST",))
def price(request: HttpRequest, staff: Staff, programme: UUID) -> HttpResponse:
    """Say what the programme costs from a day on."""

    def act() -> None:
        services.set_price(
            programme,
            location_id=uuid_in(request.POST, "location"),
            amount=amount_of(text_in(request.POST, "amount")),
            since=_since(text_in(request.POST, "since")),
            staff=staff,
        )

    return _done(request, staff, programme, act)


def _since(typed: str) -> date:
    """Return the first day of a price, today where nothing is typed; InvalidInputError (`since`)."""
    today = formats.local_day(clock.now(), formats.MOSCOW)
    day = day_of(typed) if typed else today
    if day is None or not today <= day <= today + _AHEAD:
        words = "День с\u00a0сегодняшнего, не\u00a0дальше двух лет"
        raise InvalidInputError("no first day of a price", fields={"since": words})
    return day


def _done(request: HttpRequest, staff: Staff, programme: UUID, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except (InvalidInputError, SlugTakenError, ProgrammeEmptyError) as error:
        return _page(request, staff, programme, faults=_faults(error), status=error.status)
    return SeeOther(reverse("desk:checkup", args=[programme]))


def _faults(error: DomainError) -> dict[str, str]:
    return error.fields if isinstance(error, InvalidInputError) else {"": error.message}


def _page(
    request: HttpRequest,
    staff: Staff,
    programme: UUID,
    *,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    (card,) = selectors.programmes_of_desk(staff, programme_id=programme)
    faults, posted = faults or {}, request.POST
    is_own = "name" in posted
    typed, wrong = ({}, {}) if is_own else (posted, faults)
    text = text_in(posted or request.GET, "q", limit=100)
    lines, _ = directory.record_lines(Kind.SERVICE, text=text) if text else ((), 0)
    places = directory.locations()
    today = formats.local_day(clock.now(), formats.MOSCOW)
    names = {place.id: place.name for place in places}
    context = {
        "card": card,
        "inputs": _inputs(posted, faults) if is_own else _inputs(_said(card), {}),
        "items": [(item, _words(item.bounds, is_optional=item.is_optional)) for item in card.items],
        "text": text,
        "found": [(str(line.id), line.name) for line in lines],
        "faults": faults,
        "typed": typed,
        "wrong": wrong,
        "ages": [
            (name, f"item-{name}", label, typed.get(name, ""), wrong.get(name, "")) for name, label in _AGES
        ],
        "sexes": _SEXES,
        "yes": _YES,
        "places": [("", "Во\u00a0всех филиалах"), *((str(place.id), place.name) for place in places)],
        "since": typed.get("since") or today.isoformat(),
        "head": ("Филиал", "Цена", "С", "По", "Кто сказал"),
        "prices": [_price(each, names) for each in selectors.own_prices(staff, programme)],
        "site_url": reverse("site:checkup", args=[card.slug]) if card.is_published else "",
    }
    return page(request, staff, "checkup.html", context, status=status)


def _price(each: OwnPrice, names: Mapping[UUID, str]) -> tuple[str, ...]:
    place = names.get(each.location_id, "Закрытый филиал") if each.location_id else "Все филиалы"
    until = each.until.isoformat() if each.until else "без\u00a0срока"
    return place, format_roubles(each.amount), each.since.isoformat(), until, each.author


def _words(bounds: Bounds, *, is_optional: bool) -> str:
    words = ["по\u00a0выбору" if is_optional else "всем"]
    words += [title.lower() for value, title in _SEXES if value and value == bounds.sex]
    words += [f"с\u00a0{bounds.age_from}"] if bounds.age_from is not None else []
    words += [f"до\u00a0{bounds.age_to} лет включительно"] if bounds.age_to is not None else []
    return ", ".join(words)


def _said(card: ProgrammeCard) -> dict[str, str]:
    bounds = card.bounds
    return {
        "name": card.name,
        "slug": card.slug,
        "description": card.description,
        "age_from": "" if bounds.age_from is None else str(bounds.age_from),
        "age_to": "" if bounds.age_to is None else str(bounds.age_to),
        "sex": bounds.sex or "",
        "not_for_pregnant": "1" if card.not_for_pregnant else "",
        "published": "1" if card.is_published else "",
    }


def _inputs(said: Mapping[str, str], faults: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the fields of a programme as `_field.html` takes them."""
    fields: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("name", "Название", {"maxlength": 200}),
        ("slug", "Адрес на\u00a0сайте", {"maxlength": 100, "help": "Латинские буквы: serdce-40."}),
        ("description", "Описание", {"rows": 5, "maxlength": _DESCRIPTION}),
        *((name, label, _NUMBER) for name, label in _AGES),
        ("sex", "Для\u00a0кого", {"options": _SEXES}),
        ("not_for_pregnant", "Не\u00a0для беременных", {"options": _YES}),
        ("published", "Показывать на\u00a0сайте", {"options": _YES}),
    )
    return [
        {"name": name, "label": label, "value": said.get(name, ""), "error": faults.get(name, ""), **more}
        for name, label, more in fields
    ]


def _change(data: QueryDict) -> ProgrammeChange:
    return ProgrammeChange(
        name=text_in(data, "name"),
        slug=text_in(data, "slug", limit=100),
        description=(data.get("description") or "").replace("\0", "")[:_DESCRIPTION],
        bounds=_bounds(data),
        not_for_pregnant=data.get("not_for_pregnant") == "1",
        is_published=data.get("published") == "1",
    )


def _bounds(data: QueryDict) -> Bounds:
    """Return the bounds that were typed; raises InvalidInputError for an age that is no number."""
    ages = {name: text_in(data, name, limit=4) for name in ("age_from", "age_to")}
    if faults := {name: "Целые годы" for name, typed in ages.items() if typed and whole(typed) is None}:
        raise InvalidInputError("no ages", fields=faults)
    sex = text_in(data, "sex", limit=1)
    return Bounds(whole(ages["age_from"]), whole(ages["age_to"]), Sex(sex) if sex in set(Sex) else None)
