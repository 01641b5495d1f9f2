"""What the services of staff's pictures share: their address, and putting their files in place."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db.models import Manager

from feldsher.domain.directory.photo import Rendition


def digest_of(made: Iterable[Rendition]) -> str:
    """Return the SHA-256 of all files of a picture, in hex."""
    return hashlib.sha256(b"".join(each.content for each in made)).hexdigest()


def put_renditions(kept: Manager[Any], made: Iterable[Rendition]) -> None:
    """Let these files be all that a picture has; `kept` are its renditions."""
    kept.all().delete()
    for each in made:
        kept.create(width=each.width, type=each.type.value, content=each.content)
