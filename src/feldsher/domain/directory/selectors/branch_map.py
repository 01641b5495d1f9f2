"""The picture of a branch's map and its files."""

import re
from typing import Final
from uuid import UUID

from feldsher.domain.directory.models import LocationMap, MapRendition
from feldsher.domain.directory.selectors.profile import ADDRESS
from feldsher.domain.directory.types.branch_map import BranchMap
from feldsher.domain.directory.types.profile import PhotoFile, PhotoType
from feldsher.kernel.errors import NotFoundError

_NAME: Final = re.compile(rf"([0-9a-f]{{{ADDRESS}}})-([0-9]{{3}})\.(avif|webp)")


def branch_map(location: UUID) -> BranchMap | None:
    """Return the picture of a branch's map, None where nobody has put one there. One query."""
    row = LocationMap.objects.filter(location=location).first()
    return BranchMap(row.digest[:ADDRESS], row.height, row.author, row.updated_at) if row else None


def branch_map_file(name: str) -> PhotoFile:
    """Return a rendition by its file's name; NotFoundError for any but those of present pictures."""
    match = _NAME.fullmatch(name)
    row = (
        match
        and MapRendition.objects.filter(
            map__digest__startswith=match[1], width=int(match[2]), type=match[3]
        ).first()
    )
    if not row:
        raise NotFoundError("no such map")
    return PhotoFile(bytes(row.content), PhotoType(row.type))
