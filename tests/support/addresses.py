"""Every address of the product, from the resolver: what is added later is walked without being named here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, StringConverter, UUIDConverter

HONEST: Mapping[type, str] = {
    UUIDConverter: "00000000-0000-4000-8000-000000000001",
    IntConverter: "7",
    StringConverter: "word",
}


def routes(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the routes as templates (`/visit/{visit_id}/`), each with its converters; patterns first."""
    for item in (resolver or get_resolver()).url_patterns:
        path = prefix + _template(item)
        if isinstance(item, URLPattern):
            yield path, dict(item.pattern.converters)
        else:
            yield from routes(item, path)


def addresses() -> tuple[str, ...]:
    """Return an address of each route, with a value of each converter's type in its places."""
    found = (
        path.format(**{name: _value(converter) for name, converter in converters.items()})
        for path, converters in routes()
    )
    return tuple(dict.fromkeys(found))


def odd_addresses(odd: str) -> tuple[str, ...]:
    """Return an address of each route that takes a value, with the same odd one in all of its places."""
    found = (path.format(**dict.fromkeys(converters, odd)) for path, converters in routes() if converters)
    return tuple(dict.fromkeys(found))


def _template(item: URLPattern | URLResolver) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", str(item.pattern))


def _value(converter: Any) -> str:
    return next(value for kind, value in HONEST.items() if isinstance(converter, kind))
