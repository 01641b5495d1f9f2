"""Reads what stands in an address or a form: text that anybody may have typed.

Nothing here raises anything but DomainError: a hostile query string is an answer of 404 or is ignored.
"""

import re
from datetime import date
from uuid import UUID

from django.http import QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

from feldsher.kernel.errors import NotFoundError

_MAX_TEXT = 200
_MAX_PATH = 500
_WHOLE = re.compile(r"[0-9]{1,6}")


def text_in(data: QueryDict, name: str, *, limit: int = _MAX_TEXT) -> str:
    """Return a parameter without control characters and outer space, cut at `limit` characters."""
    value = data.get(name) or ""
    return "".join(char for char in value[: limit * 2] if char.isprintable()).strip()[:limit]


def own_path_in(data: QueryDict, name: str) -> str:
    """Return the address of this site that a parameter names; the home page's for any other."""
    path = text_in(data, name, limit=_MAX_PATH)
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"


def uuid_in(data: QueryDict, name: str) -> UUID | None:
    """Return an id, None when absent; raises NotFoundError for what is no id."""
    value = text_in(data, name)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise NotFoundError(f"{name} is not an id") from None


def whole(text: str | None) -> int | None:
    """Return the number that one to six ASCII digits spell; None for anything else."""
    return int(text) if text and _WHOLE.fullmatch(text) else None


def day_in(data: QueryDict, name: str, *, first: date, last: date) -> date | None:
    """Return a day (yyyy-mm-dd) between `first` and `last`; None when absent or unreadable."""
    try:
        day = date.fromisoformat(text_in(data, name, limit=10))
    except ValueError:
        return None
    return min(max(day, first), last)
