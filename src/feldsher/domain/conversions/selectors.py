"""Reads of conversions: whether a hold's patient is asked, and how the reports stand."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.models import Conversion
from feldsher.domain.conversions.types import Fact
from feldsher.foundation.access.context import as_service

WORK = "conversions"
_WORDS = {
    Fact.CLINIC: "в\u00a0какой филиал",
    Fact.DOCTOR: "к\u00a0какому врачу",
    Fact.SERVICE: "на\u00a0какую услугу",
    Fact.STARTS_AT: "на\u00a0какое время",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a patient is asked: whom to tell, and what exactly (Russian); `is_yes` is what they chose."""

    whom: str
    what: str
    is_yes: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Reports that wait: how many, the oldest's press, and the code of a refusal, empty for none."""

    waiting: int
    oldest: datetime | None
    refused: str
    given_up: int


def are_clicks_wanted() -> bool:
    """Tell whether the mark of a catalogue is to be carried at all."""
    return gateways.catalogue() is not None


def question(appointment: UUID) -> Question | None:
    """Return what the patient of this hold is asked; None for most, whom no catalogue led here."""
    catalogue = gateways.catalogue()
    if catalogue is None:
        return None
    with as_service(WORK):
        found = Conversion.objects.filter(pk=appointment, told_at=None).values_list("agreed_at").first()
    if found is None:
        return None
    told = ["что\u00a0вы записались", *(words for fact, words in _WORDS.items() if fact in catalogue.facts)]
    return Question(catalogue.title, ", ".join(told), is_yes=found[0] is not None)


def standing(*, since: datetime) -> Standing:
    """Return how the reports stand; `given_up` counts those noted since that moment."""
    waits = Q(due_at__isnull=False)
    with as_service(WORK):
        found = Conversion.objects.aggregate(
            waiting=Count("pk", filter=waits & Q(tries__gt=0)),
            oldest=Min("agreed_at", filter=waits & Q(tries__gt=0)),
            given_up=Count("pk", filter=Q(given_up=True, noted_at__gte=since)),
        )
        refused = Conversion.objects.filter(waits, is_refused=True).values_list("code", flat=True).first()
    return Standing(refused=refused or "", **found)
