"""What a device keeps of the site: its files, a page for when there is no connection, a name and an icon.

The page without a connection holds what is the same for everybody, and nothing of a person: no visit, no
time. Its script shows beside it what the cabinet's page has kept on this device, where its owner wished so.
"""

import json
from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.assets import asset, text_of
from feldsher.channels.site.marks import Form, colour_of, icon_name, icon_of
from feldsher.channels.site.marks import icon as icon_file
from feldsher.channels.site.pages import Frame, clinic_name, frame_of
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.foundation.modules import has_booking

_FILES = (
    "site.css",
    "site.js",
    "offline.js",
    "icons.svg",
    "pictures.svg",
    "favicon.svg",
    "golos-400.woff2",
    "golos-600.woff2",
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'"
)
_KEPT = "public, max-age=3600"
"""A browser asks for a newer worker after each page, which an hour in its cache spares. A new build waits as
long at most; files of the build before it are served for a day."""
_FOR_EVER = "public, max-age=31536000, immutable"
_PAPER = "#FFFFFF"
_SHORTCUTS = {
    True: (("Записаться", "site:doctors"), ("Мои записи", "cabinet:cabinet")),
    False: (("Заказать звонок", "site:call"), ("Врачи", "site:doctors")),
}
"""What a long press on the icon offers, by whether one books here."""


@require_safe
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the service worker: the built script after what it keeps. 404 without the build."""
    script = text_of("sw.js")
    if not script:
        raise Http404("not built")
    locations = directory.locations()
    frame = frame_of(locations)
    phones = [place for place in locations if place.phone]
    page = render_to_string("site/offline.html", {"frame": frame, "phones": phones})
    files = [asset(name) for name in _FILES] + _hue(frame)
    kept = {"files": files, "page": page, "policy": _POLICY}
    said = json.dumps(kept, ensure_ascii=False)
    version = sha256(said.encode()).hexdigest()[:16]
    told = json.dumps({"version": version, **kept}, ensure_ascii=False)
    return _answer(f"const OFFLINE={told};\n{script}", kind="text/javascript")


def _hue(frame: Frame) -> list[str]:
    return [] if frame.hue is None else [reverse("site:hue", args=[frame.hue])]


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the clinic's name, colours and icons, for a site that stands among a phone's programs."""
    brand = directory.brand()
    name = clinic_name(brand, directory.locations())
    described = {
        "name": name,
        "short_name": name,
        "lang": "ru",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": colour_of(brand),
        "background_color": _PAPER,
        "icons": [
            {
                "src": reverse("site:icon", args=[icon_name(brand, form)]),
                "type": "image/png",
                "sizes": f"{form.size}x{form.size}",
                "purpose": "maskable" if form is Form.MASKABLE else "any",
            }
            for form in (Form.SMALL, Form.LARGE, Form.MASKABLE)
        ],
        "shortcuts": [{"name": name, "url": reverse(url)} for name, url in _SHORTCUTS[has_booking()]],
    }
    return _answer(json.dumps(described, ensure_ascii=False), kind="application/manifest+json")


@require_safe
@honest
def icon(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer an icon of the manifest; another logo or colour has another address."""
    return _png(icon_file(name), kept=_FOR_EVER)


@require_safe
def touch_icon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the icon of iOS at the address that it knows by itself."""
    return _png(icon_of(Form.TOUCH, brand=directory.brand()), kept=_KEPT)


def _png(content: bytes, *, kept: str) -> HttpResponse:
    response = HttpResponse(content, content_type="image/png")
    response.headers["Cache-Control"] = kept
    return response


def _answer(text: str, *, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = _KEPT
    return response
