"""Who we are to the gateway: a bearer token, or a certificate in TLS (contract §1.1).

The client's secret is derived anew for each token from the wall time of the caller, so that a clock or a zone
that is off is refused in the same way as a wrong password. The error therefore tells what the clocks say.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError, Reply
from feldsher.integrations.mis.infoclinica.profile import Profile
from feldsher.kernel import clock

PATH = "/oauth2/token"
OK = 200
_LONGEST_TOKEN = 8192
_EARLY = timedelta(seconds=30)
_SKEW = timedelta(seconds=60)


class Access(Protocol):
    """Thread-safe."""

    def headers(self, seconds: float) -> Mapping[str, str]:
        """Return the headers that let a call in; raises NotSentError."""
        ...

    def forget(self) -> bool:
        """Drop what was refused; tell whether something new can be got."""
        ...

    def refused(self, reply: Reply) -> str:
        """Say in words what a refusal at the door may come from."""
        ...


@dataclass(frozen=True, slots=True)
class CertificateAccess:
    """TLS has shown the certificate already; the gateway asks whose clinic is meant."""

    host: str

    def headers(self, seconds: float) -> Mapping[str, str]:
        del seconds
        return {"X-Forwarded-Host": self.host}

    def forget(self) -> bool:
        return False

    def refused(self, reply: Reply) -> str:
        return (
            f"HTTP {reply.status}: the certificate isn't known there, or forwarded_host is another clinic's"
        )


@dataclass(slots=True)
class TokenAccess:
    """Keeps one token until it is about to expire."""

    transport: HttpClient
    profile: Profile
    user: str = ""
    password: str = field(default="", repr=False)
    _token: str = field(default="", repr=False)
    _until: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def headers(self, seconds: float) -> Mapping[str, str]:
        with self._lock:
            if self._until is None or clock.now() >= self._until:
                self._renew(seconds)
            headers = {"Authorization": f"Bearer {self._token}"}
        if self.profile.forwarded_host:
            headers["X-Forwarded-Host"] = self.profile.forwarded_host
        return headers

    def forget(self) -> bool:
        with self._lock:
            self._until = None
        return True

    def refused(self, reply: Reply) -> str:
        zone, told = self.profile.clock_zone, f"HTTP {reply.status}"
        if self.profile.secret == "raw":  # noqa: S105 - how it is made
            return f"{told}: check client_id, client_secret, user and password"
        skew = None if reply.clock is None else clock.now() - reply.clock
        if skew is not None and abs(skew) > _SKEW:
            way = "ahead of" if skew > timedelta(0) else "behind"
            seconds = round(abs(skew).total_seconds())
            return (
                f"{told}: this machine's clock is {seconds} s {way} the MIS's, and the secret is made of it"
            )
        return (
            f"{told}: the secret was made of {_stamp(zone)} in {zone}; check clock_zone, client_id,"
            " client_secret, user and password"
        )

    def _renew(self, seconds: float) -> None:
        """Get a token; whatever fails here, the call itself has not left."""
        asked_at = clock.now()
        secret = self._secret()
        basic = base64.b64encode(f"{self.profile.client_id}:{secret}".encode()).decode()
        try:
            reply = self.transport.post(
                urlencode(self._form(secret)).encode(),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Authorization": f"Basic {basic}",
                },
                seconds=seconds,
                path=PATH,
            )
        except LostError as error:
            raise NotSentError(f"no token: {error}") from None
        if reply.status != OK:
            raise NotSentError(f"no token: {self.refused(reply)}")
        self._token, lifetime = _read(reply.body)
        self._until = asked_at + (lifetime or timedelta(minutes=self.profile.token_minutes)) - _EARLY

    def _secret(self) -> str:
        if self.profile.secret == "raw":  # noqa: S105 - how it is made
            return self.profile.client_secret
        return derived_secret(self.profile, _stamp(self.profile.clock_zone))

    def _form(self, secret: str) -> dict[str, str]:
        form = {"grant_type": self.profile.grant}
        if self.profile.grant == "password":
            form |= {"username": self.user, "password": self.password}
        if self.profile.scope:
            form["scope"] = self.profile.scope
        return form | {"client_id": self.profile.client_id, "client_secret": secret}


def derived_secret(profile: Profile, stamp: str) -> str:
    """Return `type-timestamp-sha1` of the client's secret at a wall time `yyyyMMddHHmmss`."""
    parts = [stamp, profile.client_id, profile.client_secret]
    if profile.secret_type == 1:
        parts.append(profile.scope)
    digest = hashlib.sha1("|".join(parts).encode()).hexdigest()  # noqa: S324 - the vendor's own derivation
    return f"{profile.secret_type}-{stamp}-{digest}"


def _stamp(zone: str) -> str:
    return f"{clock.now().astimezone(ZoneInfo(zone)):%Y%m%d%H%M%S}"


def _read(body: bytes) -> tuple[str, timedelta | None]:
    """Return the token and how long it lives, None where the answer doesn't say."""
    try:
        told = json.loads(body)
        token, lifetime = told["access_token"], told.get("expires_in")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise NotSentError("no token: the answer holds none") from None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
        raise NotSentError("no token: the answer holds none")
    if len(token) > _LONGEST_TOKEN:
        raise NotSentError("no token: it is too long to be one")
    is_told = isinstance(lifetime, int) and not isinstance(lifetime, bool) and 0 < lifetime <= 86_400  # noqa: PLR2004 - a day
    return token, timedelta(seconds=lifetime) if is_told else None
