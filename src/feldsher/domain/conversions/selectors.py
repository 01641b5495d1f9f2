"""Reads of conversions: whether a hold's patient is asked, and how the reports stand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q

from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.models import Conversion
from feldsher.domain.conversions.sealed import open_click
from feldsher.domain.conversions.types import Fact
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose
from feldsher.foundation.access.context import as_service

WORK = "conversions"
_DAY = timedelta(days=1)
_WORDS = {
    Fact.CLINIC: "в\u00a0какой филиал",
    Fact.DOCTOR: "к\u00a0какому врачу",
    Fact.SERVICE: "на\u00a0какую услугу",
    Fact.STARTS_AT: "на\u00a0какое время",
    Fact.PRESSED_AT: "и\u00a0когда нажали «Записаться»",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a patient is asked: whom to tell, and what exactly (Russian); `is_yes` is what they chose.

    `version` is that of the text that they agree to. `click` travels in the form, to another time's hold.
    """

    whom: str
    what: str
    version: str
    is_yes: bool
    click: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """Reports that wait: how many, the oldest's word, and the code of a denial, empty for none.

    `given_up` counts those since the asked moment. `unfit` are those of a day that the catalogue does not
    take while it took none.
    """

    waiting: int
    oldest: datetime | None
    denied: str
    given_up: int
    unfit: int


def are_clicks_wanted() -> bool:
    """Tell whether the mark of a catalogue is to be carried at all."""
    return gateways.catalogue() is not None


def question(appointment: UUID) -> Question | None:
    """Return what the patient of this hold is asked; None for most, whom no catalogue led here.

    Raises ConsentTextMissingError where no text for it is published, VaultError.
    """
    catalogue = gateways.catalogue()
    if catalogue is None:
        return None
    with as_service(WORK):
        row = Conversion.objects.filter(pk=appointment, told_at=None).first()
    if row is None or not row.click:
        return None
    told = ["что\u00a0вы записались", *(words for fact, words in _WORDS.items() if fact in catalogue.facts)]
    return Question(
        whom=catalogue.title,
        what=", ".join(told),
        version=patients.current_consent_text(Purpose.CATALOGUE).version,
        is_yes=row.agreed_at is not None,
        click=open_click(row.click, row=appointment),
    )


def standing(*, now: datetime, since: datetime) -> Standing:
    """Return how the reports stand now; `given_up` counts those noted since that moment."""
    waits, today = Q(due_at__isnull=False), Q(noted_at__gte=now - _DAY)
    with as_service(WORK):
        found = Conversion.objects.aggregate(
            waiting=Count("pk", filter=waits & Q(tries__gt=0)),
            oldest=Min("agreed_at", filter=waits & Q(tries__gt=0)),
            given_up=Count("pk", filter=Q(given_up=True, noted_at__gte=since)),
            unfit=Count("pk", filter=Q(is_unfit=True) & today),
            taken=Count("pk", filter=Q(told_at__gte=now - _DAY)),
        )
        denied = Conversion.objects.filter(waits, is_denied=True).values_list("code", flat=True).first()
    taken = found.pop("taken")
    return Standing(denied=denied or "", **{**found, "unfit": 0 if taken else found["unfit"]})
