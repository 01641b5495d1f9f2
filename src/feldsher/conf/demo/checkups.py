"""Invented programmes of check-ups for a demo, of services of its MIS; one that lacks them is left out."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from feldsher.conf.demo.staff import EDITOR
from feldsher.domain.checkups import selectors, services
from feldsher.domain.checkups.errors import SlugTakenError
from feldsher.domain.checkups.types import Bounds, ProgrammeChange, Sex
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Kind

_EVERYBODY: Final = Bounds()
_PROGRAMMES: Final = (
    (
        ProgrammeChange(
            "Чекап сердца с\u00a040 лет",
            "serdce-40",
            "Выдуманная программа демонстрации: приём и\u00a0исследования за\u00a0один визит или\u00a0два.",
            Bounds(age_from=40),
        ),
        5900,
        (
            ("кардиолога первичный", _EVERYBODY, False),
            ("терапевта первичный", _EVERYBODY, False),
            ("гинеколога первичный", Bounds(sex=Sex.FEMALE), False),
            ("уролога первичный", Bounds(sex=Sex.MALE), False),
            ("эндокринолога первичный", Bounds(age_from=50), True),
            ("невролога первичный", _EVERYBODY, True),
        ),
    ),
    (
        ProgrammeChange(
            "Женское здоровье",
            "zhenskoe-zdorovie",
            "Выдуманная программа демонстрации.",
            Bounds(age_from=18, sex=Sex.FEMALE),
            not_for_pregnant=True,
        ),
        None,
        (
            ("гинеколога первичный", _EVERYBODY, False),
            ("мазка на", _EVERYBODY, False),
            ("кольпоскопия", Bounds(age_from=30), True),
        ),
    ),
)


def compose_demo_programmes(*, today: date) -> int:
    """Compose them once; return how many there are now."""
    for change, price, items in _PROGRAMMES:
        found = {text: directory.record_lines(Kind.SERVICE, text=text)[0] for text, _, _ in items}
        if not all(found.values()):
            continue
        with suppress(SlugTakenError):
            made = services.save_programme(change, staff=EDITOR)
            for text, bounds, is_optional in items:
                services.add_item(
                    made,
                    service_id=found[text][0].id,
                    bounds=bounds,
                    is_optional=is_optional,
                    staff=EDITOR,
                )
            if price is not None:
                services.set_price(made, location_id=None, amount=Decimal(price), since=today, staff=EDITOR)
            services.save_programme(replace(change, is_published=True), staff=EDITOR, programme_id=made)
    return len(selectors.programmes())
