"""Staff's picture of a branch's map: put in its place, or taken away."""

from uuid import UUID

from feldsher.domain.directory.map_picture import map_renditions
from feldsher.domain.directory.models import Location, LocationMap
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.pictures import digest_of, put_renditions
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError


def save_branch_map(location: UUID, *, content: bytes, author: str) -> None:
    """Make `content` (bytes of a file) the picture of the branch's map; `author` is a login.

    InvalidInputError (`map`) with a sentence for what is no such picture, NotFoundError for an unknown row.
    """
    try:
        height, made = map_renditions(content)
    except ValueError as error:
        raise InvalidInputError("not a picture of a map", fields={"map": str(error)}) from None
    with directory_write():
        if not Location.objects.filter(id=location).exists():
            raise NotFoundError(f"no location {location}")
        values = {"digest": digest_of(made), "height": height, "author": author, "updated_at": clock.now()}
        row, _ = LocationMap.objects.update_or_create(location_id=location, defaults=values)
        put_renditions(row.renditions, made)


def remove_branch_map(location: UUID) -> None:
    """Take the picture away; where there is none nothing happens."""
    with directory_write():
        LocationMap.objects.filter(location=location).delete()
