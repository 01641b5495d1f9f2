"""Where images lie: in the database, where every process and every backup finds them.

An image is written anew as it comes in: what a camera notes in it (where, when, by whom), and whatever else
hides behind its points, never gets further.
"""

from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible
from PIL import Image, ImageOps

from feldsher.domain.editorial.models import StoredFile
from feldsher.kernel import clock

SHOWN: Final = "images/"
"""The folder of what pages show, which is drawn here; all else has come from somebody."""
_QUALITY = 92


def rewritten(file: BytesIO) -> bytes:
    """Return an image drawn anew in its own format, upright, without any of its notes."""
    with Image.open(file) as image:
        kind = image.format
        drawn = ImageOps.exif_transpose(image)
    for note in ("exif", "xmp", "comment", "photoshop"):
        drawn.info.pop(note, None)
    out = BytesIO()
    drawn.save(out, kind, quality=_QUALITY)
    return out.getvalue()


@deconstructible
class DatabaseStorage(Storage):
    """Django's storage over `editorial_file`; a name tells one content, for ever."""

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":  # noqa: ARG002 - Django's signature
        row = StoredFile.objects.filter(name=name).first()
        if row is None:
            raise FileNotFoundError(name)
        return ContentFile(bytes(row.content), name=name)

    def _save(self, name: str, content: "File[Any]") -> str:
        content.open()
        whole = BytesIO(b"".join(content.chunks()))
        kept = whole.getvalue() if name.startswith(SHOWN) else rewritten(whole)
        StoredFile.objects.create(name=name, content=kept, stored_at=clock.now())
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return a name that nobody has had: browsers keep what a name told them, also of a deleted file."""
        path = PurePosixPath(name)
        new = self.get_alternative_name(str(path.with_suffix("")), path.suffix)
        return super().get_available_name(new, max_length=max_length)

    def delete(self, name: str) -> None:
        StoredFile.objects.filter(name=name).delete()

    def exists(self, name: str) -> bool:
        return StoredFile.objects.filter(name=name).exists()

    def size(self, name: str) -> int:
        return len(self._open(name).read())

    def url(self, name: str | None) -> str:
        return f"/media/{quote(name or '')}"
