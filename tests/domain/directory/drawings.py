"""Small pictures made by hand, good and hostile."""

import io
import struct
import zlib

from PIL import Image


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 2, height: int = 2, *, extra: bytes = b"", end: bytes = b"") -> bytes:
    """Return a black PNG; only a small one has all its points."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    points = zlib.compress(bytes((width + 1) * height) if width * height < 10_000 else b"\0")
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", points) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body + end


def webp(kind: bytes = b"VP8L", *, width: int = 2, height: int = 2) -> bytes:
    """Return the container and the head of a WebP."""
    if kind == b"VP8L":
        head = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    elif kind == b"VP8X":
        head = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    else:
        head = bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    body = b"WEBP" + kind + struct.pack("<I", 10) + head.ljust(20, b"\0")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def svg(inside: str = '<path d="M0 0h8v8z"/>', *, attributes: str = "", before: str = "") -> bytes:
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'{before}<svg {spaces} viewBox="0 0 8 8" {attributes}>{inside}</svg>'.encode()


def snapshot(
    kind: str = "JPEG", *, size: tuple[int, int] = (660, 880), mode: str = "RGB", turned: int = 0
) -> bytes:
    """Return a photograph: red above, blue below, a place in its EXIF; `turned` is EXIF's orientation."""
    picture = Image.new(mode, size, "red")
    width, height = size
    picture.paste(Image.new(mode, (width, height // 2), "blue"), (0, height - height // 2))
    exif = Image.Exif()
    exif[0x010E] = "A secret place"  # ImageDescription
    exif[0x0112] = turned or 1  # Orientation
    out = io.BytesIO()
    picture.save(out, format=kind, exif=exif)
    return out.getvalue()
