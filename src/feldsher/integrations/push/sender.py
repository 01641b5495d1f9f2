"""One message to one subscription: `POST` to its endpoint, and what the answer means (RFC 8030, 5 to 7).

A subscription's endpoint is an address that a browser has sent us: it is called only where it begins with one
of the services of the settings, and through the register of hosts as everything is. Nothing of an endpoint, a
key or a message is logged, and no exception's text is passed on.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from feldsher.foundation.egress.addresses import is_sealed
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.foundation.messaging.ports import (
    Gone,
    NotSent,
    PushOutcome,
    PushTarget,
    Refused,
    Sent,
    Unknown,
)
from feldsher.integrations.push.encryption import AUTH, encrypted, opened, public_key
from feldsher.integrations.push.vapid import Identity
from feldsher.kernel import clock

LONGEST_ENDPOINT = 1000
"""Characters: those of push services have up to about 400."""
_LIMIT = 16 * 1024
_TAKEN = (200, 201, 202)
_GONE = (404, 410)
_TOO_MANY, _SERVER_ERROR = 429, 500


class WebPush:
    """Thread-safe; `services` are origins. ValueError in one sentence for settings that can't be used."""

    def __init__(self, *, identity: Identity, services: Sequence[str], timeout: float) -> None:
        if not all(map(is_sealed, services)):
            raise ValueError("services must begin with https://: an endpoint is a secret")
        self._identity = identity
        self._seconds = timeout
        origins = [_origin(service) for service in services]
        self._clients = {
            origin: HttpClient(origin, connections=8, limit=_LIMIT) for origin in origins if origin
        }
        if len(self._clients) != len(services):
            raise ValueError("services are addresses without a path, each named once")

    @property
    def public_key(self) -> str:
        return self._identity.public_key

    def accepts(self, target: PushTarget) -> bool:
        """Tell whether a browser's subscription can be sent to: a known service, and keys that are keys."""
        if len(target.endpoint) > LONGEST_ENDPOINT or self._place(target) is None:
            return False
        try:
            public_key(opened(target.p256dh))
            return len(opened(target.auth)) == AUTH
        except ValueError:
            return False

    def send(self, target: PushTarget, message: bytes, *, topic: str, seconds: int) -> PushOutcome:
        """Send a message that is worth `seconds`; one of the same `topic` that still waits is replaced."""
        place = self._place(target)
        if place is None:
            return Refused("unknown_service")
        origin, path = place
        try:
            body = encrypted(message, p256dh=opened(target.p256dh), auth=opened(target.auth))
        except ValueError:
            return Refused("unusable_keys")
        headers = {
            "Authorization": self._identity.authorization(origin, now=clock.now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(seconds),
            "Topic": topic,
            "Urgency": "high",
        }
        try:
            reply = self._clients[origin].post(body, headers=headers, seconds=self._seconds, path=path)
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        return meaning(reply.status)

    def _place(self, target: PushTarget) -> tuple[str, str] | None:
        """Return origin and path of an endpoint that may be called."""
        origin = _origin(target.endpoint, has_path=True)
        if origin not in self._clients:
            return None
        return origin, target.endpoint[len(origin) :]


def meaning(status: int) -> PushOutcome:
    """Return what a push service's status says of the message."""
    code = f"http_{status}"
    if status in _TAKEN:
        return Sent("")
    if status in _GONE:
        return Gone(code)
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        return NotSent(code)
    return Refused(code)


def _origin(address: str, *, has_path: bool = False) -> str:
    """Return scheme and host of an address exactly as it is written; empty for what may not be called.

    No user, fragment, whitespace or backslash: what readers of addresses disagree about is refused.
    """
    if not address.isascii() or not address.isprintable() or set(address) & set(" \\@#"):
        return ""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc}"
    rest = address[len(origin) :]
    is_whole = address.startswith(origin) and parts.scheme in {"https", "http"} and bool(parts.netloc)
    return origin if is_whole and (rest.startswith("/") and len(rest) > 1 if has_path else not rest) else ""


def build(*, private_key: str, contact: str, services: Sequence[str], timeout: float) -> WebPush:
    """Make the sender; ValueError in one sentence for a key or an address that can't be used."""
    identity = Identity(private_key, contact=contact)
    return WebPush(identity=identity, services=services, timeout=timeout)
