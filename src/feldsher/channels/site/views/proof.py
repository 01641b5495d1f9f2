"""The step «Код»: shown where a confirmation asks for a proof of the phone.

The page is the answer to the form's own POST. What was typed travels in its body, as to the form of another
time, with the consent: whoever enters the code sends the same form again. A page that is loaded anew sends
no second SMS, because the request for a code has the key of the form.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.form_keys import after_its_twin, idempotency_of
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.frontend.remembered import token_of
from feldsher.channels.site.devices import device_of
from feldsher.channels.site.forms import CARRIED, typed_in
from feldsher.channels.site.holding import hold_context, minutes_and_seconds
from feldsher.channels.site.pages import page
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.lost import lost
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import HoldExpiredError
from feldsher.domain.scheduling.types import CodeRequest, KnownPerson, PhoneCode
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.errors import (
    PhoneCodeLimitError,
    PhoneCodeTooSoonError,
    PhoneCodeUnavailableError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.kernel import clock
from feldsher.kernel.errors import DomainError, InvalidInputError

FAULTS = (PhoneProofWrongError, PhoneProofOverError)
"""Refusals of a code: the page stays, and says them under the field."""
_CODE = 20
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page says: the code that was sent, if any; a fault under its field; a notice above."""

    code: PhoneCode | None
    resend_at: datetime | None = None
    fault: str = ""
    notice: DomainError | None = None
    status: int = 200


def code_in(request: HttpRequest) -> str:
    """Return the code that came with a form, empty from a form without its field; InvalidInputError."""
    code = text_in(request.POST, "phone_proof", limit=_CODE)
    if not code and "phone_proof" in request.POST:
        raise InvalidInputError("no code", fields={"phone_proof": "Введите код из\u00a0SMS"})
    return code


def ask(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Send a code and show the page; raises what keeps both from being done."""
    try:
        shown = _Shown(_request(request, hold_id))
    except PhoneCodeTooSoonError as error:
        shown = _Shown(_sent_before(request, hold_id), resend_at=error.retry_at)
    return _page(request, hold_id, shown)


def again(request: HttpRequest, hold_id: UUID, error: DomainError) -> HttpResponse:
    """Show the page once more, with what is wrong with the code under its field."""
    fault = error.fields.get("phone_proof", "") if isinstance(error, InvalidInputError) else error.message
    code = _sent_before(request, hold_id)
    return _page(request, hold_id, _Shown(code, fault=fault, status=error.status))


@require_POST
@honest
def resend(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Send another code."""
    try:
        return ask(request, hold_id)
    except (PhoneCodeLimitError, PhoneCodeUnavailableError) as error:
        code = _sent_before(request, hold_id)
        return _page(request, hold_id, _Shown(code, notice=error, status=error.status))
    except HoldExpiredError as error:
        return lost(request, error, typed_in(request.POST))


def _request(request: HttpRequest, hold_id: UUID) -> PhoneCode:
    device = device_of(request)
    once = idempotency_of(request, route="site phone-code", caller=device, subject=str(hold_id))
    asked = CodeRequest(_phone(request), address_of(request))
    return after_its_twin(lambda: services.request_phone_code(hold_id, request=asked, idempotency=once))


def _sent_before(request: HttpRequest, hold_id: UUID) -> PhoneCode | None:
    try:
        return services.phone_code(hold_id, phone=_phone(request))
    except PhoneProofOverError:
        return None


def _phone(request: HttpRequest) -> str | KnownPerson:
    person = uuid_in(request.POST, "known")
    if person is not None:
        return KnownPerson(token_of(request), person)
    return text_in(request.POST, "phone", limit=_LONGEST)


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the form, to be sent again: those that we know, and the consent."""
    person = uuid_in(request.POST, "known")
    names = (*CARRIED, "consent", *([f"consent-{person}"] if person else []))
    return [(name, request.POST[name][:_LONGEST]) for name in names if request.POST.get(name)]


def _page(request: HttpRequest, hold_id: UUID, shown: _Shown) -> HttpResponse:
    hold = scheduling.held(hold_id)
    context = hold_context(hold)
    resend_at = shown.resend_at or (shown.code.resend_at if shown.code else None)
    wait = max(0, math.ceil((resend_at - clock.now()).total_seconds())) if resend_at else 0
    context |= {
        "sent_to": shown.code.sent_to if shown.code else "",
        "was_sent": shown.code is not None and not shown.fault and shown.resend_at is None,
        "fault": shown.fault,
        "notice": shown.notice,
        "carried": _carried(request),
        "wait": wait,
        "wait_words": minutes_and_seconds(wait),
    }
    return private(page(request, "code.html", context, place=context["talon"].location, status=shown.status))
