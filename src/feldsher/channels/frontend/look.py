"""«Версия для слабовидящих»: scheme, size, spacing and pictures, kept in one cookie without personal data.

The server writes the choice into attributes of <html>, so that it holds from the first byte and without
scripts. Nothing chosen leaves the scheme to the device (prefers-color-scheme, prefers-contrast).
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict

from feldsher.channels.frontend.cookies import drop_cookie, keep_cookie, read_cookie

_COOKIE = "look"
_COOKIE_SECONDS = 365 * 24 * 3600
SCHEMES = {
    "": "Как на устройстве",
    "light": "Светлая",
    "dark": "Тёмная",
    "contrast-light": "Чёрным по белому",
    "contrast-dark": "Белым по чёрному",
}
SIZES = {"": "Обычный", "125": "125\u00a0%", "150": "150\u00a0%", "200": "200\u00a0%"}
SPACINGS = {"": "Обычные", "wide": "Увеличенные"}
IMAGES = {"": "Показывать", "off": "Скрыть"}
_CHOICES = (SCHEMES, SIZES, SPACINGS, IMAGES)
_NAMES = ("scheme", "size", "spacing", "images")


@dataclass(frozen=True, slots=True)
class Look:
    """What the visitor chose; an empty word is the usual."""

    scheme: str = ""
    size: str = ""
    spacing: str = ""
    images: str = ""

    @property
    def is_usual(self) -> bool:
        return self == Look()


def _look(words: list[str]) -> Look:
    known = [word if word in choices else "" for word, choices in zip(words, _CHOICES, strict=True)]
    return Look(*known)


def look_of(request: HttpRequest) -> Look:
    """Return the look that the cookie asks for; what it may not hold is the usual."""
    words = read_cookie(request, _COOKIE).split(".")
    return _look((words + [""] * len(_NAMES))[: len(_NAMES)])


def chosen_look(data: QueryDict) -> Look:
    """Return the look of a sent form."""
    return _look([data.get(name) or "" for name in _NAMES])


def remember_look(response: HttpResponse, look: Look) -> None:
    if look.is_usual:
        drop_cookie(response, _COOKIE)
        return
    words = f"{look.scheme}.{look.size}.{look.spacing}.{look.images}"
    keep_cookie(response, _COOKIE, words, seconds=_COOKIE_SECONDS)
