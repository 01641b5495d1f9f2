"""The page of a locked session: asks for passkey or PIN, and keeps what was sent to be sent again after it.

What was sent came with this very request and its CSRF token; it goes back as hidden fields under its own
names, and the page that unlocks answers 307, so that the browser sends the same form on to where it was meant
for. Files don't come back: no browser takes them from a page. Nor does what was sent to one's own sign-in:
passwords have no place in a page.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.pages import page
from feldsher.foundation.access.sign_in import opens_by_passkey
from feldsher.foundation.access.types import Entrance

PREFIX = "unlock-"
"""Names of the fields that belong to unlocking, and not to the form that is kept."""
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


def locked_page(
    request: HttpRequest, found: Entrance, *, fault: str = "", address: str = "", status: int = 403
) -> HttpResponse:
    """Render the page; `address` is where the kept form goes, the request's own unless it is given."""
    is_read = request.method in {"GET", "HEAD"}
    is_kept = request.method == "POST" and not request.path.startswith(reverse("desk:me"))
    sent = request.POST.lists() if is_kept else ()
    kept = [
        (name, value)
        for name, values in sent
        if name != _TOKEN and not name.startswith(PREFIX)
        for value in values
    ]
    context = {
        "kept": kept,
        "is_form": is_kept and (address == "" or request.POST.get(f"{PREFIX}form") == "yes"),
        "next": address or (request.get_full_path() if is_kept or is_read else reverse("desk:me")),
        "has_pin": found.has_pin,
        "has_passkey": opens_by_passkey(found.factors),
        "has_files": is_kept and bool(request.FILES),
        "fault": fault,
    }
    return page(request, None, "locked.html", context, status=status)
