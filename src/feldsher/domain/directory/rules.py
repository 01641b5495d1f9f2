"""Which booking rule wins, without a database.

Rules are merged field by field: the most specific rule that has an opinion decides. A rule names a
doctor, a service, a branch, or leaves each open. The order is: doctor before service before branch, so
from strongest to weakest: doctor + service + branch, doctor + service, doctor + branch, doctor,
service + branch, service, branch, everywhere. A rule is therefore always weaker than one that names the
same parties and more.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final
from uuid import UUID

from feldsher.domain.directory.types import MergedRules, RuleValues, VisitMode, VisitOrder

RuleKey = tuple[UUID | None, UUID | None, UUID | None]
"""Doctor, service, branch; None is any."""

MINUTES_A_DAY: Final = 1440
DEFAULT_MINUTES: Final = 30
DEFAULT_NOTICE: Final = 60
DEFAULT_HORIZON: Final = 30 * MINUTES_A_DAY
DEFAULT_OVERBOOK: Final = 1

DEFAULT_VALUES: Final = RuleValues(
    before=0,
    after=0,
    notice=DEFAULT_NOTICE,
    horizon=DEFAULT_HORIZON,
    capacity=1,
    is_online=True,
    visits=VisitOrder.ANY,
    needs_referral=False,
    mode=VisitMode.IN_PERSON,
    cutoff=0,
    overbook=DEFAULT_OVERBOOK,
)
"""What holds where no rule speaks; a step of None follows the doctor's default visit."""

_FIELDS: Final = tuple(field.name for field in fields(RuleValues))
_NOTHING: Final = MergedRules()


def precedence(practitioner: UUID | None, service: UUID | None, location: UUID | None) -> tuple[RuleKey, ...]:
    """Return the rules that may speak of these parties, the strongest first, their own included."""
    order: tuple[RuleKey, ...] = (
        (practitioner, service, location),
        (practitioner, service, None),
        (practitioner, None, location),
        (practitioner, None, None),
        (None, service, location),
        (None, service, None),
        (None, None, location),
        (None, None, None),
    )
    return tuple(dict.fromkeys(order))


def merge_rules(
    rules: Mapping[RuleKey, RuleValues], *, practitioner: UUID, service: UUID, location: UUID
) -> MergedRules:
    """Return what the rules say together of one visit; None where none of them speaks."""
    if not rules:
        return _NOTHING
    found = {key: rules[key] for key in precedence(practitioner, service, location) if key in rules}
    if not found:
        return _NOTHING
    merged = {
        name: next((value for rule in found.values() if (value := getattr(rule, name)) is not None), None)
        for name in _FIELDS
    }
    limiting = next((key for key, rule in found.items() if rule.quota is not None), None)
    return MergedRules(RuleValues(**merged), limiting is not None and limiting[1] is not None)
