"""The doors of the modules that are off: 404, whatever the method.

An address is known by its name in every kind of project, and none is answered where its module is off.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from feldsher.foundation.modules import has_booking


def close_without_booking(
    patterns: Iterable[URLPattern | URLResolver], prefixes: tuple[str, ...], *, but: tuple[str, ...] = ()
) -> None:
    """Have the addresses that begin like one of `prefixes` answer 404 where booking is off, except `but`."""
    for pattern in patterns:
        route = str(pattern.pattern)
        is_closed = route.startswith(prefixes) and not route.startswith(but)
        if isinstance(pattern, URLPattern) and is_closed:
            pattern.callback = _with_booking(pattern.callback)


def _with_booking(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not has_booking():
            raise Http404("booking is off")
        return view(request, *args, **kwargs)

    return answer
