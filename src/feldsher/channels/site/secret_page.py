"""Pages that open by a secret: the link of a message moves it into a cookie of that page alone."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.cookies import keep_cookie, read_cookie

_LONGEST = 100
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class SecretPage:
    """`route` is the page's, its id the only argument; its cookie lives so many days."""

    route: str
    cookie: str
    days: int

    def entered(self, page_id: UUID, token: str) -> HttpResponse:
        """Keep a secret that has been proved, and lead to the page without it in the address."""
        address = reverse(self.route, args=[page_id])
        response = private(SeeOther(address))
        keep_cookie(response, self.cookie, token, seconds=self.days * _DAY, path=address)
        return response

    def secret_of(self, request: HttpRequest) -> str:
        """Return the secret that the browser sent: it sends that of the page at hand only."""
        return bounded(read_cookie(request, self.cookie, path=request.path))


def bounded(token: str) -> str:
    """Return a token; nothing, which opens no page, for one that is longer than any of ours."""
    return token if len(token) <= _LONGEST else ""
