"""Addresses of this site as an editor types them: a path, or a whole address."""

from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

LONGEST: Final = 500
NOTHING: Final = 404
_FOUND: Final = 200


class WrongAddressError(ValueError):
    """What is wrong with an address, in Russian."""


def split(address: str) -> SplitResult:
    """Read a whole address, or a path from its first slash; WrongAddressError."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    is_plain = unquote(address).isprintable() and "\\" not in address and len(address) <= LONGEST
    if not is_plain or not parts.path.startswith("/") or parts.scheme not in {"", "http", "https"}:
        raise WrongAddressError(
            f"«{address[:80]}»\u00a0— не\u00a0адрес. Он начинается с\u00a0/ или с\u00a0https://."
        )
    return parts


def require_own(parts: SplitResult) -> None:
    """Raise WrongAddressError for an address of another site."""
    if parts.netloc and parts.netloc != urlsplit(settings.SITE_URL).netloc:
        raise WrongAddressError(f"новый адрес — страница этого сайта, а\u00a0не\u00a0{parts.netloc}.")


def require_page(path: str, *, status: Callable[[str], int]) -> None:
    """Raise WrongAddressError where the site has no page that anybody may read."""
    if status(path) != _FOUND:
        raise WrongAddressError(f"страницы {path} на\u00a0сайте нет. Откройте её и\u00a0скопируйте адрес.")
