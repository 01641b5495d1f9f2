"""How often somebody may call: on the API always, on the site for what is sent, and for papers.

A caller is a partner's key, else a device and an address, both of which have to have some left; what a device
was refused takes nothing from the address. An address has a high ceiling only: a mobile operator puts
thousands behind one. A private address is a proxy's own and is not counted. Nor is a provider of SMS that
calls to tell of thousands of deliveries: what it sends is opened by its signature, before anything is read.

The buckets lie in the memory of each process, so that no request waits for a shared store. Whoever calls
alone may reach one process only, by a kept connection: each process gives a key or a device the whole of its
limit. The many behind an address reach all processes alike: each holds its share of the ceiling.
"""

import time
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from feldsher.channels.api.partners import key_in
from feldsher.channels.frontend.cookies import read_cookie
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.api_keys import recalled
from feldsher.kernel.addresses import home_of
from feldsher.kernel.buckets import Buckets

API, DELIVERY = "/api/", "/delivery/"
DRAWN = "/estimate.pdf"
"""What costs as much as something sent, and counts so: it is drawn anew for each choice."""
_READS = {"GET", "HEAD", "OPTIONS"}
_LONGEST_NAME = 64


class Verdict(NamedTuple):
    """What the limits say of a request; `policy` and `state` are the values of its header fields."""

    is_allowed: bool
    left: int
    policy: str
    state: str
    retry_seconds: int


class Limits:
    """The buckets of one process, by kind of caller and of call, such as `device-reads`."""

    def __init__(self) -> None:
        limits, workers = settings.FELDSHER_LIMITS, settings.FELDSHER_WORKERS
        self._kinds = {
            (caller, is_read): _Kind(
                f"{caller}-{call}",
                Buckets(max(1, getattr(limits, f"{caller}_{call}") // parts), limits.window_seconds),
            )
            for caller, parts in (("key", 1), ("device", 1), ("address", workers))
            for call, is_read in (("reads", True), ("writes", False))
        }

    def judge(self, request: HttpRequest) -> Verdict | None:
        """Take one from each bucket that counts this request, until one refuses; None where nobody counts."""
        is_read = request.method in _READS and not request.path.endswith(DRAWN)
        is_api = request.path.startswith(API)
        if (is_read and not is_api) or request.path.startswith(DELIVERY):
            return None
        counted = _callers(request, is_api=is_api)
        if not counted:
            return None
        at, kinds = time.monotonic(), self._kinds
        verdicts = []
        for caller, name in counted:
            verdicts.append(kinds[caller, is_read].judge(name, at))
            if not verdicts[-1].is_allowed:
                break
        if len(verdicts) == 1:
            return verdicts[0]
        nearest = min(verdicts)
        return nearest._replace(policy=", ".join([verdict.policy for verdict in verdicts]))


class _Kind:
    """The buckets of one kind of caller and of call."""

    def __init__(self, name: str, buckets: Buckets) -> None:
        self._buckets = buckets
        self._state = f'"{name}";r='
        self._policy = f'"{name}";q={buckets.quota};w={buckets.window:.0f}'

    def judge(self, caller: str, at: float) -> Verdict:
        level = self._buckets.take(caller, at=at)
        state = f"{self._state}{level.left};t={level.full_seconds}"
        return Verdict(level.is_allowed, level.left, self._policy, state, level.next_seconds or 1)


def _callers(request: HttpRequest, *, is_api: bool) -> list[tuple[str, str]]:
    """Return by which buckets a request is counted, in their order: kind of caller and name."""
    meta = request.META
    if is_api and "HTTP_AUTHORIZATION" in meta:
        partner = recalled(key_in(request))
        if partner is not None:
            return [("key", partner.prefix)]
    found = []
    device = meta.get("HTTP_X_DEVICE") if is_api else read_cookie(request, "device")
    if device:
        found.append(("device", device[:_LONGEST_NAME]))
    address = home_of(address_of(request))
    if address:
        found.append(("address", address))
    return found
