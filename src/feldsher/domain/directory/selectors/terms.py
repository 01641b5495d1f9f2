"""What can be booked and how: every doctor × branch × service, with the booking rules merged."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Min, OuterRef, Q, TextField
from django.db.models.functions import Cast, JSONObject

from feldsher.domain.directory.models import (
    BookingRule,
    ExternalId,
    HealthcareService,
    Location,
    Practitioner,
    PractitionerRole,
    PractitionerService,
)
from feldsher.domain.directory.rules import (
    DEFAULT_HORIZON,
    DEFAULT_MINUTES,
    DEFAULT_NOTICE,
    DEFAULT_OVERBOOK,
    RuleKey,
    merge_rules,
)
from feldsher.domain.directory.selectors.prices import PriceRow, amounts, prices, valid_between
from feldsher.domain.directory.text import normalise
from feldsher.domain.directory.types import (
    Kind,
    MergedRules,
    Obstacle,
    PriceQuery,
    RuleCard,
    RuleValues,
    ServiceCard,
    ServiceKind,
    VisitMode,
    VisitOrder,
    VisitTerms,
)
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

_USUAL: Final = ("прием", "консультация", "первичн")
_REPEATED: Final = "повторн"
_RULE_FIELDS: Final = tuple(item.name for item in fields(RuleValues))

_VisitKey = tuple[UUID, UUID, UUID]
UsualMinutes = Mapping[tuple[UUID, UUID], int]
"""Doctor and branch → minutes that the MIS calls the doctor's usual visit."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A service of a doctor; `norm` is the doctor's length, else the service's, else None.

    `mises` have an id of the service, open or closed. `prices` are the service's of the asked days, where
    one doctor was asked about; None where they were not read.
    """

    practitioner: UUID
    service: UUID
    name: str
    norm: int | None
    is_own: bool
    mises: frozenset[str]
    prices: tuple[PriceRow, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Visit:
    """A service of a doctor in a branch, and what the rules say of it; `cost` None: nobody has said it."""

    link: _Link
    location: UUID
    merged: MergedRules
    minutes: int
    is_default: bool
    step: int
    cost: Decimal | None


def visit_terms(*, usual: UsualMinutes | None = None) -> tuple[VisitTerms, ...]:
    """Return the terms of every visit that can be booked online: three queries, whatever the size.

    Doctors, branches, roles and services are open, branches have a zone, the service is bookable, the MIS
    that keeps the doctor's schedule there knows it and no rule keeps it offline. A doctor to whom no MIS
    gives a service has our own default visit. Length: the doctor's norm, else the service's, else the
    doctor's `usual` one in that branch, else 30. Step: the rule's, else the length of the doctor's default
    visit in that branch. Exactly one visit of a doctor in a branch is the default one.
    """
    return tuple(_terms(visit) for visit in _visits(usual or {}))


def services_of(practitioner: UUID, *, location: UUID | None) -> tuple[ServiceCard, ...]:
    """Return what a doctor does in a branch (None: anywhere) and can be booked online, the default first.

    `minutes` is the doctor's norm, else the service's, else None. Two queries.
    """
    return tuple(card for card, _ in _priced(practitioner, location=location, day=None))


def priced_services_of(
    practitioner: UUID, *, location: UUID, day: date
) -> tuple[tuple[ServiceCard, Decimal | None], ...]:
    """Return the same, each with its price of that day in roubles: None where nobody has said it."""
    return _priced(practitioner, location=location, day=day)


def _priced(
    practitioner: UUID, *, location: UUID | None, day: date | None
) -> tuple[tuple[ServiceCard, Decimal | None], ...]:
    visits = _visits({}, practitioner=practitioner, location=location, day=day)
    ordered = sorted(visits, key=lambda visit: (not visit.is_default, normalise(visit.link.name)))
    cards: dict[UUID, tuple[ServiceCard, Decimal | None]] = {}
    for visit in ordered:
        link = visit.link
        cards.setdefault(link.service, (ServiceCard(link.service, link.name, link.norm), visit.cost))
    return tuple(cards.values())


def obstacles(practitioner: UUID, *, location: UUID, service: UUID | None) -> tuple[Obstacle, ...]:
    """Return why a visit (None: any) of a doctor in a branch is not offered online; NotFoundError.

    Empty only for what `visit_terms` has and some MIS keeps the schedule of.
    """
    doctor = Practitioner.objects.filter(id=practitioner).first()
    place = Location.objects.filter(id=location).first()
    wanted = None if service is None else HealthcareService.objects.filter(id=service).first()
    if doctor is None or place is None or (service is not None and wanted is None):
        raise NotFoundError("no such doctor, branch or service")
    roles = PractitionerRole.objects.filter(practitioner=practitioner, location=location, closed_at=None)
    links = PractitionerService.objects.filter(practitioner=practitioner, closed_at=None)
    is_offered = any(
        service in (None, visit.link.service)
        for visit in _visits({}, practitioner=practitioner, location=location)
    )
    found = {
        Obstacle.DOCTOR_CLOSED: doctor.closed_at is not None,
        Obstacle.BRANCH_CLOSED: place.closed_at is not None,
        Obstacle.NO_ZONE: not place.zone,
        Obstacle.NOT_IN_BRANCH: not roles.exists(),
        Obstacle.NO_SCHEDULE_KEEPER: not roles.exclude(mis="").exists(),
        Obstacle.SERVICE_CLOSED: wanted is not None
        and (wanted.closed_at is not None or wanted.kind != ServiceKind.SERVICE.value),
        Obstacle.NOT_GIVEN: not (links if service is None else links.filter(service=service)).exists(),
        Obstacle.UNKNOWN_TO_MIS: _is_unknown_there(practitioner, location=location, service=service),
    }
    known = tuple(obstacle for obstacle, stands in found.items() if stands)
    return known or (() if is_offered else (Obstacle.OFFLINE,))


def rules() -> tuple[RuleCard, ...]:
    """Return every booking rule, the widest first: one query."""
    rows = BookingRule.objects.order_by(
        F("practitioner").asc(nulls_first=True),
        F("service").asc(nulls_first=True),
        F("location").asc(nulls_first=True),
    )
    return tuple(
        RuleCard(
            row.practitioner_id, row.service_id, row.location_id, _values_of(row), row.author, row.updated_at
        )
        for row in rows
    )


def cutoffs(visits: Collection[_VisitKey]) -> dict[_VisitKey, timedelta]:
    """Return how long before each visit (doctor, service, branch) its patient may change it: one query."""
    known = _rules()
    found = {}
    for key in visits:
        practitioner, service, location = key
        merged = merge_rules(known, practitioner=practitioner, service=service, location=location)
        found[key] = timedelta(minutes=merged.values.cutoff or 0)
    return found


def _values_of(row: BookingRule) -> RuleValues:
    plain = {name: getattr(row, name) for name in _RULE_FIELDS}
    plain["visits"] = VisitOrder(row.visits) if row.visits else None
    plain["mode"] = VisitMode(row.mode) if row.mode else None
    return RuleValues(**plain)


def _terms(visit: _Visit) -> VisitTerms:
    rule = visit.merged.values
    return VisitTerms(
        practitioner_id=visit.link.practitioner,
        location_id=visit.location,
        service_id=visit.link.service,
        minutes=visit.minutes,
        before=rule.before or 0,
        after=rule.after or 0,
        step=visit.step,
        notice=DEFAULT_NOTICE if rule.notice is None else rule.notice,
        horizon=DEFAULT_HORIZON if rule.horizon is None else rule.horizon,
        capacity=rule.capacity or 1,
        is_default=visit.is_default,
        quota=rule.quota,
        is_quota_of_service=visit.merged.is_quota_of_service,
        visits=rule.visits or VisitOrder.ANY,
        age_from=rule.age_from,
        age_to=rule.age_to,
        needs_referral=bool(rule.needs_referral),
        mode=rule.mode or VisitMode.IN_PERSON,
        overbook=DEFAULT_OVERBOOK if rule.overbook is None else rule.overbook,
    )


def _visits(
    usual: UsualMinutes,
    *,
    practitioner: UUID | None = None,
    location: UUID | None = None,
    day: date | None = None,
) -> list[_Visit]:
    """Return the visits that can be booked, with their prices of `day` (None: today).

    Which visit is the default one is told by prices of today in UTC, for whatever day it is asked.
    """
    rules = _rules()
    today = clock.now().date()
    shown = day or today
    days = {today, shown}
    offered: list[tuple[UUID, list[tuple[_Link, MergedRules]]]] = []
    for doctor, place, keeper, links in _given(practitioner, location=location, days=days):
        pairs = [
            (link, merge_rules(rules, practitioner=doctor, service=link.service, location=place))
            for link in links
            if _can_be_booked(link, keeper)
        ]
        online = [(link, merged) for link, merged in pairs if merged.values.is_online is not False]
        offered.append((place, online))
    costs = _costs(offered, days=days)
    visits: list[_Visit] = []
    for place, pairs in offered:
        if not pairs:
            continue
        default = min(
            (link for link, _ in pairs), key=lambda link: _rank(link, cost=costs.get((link, place, today)))
        )
        unnamed = usual.get((default.practitioner, place)) or DEFAULT_MINUTES
        step = default.norm or unnamed
        visits.extend(
            _Visit(
                link,
                place,
                merged,
                link.norm or unnamed,
                is_default=link is default,
                step=merged.values.step or step,
                cost=costs.get((link, place, shown)),
            )
            for link, merged in pairs
        )
    return visits


def _can_be_booked(link: _Link, keeper: str) -> bool:
    """Say whether the MIS that keeps the schedule knows the service: a doctor may be in branches of two."""
    return link.is_own or keeper in {"", OWN_SCHEDULE} or keeper in link.mises


def _is_unknown_there(practitioner: UUID, *, location: UUID, service: UUID | None) -> bool:
    """Say whether the MIS of the branch knows none of the services that are asked for."""
    asked = [
        (keeper, [link for link in links if service in {None, link.service}])
        for _, _, keeper, links in _given(practitioner, location=location)
    ]
    return any(links and not any(_can_be_booked(link, keeper) for link in links) for keeper, links in asked)


def _rank(link: _Link, *, cost: Decimal | None) -> tuple[bool, bool, Decimal, str, UUID]:
    """Order of the candidates for a default visit; the least one wins.

    A first visit by its name («Приём…», «Консультация…», «Первичн…», but not a repeated one), then what
    has a price, then the cheapest.
    """
    name = normalise(link.name)
    is_usual = name.startswith(_USUAL) and _REPEATED not in name
    return not is_usual, not cost, cost or Decimal(0), name, link.service


def _given(
    practitioner: UUID | None, *, location: UUID | None, days: Collection[date] = ()
) -> list[tuple[UUID, UUID, str, list[_Link]]]:
    """Return what each doctor gives in each branch, and the MIS that keeps the schedule there ("": none).

    Our own visit only where there is no other. One query, of a row for each doctor, branch and service; of
    one doctor it brings along which MISes know the service and the prices of `days`, which of all would be
    looked up row by row: then it is one query more.
    """
    asked = {"practitioner": practitioner, "practitioner__roles__location": location}
    rows = PractitionerService.objects.filter(
        closed_at=None,
        practitioner__closed_at=None,
        service__closed_at=None,
        service__kind=ServiceKind.SERVICE.value,
        practitioner__roles__closed_at=None,
        practitioner__roles__location__closed_at=None,
        practitioner__roles__location__zone__gt="",
        **{name: value for name, value in asked.items() if value is not None},
    )
    known = ExternalId.objects.filter(kind=Kind.SERVICE.value)
    along = {"mises": ArraySubquery(known.filter(target=OuterRef("service_id")).values("mis"))}
    if days:
        along["prices"] = _priced_on(days)
    given = (
        rows.order_by("practitioner_id", "practitioner__roles__location_id", "service_id")
        .values_list(
            "practitioner_id",
            "practitioner__roles__location_id",
            "service_id",
            "service__name",
            "minutes",
            "service__minutes",
            "service__is_own",
        )
        .annotate(
            keeper=Min("practitioner__roles__mis", filter=Q(practitioner__roles__mis__gt="")),
            **({} if practitioner is None else along),
        )
    )
    knowing: dict[UUID, set[str]] = defaultdict(set)
    for service, mis in known.values_list("target", "mis") if practitioner is None else ():
        knowing[service].add(mis)
    found: dict[tuple[UUID, UUID, str], list[_Link]] = defaultdict(list)
    for doctor, place, service, name, own_norm, norm, is_own, keeper, *brought in given:
        mises = frozenset(brought[0] if brought else knowing[service])
        costs = tuple(_price_row(service, each) for each in brought[1]) if brought[1:] else None
        link = _Link(doctor, service, name, own_norm or norm, is_own, mises, costs)
        found[doctor, place, keeper or ""].append(link)
    return [(*key, [link for link in links if not link.is_own] or links) for key, links in found.items()]


def _priced_on(days: Collection[date]) -> ArraySubquery:
    valid = valid_between(min(days), max(days)).filter(service=OuterRef("service_id"))
    return ArraySubquery(
        valid.values(
            row=JSONObject(
                location="location_id",
                practitioner="practitioner_id",
                begin="valid_from",
                end="valid_to",
                amount=Cast("amount", TextField()),
            )
        )
    )


def _price_row(service: UUID, row: Mapping[str, str | None]) -> PriceRow:
    location, practitioner, end = row["location"], row["practitioner"], row["end"]
    return (
        service,
        UUID(location) if location else None,
        UUID(practitioner) if practitioner else None,
        date.fromisoformat(str(row["begin"])),
        date.fromisoformat(end) if end else None,
        Decimal(str(row["amount"])),
    )


def _rules() -> dict[RuleKey, RuleValues]:
    return {(card.practitioner_id, card.service_id, card.location_id): card.values for card in rules()}


def _costs(
    offered: list[tuple[UUID, list[tuple[_Link, MergedRules]]]], *, days: Collection[date]
) -> dict[tuple[_Link, UUID, date], Decimal]:
    """Return the prices of these days above zero (zero means that nobody has said it).

    One query, where the links have not brought them along.
    """
    asked = {
        PriceQuery(link.service, place, link.practitioner, day): (link, place, day)
        for place, pairs in offered
        for link, _ in pairs
        for day in days
    }
    links = [link for _, pairs in offered for link, _ in pairs]
    if any(link.prices is None for link in links):
        found = prices(list(asked))
    else:
        found = amounts(list(asked), {row for link in links for row in link.prices or ()})
    return {asked[query]: amount for query, amount in found.items() if amount}
