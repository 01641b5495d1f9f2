"""The one way into a page of the cabinet: `patient_page` stands before every view but those of signing in."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from feldsher.channels.cabinet.cookies import drop_session, keep_session, session_token
from feldsher.channels.cabinet.pages import refusal
from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.foundation.access.phone_sessions import look, resume
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel.errors import DomainError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, PhoneHolder, P], HttpResponse]


class PatientView(Protocol[P]):
    """A view behind the gate; the attributes are there for the tests that walk all addresses."""

    is_of_patients: bool
    methods: tuple[str, ...]

    def __call__(self, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse: ...


def patient_page(
    *,
    methods: tuple[str, ...] = ("GET", "HEAD"),
    otherwise: Callable[[HttpRequest], HttpResponse] | None = None,
    is_use: bool = True,
) -> Callable[[View[P]], PatientView[P]]:
    """Let only those in who have proved a phone; the view gets them as its second argument.

    For anybody else `otherwise` answers, else the page of signing in is shown. A DomainError of the view is a
    page with its sentence. The cookie follows the session's token, but not where a script asks by itself (not
    `is_use`).
    """

    def behind(view: View[P]) -> PatientView[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in methods:
                return private(HttpResponseNotAllowed(methods))
            token = session_token(request)
            opened = resume(token) if is_use else look(token)
            if opened is None:
                response = private(otherwise(request) if otherwise else SeeOther(reverse("cabinet:cabinet")))
                if token:
                    drop_session(response)
                return response
            try:
                response = view(request, opened.holder, *args, **kwargs)
            except DomainError as error:
                response = refusal(request, error)
            if opened.token != token:
                keep_session(response, opened.token, until=opened.until)
            return private(response)

        gated = cast("PatientView[P]", answer)
        gated.is_of_patients, gated.methods = True, methods
        return gated

    return behind
