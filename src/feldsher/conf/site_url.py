"""The address of a site as browsers send it: scheme, host by IDNA and port, and nothing else."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_EXAMPLE: Final = "an example: https://clinic.example."
_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LOOPBACK: Final = "127.0.0.1"
"""By which `up` itself and a proxy of this machine ask."""


def site_variables(url: str) -> dict[str, str]:
    """Return the settings of a site at an address; raises ValueError with a code and a sentence."""
    try:
        parts = urlsplit(url)
        host = wire_host(parts)
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in _PORTS or not host:
        raise ValueError(f"bad_site_url: --site-url {url} is no address; {_EXAMPLE}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            f"bad_site_url: --site-url is scheme, host and port alone, no path or user; {_EXAMPLE}"
        )
    return {
        "FELDSHER_SITE_URL": f"{parts.scheme}://{host}",
        "FELDSHER_HOSTS": ",".join(dict.fromkeys((_idna(parts), _LOOPBACK))),
    }


def wire_host(parts: SplitResult) -> str:
    """Return the Host that a browser asks for: no user, punycode, no usual port. Raises ValueError."""
    port = parts.port
    return _idna(parts) + (f":{port}" if port and port != _PORTS.get(parts.scheme) else "")


def _idna(parts: SplitResult) -> str:
    name = parts.hostname or ""
    if ":" in name:
        return f"[{name}]"
    found = name.encode("idna").decode().lower()
    if not _NAME.fullmatch(found):
        raise ValueError("no host")
    return found
