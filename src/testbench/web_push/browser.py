"""The browser's half: makes subscriptions, opens what was encrypted for them, believes a signature.

Written from the RFCs beside the product's own half, and shares nothing with it. Every refusal says which
sentence of which RFC was broken.
"""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from secrets import token_bytes, token_urlsafe
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_HEADER = 16 + 4 + 1
_POINT = 65
_DAY = 24 * 3600


class UnreadableError(ValueError):
    """The bytes are not what a browser could read."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """`name` ends the endpoint; the private half never leaves the browser. `bound_to` is who may send."""

    name: str
    private: EllipticCurvePrivateKey = field(repr=False)
    auth: bytes = field(repr=False)
    bound_to: str

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> str:
        """Open a body of `aes128gcm` in one record; UnreadableError."""
        if len(body) < _HEADER + _POINT:
            raise UnreadableError("RFC 8188, 2.1: the header is cut")
        salt, record, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        if length != _POINT:
            raise UnreadableError("RFC 8291, 4: the key id is the sender's public key")
        theirs, sealed = body[_HEADER : _HEADER + length], body[_HEADER + length :]
        if len(sealed) > record:
            raise UnreadableError("RFC 8291, 4: one record only")
        shared = self.private.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs))
        middle = _expand(_hmac(self.auth, shared), b"WebPush: info\x00" + self.point + theirs, 32)
        prk = _hmac(salt, middle)
        key = _expand(prk, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _expand(prk, b"Content-Encoding: nonce\x00", 12)
        try:
            plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        except InvalidTag:
            raise UnreadableError("RFC 8188, 2: the tag is wrong") from None
        if not plain.endswith(b"\x02"):
            raise UnreadableError("RFC 8188, 2: the last record ends with 2")
        return plain[:-1].decode()


def subscribe(*, bound_to: str) -> Subscription:
    return Subscription(token_urlsafe(24), generate_private_key(SECP256R1()), token_bytes(16), bound_to)


def check_sender(authorization: str, *, audience: str, bound_to: str) -> dict[str, Any]:
    """Return the claims of a VAPID header; UnreadableError where it proves nothing."""
    scheme, _, rest = authorization.partition(" ")
    told = dict(each.strip().split("=", 1) for each in rest.split(",") if "=" in each)
    if scheme.lower() != "vapid" or set(told) != {"t", "k"}:
        raise UnreadableError("RFC 8292, 3: vapid with t and k")
    if bound_to and told["k"] != bound_to:
        raise UnreadableError("RFC 8292, 4.2: another key than the subscription is bound to")
    try:
        head, claims, signature = told["t"].split(".")
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw(told["k"]))
        signed = raw(signature)
        numbers = (int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:], "big"))
        key.verify(encode_dss_signature(*numbers), f"{head}.{claims}".encode(), ECDSA(SHA256()))
        said: dict[str, Any] = json.loads(raw(claims))
        algorithm = json.loads(raw(head)).get("alg")
    except (ValueError, InvalidSignature):
        raise UnreadableError("RFC 8292, 2: the signature is not of this key") from None
    now = time.time()
    if algorithm != "ES256" or said.get("aud") != audience or not now < said.get("exp", 0) <= now + _DAY:
        raise UnreadableError("RFC 8292, 2: ES256, for this service, for a day at most")
    if not str(said.get("sub", "")).startswith(("mailto:", "https:")):
        raise UnreadableError("RFC 8292, 2.1: sub says whom to write to")
    return said


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def raw(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _hmac(key: bytes, value: bytes) -> bytes:
    return hmac.new(key, value, hashlib.sha256).digest()


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand of one block, RFC 5869, 2.3."""
    return _hmac(prk, info + b"\x01")[:length]
