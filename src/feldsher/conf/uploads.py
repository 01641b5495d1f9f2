"""What a form may send as a file: small ones, kept in memory; only staff's pages take a photograph's size.

A file above the limit is read and thrown away, so that the form comes back with its sentence and all that
was typed; what is larger than any mistake is refused before it is read. Nothing is ever written to disk.
"""

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler

KEPT_BYTES: Final = 65_537
"""One more than any form takes: a form sees that it was too much."""
KEPT_PHOTO_BYTES: Final = 8 * 1024 * 1024 + 1
"""One more than a photograph, a map or an image of a page may have (WAGTAILIMAGES_MAX_UPLOAD_SIZE)."""
_DESK, _PHOTOS, _IMAGES = "/desk/", {"photo", "map"}, "/desk/editorial/images/"
"""Where a field of these names is a photograph or a map, and where every file is an image."""
_MOST_BYTES: Final = 16 * 1024 * 1024


class SmallFileHandler(MemoryFileUploadHandler):
    """Keeps the first bytes of each file, and refuses requests (400) that no form of ours needs."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002 - Django's signature
        META: dict[str, str],  # noqa: N803 - as above
        content_length: int,
        boundary: str,  # noqa: ARG002 - as above
        encoding: str | None = None,  # noqa: ARG002 - as above
    ) -> None:
        if content_length > _MOST_BYTES:
            raise RequestDataTooBig("the request is larger than any form")
        self.activated = True
        self._path = META.get("PATH_INFO", "")

    def _kept(self) -> int:
        is_photo = self._path.startswith(_IMAGES) or (
            self.field_name in _PHOTOS and self._path.startswith(_DESK)
        )
        return KEPT_PHOTO_BYTES if is_photo else KEPT_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return super().receive_data_chunk(raw_data[: max(self._kept() - start, 0)], start)

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        return super().file_complete(min(file_size, self._kept()))
