"""What watch can't know of patients: whose they are by name, since when they are here, whether they come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Facts:
    """What makes a look at a patient ordinary or odd. No name leaves the domain.

    `created_at`: since when the patient is known. `has_visit`: about the asked instant some visit gives the
    desk a reason to look. `kin`: members of staff who
    share the family name in either of its forms; `commonness` is then the share of all patients who do.
    """

    created_at: datetime
    has_visit: bool
    kin: frozenset[UUID] = frozenset()
    commonness: float = 0.0


class PatientFacts(Protocol):
    """Answers for those patients that it knows. `staff` are people's names as staff itself writes them."""

    def __call__(
        self, patients: Collection[UUID], *, at: datetime, staff: Mapping[UUID, str]
    ) -> Mapping[UUID, Facts]: ...


def nobody_knows(
    patients: Collection[UUID],  # noqa: ARG001 - the port's signature
    *,
    at: datetime,  # noqa: ARG001 - as above
    staff: Mapping[UUID, str],  # noqa: ARG001 - as above
) -> Mapping[UUID, Facts]:
    """Stand where no domain is bound: without facts the rules on grounds, kin and order find nothing."""
    return {}
