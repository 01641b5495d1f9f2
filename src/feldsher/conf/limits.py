"""How often somebody may call: on the API always, on the site for what is sent.

A caller is a partner's key, else a device and an address, both of which have to have some left. An address
has a high ceiling only: a mobile operator puts thousands behind one. A private address is a proxy's own and
is not counted. The buckets lie in the memory of each process, which holds its share of a limit, so that no
request waits for a shared store: who always reaches the same process has that share, who reaches all of them
the whole.
"""

import time
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from feldsher.channels.api.partners import key_in
from feldsher.channels.frontend.cookies import read_cookie
from feldsher.foundation.access.api_keys import recalled
from feldsher.kernel.buckets import Buckets

API = "/api/"
_READS = {"GET", "HEAD", "OPTIONS"}
_V6_HOME = 64
_LONGEST_NAME = 64


class Verdict(NamedTuple):
    """What the limits say of a request; `policy` and `state` are the values of its header fields."""

    is_allowed: bool
    policy: str
    state: str
    retry_seconds: int


class Limits:
    """The buckets of one process, by kind of caller and of call, such as `device-reads`."""

    def __init__(self) -> None:
        limits, share = settings.FELDSHER_LIMITS, settings.FELDSHER_WORKERS
        self._buckets = {
            f"{caller}-{call}": Buckets(
                max(1, getattr(limits, f"{caller}_{call}") // share), limits.window_seconds
            )
            for caller in ("device", "address", "key")
            for call in ("reads", "writes")
        }
        self._policies = {
            kind: f'"{kind}";q={buckets.quota};w={buckets.window:.0f}'
            for kind, buckets in self._buckets.items()
        }

    def judge(self, request: HttpRequest) -> Verdict | None:
        """Take one from each bucket that counts this request; None where nobody counts it."""
        call = "reads" if request.method in _READS else "writes"
        is_api = request.path.startswith(API)
        if not is_api and call == "reads":
            return None
        counted = _callers(request, call, is_api=is_api)
        if not counted:
            return None
        at = time.monotonic()
        levels = [(self._buckets[kind].take(name, at=at), kind) for kind, name in counted]
        level, kind = min(levels)
        return Verdict(
            is_allowed=level.is_allowed,
            policy=", ".join([self._policies[kind] for kind, _ in counted]),
            state=f'"{kind}";r={level.left};t={level.full_seconds}',
            retry_seconds=max(1, level.next_seconds),
        )


def _callers(request: HttpRequest, call: str, *, is_api: bool) -> list[tuple[str, str]]:
    """Return by which buckets a request is counted: kind and name."""
    if is_api and "HTTP_AUTHORIZATION" in request.META:
        partner = recalled(key_in(request))
        if partner is not None:
            return [(f"key-{call}", partner.prefix)]
    device = request.META.get("HTTP_X_DEVICE", "") if is_api else read_cookie(request, "device")
    address = _counted(request.META.get("REMOTE_ADDR", ""))
    named = [(f"device-{call}", device[:_LONGEST_NAME])] if device else []
    return [*named, (f"address-{call}", address)] if address else named


@lru_cache(maxsize=10_000)
def _counted(text: str) -> str:
    """Return what of an address is counted: it or its home's network (IPv6), nothing of a private one."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _V6_HOME), strict=False))
    return str(address)
