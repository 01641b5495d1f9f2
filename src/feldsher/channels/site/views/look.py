"""«Версия для слабовидящих»: its settings, and the clinic's own colour and logo as files."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from feldsher.channels.frontend import hue as colours
from feldsher.channels.frontend import look
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import own_path_in
from feldsher.channels.site.pages import page
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types.brand import LogoType
from feldsher.domain.directory.types.profile import PhotoFile, PhotoType

_KEPT = "public, max-age=31536000, immutable"
_LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_PHOTO_MEDIA = {kind: f"image/{kind.value}" for kind in PhotoType}
_MEDIA = {LogoType.PNG: "image/png", LogoType.WEBP: "image/webp", LogoType.SVG: "image/svg+xml"}


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def show(request: HttpRequest) -> HttpResponse:
    """Offer schemes, sizes, spacing and pictures; POST keeps the choice and returns to where one was."""
    data = request.POST if request.method == "POST" else request.GET
    back = own_path_in(data, "next")
    if request.method == "POST":
        response: HttpResponse = SeeOther(back)
        look.remember_look(response, look.chosen_look(request.POST))
        return response
    chosen = look.look_of(request)
    groups = (
        ("scheme", "Цвета", look.SCHEMES, chosen.scheme),
        ("size", "Размер букв", look.SIZES, chosen.size),
        ("spacing", "Расстояния между буквами и\u00a0строками", look.SPACINGS, chosen.spacing),
        ("images", "Рисунки", look.IMAGES, chosen.images),
    )
    context = {"groups": groups, "next": back, "here": back}
    return page(request, "look.html", context)


@require_safe
def hue(request: HttpRequest, degrees: int) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the tokens of a hue; the address changes with the hue, so that it is kept for ever."""
    response = HttpResponse(colours.stylesheet(degrees % 360), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = _KEPT
    return response


@require_safe
@honest
def logo(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the clinic's logo; an SVG opened by itself can run nothing and ask nobody."""
    file = directory.logo(name)
    response = HttpResponse(file.content, content_type=_MEDIA[file.type])
    response.headers["Cache-Control"] = _KEPT
    response.headers["Content-Security-Policy"] = _LOGO_POLICY
    return response


@require_safe
@honest
def photo(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer a doctor's photograph in one size and coding; another photograph has another address."""
    return _picture(directory.photo(name))


@require_safe
@honest
def branch_map(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the picture of a branch's map in one size and coding; another picture has another address."""
    return _picture(directory.branch_map_file(name))


def _picture(file: PhotoFile) -> HttpResponse:
    response = HttpResponse(file.content, content_type=_PHOTO_MEDIA[file.type])
    response.headers["Cache-Control"] = _KEPT
    response.headers["Content-Security-Policy"] = _LOGO_POLICY
    return response
