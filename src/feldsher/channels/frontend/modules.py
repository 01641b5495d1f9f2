"""The doors of the modules that are off: 404, whatever the method.

An address is known by its name in every kind of project, and none is answered where its module is off.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from feldsher.foundation.modules import is_on


def close_without(
    module: str,
    patterns: Iterable[URLPattern | URLResolver],
    prefixes: tuple[str, ...],
    *,
    but: tuple[str, ...] = (),
) -> None:
    """Have the addresses that begin like one of `prefixes` answer 404 where a module is off, except `but`."""
    for pattern in patterns:
        route = str(pattern.pattern)
        is_closed = route.startswith(prefixes) and not route.startswith(but)
        if isinstance(pattern, URLPattern) and is_closed:
            pattern.callback = _with(module, pattern.callback)


def _with(module: str, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_on(module):
            raise Http404(f"{module} is off")
        return view(request, *args, **kwargs)

    return answer
