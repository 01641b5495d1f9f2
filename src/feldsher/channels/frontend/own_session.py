"""The name of the cabinet's cookie, for pages beside it that only ask whether there is one."""

from django.http import HttpRequest

from feldsher.channels.frontend.cookies import read_cookie

OWN_SESSION = "lk"


def seems_signed_in(request: HttpRequest) -> bool:
    """Tell whether the browser holds a session of the cabinet; whether it is good the cabinet alone says."""
    return bool(read_cookie(request, OWN_SESSION))
