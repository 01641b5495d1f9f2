"""IP addresses of callers: how much of one is one caller.

A home is what a caller has alone, for what each may use up: a whole IPv4 address, or the /64 that a home
gets of IPv6. A neighbourhood (/24, /56) is what who guesses moves about in, for what shuts out. An IPv4
address that is written as IPv6 (`::ffff:192.0.2.1`, which a server on `::` sees) is the IPv4 address.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

HOME_BITS = {4: 32, 6: 64}
NEIGHBOURHOOD_BITS = {4: 24, 6: 56}
_LONGEST = 45
"""Characters of the longest address: an IPv4 one, written whole as IPv6."""


@lru_cache(maxsize=10_000)
def home_of(text: str) -> str:
    """Return the home of a public address, such as `192.0.2.1` or `2001:db8:1:2::/64`; empty for any other.

    A private address is no caller's: it is a proxy's that has not been named, and all come from it.
    """
    address = _parsed(text)
    if address is None or not address.is_global:
        return ""
    return str(address) if address.version == 4 else _network(address, HOME_BITS)  # noqa: PLR2004 - IPv4


def neighbourhood_of(text: str) -> str:
    """Return the network around an address, such as `192.0.2.0/24`; the text itself where it is none."""
    address = _parsed(text)
    return text[:_LONGEST] if address is None else _network(address, NEIGHBOURHOOD_BITS)


def is_public(text: str) -> bool:
    """Return whether it is an address of the internet, which one caller has or a known few."""
    return bool(home_of(text))


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    if len(text) > _LONGEST:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _network(address: IPv4Address | IPv6Address, bits: dict[int, int]) -> str:
    return str(ip_network((address, bits[address.version]), strict=False))
