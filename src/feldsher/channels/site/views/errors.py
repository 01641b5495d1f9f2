"""A refusal is a page with its Russian sentence, its code in small print, and what to do next."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string

from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.arrivals import carrying
from feldsher.channels.frontend.times import group_times
from feldsher.channels.site.answering import Probe
from feldsher.channels.site.closed import is_wordless
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import services as editorial
from feldsher.domain.scheduling.errors import ScheduleStaleError, SlotTakenError
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import OpenSlot, SlotKey
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock
from feldsher.kernel.errors import DomainError, NotFoundError
from feldsher.kernel.formats import plural

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

_RETRY_SECONDS = 5
_READS = ("GET", "HEAD")
_AN_HOUR = "public, max-age=3600"
"""A browser keeps a 301 for ever unless it is told: an editor may lead an address elsewhere."""
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{3,24}(?![^\W_])")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Act:
    """A link that leads on from a refusal."""

    title: str
    url: str


def honest(view: View[P]) -> View[P]:
    """Make each DomainError of a view a page of refusal; other exceptions stay accidents.

    Where the reader came from goes on in the addresses of the page.
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with carrying(request):
            try:
                return view(request, *args, **kwargs)
            except NotFoundError as error:
                return missing(request) if request.method in _READS else refusal(request, error)
            except DomainError as error:
                return refusal(request, error)

    return answer


def missing(request: HttpRequest) -> HttpResponse:
    """Lead an old address to its new one (301); else answer 404 with a search, the sections and the phone.

    The form of the search holds the words of the address, so that one tap looks for them; not those of an
    address that opens something to one person alone.
    """
    target = None if isinstance(request, Probe) else editorial.follow(request.path)
    if target is not None:
        response: HttpResponse = HttpResponsePermanentRedirect(target)
        response.headers["Cache-Control"] = _AN_HOUR
        return response
    return private(page(request, "missing.html", {"query": _words(request.path)}, status=404))


def _words(path: str) -> str:
    """Return what an address says in words, at most five; nothing of numbers, tokens and closed places."""
    if is_wordless(path):
        return ""
    return " ".join(_WORD.findall(path)[-_MOST_WORDS:])


def refusal(
    request: HttpRequest,
    error: DomainError,
    *,
    key: SlotKey | None = None,
    alternatives: tuple[OpenSlot, ...] = (),
    typed: dict[str, str] | None = None,
    again: str = "",
    acts: tuple[Act, ...] = (),
) -> HttpResponse:
    """Render a refusal.

    `key` names the time that was wanted, `again` is its token where the same tap may succeed later; `typed`
    travels with the chips; `acts` come before the usual ways on.
    """
    offered = alternatives or (error.alternatives if isinstance(error, SlotTakenError) else ())
    locations = directory.locations()
    places = {place.id: place for place in locations}
    context: dict[str, Any] = {
        "sentence": error.message,
        "code": error.code,
        "times": group_times(offered, places=places, now=clock.now()),
        "typed": typed or {},
        "again": again,
        "acts": [*acts, *_acts(error, key)],
    }
    response = page(request, "refusal.html", context, locations=locations, status=error.status)
    if error.retryable:
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
    return private(response)


def _acts(error: DomainError, key: SlotKey | None) -> list[Act]:
    call = Act("Заказать звонок", link("call"))
    choose = Act("Выбрать врача", link("doctors"))
    if key is not None:
        choose = Act(
            "Всё расписание врача",
            link("doctor", key.practitioner_id, location=key.location_id, service=key.service_id),
        )
        call = Act("Заказать звонок", link("call", doctor=key.practitioner_id, location=key.location_id))
    if isinstance(error, ScheduleStaleError | GatewayUnavailableError):
        return [call, choose]
    return [choose, call]


def _plain(request: HttpRequest, sentence: str, *, code: str, status: int) -> HttpResponse:
    context = {
        "sentence": sentence,
        "code": code,
        "times": (),
        "acts": [Act("Выбрать врача", link("doctors")), Act("На главную", link("home"))],
    }
    return private(page(request, "refusal.html", context, status=status))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - a handler
    return _plain(request, "Запрос составлен неверно. Начните с главной.", code="bad_request", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - a handler
    return _plain(request, "Сюда нельзя. Начните с главной.", code="forbidden", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - a handler
    return missing(request)


def too_often(seconds: int) -> HttpResponse:
    """Answer what is sent too often: without the database, which this is to spare."""
    wait = plural(seconds, "секунду", "секунды", "секунд")
    response = HttpResponse(render_to_string("site/429.html", {"wait": wait}), status=429)
    response.headers["Retry-After"] = str(seconds)
    return private(response)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a handler of Django
    """Answer without the database and without the frame: either may be what broke."""
    return private(
        HttpResponse(render_to_string("site/500.html", {"has_booking": has_booking()}), status=500)
    )
