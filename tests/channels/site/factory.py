"""Invented directory cards and slots for tests that need no database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import inf
from typing import Any
from uuid import UUID

from feldsher.channels.site.columns import days_of
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.directory.types.profile import Certificate, Education, Profile
from feldsher.domain.scheduling.types import (
    AppointmentCard,
    DaysOffered,
    FirstTime,
    Hold,
    OpenSlot,
    SlotKey,
    Sort,
    State,
    VisitRule,
)
from feldsher.domain.search.types import Count, Found, Hit, Part

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MOSCOW_BRANCH = UUID(int=1)
URAL_BRANCH = UUID(int=2)
SERVICE = UUID(int=9)
HOLD = UUID(int=5)
FORM_KEY = "0123456789abcdef" * 2


def branch(pk: UUID = MOSCOW_BRANCH, **values: object) -> LocationCard:
    given: dict[str, object] = {
        "id": pk,
        "organization_id": UUID(int=7),
        "organization_name": "ООО «Примерная клиника»",
        "name": "На Условной",
        "zone": "Europe/Moscow",
        "city": "Москва",
        "address": "Условная ул., 18",
        "phone": "+79210000001",
        "hours": "Ежедневно 09:00–20:00",
        "is_open": True,
        "latitude": Decimal("55.764300"),
        "longitude": Decimal("37.605600"),
        **values,
    }
    return LocationCard(**given)  # type: ignore[arg-type] # the keywords are the fields


def ural() -> LocationCard:
    return branch(
        URAL_BRANCH,
        name="Уральский",
        zone="Asia/Yekaterinburg",
        city="Екатеринбург",
        address="Пробный пер., 3",
        latitude=Decimal("56.838900"),
        longitude=Decimal("60.605700"),
    )


def doctor(number: int, family: str, slug: str = "terapevt") -> PractitionerCard:
    return PractitionerCard(
        id=UUID(int=100 + number),
        family=family,
        given="Анна",
        middle="Сергеевна",
        specialties=("терапевт",),
        specialty_slugs=(slug,),
        location_ids=(MOSCOW_BRANCH, URAL_BRANCH),
    )


def slot(
    card: PractitionerCard,
    hours: float,
    *,
    place: LocationCard | None = None,
    price: Decimal | None = Decimal(1900),
) -> OpenSlot:
    """A slot that begins `hours` after MONDAY (06:00 UTC, 09:00 in Moscow)."""
    where = place or branch()
    start = MONDAY + timedelta(hours=hours)
    return OpenSlot(
        token=f"token-{card.id.int}-{hours}",
        key=SlotKey(card.id, where.id, SERVICE, start),
        end=start + timedelta(minutes=30),
        zone=where.zone,
        price=price,
    )


def appointment(state: State, **values: object) -> AppointmentCard:
    card = doctor(1, "Небывалова")
    given: dict[str, object] = {
        "id": HOLD,
        "chain": values.get("id", HOLD),
        "state": state,
        "key": slot(card, 24).key,
        "end": MONDAY + timedelta(hours=24, minutes=30),
        "zone": "Europe/Moscow",
        "price": Decimal(1900),
        "reason": "",
        "expires_at": None,
        "answer_by": None,
        "can_cancel": False,
        "created_at": MONDAY,
        "version": 1,
        **values,
    }
    return AppointmentCard(**given)  # type: ignore[arg-type] # the keywords are the fields


def held(hours: float = 24) -> Hold:
    """A hold that ends ten minutes after MONDAY."""
    wanted = slot(doctor(1, "Небывалова"), hours)
    return Hold(
        id=HOLD,
        key=wanted.key,
        end=wanted.end,
        zone=wanted.zone,
        price=wanted.price,
        expires_at=MONDAY + timedelta(minutes=10),
    )


def put_list(
    answers: Callable[..., Any],
    offers: Mapping[PractitionerCard, Mapping[UUID, Sequence[OpenSlot]]],
    *,
    rules: tuple[VisitRule, ...] = (),
) -> dict[str, Any]:
    """Answer what the list of doctors asks: who is there, each one's first times, cards, days and rules."""
    firsts = [
        FirstTime(card.id, branch_id, slots[0].key.start, slots[0].zone, slots[0].price)
        for card, branches in offers.items()
        for branch_id, slots in branches.items()
    ]

    def lead(
        _: object, *, count: int, sort: Sort, distances: Mapping[UUID, float], **__: object
    ) -> tuple[FirstTime, ...]:
        def place(first: FirstTime) -> tuple[float, datetime]:
            weights = {
                Sort.PRICE: float(first.price or 0),
                Sort.DISTANCE: distances.get(first.location_id, inf),
            }
            return weights.get(sort, 0.0), first.start

        best = {first.practitioner_id: first for first in sorted(firsts, key=place, reverse=True)}
        return tuple(sorted(best.values(), key=place)[:count])

    days = {card.id: {pk: days_of(slots) for pk, slots in own.items()} for card, own in offers.items()}
    leading = answers("selectors", "leading_times", ())
    leading.side_effect = lead
    return {
        "ids": answers("directory", "practitioner_ids", tuple(card.id for card in offers)),
        "cards": answers("directory", "open_practitioner_cards", {card.id: card for card in offers}),
        "leading": leading,
        "days": answers("selectors", "day_times", DaysOffered(days, rules)),
    }


FOUND = Found(
    hits=(
        Hit("specialty", "terapevt", (Part("Терапевт", is_hit=True),), (), (), 1.2),
        Hit(
            "practitioner",
            str(doctor(1, "Небывалова").id),
            (Part("Небывалова Пример Тестовна"),),
            (Part("Терапевт", is_hit=True), Part(". На Условной")),
            (),
            0.7,
        ),
        Hit(
            "service",
            str(SERVICE),
            (Part("Первичный приём"),),
            (),
            (Part("Приём "), Part("терапевта", is_hit=True)),
            0.5,
        ),
        Hit("location", str(MOSCOW_BRANCH), (Part("На Условной"),), (Part("Москва"),), (), 0.4),
    ),
    counts=(Count("specialty", 1), Count("practitioner", 1), Count("service", 40), Count("location", 1)),
    corrected="терапевт",
)
"""What a search for «терапефт» finds."""
PROFILE = Profile(
    about="Лечит простуду.\n\nПринимает взрослых.",
    career_start=2012,
    degree="кандидат медицинских наук",
    rank="",
    category="врач высшей категории",
    education=(Education("Специалитет", "Пример-университет", 2010, "лечебное дело"),),
    certificates=(Certificate("Аккредитация", "терапия", date(2030, 12, 31)),),
)
