"""Signing in by phone and code, and out. The three addresses of the cabinet that are open to everybody.

The step «Код» is the answer to the form's own POST: the phone travels in its body and is kept nowhere. What
is said is the same for the phone of a patient and for any other.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.views.decorators.http import require_POST

from feldsher.channels.cabinet.cookies import asker_of, drop_session, keep_asker, keep_session, session_token
from feldsher.channels.cabinet.pages import page
from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.passkey_answers import passkey_answer
from feldsher.channels.frontend.queries import text_in
from feldsher.foundation.access import phone_passkeys, phone_sessions
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.errors import (
    PhoneCodeLimitError,
    PhoneCodeTooSoonError,
    PhoneCodeUnavailableError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.foundation.access.relying_party import relying_party
from feldsher.foundation.access.types import CodeSent, SignIn
from feldsher.kernel import clock
from feldsher.kernel.errors import DomainError, InvalidInputError

_PHONE, _CODE = 32, 20
_CODE_FIELD = "phone_proof"


@dataclass(frozen=True, slots=True)
class _Said:
    """What the step «Код» says: the code that was sent, if any; a fault under its field; a notice above."""

    sent: CodeSent | None
    resend_at: datetime | None = None
    fault: str = ""
    notice: DomainError | None = None
    status: int = 200


def ask_phone(request: HttpRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    """Show the first step."""
    context = {"typed": _phone(request), "fault": fault, "has_passkeys": relying_party() is not None}
    return page(request, "phone.html", context, is_in=False, status=status)


@require_POST
def ask_code(request: HttpRequest) -> HttpResponse:
    """Send a code and ask for it; a second request within a minute sends none and says when one may be."""
    asker = asker_of(request)
    try:
        response = _step(request, _send(request, asker))
    except InvalidInputError as error:
        response = ask_phone(request, fault=error.fields.get("phone", ""), status=error.status)
    keep_asker(response, asker)
    return response


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Open a session for who has the code, and lead to their visits."""
    asker = asker_of(request)
    given = SignIn(
        phone=_phone(request),
        code=text_in(request.POST, _CODE_FIELD, limit=_CODE),
        is_kept=bool(request.POST.get("keep")),
    )
    agent = request.headers.get("User-Agent", "")
    try:
        opened = phone_sessions.sign_in(given, asker=asker, agent=agent, before=session_token(request))
    except InvalidInputError as error:
        if "phone" in error.fields:
            return ask_phone(request, fault=error.fields["phone"], status=error.status)
        fault = error.fields[_CODE_FIELD] if given.code else "Введите код из\u00a0SMS"
        return _step(request, _Said(_before(request, asker), fault=fault, status=error.status))
    except (PhoneProofWrongError, PhoneProofOverError) as error:
        said = _Said(_before(request, asker), fault=error.message, status=error.status)
        return _step(request, said)
    rotate_token(request)
    response = private(SeeOther(reverse("cabinet:cabinet")))
    keep_session(response, opened.token, until=opened.until)
    return response


@require_POST
def enter_by_passkey(request: HttpRequest) -> HttpResponse:
    """Open a session for who has a passkey of a phone: asked and answered as JSON."""
    asker = asker_of(request)

    def take(answer: str) -> HttpResponse:
        agent = request.headers.get("User-Agent", "")
        opened = phone_passkeys.sign_in(answer, asker=asker, agent=agent, before=session_token(request))
        rotate_token(request)
        response = JsonResponse({"next": reverse("cabinet:cabinet")})
        keep_session(response, opened.token, until=opened.until)
        return response

    response = passkey_answer(request, ask=lambda: phone_passkeys.question(asker=asker), take=take)
    keep_asker(response, asker)
    return private(response)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session of this browser, whoever's it is."""
    phone_sessions.sign_out(session_token(request))
    rotate_token(request)
    response = private(SeeOther(reverse("cabinet:cabinet")))
    drop_session(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _phone(request: HttpRequest) -> str:
    return text_in(request.POST, "phone", limit=_PHONE)


def _send(request: HttpRequest, asker: str) -> _Said:
    try:
        return _Said(phone_sessions.request_code(_phone(request), asker=asker, address=address_of(request)))
    except PhoneCodeTooSoonError as error:
        return _Said(_before(request, asker), resend_at=error.retry_at)
    except (PhoneCodeLimitError, PhoneCodeUnavailableError) as error:
        return _Said(_before(request, asker), notice=error, status=error.status)


def _before(request: HttpRequest, asker: str) -> CodeSent | None:
    try:
        return phone_sessions.code_sent(_phone(request), asker=asker)
    except PhoneProofOverError:
        return None


def _step(request: HttpRequest, said: _Said) -> HttpResponse:
    resend_at = said.resend_at or (said.sent.resend_at if said.sent else None)
    wait = max(0, math.ceil((resend_at - clock.now()).total_seconds())) if resend_at else 0
    context = {
        "typed": _phone(request),
        "sent_to": said.sent.sent_to if said.sent else "",
        "was_sent": said.sent is not None and not said.fault and said.resend_at is None and not said.notice,
        "fault": said.fault,
        "notice": said.notice,
        "is_kept": bool(request.POST.get("keep")),
        "wait": wait,
        "days": phone_sessions.LONGEST_KEPT.days,
    }
    return page(request, "code.html", context, is_in=False, status=said.status)
