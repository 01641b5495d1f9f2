"""RFC 8292: who sends, signed for one push service and for half a day (a JWT of ES256)."""

import json
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from feldsher.integrations.push.encryption import CURVE, opened, point, written

LIFE = timedelta(hours=12)
"""At most a day, RFC 8292, 2."""
_SCALAR = 32


def new_private_key() -> str:
    """Return a new key as the settings keep it: the scalar in base64url."""
    numbers = ec.generate_private_key(CURVE).private_numbers()
    return written(numbers.private_value.to_bytes(_SCALAR, "big"))


class Identity:
    """The key that subscriptions are bound to. ValueError in one sentence for what is no key."""

    def __init__(self, private_key: str, *, contact: str) -> None:
        try:
            self._key = _key(opened(private_key))
        except ValueError:
            raise ValueError(
                "private_key is no key of 32 bytes; make one with `feldsher push keys`"
            ) from None
        self._contact = contact
        self.public_key = written(point(self._key.public_key()))

    def authorization(self, audience: str, *, now: datetime) -> str:
        """Return the header for a push service (its origin)."""
        claims = {"aud": audience, "exp": int((now + LIFE).timestamp()), "sub": self._contact}
        parts = ({"typ": "JWT", "alg": "ES256"}, claims)
        head = ".".join(written(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        r, s = decode_dss_signature(self._key.sign(head.encode(), ec.ECDSA(SHA256())))
        signature = written(r.to_bytes(_SCALAR, "big") + s.to_bytes(_SCALAR, "big"))
        return f"vapid t={head}.{signature}, k={self.public_key}"


def _key(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    if len(scalar) != _SCALAR:
        raise ValueError("a private key of P-256 has 32 bytes")
    return ec.derive_private_key(int.from_bytes(scalar, "big"), CURVE)
