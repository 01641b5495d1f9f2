"""For which site passkeys are made: the host and origin of FELDSHER_SITE_URL, and no other.

A browser makes passkeys for a host with a name, over https, or for localhost: where the site's address is
neither, passkeys are not offered.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

_LOCAL = "localhost"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """`id` is the host's name, `origin` scheme, host and port as the browser writes them."""

    id: str
    origin: str


def relying_party() -> RelyingParty | None:
    """Return the site as a relying party, None where browsers make no passkeys for its address."""
    url = urlsplit(settings.SITE_URL)
    host = url.hostname or ""
    if not host or _is_number(host) or (url.scheme != "https" and host != _LOCAL):
        return None
    return RelyingParty(id=host, origin=f"{url.scheme}://{url.netloc}".lower())


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
