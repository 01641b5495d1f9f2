"""RFC 8291: a message that the browser alone reads, in one record of `aes128gcm` (RFC 8188).

The primitives are those of `cryptography`; the library that is usual for this (http-ece) has no wheel, and
nothing here is installed but from wheels. Held by the example of RFC 8291, appendix A.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT, AUTH, SALT = 65, 16, 16
"""Bytes of a public key, of a subscription's secret, of a salt."""
RECORD = 4096
"""Bytes of the body: what every push service takes (RFC 8030, 7.2)."""
LONGEST = RECORD - (SALT + 4 + 1 + POINT) - 1 - 16
"""Bytes of a message: less the header, the mark of the last record, and the tag."""
_LAST = b"\x02"


def encrypted(message: bytes, *, p256dh: bytes, auth: bytes) -> bytes:
    """Return the body for a subscription's keys; ValueError for keys that are none, or a message too long."""
    return encrypted_with(
        message, p256dh=p256dh, auth=auth, own=ec.generate_private_key(CURVE), salt=token_bytes(SALT)
    )


def encrypted_with(
    message: bytes, *, p256dh: bytes, auth: bytes, own: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Encrypt with a given key and salt: each is good for one message."""
    if len(message) > LONGEST:
        raise ValueError("the message is too long for a push")
    theirs = public_key(p256dh)
    if len(auth) != AUTH:
        raise ValueError("the secret of a subscription has 16 bytes")
    ours = point(own.public_key())
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, salt=auth, info=b"WebPush: info\0" + p256dh + ours, length=32)
    key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, message + _LAST, None)


def public_key(raw: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key of an uncompressed point of P-256; ValueError for what is none."""
    if len(raw) != POINT:
        raise ValueError("a public key of a subscription has 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def opened(text: str) -> bytes:
    """Return the bytes of base64url, with or without its padding; ValueError for what is none."""
    if not text.isascii() or set(text) & set("+/"):
        raise ValueError("not base64url")
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except Base64Error:
        raise ValueError("not base64url") from None


def written(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
