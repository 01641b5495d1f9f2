"""Signing in by password and second factor, and out: addresses that are open to who is not signed in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from feldsher.channels.desk.pages import page, posts_only
from feldsher.channels.desk.way_back import way_back
from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.passkey_answers import passkey_answer, refused
from feldsher.foundation.access import passkeys
from feldsher.foundation.access import sign_in as access
from feldsher.foundation.access.errors import CodeWrongError, SessionOverError, TooManyTriesError
from feldsher.foundation.access.known_browsers import remember_browser
from feldsher.foundation.access.second_factor import enter_by_code
from feldsher.foundation.access.types import Door, Entrance, Factor

_WRONG = (
    "Логин или\u00a0пароль не\u00a0подходят. Проверьте раскладку клавиатуры и\u00a0введите пароль ещё раз."
)
_IN = {Door.OPEN, Door.SET_UP}


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password, and lead to where the person wanted to go."""
    data = request.POST if request.method == "POST" else request.GET
    back = way_back(data.get("next") or "")
    if request.method != "POST":
        if access.entrance(request).door in _IN:
            return private(SeeOther(back))
        return page(request, None, "sign_in.html", {"next": back})
    login = (request.POST.get("login") or "").strip()
    try:
        found = access.sign_in(request, login=login, password=request.POST.get("password") or "")
    except TooManyTriesError as error:
        return _again(request, "sign_in.html", error, {"next": back, "login": login})
    if found.door is Door.CLOSED:
        context = {"next": back, "login": login, "fault": _WRONG}
        return page(request, None, "sign_in.html", context, status=422)
    if found.door is Door.SECOND_FACTOR:
        return private(SeeOther(f"{reverse('desk:second')}?{urlencode({'next': back})}"))
    return _in(request, found, SeeOther(back))


@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask who gave the right password for a code of their app, a recovery code or a passkey."""
    data = request.POST if request.method == "POST" else request.GET
    back, found = way_back(data.get("next") or ""), access.entrance(request)
    if found.door is not Door.SECOND_FACTOR:
        return private(SeeOther(back))
    context = {
        "next": back,
        "has_app": Factor.TOTP in found.factors,
        "has_passkey": access.opens_by_passkey(found.factors),
    }
    if request.method != "POST":
        return page(request, None, "second.html", context)
    try:
        found = enter_by_code(request, found, code=request.POST.get("code") or "")
    except CodeWrongError as error:
        return page(request, None, "second.html", {**context, "fault": error.message}, status=error.status)
    except TooManyTriesError as error:
        return _again(request, "second.html", error, context)
    return _in(request, found, SeeOther(back))


@posts_only
def second_passkey(request: HttpRequest) -> HttpResponse:
    """Let somebody in who stands at the second factor, by a passkey: asked and answered as JSON."""
    found = access.entrance(request)

    def take(answer: str) -> HttpResponse:
        passkeys.prove(request, found, answer=answer)
        if found.session is None:
            raise SessionOverError("nobody is there")
        entered = access.let_in(request, found.session)
        return _in(request, entered, JsonResponse({"next": way_back(request.POST.get("next") or "")}))

    if found.door is not Door.SECOND_FACTOR:
        return private(refused(SessionOverError("nobody waits for a second factor")))
    return private(passkey_answer(request, ask=lambda: passkeys.question(request, found), take=take))


@posts_only
def sign_out(request: HttpRequest) -> HttpResponse:
    access.sign_out(request)
    response = private(SeeOther(reverse("desk:sign-in")))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _in(request: HttpRequest, found: Entrance, response: HttpResponse) -> HttpResponse:
    """Remember that the person came in by this browser, so that nobody elsewhere can shut them out of it."""
    if found.staff is not None:
        remember_browser(request, response, found.staff.id)
    return private(response)


def _again(
    request: HttpRequest, template: str, error: TooManyTriesError, context: dict[str, object]
) -> HttpResponse:
    response = page(request, None, template, {**context, "fault": error.message}, status=error.status)
    response.headers["Retry-After"] = str(error.seconds)
    return response
