"""What every page of the cabinet shares: the clinic's name and phone, and that nothing of it is kept."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.look import look_of
from feldsher.domain.directory import selectors as directory
from feldsher.kernel.errors import DomainError

_NAMELESS = "Клиника"


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, is_in: bool = True, status: int = 200
) -> HttpResponse:
    """Render `cabinet/<template>` in the common frame; `is_in` False: nobody is signed in."""
    brand = directory.brand()
    shared = {
        "brand": brand.name or _NAMELESS,
        "logo": brand.logo,
        "hue": brand.hue,
        "phone": next((place.phone for place in directory.locations() if place.phone), ""),
        "look": look_of(request),
        "is_in": is_in,
        "here": request.path if request.method == "GET" else reverse("cabinet:cabinet"),
    }
    return private(render(request, f"cabinet/{template}", {**shared, **context}, status=status))


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Render a refusal: its sentence, its code in small print, and the way back; it repeats no address."""
    context = {"sentence": error.message, "code": error.code, "here": reverse("cabinet:cabinet")}
    return page(request, "refusal.html", context, status=error.status)
