"""«Почему не это время?»: a form and its answer in one address, which holds no patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.asked import after_gap, day_of, instants, time_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import (
    Options,
    Scope,
    doctor_options,
    names_of,
    place_options,
    scope_in,
    scope_of,
    service_options,
)
from feldsher.channels.desk.sections import SECTIONS
from feldsher.channels.desk.why_words import Case, Reason, conditions, reasons
from feldsher.channels.desk.zones import zone_name, zones_of
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import EffectiveValue, LocationCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats

_RULE = "Открыть это правило"
_TWICE = ("до\u00a0перевода часов назад", "после перевода часов назад")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose time is asked about (`service_id` None: the usual visit), in words, and who asks."""

    doctor_id: UUID
    place: LocationCard
    service_id: UUID | None
    shown: str
    staff: Staff


@dataclass(frozen=True, slots=True)
class Line:
    """A reason as it is drawn: with the link to what mends it, where this person may go there."""

    text: str
    todo: str
    url: str
    link: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one instant; `order` tells two of one wall time apart."""

    when: str
    order: str
    is_offered: bool
    ends: str
    service: str
    conditions: tuple[str, ...]
    lines: tuple[Line, ...]


@staff_page(Action.EXPLAIN_TIME)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask for doctor, branch, service, day and time; answer with every reason at once."""
    scope, query = scope_in(request.GET), text_in(request.GET, "q")
    typed = {name: text_in(request.GET, name) for name in ("day", "time")}
    places = directory.locations()
    errors = _missing(scope, typed) if "day" in request.GET else {}
    is_asked = "day" in request.GET and not errors
    if "find" in request.GET:
        errors = {}
    services, found = _services(scope, query)
    context: dict[str, object] = {
        "doctors": doctor_options("Выберите врача"),
        "places": place_options("Выберите филиал", places),
        "services": services,
        "chosen": dict(scope.carried),
        "query": query,
        "found": found,
        "day": typed["day"] or formats.local_day(clock.now(), zones_of(places)[0]).isoformat(),
        "time": typed["time"],
        "errors": errors,
    }
    if is_asked:
        context |= _answer(scope, typed, staff=staff)
    return page(request, staff, "why.html", context, status=422 if errors else 200)


def _missing(scope: Scope, typed: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if scope.practitioner_id is None:
        errors["practitioner"] = "Выберите врача."
    if scope.location_id is None:
        errors["location"] = "Выберите филиал: время считается по его часам."
    if day_of(typed["day"]) is None:
        errors["day"] = "Укажите день."
    if time_of(typed["time"]) is None:
        errors["time"] = "Укажите время, например 11:00."
    return errors


def _services(scope: Scope, query: str) -> tuple[Options, str]:
    """Return what the chosen doctor does, or what the query finds, after the doctor's usual visit."""
    own = (
        directory.services_of(scope.practitioner_id, location=scope.location_id)
        if scope.practitioner_id
        else ()
    )
    return service_options("Обычный приём врача", query=query, chosen=scope.service_id, own=own)


def _answer(scope: Scope, typed: Mapping[str, str], *, staff: Staff) -> dict[str, object]:
    """Return the verdicts of each instant at which the branch's clock shows that, or why there is none."""
    day, at = day_of(typed["day"]), time_of(typed["time"])
    if scope.practitioner_id is None or scope.location_id is None or day is None or at is None:
        return {}
    place = directory.location(scope.location_id)
    shown = f"{formats.day_words(day, today=clock.now().date())}, {at:%H:%M}"
    asked = Asked(scope.practitioner_id, place, scope.service_id, shown, staff)
    if not place.zone:
        return {"verdicts": [_verdict(asked, datetime.combine(day, at, tzinfo=UTC))]}
    starts = instants(day, at, place.zone)
    if not starts:
        later = formats.clock(after_gap(day, at, place.zone), place.zone)
        return {
            "gap": f"{shown}: такого времени в\u00a0филиале нет. Часы переводят вперёд сразу к\u00a0{later}."
        }
    if len(starts) == 1:
        return {"verdicts": [_verdict(asked, starts[0])]}
    return {
        "verdicts": [_verdict(asked, start, order=order) for start, order in zip(starts, _TWICE, strict=True)]
    }


def _verdict(asked: Asked, start: datetime, *, order: str = "") -> Verdict:
    place = asked.place
    found = scheduling.why_not(asked.doctor_id, location=place.id, start=start, service=asked.service_id)
    service_id = found.rule.service_id if found.rule else asked.service_id
    values = directory.effective_values(practitioner=asked.doctor_id, service=service_id, location=place.id)
    case = Case(
        start=start,
        now=clock.now(),
        location_id=place.id,
        zone=place.zone or "UTC",
        names=names_of([Scope(asked.doctor_id, service_id, place.id)]),
        values=values,
        is_own=scheduling.keeps_own_schedule() and place.id in directory.own_branches(),
    )
    zone_words = zone_name(place.zone, at=start) if place.zone else ""
    return Verdict(
        when=", ".join(part for part in (asked.shown, zone_words) if part),
        order=order,
        is_offered=found.is_offered,
        ends=case.moment(found.ends),
        service=case.names.service(service_id) if service_id else "",
        conditions=conditions(found.rule) if found.rule else (),
        lines=tuple(_line(reason, values, staff=asked.staff) for reason in reasons(found, case)),
    )


def _line(reason: Reason, values: Mapping[str, EffectiveValue], *, staff: Staff) -> Line:
    """Give a reason the link to the rule that says so, else to the section that mends it."""
    if reason.mends is None or not can(staff, reason.mends):
        return Line(reason.text, reason.todo, "", "")
    rule = values[reason.field].rule if reason.field else None
    if rule is not None:
        return Line(reason.text, reason.todo, scope_of(rule).link("rule"), _RULE)
    section = next((item for item in SECTIONS if item.action is reason.mends), None)
    if section is None:
        return Line(reason.text, reason.todo, "", "")
    return Line(reason.text, reason.todo, reverse(f"desk:{section.name}"), section.title)
