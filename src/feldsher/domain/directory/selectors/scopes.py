"""What a booking rule of some parties stands on and whom it touches, for who writes rules or asks why."""

from dataclasses import fields
from uuid import UUID

from feldsher.domain.directory.models import PractitionerRole, PractitionerService
from feldsher.domain.directory.rules import DEFAULT_VALUES, precedence
from feldsher.domain.directory.selectors.terms import rules
from feldsher.domain.directory.types import EffectiveValue, RuleReach, RuleValues, ServiceKind


def effective_values(
    *,
    practitioner: UUID | None = None,
    service: UUID | None = None,
    location: UUID | None = None,
    with_own: bool = True,
) -> dict[str, EffectiveValue]:
    """Return by field what holds for these parties (None is any) and from which rule; one query.

    With parties left open it is what the wider rules say to all of them: a narrower rule may say otherwise.
    Without `with_own` the rule of exactly these parties keeps silent.
    """
    known = {(card.practitioner_id, card.service_id, card.location_id): card for card in rules()}
    order = precedence(practitioner, service, location)
    heard = [known[key] for key in order[0 if with_own else 1 :] if key in known]
    found = {}
    for name in (item.name for item in fields(RuleValues)):
        card = next((card for card in heard if getattr(card.values, name) is not None), None)
        found[name] = EffectiveValue(name, getattr(card.values if card else DEFAULT_VALUES, name), card)
    return found


def rule_reach(
    *, practitioner: UUID | None = None, service: UUID | None = None, location: UUID | None = None
) -> RuleReach:
    """Return how many doctors and services of now a rule of these parties touches; one query."""
    links = PractitionerService.objects.filter(
        closed_at=None,
        practitioner__closed_at=None,
        service__closed_at=None,
        service__kind=ServiceKind.SERVICE.value,
    )
    works = PractitionerRole.objects.filter(closed_at=None, location__closed_at=None)
    if location is not None:
        works = works.filter(location=location)
    links = links.filter(practitioner__in=works.values("practitioner"))
    if practitioner is not None:
        links = links.filter(practitioner=practitioner)
    if service is not None:
        links = links.filter(service=service)
    pairs = set(links.values_list("practitioner", "service"))
    return RuleReach(len({doctor for doctor, _ in pairs}), len({what for _, what in pairs}))
