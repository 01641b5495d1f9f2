"""What may be a logo: PNG, WebP or SVG, told by its content and never by its name.

Pictures of points must be whole and small when unpacked: a few kilobytes can unfold into gigabytes in a
visitor's browser. An SVG is a document that can act, so only elements that draw are let through (a list of
what may, not of what may not), nothing leads out of the file, and what `use`, gradients and masks unfold into
is counted before anybody draws it. It is also served under a policy that lets nothing run.
Formats: PNG (W3C, third edition), RFC 9649 (WebP), SVG 1.1.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from lxml import etree

from feldsher.domain.directory.types.brand import LogoType

MOST_BYTES: Final = 64 * 1024
_SIDE: Final = 2048
_SVG: Final = "http://www.w3.org/2000/svg"
_DRAWN: Final = 5000
"""Elements of an SVG, each counted as often as it would be drawn."""
_DEEP: Final = 50
_ELEMENTS: Final = {
    *("svg", "g", "defs", "symbol", "use", "title", "desc", "style", "text", "tspan", "clipPath", "mask"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    *("linearGradient", "radialGradient", "stop"),
}
_REFERENCE: Final = re.compile(r"url\(\s*([\"']?)#([\w.-]+)\1\s*\)")
_STYLE_ACTS: Final = re.compile(r"@|\\|url|image|expression|javascript|behavior|-moz-binding", re.IGNORECASE)
_ACTIVE: Final = re.compile(r"\\|javascript:|data:|vbscript:|https?:|expression\s*\(", re.IGNORECASE)

_UNKNOWN: Final = "Нужен рисунок PNG, WebP или SVG. Этот файл — что-то другое или повреждён."
_TOO_LARGE: Final = "Файл больше 64 КБ. Уменьшите рисунок и выберите его ещё раз."
_TOO_WIDE: Final = f"Рисунок больше {_SIDE} × {_SIDE} точек. Уменьшите его и выберите ещё раз."
_COMMANDS: Final = "В SVG не должно быть команд и сущностей. Сохраните рисунок как «простой SVG»."
_LEADS_OUT: Final = "SVG ссылается на другой файл. Вложите всё в рисунок или сохраните его как PNG."
_TOO_COMPLEX: Final = "Рисунок SVG слишком сложный. Упростите его или сохраните как PNG."


def accepted_type(content: bytes) -> LogoType:
    """Return what the content is; ValueError with a Russian sentence for what can't be a logo."""
    if len(content) > MOST_BYTES:
        raise ValueError(_TOO_LARGE)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_size(*_png_size(content))
        return LogoType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        _check_size(*_webp_size(content))
        return LogoType.WEBP
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _check_svg(content)
        return LogoType.SVG
    raise ValueError(_UNKNOWN)


def _check_size(width: int, height: int) -> None:
    if not (width and height):
        raise ValueError(_UNKNOWN)
    if max(width, height) > _SIDE:
        raise ValueError(_TOO_WIDE)


def _png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG whose chunks are whole, end at IEND, and are not animated."""
    names: list[bytes] = []
    size = (0, 0)
    for name, body in _png_chunks(content):
        if not names:
            if name != b"IHDR" or len(body) != 13:  # noqa: PLR2004 - the length of IHDR
                raise ValueError(_UNKNOWN)
            size = struct.unpack(">II", body[:8])
        names.append(name)
    if names.count(b"IHDR") != 1 or names[-1] != b"IEND" or b"IDAT" not in names or b"acTL" in names:
        raise ValueError(_UNKNOWN)
    return size


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        if at + 12 > len(content):
            raise ValueError(_UNKNOWN)
        (length,) = struct.unpack_from(">I", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError(_UNKNOWN)
        (checksum,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[at + 4 : end - 4]) != checksum:
            raise ValueError(_UNKNOWN)
        yield content[at + 4 : at + 8], content[at + 8 : end - 4]
        at = end


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a WebP that fills its container."""
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 != len(content) or len(content) < 30:  # noqa: PLR2004 - the shortest header of the three
        raise ValueError(_UNKNOWN)
    kind, head = content[12:16], content[20:30]
    if kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and head[0] == 0x2F:  # noqa: PLR2004 - its signature
        (bits,) = struct.unpack("<I", head[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    raise ValueError(_UNKNOWN)


def _check_svg(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("Сохраните SVG в кодировке UTF-8 и выберите его ещё раз.") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("В SVG не должно быть DOCTYPE. Сохраните рисунок как «простой SVG».")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ValueError(_UNKNOWN) from None
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError(_UNKNOWN)
    if root.getroottree().docinfo.encoding not in {None, "UTF-8", "utf-8"}:
        raise ValueError("Сохраните SVG в кодировке UTF-8 и выберите его ещё раз.")
    acting = next(root.iter(etree.PI, etree.Entity), None)
    if acting is not None or root.getnext() is not None or root.getprevious() is not None:
        raise ValueError(_COMMANDS)
    for element in root.iter():
        _check_element(element)
    if _drawn(root) > _DRAWN:
        raise ValueError(_TOO_COMPLEX)


def _check_element(element: etree._Element) -> None:
    name = etree.QName(element)
    if name.namespace != _SVG or name.localname not in _ELEMENTS:
        raise ValueError(
            f"В SVG есть «{name.localname[:40]}»: такое в логотип не берём. "
            "Сохраните рисунок как «простой SVG» без сценариев, картинок и ссылок."
        )
    if name.localname == "style" and _STYLE_ACTS.search("".join(map(str, element.itertext()))):
        raise ValueError("Стили внутри SVG ссылаются наружу или друг на друга. Сохраните его без них.")
    for key, value in element.attrib.items():
        _check_attribute(str(key), str(value))


def _check_attribute(key: str, value: str) -> None:
    local = key.rpartition("}")[2].lower()
    if local.startswith("on"):
        raise ValueError("В SVG есть сценарий. Сохраните рисунок без него.")
    if local == "base" or (local == "href" and not value.strip().startswith("#")):
        raise ValueError(_LEADS_OUT)
    left = _REFERENCE.sub("", value)
    if "url(" in left.lower() or _ACTIVE.search(left):
        raise ValueError(_LEADS_OUT)


def _drawn(root: etree._Element) -> int:
    """Return how many elements a browser would draw, each reference unfolded; stops past the limit."""
    by_id = {str(element.get("id")): element for element in root.iter(etree.Element) if element.get("id")}
    known: dict[etree._Element, int] = {}

    def cost(element: etree._Element, depth: int) -> int:
        if element in known:
            return known[element]
        if depth > _DEEP:  # a circle of references, too
            raise ValueError(_TOO_COMPLEX)
        total = 1
        for child in element.iterchildren(etree.Element):
            total += cost(child, depth + 1)
        for target in _referred(element):
            if target in by_id:
                total += cost(by_id[target], depth + 1)
        known[element] = min(total, _DRAWN + 1)
        return known[element]

    return cost(root, 0)


def _referred(element: etree._Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == "href":
            yield str(value).strip()[1:]
        for _, target in _REFERENCE.findall(str(value)):
            yield target
