"""Partners by their keys: `Authorization: Bearer fk_…`. Who shows none keeps what is open to everybody.

A key has to have the scope of what it calls. `/appointments/…` and `/wishes/…` are not among them: there the
bearer is the secret of one visit or wish, which a partner's key is no substitute for.
"""

from django.http import HttpRequest

from feldsher.channels.api.errors import ChannelNotAllowedError, KeyWrongError, ScopeMissingError
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.types import ApiKeyCard, ApiScope

SCOPES: dict[str, ApiScope | None] = {
    "specialties": ApiScope.DIRECTORY_READ,
    "locations": ApiScope.DIRECTORY_READ,
    "services": ApiScope.DIRECTORY_READ,
    "practitioners": ApiScope.DIRECTORY_READ,
    "slots": ApiScope.SLOTS_READ,
    "holds": ApiScope.BOOKINGS_WRITE,
    "call-requests": ApiScope.BOOKINGS_WRITE,
    "waiting": ApiScope.BOOKINGS_WRITE,
    "appointments": None,
    "wishes": None,
}
"""By the first part of an address; None: no key is asked for, and none helps."""
_SCHEME = "bearer "


def key_in(request: HttpRequest) -> str:
    """Return the partner's key as it was sent, empty for none."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        return ""
    token = header[len(_SCHEME) :].strip()
    return token if token.startswith(api_keys.MARK) else ""


def admit(request: HttpRequest, scope: ApiScope) -> ApiKeyCard | None:
    """Return whose key was shown, None without one; raises KeyWrongError, ScopeMissingError."""
    token = key_in(request)
    if not token:
        return None
    partner = api_keys.key_of(token)
    if partner is None:
        raise KeyWrongError("a wrong or ended key")
    if scope not in partner.scopes:
        raise ScopeMissingError(f"{partner.prefix} lacks {scope.value}")
    return partner


def check_channel(request: HttpRequest, channel: str) -> None:
    """Raise ChannelNotAllowedError where the partner's key is for other channels."""
    partner: ApiKeyCard | None = getattr(request, "partner", None)
    if partner is not None and partner.channels and channel not in partner.channels:
        raise ChannelNotAllowedError(f"{partner.prefix} may not book through {channel}")
