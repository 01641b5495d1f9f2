"""Reads the text of a PDF that fpdf2 wrote: what a reader selects, by the fonts' own tables of letters."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\nendstream", re.DOTALL)
_SAID = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def pages_of(file: bytes) -> list[str]:
    """Return the text of each page, each piece on a line of its own."""
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(file)}
    fonts = {
        name: _letters(objects[int(_one(rb"/ToUnicode (\d+)", objects[int(number)]))])
        for body in objects.values()
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", body)
    }
    pages = (body for body in objects.values() if re.search(rb"/Type /Page\b", body))
    contents = (objects[int(_one(rb"/Contents (\d+)", page))] for page in pages)
    return [_text(zlib.decompress(_one(_STREAM.pattern, body)), fonts) for body in contents]


def _text(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said, letters = [], dict[int, str]()
    for font, raw in _SAID.findall(content):
        if font:
            letters = fonts[font]
            continue
        codes = re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), raw, flags=re.DOTALL)
        said.append("".join(letters[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2)))
    return "\n".join(said).replace("\u00a0", " ")


def _letters(table: bytes) -> dict[int, str]:
    pairs = re.findall(rb"^<([0-9A-F]{4})> <([0-9A-F]+)>$", table, re.MULTILINE)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _one(pattern: bytes, body: bytes) -> bytes:
    found = re.search(pattern, body, re.DOTALL)
    assert found is not None
    return found[1]
