"""The lock of an idle session, as an open page asks about it and opens it: addresses for a locked session."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.desk.gate import LIVE
from feldsher.channels.desk.locked import PREFIX, locked_page
from feldsher.channels.desk.pages import posts_only
from feldsher.channels.desk.way_back import way_back
from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.passkey_answers import passkey_answer, refused
from feldsher.foundation.access import passkeys
from feldsher.foundation.access.errors import PinWrongError, SessionOverError
from feldsher.foundation.access.sign_in import entrance, opens_by_passkey
from feldsher.foundation.access.types import Door, Entrance
from feldsher.foundation.access.unlock import unlock_by_passkey, unlock_by_pin

_JSON = "application/json"


class SendOn(HttpResponseRedirect):
    """307: the browser sends the same form to another address."""

    status_code = 307


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Tell an open page how its session stands; with `live` the question keeps nobody awake.

    `token` is the one that forms must carry now: a new sign-in in another tab has changed it.
    """
    return private(JsonResponse(_state(request, entrance(request, is_own=LIVE not in request.GET))))


@posts_only
def unlock(request: HttpRequest) -> HttpResponse:
    """Open a locked session by PIN; a form sends what it keeps on, a script gets the state as JSON."""
    found, is_script = entrance(request), request.headers.get("Accept") == _JSON
    back = way_back(request.POST.get(f"{PREFIX}next") or "")
    try:
        unlock_by_pin(request, found, pin=request.POST.get(f"{PREFIX}pin") or "")
    except PinWrongError as error:
        if is_script:
            return private(refused(error))
        return locked_page(request, found, fault=error.message, address=back)
    except SessionOverError as error:
        return private(refused(error) if is_script else SeeOther(reverse("desk:sign-in")))
    if is_script:
        return private(JsonResponse(_state(request, entrance(request))))
    is_form = request.POST.get(f"{PREFIX}form") == "yes"
    return private(SendOn(back) if is_form else SeeOther(back))


@posts_only
def unlock_passkey(request: HttpRequest) -> HttpResponse:
    """Open a locked session by a passkey: asked and answered as JSON."""
    found = entrance(request)

    def take(answer: str) -> HttpResponse:
        unlock_by_passkey(request, found, answer=answer)
        return JsonResponse(_state(request, entrance(request)))

    if found.door is Door.CLOSED:
        return private(refused(SessionOverError("nobody is there")))
    return private(passkey_answer(request, ask=lambda: passkeys.question(request, found), take=take))


def _state(request: HttpRequest, found: Entrance) -> dict[str, object]:
    if found.staff is None or found.door is Door.SECOND_FACTOR:
        return {"door": Door.CLOSED}
    return {
        "door": found.door,
        "person": str(found.staff.id),
        "idle_in": int(found.idle_in.total_seconds()),
        "pin": found.has_pin,
        "passkey": opens_by_passkey(found.factors),
        "token": get_token(request),
    }
