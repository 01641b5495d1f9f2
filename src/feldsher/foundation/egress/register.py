"""The register of hosts: everywhere that this product may send anything, and why. Data, not code.

conf/composition.py fills it from the settings, once; `feldsher egress` prints it for a firewall. What is not
in it is not called, whoever asks.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from feldsher.foundation.privacy.data_class import DataClass

_PORTS = {"http": 80, "https": 443, "smtp": 25, "syslog": 601}
_WEB = ("http", "https")


@dataclass(frozen=True, slots=True)
class Host:
    """One remote: its name in DNS (punycode), port, country (ISO 3166), purpose, classes of data it gets.

    `is_internal`: it stands in the clinic's own network, so that its address may be a private one.
    """

    name: str
    port: int
    country: str
    purpose: str
    classes: tuple[DataClass, ...]
    is_internal: bool = False


def host_at(url: str, *, country: str, purpose: str, classes: tuple[DataClass, ...]) -> Host:
    """Return the entry of the host that an address names; ValueError for an address that can't be called.

    It is internal where the address itself says so: a private number or `localhost` has been typed by the
    operator and can't be turned by DNS. A name is outside.
    """
    parsed = parsed_address(url, schemes=tuple(_PORTS))
    name = parsed.raw_host.decode().lower()
    return Host(
        name=name,
        port=parsed.port or _PORTS[parsed.scheme],
        country=country,
        purpose=purpose,
        classes=classes,
        is_internal=_is_private(name),
    )


def parsed_address(url: str, *, schemes: tuple[str, ...] = _WEB) -> httpx.URL:
    """Return an address in parts; ValueError in one sentence when it is none or would show a password."""
    try:
        parsed = httpx.URL(url)
        urlsplit(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ValueError("the address isn't a URL") from None
    if parsed.scheme not in schemes or not parsed.host:
        raise ValueError("the address must begin with http:// or https://")
    if parsed.userinfo:
        raise ValueError("give user and password apart from the address")
    return parsed


_bound: list[Host] = []


def bind(hosts: tuple[Host, ...]) -> None:
    """Replace the register; called when Django starts."""
    _bound[:] = hosts


def hosts() -> tuple[Host, ...]:
    return tuple(_bound)


def entry_of(name: str, port: int) -> Host | None:
    """Return the entry of exactly this name and port, None for a stranger."""
    return next((host for host in _bound if (host.name, host.port) == (name.lower(), port)), None)


def _is_private(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return not ip_address(name).is_global
    except ValueError:
        return False
