"""What editorial needs from the site: to draw a draft as a page, and to say what stands at an address."""

from typing import Protocol

from django.http import HttpRequest, HttpResponse

from feldsher.domain.editorial.types import ShownPage


class PageRenderer(Protocol):
    """The site's own look, for the preview of what an editor types."""

    def draft(self, request: HttpRequest, page: ShownPage) -> HttpResponse:
        """Draw a page that is not published."""


class SiteAddresses(Protocol):
    """What the site answers at an address, for redirects and menus: they lead to pages."""

    def status(self, path: str) -> int:
        """Return 200 for a page that anybody may read, 404 for nothing at all, 403 for anything else."""

    def section(self, path: str) -> str:
        """Return the name (SiteSection, PageKind) of the section that begins at a path, empty for none."""
