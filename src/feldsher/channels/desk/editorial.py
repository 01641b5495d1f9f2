"""Wagtail's editor of pages behind the desk's own door: session, second factor and rights are ours.

What it may show is listed here by name; everything else of it (its sign-in, passwords, users, groups,
sites, collections, workflows, reports, its API) answers 404, also to who may edit. Its pages are one
transaction each, in which names of colleagues are in reach: it shows who wrote a revision. It brings
scripts and styles of its own, so that the policy of these addresses is another one
(docs/security/headers.md).
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from feldsher.channels.desk.gate import LIVE, staff_page
from feldsher.foundation.access.editors import page_editor
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import NotFoundError

SHOWN = frozenset(
    {
        *("wagtailadmin_home", "wagtailadmin_explore_root", "wagtailadmin_explore"),
        *("wagtailadmin_explore_results", "wagtailadmin_sprite", "wagtailadmin_javascript_catalog"),
        *("wagtailadmin_choose_page", "wagtailadmin_choose_page_child", "wagtailadmin_choose_page_search"),
        *("wagtailadmin_choose_page_external_link", "wagtailadmin_dismissibles"),
        *("wagtailadmin_tag_autocomplete", "wagtailadmin_tag_model_autocomplete"),
        *("wagtailadmin_editing_sessions:ping", "wagtailadmin_editing_sessions:release"),
        *(
            f"wagtailadmin_pages:{name}"
            for name in (
                *("add", "add_subpage", "edit", "delete", "unpublish", "view_draft"),
                *("preview_on_add", "preview_on_edit", "search", "search_results", "history"),
                *("history_results", "revisions_index", "revisions_revert", "revisions_view"),
                *("revisions_compare", "revisions_unschedule"),
            )
        ),
        *(
            f"wagtailimages:{name}"
            for name in (
                *("index", "index_results", "add", "edit", "delete", "add_multiple"),
                *("edit_multiple", "delete_multiple", "create_multiple_from_uploaded_image"),
                "delete_upload_multiple",
            )
        ),
        *(
            f"wagtailimages_chooser:{name}"
            for name in ("choose", "choose_results", "chosen", "chosen_multiple", "create")
        ),
        *("wagtailimages_chooser:select_format", "wagtailadmin_api:pages:listing"),
        "wagtailadmin_api:pages:detail",
    }
)
"""Names of the addresses that an editor of pages needs."""
BY_ITSELF = frozenset({"wagtailadmin_editing_sessions:ping", "wagtailadmin_editing_sessions:release"})
"""What an open page asks without its person: it keeps no session awake."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_METHODS = ("GET", "HEAD", "POST")
Pattern = URLPattern | URLResolver


def doors(patterns: list[Pattern]) -> list[Pattern]:
    """Put every address of the editor behind the gate, and all that SHOWN does not name out of reach."""
    for pattern, name in _named(patterns):
        pattern.callback = _gated(pattern.callback, name)
    return patterns


def of_wagtail(request: HttpRequest) -> dict[str, Any]:
    """Give templates of the editor its user and its notices; no other page has them."""
    if not hasattr(request, "_messages"):
        return {}
    return {"user": request.user, "messages": request._messages}  # noqa: SLF001 - where Django keeps them


def _named(patterns: list[Pattern], before: str = "") -> Iterator[tuple[URLPattern, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{before}{pattern.namespace}:" if pattern.namespace else before
            yield from _named(pattern.url_patterns, namespace)
        else:
            yield pattern, f"{before}{pattern.name}"


def _gated(view: Callable[..., HttpResponse], name: str) -> Callable[..., HttpResponse]:
    @staff_page(Action.EDIT_PAGES, methods=_METHODS)
    @wraps(view)
    def inside(request: HttpRequest, staff: Staff, /, *args: Any, **kwargs: Any) -> HttpResponse:
        if name not in SHOWN:
            raise NotFoundError(f"not shown of the editor: {name}")
        if not str(kwargs.get("pk", 0)).isdecimal():  # some of Wagtail's addresses take any text as a key
            raise NotFoundError("no key of a page or an image")
        with STAFF.reach():
            request.user = page_editor(staff)
            storage = request._messages = SessionStorage(request)  # type: ignore[attr-defined]  # noqa: SLF001 - as Django's middleware
            response = view(request, *args, **kwargs)
            if callable(getattr(response, "render", None)):
                response = response.render()  # type: ignore[attr-defined]  # asked for just above
            storage.update(response)
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    @wraps(inside)
    def door(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        if name in BY_ITSELF:
            request.GET = request.GET.copy()  # type: ignore[assignment]  # what is asked without a person
            request.GET[LIVE] = "1"  # type: ignore[misc]  # the copy may be written
        return inside(request, *args, **kwargs)

    return door
