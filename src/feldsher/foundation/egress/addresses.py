"""From a host of the register to the one address that is called: resolved once, examined, and then pinned.

Whoever rules over a name in DNS chooses where it leads. So the address that was examined is the one that is
connected to, and no name may lead to this machine or its neighbours, unless its entry says that it stands in
the clinic's network. Link-local addresses, where a cloud's metadata live, are refused to all.
"""

import logging
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from feldsher.foundation.egress.register import Host, entry_of

_TRANSLATED = IPv6Network("64:ff9b::/96")
_RELAYS = IPv4Network("192.88.99.0/24")
"""Anycast relays of 6to4 (RFC 7526 ended them): whoever stands nearest answers. Python calls them global."""
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")))

Address = IPv4Address | IPv6Address
SHUT_WR = socket.SHUT_WR
_log = logging.getLogger(__name__)


class ForbiddenAddressError(OSError):
    """The register does not know the host, or its name leads where nothing may be sent."""


def is_sealed(url: str) -> bool:
    """Return whether nobody on the way reads what is sent there: https, or http to this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)


def examined(name: str, port: int) -> tuple[str, ...]:
    """Return the addresses that may be called of a host; ForbiddenAddressError, OSError when it has none."""
    host = entry_of(name, port)
    if host is None:
        _log.error("nothing is sent to %s:%d: it is not in the register of hosts", name, port)
        raise ForbiddenAddressError("not in the register")
    try:
        return resolve(host)
    except ForbiddenAddressError as error:
        _log.error("nothing is sent to %s:%d: %s", name, port, str(error))
        raise


def connect(name: str, port: int, *, seconds: float) -> socket.socket:
    """Return a plain connection to a host of the register, each wait of which is bounded; OSError."""
    *others, last = examined(name, port)
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=seconds)
    return socket.create_connection((last, port), timeout=seconds)


def resolve(host: Host) -> tuple[str, ...]:
    """Return the addresses of a host, in the system's order; OSError when there are none.

    One that is forbidden refuses them all: an honest name has no such neighbour.
    """
    found = socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    texts = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in texts:
        if not may_call(ip_address(text.partition("%")[0]), is_internal=host.is_internal):
            raise ForbiddenAddressError(f"{host.name} leads to {text}")
    return texts


def may_call(address: Address, *, is_internal: bool) -> bool:
    """Return whether an address may be called; one that wraps an IPv4 address is judged by that."""
    real = _unwrapped(address)
    if real.is_link_local or real.is_multicast or real.is_unspecified:
        return False
    if real in _METADATA or real in _RELAYS:
        return False
    if real.is_loopback or real.is_private or _is_site_local(real):
        return is_internal
    if real.is_reserved:
        return False
    return real.is_global or is_internal


def _is_site_local(address: Address) -> bool:
    """Return whether it is of fec0::/10, the private addresses before fc00::/7; Python calls them global."""
    return isinstance(address, IPv6Address) and address.is_site_local


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
