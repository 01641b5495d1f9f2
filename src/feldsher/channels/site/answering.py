"""What the site answers at an address: the port `SiteAddresses` of editorial."""

from typing import Final

from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve

from feldsher.domain.editorial.types import SiteSection

_PUBLIC: Final = frozenset(
    {
        *("home", "doctors", "doctor", "services", "service", "service-branch", "branches", "branch", "call"),
        *("specialty", "specialty-city", "specialty-metro", "specialty-branch", "search", "checkups"),
        *("checkup", "prices", "prices-csv", "wait", "legal", "policy", "consent", "cookies", "section"),
        *("page", "look", "corporate", "exams", "company-ask"),
    }
)
"""Names of the addresses of pages that anybody may be led to."""
_OK, _NOT_FOUND, _FORBIDDEN = 200, 404, 403


class Probe(HttpRequest):
    """The question whether there is a page: nobody reads the answer, no redirect is followed."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.method = "HEAD"
        self.path = self.path_info = path
        self.META = {"REQUEST_METHOD": "HEAD"}

    def get_host(self) -> str:
        return "localhost"


def status(path: str) -> int:
    """Return 200 for a page that anybody may read, 404 for nothing at all, 403 for anything else."""
    try:
        found = resolve(path)
    except Resolver404:
        return _NOT_FOUND
    if found.namespace != "site" or found.url_name not in _PUBLIC:
        return _FORBIDDEN
    try:
        answer = found.func(Probe(path), *found.args, **found.kwargs).status_code
    except Http404:
        return _NOT_FOUND
    return answer if answer in {_OK, _NOT_FOUND} else _FORBIDDEN


def section(path: str) -> str:
    """Return the name (SiteSection, PageKind) of the section that begins at a path, empty for none."""
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    if found.namespace == "cabinet":
        return SiteSection.CABINET if found.url_name == "cabinet" else ""
    if found.namespace != "site":
        return ""
    if found.url_name == "section":
        return str(found.kwargs["kind"])
    return str(found.url_name) if found.url_name in set(SiteSection) else ""
