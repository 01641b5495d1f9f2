"""Every component in each of its states, drawn by the templates and styles that the pages use. Demo only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.assets import symbols
from feldsher.channels.frontend.look import SCHEMES, look_of
from feldsher.channels.frontend.queries import text_in
from feldsher.channels.site.columns import Terms, days_of, doctor_table
from feldsher.channels.site.forms import BookingForm
from feldsher.channels.site.order import Ranked
from feldsher.channels.site.pages import page
from feldsher.channels.site.rules import askings
from feldsher.channels.site.talon import Talon
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory.types import LocationCard, PractitionerCard, VisitMode
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import Answer, Answers, Barrier, OpenSlot, SlotKey, VisitRule
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.money import format_roubles

_PLACE = LocationCard(
    id=UUID(int=1),
    organization_id=UUID(int=1),
    organization_name="ООО «Примерная клиника»",
    name="На\u00a0Условной",
    zone="Europe/Moscow",
    city="Москва",
    address="Условная ул., 18",
    phone="+7 000 000-00-01",
    hours="пн–сб 8:00–20:00",
    is_open=True,
)
_DOCTOR = PractitionerCard(
    id=UUID(int=6),
    family="Небывалова",
    given="Анна",
    middle="Сергеевна",
    specialties=("терапевт",),
    specialty_slugs=(),
    location_ids=(_PLACE.id,),
)
_TALON = Talon(
    time="10:20",
    day="Вт, 24\u00a0ноября",
    badge="",
    doctor=_DOCTOR.name,
    specialties="Терапевт",
    service="Первый приём",
    price=format_roubles(Decimal(1900)),
    place="Москва, Условная ул., 18",
    place_name=_PLACE.name,
    phone=_PLACE.phone,
    operator=_PLACE.organization_name,
    location=_PLACE,
    card=_DOCTOR,
)
_ASKING = VisitRule(
    practitioner_id=_DOCTOR.id,
    location_id=_PLACE.id,
    service_id=UUID(int=9),
    asks=Answer.AGE | Answer.REFERRAL,
    age_from=18,
    age_to=None,
    mode=VisitMode.EITHER,
)
_MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_STATES = (
    ("wait", "Держим для\u00a0вас", "clock", 521),
    ("wait", "Меньше минуты", "clock", 48),
    ("busy", "Подтверждаем", "", 0),
    ("ok", "Вы\u00a0записаны", "check", 0),
    ("off", "Отменена", "cross", 0),
    ("off", "Перенесена", "swap", 0),
    ("lost", "Время заняли раньше", "warning", 0),
    ("wait", "Проверяем в\u00a0клинике", "clock", 0),
)


@require_safe
@honest
def show(request: HttpRequest) -> HttpResponse:
    """Show the gallery in the asked scheme (`?look=dark`); not found outside a demo."""
    if not settings.DEMO:
        raise NotFoundError("the gallery is a part of the demo")
    asked = text_in(request.GET, "look")
    chosen = look_of(request)
    faulty = BookingForm({"phone": "+7 921 000-0", "given": "Вера"})
    faulty.is_valid()
    context = {
        "look": replace(chosen, scheme=asked) if asked in SCHEMES else chosen,
        "schemes": [(f"?look={name}", title, name == asked) for name, title in SCHEMES.items() if name],
        "talons": [(_TALON, *state) for state in _STATES],
        "askings": askings([_ASKING], Answers(age=30), link_to=lambda _: "#week"),
        "refusal": scheduling.refusal(_ASKING, Barrier.AGE),
        "whole_seconds": 600,
        "table": _table(),
        "form": faulty,
        "fresh": BookingForm(),
        "heads": [(name, number % 4) for number, name in enumerate(symbols("pictures.svg", width=96))],
        "scenes": ("scene-full", "scene-quiet", "scene-away"),
        "icons": symbols("icons.svg", width=24),
    }
    return page(request, "components.html", context, locations=(_PLACE,))


def _table() -> object:
    """Return two invented doctors, one with times of two days and one without any."""
    later = replace(_DOCTOR, id=UUID(int=8), family="Присказкина", given="Мария", middle="Олеговна")
    key = SlotKey(_DOCTOR.id, _PLACE.id, UUID(int=9), _MONDAY)
    hours = (1, 1.5, 2, 3, 3.5, 26, 27)
    slots = tuple(
        OpenSlot(
            token=f"sample-{number}",
            key=replace(key, start=_MONDAY + timedelta(hours=hour)),
            end=_MONDAY + timedelta(hours=hour, minutes=20),
            zone=_PLACE.zone,
            price=Decimal(1900),
        )
        for number, hour in enumerate(hours)
    )
    return doctor_table(
        (Ranked(_DOCTOR, days_of(slots)), Ranked(later)),
        places={_PLACE.id: _PLACE},
        terms=Terms(),
        now=_MONDAY,
    )
