"""Signing in and out: the two addresses of the desk that are open to everybody."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from feldsher.channels.desk.pages import SeeOther, page, private
from feldsher.foundation.access import sign_in as access

_ADDRESS = 500
_WRONG = (
    "Логин или\u00a0пароль не\u00a0подходят. Проверьте раскладку клавиатуры и\u00a0введите пароль ещё раз."
)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password, and lead to where the person wanted to go."""
    data = request.POST if request.method == "POST" else request.GET
    back = _safe(data.get("next") or "")
    if request.method != "POST":
        if access.signed_in(request):
            return private(SeeOther(back))
        return page(request, None, "sign_in.html", {"next": back})
    login = (request.POST.get("login") or "").strip()
    if access.sign_in(request, login=login, password=request.POST.get("password") or ""):
        return private(SeeOther(back))
    return page(request, None, "sign_in.html", {"next": back, "login": login, "fault": _WRONG}, status=422)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    access.sign_out(request)
    response = private(SeeOther(reverse("desk:sign-in")))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _safe(address: str) -> str:
    """Return the address if it is one of the desk's own, else that of the first page."""
    home = reverse("desk:home")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(home)
    return address if is_ours and len(address) <= _ADDRESS else home
