"""IP addresses of callers: how much of one is one caller, and whose it is when a proxy stands between.

A home is what a caller has alone, for what each may use up: a whole IPv4 address, or the /64 that a home
gets of IPv6. A neighbourhood (/24, /56) is what who guesses moves about in, for what shuts out. An IPv4
address that is written as IPv6 (`::ffff:192.0.2.1`, which a server on `::` sees) is the IPv4 address.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
HOME_BITS = {4: 32, 6: 64}
NEIGHBOURHOOD_BITS = {4: 24, 6: 56}
_MOST_PROXIES = 16
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


def parse_network(text: str) -> Network:
    """Return an address or a network such as `10.0.0.0/24`; ValueError where it is none, or IPv4 as IPv6."""
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f"{text!r} is IPv4 that is written as IPv6")
    return network


def caller_of(peer: str, forwarded: str, *, trusted: tuple[Network, ...]) -> str:
    """Return the address of who asks: the peer's or, through trusted proxies, the one that they have seen.

    `forwarded` is X-Forwarded-For, to which each proxy adds at the right from whom it got the request. So
    it is read from there, and no further than to the first that is no trusted proxy: what stands left of
    that one, its sender may have made up. Where an entry is no address, the proxy that wrote it is the last
    that is known.
    """
    known = peer
    for entry in reversed(forwarded.rsplit(",", _MOST_PROXIES)[-_MOST_PROXIES:]):
        address = _parsed(entry.strip())
        if address is None or not _is_of(known, trusted):
            break
        known = str(address)
    return known


def _is_of(text: str, networks: tuple[Network, ...]) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


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
