"""Pages that say the same to everybody are kept by each web process, and never shown once they are old.

Invariants. A kept page is shown only if no transaction that had not ended before it was made has changed what
it rests on: one query of marks that triggers write in the writer's own transaction (foundation/freshness).
The moment is taken before the page reads anything, so that a write between reading and keeping is seen too.
What depends on the clock (until when a branch is open, today's prices) holds for the minute it was made in.
No page with a form's token, a cookie of its own, a free time, or a reader's labels is kept.
"""

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Concatenate, Final, ParamSpec

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

from feldsher.channels.frontend.arrivals import carried
from feldsher.channels.frontend.counters import choice_key
from feldsher.channels.frontend.look import Look, look_of
from feldsher.channels.site.seo import origin_of
from feldsher.foundation.freshness import selectors as freshness
from feldsher.kernel import clock

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

FRAME: Final = frozenset({"place", "brand"})
"""What the frame of every page shows: branches with their legal entities, and the brand."""
_OVERHEAD: Final = 2_000
"""Bytes that a kept page costs beside its body: key, headers, tags. No free text stands in an address."""
_VALUE: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[1-9][0-9]{0,5}")
"""An id or a number as our own links spell it. Other spellings are answered, not kept: they have no end."""
_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""Codings that pages are kept in, the best first. A reader without either is answered anew each time."""
_POLICY: Final = "Content-Security-Policy"
_resting: ContextVar[set[str] | None] = ContextVar("page_rests_on", default=None)


@dataclass(frozen=True, slots=True)
class Key:
    """What may make two answers differ. `address` is with origin and query, as links of a page repeat it."""

    address: str
    coding: str
    look: Look
    choice: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it is sent: `body` is packed by `coding`; `since` the moment before it was made."""

    body: bytes
    coding: str
    etag: str
    policy: str
    tags: frozenset[str]
    since: str
    minute: datetime

    @property
    def size(self) -> int:
        return len(self.body) + _OVERHEAD


@dataclass(slots=True)
class Shelf:
    """The pages of a process, the least used given up first; at most `limit` bytes."""

    limit: int
    size: int = 0
    _pages: "OrderedDict[Key, Kept]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def put(self, key: Key, page: Kept) -> None:
        with self._lock:
            self._drop(key)
            if page.size > self.limit:
                return
            self._pages[key] = page
            self.size += page.size
            while self.size > self.limit:
                self._drop(next(iter(self._pages)))

    def drop(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        gone = self._pages.pop(key, None)
        self.size -= gone.size if gone else 0

    def __len__(self) -> int:
        return len(self._pages)


SHELF: Final = Shelf(settings.FELDSHER_PAGE_CACHE)


def rests_on(*tags: str) -> None:
    """Say what the page that is being made shows: a kind (`price`), or an object of it (`price:<id>`)."""
    found = _resting.get()
    if found is not None:
        found.update(tags)


def kept(*tags: str, query: str = "") -> Callable[[View[P]], View[P]]:
    """Keep the pages of a view that rest on `tags` and whatever it says by `rests_on`.

    A page of an address with a query is kept only if that is `query` alone, an id or a number. It stands
    inside `honest`: a refusal is never kept.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            coding = next((each for each in _PACKERS if _takes(request, each)), "")
            if not coding or not _may_be_kept(request, query):
                return view(request, *args, **kwargs)
            address = origin_of(request) + request.get_full_path()
            key = Key(address, coding, look_of(request), choice_key(request))
            found = _fresh(key)
            if found is not None:
                return _sent(request, found)
            minute, since = _minute(), freshness.moment()
            with _collecting(FRAME.union(tags)) as resting:
                made = view(request, *args, **kwargs)
            page = _page(request, made, coding, tags=frozenset(resting), since=since, minute=minute)
            if page is None:
                return made
            SHELF.put(key, page)
            return _sent(request, page)

        return answer

    return wrap


def _may_be_kept(request: HttpRequest, query: str) -> bool:
    asked = request.META.get("QUERY_STRING", "")
    name, _, value = asked.partition("=")
    is_plain = not asked or (bool(query) and name == query and _VALUE.fullmatch(value) is not None)
    is_for_anybody = SHELF.limit > 0 and request.method == "GET" and not carried()
    return is_for_anybody and is_plain


def _takes(request: HttpRequest, coding: str) -> bool:
    """Tell whether a reader takes a coding by its name; `;q=0` is a refusal."""
    told = [part.replace(" ", "").lower() for part in request.headers.get("Accept-Encoding", "").split(",")]
    return any(
        name == coding and not re.fullmatch(r"q=0(\.0*)?", quality)
        for name, _, quality in (part.partition(";") for part in told)
    )


def _fresh(key: Key) -> Kept | None:
    found = SHELF.get(key)
    if found is None:
        return None
    if found.minute == _minute() and not freshness.has_changed(found.tags, since=found.since):
        return found
    SHELF.drop(key)
    return None


def _minute() -> datetime:
    return clock.now().replace(second=0, microsecond=0)


@contextmanager
def _collecting(tags: frozenset[str]) -> Iterator[set[str]]:
    found = set(tags)
    token = _resting.set(found)
    try:
        yield found
    finally:
        _resting.reset(token)


def _page(
    request: HttpRequest,
    made: HttpResponse,
    coding: str,
    *,
    tags: frozenset[str],
    since: str,
    minute: datetime,
) -> Kept | None:
    """Return an answer as it is kept; None for what is not everybody's or no page at all."""
    is_own = bool(made.cookies) or "CSRF_COOKIE_NEEDS_UPDATE" in request.META
    if is_own or made.status_code != 200 or made.has_header("Cache-Control"):  # noqa: PLR2004 - a page
        return None
    told = hashlib.sha256(made.content).hexdigest()[:32]
    return Kept(
        body=_PACKERS[coding](made.content),
        coding=coding,
        etag=f'W/"{told}"',
        policy=made.headers.get(_POLICY, ""),
        tags=tags,
        since=since,
        minute=minute,
    )


def _sent(request: HttpRequest, page: Kept) -> HttpResponse:
    """Answer a kept page, 304 to who has it; whoever keeps it asks again each time (`no-cache`)."""
    has_it = request.headers.get("If-None-Match", "") == page.etag
    response: HttpResponse = HttpResponseNotModified() if has_it else HttpResponse(page.body)
    if not has_it:
        response.headers["Content-Encoding"] = page.coding
    if page.policy:
        response.headers[_POLICY] = page.policy
    response.headers["ETag"] = page.etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Encoding"])
    return response
