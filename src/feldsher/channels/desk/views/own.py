"""«Справочник», where staff make the records: add and close them, places of work, services, prices."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.own_record import Refused
from feldsher.channels.desk.own_schedule import needs_own_records
from feldsher.channels.desk.own_words import CLOSING, NEW, amount_of
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.record_words import HINTS, LABELS, KindWords, kind_of, zone_options
from feldsher.channels.desk.views.directory import MODES, TYPES, Input, read_value, record_page, record_url
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.services import rebuilding_offers
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_CHOOSE = "Выберите из\u00a0списка."
_SAVED = "?saved=1"


@staff_page(Action.EDIT_DIRECTORY, methods=("GET", "HEAD", "POST"))
def add(request: HttpRequest, staff: Staff, slug: str) -> HttpResponse:
    """Ask for the least fields of a new record; POST makes it and opens its page, where the rest is."""
    words = _kind(slug)
    typed = {name: text_in(request.POST, name, limit=500) for name in NEW[words.kind][2]}
    faults: dict[str, str] = {}
    if request.method == "POST":
        values = {name: read_value(name, text) for name, text in typed.items()}
        try:
            with rebuilding_offers():
                made = services.add_record(words.kind, values=values, author=staff.login)
        except InvalidInputError as error:
            faults = error.fields
        else:
            return SeeOther(record_url(words.kind, made) + _SAVED)
    context = {
        "words": words,
        "heading": NEW[words.kind][1],
        "list_url": reverse("desk:records", args=[words.slug]),
        "inputs": [_input(words.kind, name, text, faults.get(name, "")) for name, text in typed.items()],
    }
    return page(request, staff, "record_add.html", context, status=422 if faults else 200)


def _input(kind: Kind, name: str, text: str, error: str) -> Input:
    is_needed = name in services.REQUIRED[kind]
    return Input(
        name=name,
        label=LABELS[name],
        value=text,
        was="",
        source="",
        hint=HINTS.get(name, "") or ("" if is_needed else "если есть"),
        error=error,
        type=TYPES.get(name, "text"),
        mode=MODES.get(name, ""),
        options=tuple(zone_options(chosen=text, now=clock.now())) if name == "zone" else (),
    )


@staff_page(Action.EDIT_DIRECTORY, methods=("GET", "HEAD", "POST"))
def close(request: HttpRequest, staff: Staff, slug: str, target: UUID) -> HttpResponse:
    """Ask whether a record shall be closed; POST does it."""
    words = _kind(slug)
    card = directory.record(words.kind, target=target)
    address = record_url(words.kind, target)
    if request.method == "POST":
        with rebuilding_offers():
            services.close_record(words.kind, target=target, author=staff.login)
        return SeeOther(address)
    context = {
        "question": "Закрыть запись?",
        "lines": [card.name],
        "warning": f"{CLOSING[words.kind]} Визиты, на\u00a0которые уже записались, остаются: "
        "их\u00a0отменяют отдельно. Запись можно открыть снова.",
        "act": "Закрыть запись",
        "action": request.path,
        "danger": True,
        "back": address,
    }
    return page(request, staff, "confirm.html", context)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def reopen(_request: HttpRequest, staff: Staff, slug: str, target: UUID) -> HttpResponse:
    words = _kind(slug)
    with rebuilding_offers():
        services.reopen_record(words.kind, target=target, author=staff.login)
    return SeeOther(record_url(words.kind, target) + _SAVED)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def places(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Give a doctor a place of work."""

    def give() -> None:
        location = _chosen(request, "location")
        specialty = text_in(request.POST, "specialty")
        services.add_workplace(target, location=location, specialty=specialty, author=staff.login)

    return _done(request, staff, Kind.PRACTITIONER, target, give)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def end_place(request: HttpRequest, staff: Staff, target: UUID, role: UUID) -> HttpResponse:
    def end() -> None:
        services.close_workplace(role, practitioner=target, author=staff.login)

    return _done(request, staff, Kind.PRACTITIONER, target, end)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def given(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Give a doctor a service."""

    def give() -> None:
        service = _chosen(request, "service")
        typed = text_in(request.POST, "minutes")
        minutes = typed if whole(typed) is None else whole(typed)
        services.give_service(target, service=service, minutes=minutes, author=staff.login)

    return _done(request, staff, Kind.PRACTITIONER, target, give)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def end_given(request: HttpRequest, staff: Staff, target: UUID, link: UUID) -> HttpResponse:
    def end() -> None:
        services.end_service(link, practitioner=target, author=staff.login)

    return _done(request, staff, Kind.PRACTITIONER, target, end)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def prices(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Price a service."""

    def price() -> None:
        services.set_price(
            target,
            location=uuid_in(request.POST, "location"),
            practitioner=uuid_in(request.POST, "practitioner"),
            amount=amount_of(text_in(request.POST, "amount")),
            author=staff.login,
        )

    return _done(request, staff, Kind.SERVICE, target, price)


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def end_price(request: HttpRequest, staff: Staff, target: UUID, price: UUID) -> HttpResponse:
    def end() -> None:
        services.end_price(price, service=target, author=staff.login)

    return _done(request, staff, Kind.SERVICE, target, end)


def _done(
    request: HttpRequest, staff: Staff, kind: Kind, target: UUID, act: Callable[[], None]
) -> HttpResponse:
    """Do it, bring the offers to it and come back to the record, or show its form with what is wrong."""
    needs_own_records()
    try:
        with rebuilding_offers():
            act()
    except InvalidInputError as error:
        refused = Refused({name: text_in(request.POST, name) for name in request.POST}, error.fields)
        return record_page(request, staff, directory.record(kind, target=target), refused=refused)
    return SeeOther(record_url(kind, target) + _SAVED)


def _chosen(request: HttpRequest, name: str) -> UUID:
    found = uuid_in(request.POST, name)
    if found is None:
        raise InvalidInputError(f"no {name}", fields={name: _CHOOSE})
    return found


def _kind(slug: str) -> KindWords:
    needs_own_records()
    words = kind_of(slug)
    if words.kind not in NEW:
        raise NotFoundError("staff make no such records")
    return words
