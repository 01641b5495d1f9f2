"""What every page of the desk shares: who is signed in, what is open to them, and that nothing is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse

from feldsher.channels.desk.sections import SECTIONS
from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.look import look_of
from feldsher.domain.directory import selectors as directory
from feldsher.foundation.access.policies import can
from feldsher.foundation.access.sign_in import IDLE
from feldsher.foundation.access.types import Staff
from feldsher.foundation.modules import has_booking
from feldsher.kernel.errors import DomainError

_NAMELESS = "Клиника"
_IN_LINE = 5
"""Sections that stand beside the clinic's name in one line of 1280 px."""


@dataclass(frozen=True, slots=True)
class Link:
    """A section in the header, as the one who is signed in sees it."""

    title: str
    url: str
    is_here: bool
    count: int


@dataclass(frozen=True, slots=True)
class Menu:
    """The sections of the header: one line of them, and `more` that open under one word."""

    shown: tuple[Link, ...]
    more: tuple[Link, ...]

    @property
    def every(self) -> tuple[Link, ...]:
        return self.shown + self.more

    @property
    def count(self) -> int:
        """Return how many things wait in the sections that are not in sight."""
        return sum(link.count for link in self.more)

    @property
    def is_in_more(self) -> bool:
        return any(link.is_here for link in self.more)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of `_table.html`."""

    text: str
    url: str = ""
    css: str = ""


def page(
    request: HttpRequest,
    staff: Staff | None,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render `desk/<template>` in the common frame; `staff` None is the page of signing in."""
    brand = directory.brand()
    shared = {
        "brand": brand.name or _NAMELESS,
        "sign": brand.logo,
        "look": look_of(request),
        "staff": staff,
        "has_booking": has_booking(),
        "idle_seconds": int(IDLE.total_seconds()),
        "sections": _menu(_sections(request, staff)),
        "here": request.get_full_path() if request.method == "GET" else reverse("desk:home"),
    }
    return private(render(request, f"desk/{template}", {**shared, **context}, status=status))


def brand_name() -> str:
    """Return the clinic's name as the header shows it."""
    return directory.brand().name or _NAMELESS


def refusal(request: HttpRequest, staff: Staff | None, error: DomainError) -> HttpResponse:
    """Render a refusal: its sentence, its code in small print, and the way back to the queue."""
    context = {"sentence": error.message, "code": error.code}
    return page(request, staff, "refusal.html", context, status=error.status)


def posts_only(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse other methods at an address outside of the gate; the refusal is kept by no cache either."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        return view(request) if request.method == "POST" else private(HttpResponseNotAllowed(("POST",)))

    return answer


def _menu(links: list[Link]) -> Menu:
    """Return the links as a line with a menu; one alone is not worth a menu."""
    at = _IN_LINE if len(links) > _IN_LINE + 1 else len(links)
    return Menu(tuple(links[:at]), tuple(links[at:]))


def _sections(request: HttpRequest, staff: Staff | None) -> list[Link]:
    """Return the sections that are open to the person; the one whose address is nearest to ours is here."""
    if staff is None:
        return []
    home = reverse("desk:home")
    open_to = [section for section in SECTIONS if can(staff, section.action) and section.is_there]
    urls = [reverse(f"desk:{section.name}") for section in open_to]
    near = [url for url in urls if request.path == url or (url != home and request.path.startswith(url))]
    here = max(near, key=len, default="")
    return [
        Link(section.heading, url, is_here=url == here, count=section.count(staff) if section.count else 0)
        for section, url in zip(open_to, urls, strict=True)
    ]
