"""The one way into a page of the desk: `staff_page` stands before every view (a test walks the addresses)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import reverse

from feldsher.channels.desk.locked import locked_page
from feldsher.channels.desk.pages import refusal
from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.foundation.access.doors import note_refusal
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.passwords import is_proved
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.sign_in import entrance
from feldsher.foundation.access.types import Door, Entrance, Staff
from feldsher.kernel.errors import DomainError

P = ParamSpec("P")
Who = TypeVar("Who")
View = Callable[Concatenate[HttpRequest, Who, P], HttpResponse]
LIVE = "live"
"""The parameter of an address that an open page asks by itself: a fragment, and it keeps nobody awake."""


class StaffView(Protocol[P]):
    """A view behind the gate; `action` and `methods` are there for the tests that walk all addresses."""

    action: Action
    methods: tuple[str, ...]

    def __call__(self, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse: ...


def staff_page(
    action: Action, *, methods: tuple[str, ...] = ("GET", "HEAD"), is_dangerous: bool = False
) -> Callable[[View[Staff, P]], StaffView[P]]:
    """Let only those in who are signed in and may do `action`; the view gets them as its second argument.

    Nobody signed in: the page of signing in, with the way back where the address can be asked again (a page
    that asks by itself gets 401). A locked session: 403 and the page that unlocks it, which keeps what was
    sent. No second factor where one is required: the page that sets one up. Not allowed: 403. A DomainError
    of the view is a page with its sentence. Nothing behind the gate is kept by a cache.

    `is_dangerous`: the password is asked for again, unless it was given within the last ten minutes.
    """

    def behind(view: View[Staff, P]) -> StaffView[P]:
        def inside(
            request: HttpRequest, found: Entrance, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if found.door is Door.SET_UP:
                return SeeOther(reverse("desk:me"))
            if is_dangerous and not is_proved(found):
                return _to_prove(request)
            return view(request, found.person, *args, **kwargs)

        return _gate(view, inside, action, methods)

    return behind


def own_page(
    *, methods: tuple[str, ...] = ("GET", "HEAD"), is_dangerous: bool = False
) -> Callable[[View[Entrance, P]], StaffView[P]]:
    """Let whoever is signed in see to their own sign-in; the view gets the entrance as its second argument.

    `is_dangerous` is that of `staff_page`.
    """

    def behind(view: View[Entrance, P]) -> StaffView[P]:
        def inside(
            request: HttpRequest, found: Entrance, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if is_dangerous and not is_proved(found):
                return _to_prove(request)
            return view(request, found, *args, **kwargs)

        return _gate(view, inside, Action.OWN_SIGN_IN, methods)

    return behind


def _gate(
    view: Callable[..., HttpResponse],
    inside: Callable[Concatenate[HttpRequest, Entrance, P], HttpResponse],
    action: Action,
    methods: tuple[str, ...],
) -> StaffView[P]:
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = entrance(request, is_own=LIVE not in request.GET)
        if found.door not in {Door.OPEN, Door.SET_UP}:
            return private(_turned_away(request, found))
        staff = found.person
        if not can(staff, action):
            note_refusal(staff, action)
            return refusal(request, staff, ForbiddenError())
        if request.method not in methods:
            return private(HttpResponseNotAllowed(methods))
        try:
            return private(inside(request, found, *args, **kwargs))
        except DomainError as error:
            return refusal(request, staff, error)

    gated = cast("StaffView[P]", answer)
    gated.action, gated.methods = action, methods
    return gated


def _to_prove(request: HttpRequest) -> HttpResponse:
    """Lead to the page that asks for the password, and from there to this page, or to a form's section."""
    section = "/".join(request.path.split("/")[:3]) + "/"
    back = request.get_full_path() if request.method == "GET" else section
    return SeeOther(f"{reverse('desk:me-prove')}?{urlencode({'next': back})}")


def _turned_away(request: HttpRequest, found: Entrance) -> HttpResponse:
    if LIVE in request.GET:
        is_locked = found.door is Door.LOCKED
        return JsonResponse({"code": "session_locked"}, status=403) if is_locked else HttpResponse(status=401)
    if found.door is Door.LOCKED:
        return locked_page(request, found)
    address = reverse("desk:second" if found.door is Door.SECOND_FACTOR else "desk:sign-in")
    if request.method in {"GET", "HEAD"}:
        address += "?" + urlencode({"next": request.get_full_path()})
    return SeeOther(address)
