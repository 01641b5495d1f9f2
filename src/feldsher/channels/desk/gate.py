"""The one way into a page of the desk: `staff_page` stands before every view (a test walks the addresses)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from feldsher.channels.desk.pages import SeeOther, private, refusal
from feldsher.foundation.access.doors import note_refusal
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.sign_in import signed_in
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import DomainError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Staff, P], HttpResponse]
LIVE = "live"
"""The parameter of an address that an open page asks by itself: a fragment, and it keeps nobody awake."""


class StaffView(Protocol[P]):
    """A view behind the gate; `action` and `methods` are there for the tests that walk all addresses."""

    action: Action
    methods: tuple[str, ...]

    def __call__(self, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse: ...


def staff_page(
    action: Action, *, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[View[P]], StaffView[P]]:
    """Let only those in who are signed in and may do `action`; the view gets them as its second argument.

    Nobody signed in: the page of signing in, with the way back where the address can be asked again (a page
    that asks by itself gets 401). Not allowed: 403. A DomainError of the view is a page with its sentence.
    Nothing behind the gate is kept by a cache.
    """

    def behind(view: View[P]) -> StaffView[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            is_live = LIVE in request.GET
            staff = signed_in(request, is_own=not is_live)
            if staff is None:
                return private(HttpResponse(status=401) if is_live else _to_sign_in(request))
            if not can(staff, action):
                note_refusal(staff, action)
                return refusal(request, staff, ForbiddenError())
            if request.method not in methods:
                return private(HttpResponseNotAllowed(methods))
            try:
                return private(view(request, staff, *args, **kwargs))
            except DomainError as error:
                return refusal(request, staff, error)

        gated = cast("StaffView[P]", answer)
        gated.action, gated.methods = action, methods
        return gated

    return behind


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("desk:sign-in")
    if request.method in {"GET", "HEAD"}:
        address += "?" + urlencode({"next": request.get_full_path()})
    return SeeOther(address)
