"""Addresses of what `frontend/build.mjs` has built: names with a hash of their content, kept for ever.

Without the build a page names the plain files, which are not there: it is plain, but whole.
"""

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha384
from pathlib import Path

from django.templatetags.static import static

_DIST = Path(__file__).parent / "static" / "dist"


@cache
def _names() -> dict[str, str]:
    try:
        return dict(json.loads((_DIST / "manifest.json").read_text(encoding="utf-8")))
    except OSError:
        return {}


def asset(name: str) -> str:
    """Return the address of a built file by its plain name, such as `site.css`."""
    return static(f"dist/{_names().get(name, name)}")


@cache
def integrity_of(name: str) -> str:
    """Return the hash by which a browser checks a built script, `sha384-…`; empty without the build."""
    path = Path(f"{_DIST}/{_names().get(name, name)}")  # no part of a path is a template's own kind of str
    if not path.is_file():
        return ""
    return "sha384-" + b64encode(sha384(path.read_bytes()).digest()).decode()


def text_of(name: str) -> str:
    """Return what a built text file holds; nothing without the build."""
    path = _DIST / _names().get(name, name)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def symbols(name: str, *, width: int) -> tuple[str, ...]:
    """Return the names of the drawings of a picture file that are `width` wide."""
    return tuple(re.findall(rf'<symbol id="([\w-]+)" viewBox="0 0 {width} ', text_of(name)))
