"""Booking rules: the list in words, the choice of parties, the form of one rule, its removal."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.rule_form import errors_of, groups, read, typed_in, typed_of
from feldsher.channels.desk.rule_words import phrases
from feldsher.channels.desk.scopes import (
    Names,
    Scope,
    address,
    colleagues,
    doctor_options,
    known_names,
    names_of,
    place_options,
    scope_in,
    scope_of,
    service_options,
)
from feldsher.channels.desk.zones import moment, zone_name, zones_of
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, RuleCard, RuleValues
from feldsher.domain.scheduling import services
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.formats import plural

_EMPTY = "Правило ничего не\u00a0говорит. Заполните хотя бы одно поле."


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in the list: whose it is, what it says, who said it last and when."""

    scope: str
    words: str
    author: str
    url: str


@staff_page(Action.SET_RULES)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List every rule, the widest first."""
    cards, places = directory.rules(), directory.locations()
    names, people = names_of(map(scope_of, cards), places=places), colleagues()
    ordered = sorted(cards, key=lambda card: _width(scope_of(card), names.scope(scope_of(card))))
    rows = [_row(card, names, people=people, places=places) for card in ordered]
    return page(request, staff, "rules.html", {"rules": rows, "choose_url": address("rule-choose")})


@staff_page(Action.SET_RULES)
def choose(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask whom the rule is about; services are found by their names."""
    scope, query = scope_in(request.GET), text_in(request.GET, "q")
    options, found = service_options("Все услуги", query=query, chosen=scope.service_id)
    context = {
        "doctors": doctor_options("Все врачи"),
        "places": place_options("Все филиалы", directory.locations()),
        "services": options,
        "chosen": dict(scope.carried),
        "query": query,
        "found": found,
    }
    return page(request, staff, "rule_choose.html", context)


@staff_page(Action.SET_RULES, methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the rule of these parties, or take what was typed; a rule that says nothing is to be removed."""
    if request.method != "POST":
        scope = scope_in(request.GET)
        card = _card_of(scope)
        return _form(request, staff, scope, typed=typed_of(card.values if card else RuleValues()))
    scope, typed = scope_in(request.POST), typed_in(request.POST)
    known_names(scope)
    try:
        values = read(typed)
        if values != RuleValues():
            services.change_rule(
                values,
                practitioner=scope.practitioner_id,
                service=scope.service_id,
                location=scope.location_id,
                author=staff.login,
            )
            return SeeOther(address("rules"))
    except InvalidInputError as error:
        return _form(request, staff, scope, typed=typed, errors=errors_of(error))
    if _card_of(scope) is not None:
        return SeeOther(scope.link("rule-remove"))
    return _form(request, staff, scope, typed=typed, errors={"": _EMPTY})


@staff_page(Action.SET_RULES, methods=("GET", "HEAD", "POST"))
def remove(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask once more, then let the wider rules speak again."""
    if request.method == "POST":
        scope = scope_in(request.POST)
        services.change_rule(
            RuleValues(),
            practitioner=scope.practitioner_id,
            service=scope.service_id,
            location=scope.location_id,
            author=staff.login,
        )
        return SeeOther(address("rules"))
    scope = scope_in(request.GET)
    names, card = known_names(scope), _card_of(scope)
    if card is None:
        return SeeOther(address("rules"))
    context = {
        "question": "Убрать правило?",
        "lines": [names.scope(scope), "Говорит: " + "; ".join(phrases(card.values)) + "."],
        "warning": "Сразу после этого действуют более общие правила. Записи, которые уже сделаны, останутся.",
        "act": "Убрать правило",
        "action": address("rule-remove"),
        "carried": scope.carried,
        "danger": True,
        "back": scope.link("rule"),
    }
    return page(request, staff, "confirm.html", context)


def _form(
    request: HttpRequest,
    staff: Staff,
    scope: Scope,
    *,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    names, card = known_names(scope), _card_of(scope)
    wider = directory.effective_values(
        practitioner=scope.practitioner_id,
        service=scope.service_id,
        location=scope.location_id,
        with_own=False,
    )
    context = {
        "scope": names.scope(scope),
        "reach": _reach(scope),
        "groups": groups(typed, errors=errors or {}, wider=wider, names=names),
        "error": (errors or {}).get(""),
        "carried": scope.carried,
        "last": _last(card) if card else "",
        "remove_url": scope.link("rule-remove") if card else "",
        "choose_url": scope.link("rule-choose"),
    }
    return page(request, staff, "rule.html", context, status=422 if errors else 200)


def _reach(scope: Scope) -> str:
    reach = directory.rule_reach(
        practitioner=scope.practitioner_id, service=scope.service_id, location=scope.location_id
    )
    if not reach.practitioners:
        return "Под правило сейчас никто не\u00a0попадает."
    doctors = plural(reach.practitioners, "врач", "врача", "врачей")
    return f"Под правило попадают: {doctors}, {plural(reach.services, 'услуга', 'услуги', 'услуг')}."


def _card_of(scope: Scope) -> RuleCard | None:
    return next((card for card in directory.rules() if scope_of(card) == scope), None)


def _row(
    card: RuleCard, names: Names, *, people: dict[str, str], places: tuple[LocationCard, ...]
) -> RuleRow:
    scope = scope_of(card)
    return RuleRow(
        scope=names.scope(scope),
        words="; ".join(phrases(card.values)),
        author=_said(card, people, places=places),
        url=scope.link("rule"),
    )


def _last(card: RuleCard) -> str:
    return _said(card, colleagues(), places=directory.locations())


def _said(card: RuleCard, people: dict[str, str], *, places: tuple[LocationCard, ...]) -> str:
    """Return who said the rule last and when: by the clock of its branch, else of the most branches."""
    own = [place for place in places if place.id == card.location_id]
    zone, now = zones_of(own or places)[0], clock.now()
    parts = [people.get(card.author, card.author)]
    if card.updated_at is not None:
        parts.append(moment(card.updated_at, zone, now=now))
        if len(zones_of(places)) > 1:
            parts.append(zone_name(zone, at=card.updated_at))
    return ", ".join(part for part in parts if part)


def _width(scope: Scope, name: str) -> tuple[bool, bool, bool, str]:
    """Order rules as they give way to each other, the weakest first, and by name."""
    return (
        scope.practitioner_id is not None,
        scope.service_id is not None,
        scope.location_id is not None,
        name,
    )
