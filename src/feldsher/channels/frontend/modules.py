"""Which modules of the product are on, and the doors of those that are off: 404, whatever the method.

The set is `settings.FELDSHER_MODULES`, made once by conf of the kind of project. It is asked at each request,
so that an address is known by its name in every kind, and none is answered where its module is off.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from feldsher.kernel.modules import BOOKING


def has_booking() -> bool:
    """Whether patients book here."""
    return BOOKING in settings.FELDSHER_MODULES


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
