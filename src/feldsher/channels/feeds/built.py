"""Feeds as they are answered: written once in five minutes a process, kept compressed, told by their digest.

A feed is written as a stream straight into gzip, so that memory holds the compressed bytes and no tree.
"""

import gzip
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from feldsher.channels.feeds.doctors import write_doctors
from feldsher.channels.feeds.services import write_services
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_KEPT: Final = timedelta(minutes=5)
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Built:
    """A feed: gzip bytes, SHA-256 of what they unfold into, and since when this process knows it.

    `site` is the origin that its addresses have.
    """

    site: str
    content: bytes
    digest: str
    since: datetime
    built_at: datetime

    def plain(self) -> Iterator[bytes]:
        """Yield the unfolded feed in pieces."""
        with gzip.GzipFile(fileobj=io.BytesIO(self.content)) as file:
            while piece := file.read(_CHUNK):
                yield piece


class _Counted(io.RawIOBase):
    """Writes into gzip and hashes on the way."""

    def __init__(self, target: gzip.GzipFile) -> None:
        self.digest = sha256()
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._target.write(data)


def _doctors(file: Any, site: str, midnight: datetime) -> None:
    write_doctors(file, site=site, day=midnight.date())


def _services(file: Any, site: str, midnight: datetime) -> None:
    write_services(file, site=site, day=midnight)


_FEEDS: Final[Mapping[str, Callable[[Any, str, datetime], None]]] = {
    "yandex-doctors.xml": _doctors,
    "services.yml": _services,
}
_lock = threading.Lock()
_known: dict[str, Built] = {}
"""The last of each name and no more: without SITE_URL an origin is what a caller says."""


def built(name: str, *, site: str) -> Built:
    """Return a feed by its file's name, written anew where it is older than five minutes; NotFoundError.

    It is dated by the day's beginning in Moscow, so that the same directory is the same file all day.
    """
    if name not in _FEEDS:
        raise NotFoundError("no such feed")
    with _lock:
        now = clock.now()
        before = _known.get(name)
        is_fresh = before is not None and before.built_at <= now < before.built_at + _KEPT
        if before is None or before.site != site or not is_fresh:
            before = _known[name] = _build(name, site=site, before=before, now=now)
        return before


def _build(name: str, *, site: str, before: Built | None, now: datetime) -> Built:
    midnight = now.astimezone(ZoneInfo(formats.MOSCOW)).replace(hour=0, minute=0, second=0, microsecond=0)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed:
        file = _Counted(packed)
        _FEEDS[name](file, site, midnight)
        digest = file.digest.hexdigest()
    since = before.since if before and before.digest == digest else now
    return Built(site, out.getvalue(), digest, since, now)


def forget() -> None:
    """Drop what is kept (a test changes the directory)."""
    with _lock:
        _known.clear()
