"""A score of an answer's headers, after the published table of the HTTP Observatory (Mozilla, later MDN).

The rules are written anew from their descriptions: 100 to begin with, penalties, and bonuses where at least
90 is left. What a scanner has to ask the network for (redirects of port 80, preload lists) is left out:
nothing is gained by it here. The points for Cross-Origin-Resource-Policy are those of MDN's table.
"""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from http.cookies import Morsel
from typing import Any

from django.http import HttpResponse

PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
LEAKING = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
HALF_A_YEAR = 15_768_000
SCRIPT_SOURCES = ("script-src", "script-src-elem", "object-src")
UNSAFE = {"'unsafe-inline'", "data:", "*", "http:", "https:"}


def score(response: HttpResponse) -> tuple[int, dict[str, int]]:
    """Return the score of an answer over https and what each test gave or took."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    policy = directives(headers.get("content-security-policy", ""))
    given = {
        "policy": _policy(policy),
        "cookies": _cookies(response.cookies.values()),
        "cors": -50 if headers.get("access-control-allow-origin") == "*" else 0,
        "transport": _transport(headers.get("strict-transport-security", "")),
        "sniffing": 0 if headers.get("x-content-type-options", "").lower() == "nosniff" else -5,
        "frames": _frames(policy, headers.get("x-frame-options", "")),
        "referrer": _referrer(headers.get("referrer-policy", "")),
        "resource": _resource(headers.get("cross-origin-resource-policy", "")),
        "integrity": _integrity(response),
    }
    without_bonuses = 100 + sum(points for points in given.values() if points < 0)
    bonuses = sum(points for points in given.values() if points > 0)
    total = without_bonuses + bonuses if without_bonuses >= 90 else without_bonuses
    return max(total, 0), given


def directives(policy: str) -> dict[str, set[str]]:
    """Return the sources of each directive of a Content-Security-Policy."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name.lower(): set(sources) for name, *sources in parts}


def _policy(policy: dict[str, set[str]]) -> int:
    if not policy:
        return -25
    default = policy.get("default-src", {"*"})
    scripts = [policy.get(name, default) for name in SCRIPT_SOURCES]
    if any(sources & UNSAFE for sources in scripts):
        return -20
    if any("'unsafe-eval'" in sources for sources in scripts):
        return -10
    if any(source.startswith("http:") for sources in policy.values() for source in sources):
        return -20
    if policy.get("style-src", default) & UNSAFE:
        return 0
    return 10 if default == {"'none'"} else 5


def _cookies(cookies: Iterable["Morsel[Any]"]) -> int:
    kept = [cookie for cookie in cookies if cookie.value]
    if not kept:
        return 0
    if not all(cookie["secure"] for cookie in kept):
        return -20
    if not all(cookie["httponly"] for cookie in kept):
        return -30
    return 5 if all(cookie["samesite"] in {"Lax", "Strict"} for cookie in kept) else 0


def _transport(header: str) -> int:
    found = re.search(r"max-age=(\d+)", header)
    if not found:
        return -20
    return 0 if int(found[1]) >= HALF_A_YEAR else -10


def _frames(policy: dict[str, set[str]], header: str) -> int:
    if policy.get("frame-ancestors") in ({"'none'"}, {"'self'"}):
        return 5
    return 0 if header.upper() in {"DENY", "SAMEORIGIN"} else -20


def _referrer(header: str) -> int:
    words = {word.strip() for word in header.lower().split(",") if word.strip()}
    if not words:
        return 0
    return 5 if words <= PRIVATE else -5


def _resource(header: str) -> int:
    return 10 if header.lower() in {"same-origin", "same-site"} else 0


class _Scripts(HTMLParser):
    """Gathers the scripts of a page; `inline` counts those with text of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs))


def _integrity(response: HttpResponse) -> int:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return 0
    reader = _Scripts()
    reader.feed(response.content.decode())
    if not reader.found:
        return 0
    if any((script.get("src") or "").startswith("http:") for script in reader.found):
        return -50
    foreign = [script for script in reader.found if not (script.get("src") or "/").startswith("/")]
    if any(not script.get("integrity") for script in foreign):
        return -5
    return 5 if all(script.get("integrity") for script in reader.found) else 0
