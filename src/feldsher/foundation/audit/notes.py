"""Signed words about the tree, in the open form of transparency logs (c2sp.org/signed-note, tlog-checkpoint).

    <origin>
    <number of leaves>
    <root, base64>
    <instant, ISO 8601 in UTC>

    — <origin> <base64 of 4 bytes of the key's id and the Ed25519 signature>

The signature covers all up to the empty line. Any tool for this form reads it; nothing in it is about a
person.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_NOTE = re.compile(
    r"^(?P<text>(?P<origin>[^\s+]+)\n(?P<size>\d{1,19})\n(?P<root>[A-Za-z0-9+/]{43}=)\n(?P<at>\S+)\n)"
    r"\n— (?P=origin) (?P<signature>[A-Za-z0-9+/]+=*)$",
    re.MULTILINE,
)
_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint that was read: what it says, and whether it was signed by the key in question."""

    origin: str
    size: int
    root: bytes
    at: datetime
    is_genuine: bool
    line: int = 1


def sign(key: Ed25519PrivateKey, *, origin: str, size: int, root: bytes, at: datetime) -> str:
    """Return the note, ending in a newline."""
    instant = at.astimezone(UTC).isoformat(timespec="seconds")
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n{instant}\n"
    signature = base64.b64encode(_key_id(origin, key.public_key()) + key.sign(text.encode())).decode()
    return f"{text}\n— {origin} {signature}\n"


def read(content: str, key: Ed25519PublicKey) -> tuple[list[Note], list[int]]:
    """Return the notes of a file, in its order, and the lines that belong to none."""
    notes = []
    leftover: list[int] = []
    done = 0
    for found in _NOTE.finditer(content):
        leftover += _lines(content, done, found.start())
        done = found.end()
        notes.append(_note(found, key, line=content.count("\n", 0, found.start()) + 1))
    return notes, leftover + list(_lines(content, done, len(content)))


def _lines(content: str, start: int, end: int) -> Iterator[int]:
    """Yield the numbers of the lines between two places that are not empty."""
    first = content.count("\n", 0, start) + 1
    for n, line in enumerate(content[start:end].split("\n")):
        if line.strip():
            yield first + n


def _note(found: re.Match[str], key: Ed25519PublicKey, *, line: int) -> Note:
    origin = found["origin"]
    try:
        blob = base64.b64decode(found["signature"], validate=True)
        at = datetime.fromisoformat(found["at"])
        key.verify(blob[4:], found["text"].encode())
        is_genuine = blob[:4] == _key_id(origin, key)
    except (ValueError, InvalidSignature):
        at, is_genuine = datetime.min.replace(tzinfo=UTC), False
    root = base64.b64decode(found["root"])
    return Note(origin=origin, size=int(found["size"]), root=root, at=at, is_genuine=is_genuine, line=line)


def _key_id(origin: str, key: Ed25519PublicKey) -> bytes:
    return sha256(origin.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:4]
