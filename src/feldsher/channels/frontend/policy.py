"""The Content-Security-Policy of pages: nothing but this site; what a reader agreed to besides."""

from collections.abc import Iterable
from typing import Final

_PICTURES = "img-src 'self' data:"
POLICY: Final = (
    f"default-src 'none'; script-src 'self'; style-src 'self'; {_PICTURES}; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types own"
)


def with_frame_of(policy: str, origin: str) -> str:
    """Return the policy that lets pages of this origin stand inside ours."""
    return f"{policy}; frame-src {origin}"


def with_pictures_of(origins: Iterable[str]) -> str:
    """Return the policy that lets pictures in from these origins too, and nothing else of theirs."""
    return POLICY.replace(_PICTURES, " ".join((_PICTURES, *origins)))
