"""Staff's photograph of a doctor: put in its place, or taken away."""

from uuid import UUID

from feldsher.domain.directory.models import Practitioner, PractitionerPhoto
from feldsher.domain.directory.photo import renditions
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.pictures import digest_of, put_renditions
from feldsher.domain.directory.types.profile import PhotoFrame
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError


def save_photo(practitioner: UUID, *, content: bytes, frame: PhotoFrame, author: str) -> None:
    """Make `content` (bytes of a file) the doctor's photograph; `author` is a login.

    InvalidInputError (`photo`) with a sentence for what is no photograph, NotFoundError for an unknown row.
    """
    try:
        made = renditions(content, frame=frame)
    except ValueError as error:
        raise InvalidInputError("not a photograph", fields={"photo": str(error)}) from None
    with directory_write():
        if not Practitioner.objects.filter(id=practitioner).exists():
            raise NotFoundError(f"no practitioner {practitioner}")
        values = {"digest": digest_of(made), "author": author, "updated_at": clock.now()}
        photo, _ = PractitionerPhoto.objects.update_or_create(practitioner_id=practitioner, defaults=values)
        put_renditions(photo.renditions, made)


def remove_photo(practitioner: UUID) -> None:
    """Take the doctor's photograph away; where there is none nothing happens."""
    with directory_write():
        PractitionerPhoto.objects.filter(practitioner=practitioner).delete()


def move_photo(keep: UUID, *, other: UUID) -> None:
    """Give `keep` the photograph of `other` where it has none, inside the caller's `directory_write`."""
    if PractitionerPhoto.objects.filter(practitioner=keep).exists():
        return
    theirs = PractitionerPhoto.objects.filter(practitioner=other).first()
    if theirs is None:
        return
    mine = PractitionerPhoto.objects.create(
        practitioner_id=keep, digest=theirs.digest, author=theirs.author, updated_at=theirs.updated_at
    )
    theirs.renditions.update(photo=mine)
    theirs.delete()
