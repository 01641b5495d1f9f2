"""Reads: branches, specialties, services, doctors with their nearest times, and the times themselves."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from feldsher.channels.api import rules, schemas, shown, wire
from feldsher.channels.api.promises import promises
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard, ServiceCard, SpecialtyCard
from feldsher.domain.figures.types import Search, Wanted
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.errors import BadFilterError
from feldsher.domain.scheduling.types import Answers, OpenSlot, SlotFilter, VisitRule
from feldsher.kernel.errors import InvalidInputError, NotFoundError

router = Router(tags=["Справочник и расписание"])

_NEXT_SLOTS = 6


@router.get(
    "/specialties",
    response=schemas.Specialties,
    summary="Специальности",
    openapi_extra=promises(),
)
def specialties(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the signature is ninja's
    return wire.answer(
        {"items": [_specialty(card) for card in directory.specialties()]}, cache=wire.REVALIDATE
    )


@router.get("/locations", response=schemas.Locations, summary="Филиалы", openapi_extra=promises())
def locations(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the signature is ninja's
    return wire.answer({"items": [_location(card) for card in directory.locations()]}, cache=wire.REVALIDATE)


@router.get(
    "/services",
    response=schemas.Services,
    summary="Услуги врача или поиск услуги",
    openapi_extra=promises(BadFilterError, NotFoundError, InvalidInputError),
)
def services(request: HttpRequest, query: Query[schemas.ServicesQuery]) -> HttpResponse:  # noqa: ARG001 - ninja's
    if query.practitioner is not None:
        found = directory.services_of(directory.practitioner(query.practitioner).id, location=query.location)
    elif query.q is not None:
        found = directory.search_services(query.q)
    else:
        raise BadFilterError("neither practitioner nor q")
    return wire.answer({"items": [_service(card) for card in found]}, cache=wire.REVALIDATE)


@router.get(
    "/practitioners",
    response=schemas.Practitioners,
    summary="Врачи и их ближайшие времена",
    openapi_extra=promises(InvalidInputError),
)
def practitioners(request: HttpRequest, query: Query[schemas.PractitionersQuery]) -> HttpResponse:
    cards, after = directory.practitioners(
        specialty=query.specialty,
        location=query.location,
        service=query.service,
        after=query.after,
        limit=query.limit,
    )
    ids, answers = [card.id for card in cards], rules.answers_of(query)
    nearest = scheduling.next_times(
        ids, location_id=query.location, service_id=query.service, per=_NEXT_SLOTS, answers=answers
    )
    ruled: dict[UUID, list[VisitRule]] = defaultdict(list)
    for rule in scheduling.visit_rules(ids, location_id=query.location, service_id=query.service):
        ruled[rule.practitioner_id].append(rule)
    items = [
        _practitioner(card, nearest.get(card.id, ())) | _for_whom(ruled[card.id], answers) for card in cards
    ]
    found = [(slots[0].key.location_id, doctor) for doctor, slots in nearest.items() if slots]
    search = (
        None
        if query.after
        else _search(service=query.service, specialty=query.specialty, location=query.location)
    )
    shown.note(request, found, search=search)
    return wire.answer({"items": items, "next": after}, cache=wire.REVALIDATE)


@router.get(
    "/slots",
    response=schemas.Slots,
    summary="Свободные времена по дням",
    openapi_extra=promises(
        BadFilterError, NotFoundError, InvalidInputError, headers=("If-None-Match",), has_etag=True
    ),
)
def slots(request: HttpRequest, query: Query[schemas.SlotsQuery]) -> HttpResponse:
    answers = rules.answers_of(query)
    found = scheduling.open_times(
        SlotFilter(
            practitioner_id=query.practitioner,
            specialty=query.specialty,
            service_id=query.service,
            location_id=query.location,
        ),
        first=query.first,
        days=query.days,
        answers=answers,
    )
    etag = f'"{found.etag}"'
    headers = {"Cache-Control": wire.REVALIDATE, "ETag": etag}
    if _knows(request, etag):
        return wire.bare(304, headers=headers)
    free = {(slot.key.location_id, slot.key.practitioner_id) for day in found.days for slot in day.slots}
    search = _search(
        practitioner=query.practitioner,
        service=query.service,
        specialty=query.specialty,
        location=query.location,
    )
    asked = rules.asks(found.rules, answers)
    shown.note(request, free, search=None if asked else search)
    told = wire.times(found, asked=asked, refused=rules.refusals(found.rules, answers))
    response = wire.answer(told, cache=wire.REVALIDATE)
    response.headers["ETag"] = etag
    return response


def _search(
    *,
    practitioner: UUID | None = None,
    service: UUID | None = None,
    specialty: str | None = None,
    location: UUID | None = None,
) -> Search | None:
    """Return what was asked for, the narrowest of it; what nobody here has is no search."""
    if practitioner is not None:
        return Search(Wanted.DOCTOR, str(practitioner), location)
    if service is not None:
        return Search(Wanted.SERVICE, str(service), location)
    if specialty:
        return Search(Wanted.SPECIALTY, specialty, location)
    return Search(Wanted.ANYBODY, location=location)


def _knows(request: HttpRequest, etag: str) -> bool:
    """Tell whether If-None-Match names this tag; the comparison is weak (RFC 9110 §13.1.2)."""
    sent = request.META.get("HTTP_IF_NONE_MATCH", "")
    return sent == "*" or any(tag.strip().removeprefix("W/") == etag for tag in sent.split(","))


def _for_whom(ruled: Sequence[VisitRule], answers: Answers) -> wire.Json:
    return {"asks": rules.asks(ruled, answers), "refusals": rules.refusals(ruled, answers)}


def _specialty(card: SpecialtyCard) -> wire.Json:
    return {"slug": card.slug, "title": card.title, "practitioners": card.practitioners}


def _service(card: ServiceCard) -> wire.Json:
    return {"id": str(card.id), "name": card.name, "minutes": card.minutes}


def _location(card: LocationCard) -> wire.Json:
    return {
        "id": str(card.id),
        "name": card.name,
        "organization": card.organization_name,
        "zone": card.zone,
        "city": card.city,
        "address": card.address,
        "phone": card.phone,
        "hours": card.hours,
    }


def _practitioner(card: PractitionerCard, nearest: Sequence[OpenSlot]) -> wire.Json:
    return {
        "id": str(card.id),
        "name": card.name,
        "specialties": [
            {"slug": slug, "title": title}
            for slug, title in zip(card.specialty_slugs, card.specialties, strict=True)
        ],
        "locations": [str(place) for place in card.location_ids],
        "about": card.about,
        "next_slots": wire.slots(nearest),
    }
