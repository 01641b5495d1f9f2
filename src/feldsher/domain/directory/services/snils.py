"""By which СНИЛС doctors are known. Read and written by import and merge, within their transactions."""

from collections.abc import Mapping
from uuid import UUID

from feldsher.domain.directory.models import PractitionerSnils
from feldsher.domain.directory.snils import SNILS


@SNILS.reach()
def known_snils() -> dict[UUID, str]:
    """Return the keyed hash of each doctor whose СНИЛС a МИС has told."""
    return dict(PractitionerSnils.objects.values_list("practitioner", "index"))


@SNILS.reach()
def keep_snils(found: Mapping[UUID, str]) -> None:
    """Write the hashes of doctors, over those that stood there."""
    PractitionerSnils.objects.bulk_create(
        [PractitionerSnils(practitioner_id=row_id, index=index) for row_id, index in found.items()],
        update_conflicts=True,
        unique_fields=["practitioner"],
        update_fields=["index"],
    )
