"""What comes from outside becomes plain values here, or nothing: XML, JSON and zipped forms of either.

Everything is hostile until read: size, compression, depth and count of elements are bounded, a document type
is refused before the parser sees it (so there are no entities to expand), and only UTF-8 is spoken.
XML and JSON become the same tree, so that one reading serves both. The tree keeps the traps of 1С's JSON: a
node without content is an empty string, a single child is an object and not a list; `rows` absorbs them.
"""

import base64
import binascii
import io
import json
import zipfile
import zlib
from typing import Any, TypeAlias

from lxml import etree

from feldsher.integrations.mis.xml import MAX_NODES, BadDocumentError, decode, parse_xml

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

MAX_DEPTH = 12
MAX_RATIO = 500  # a month without bookings packs 140 : 1
SMALL = 1_000_000  # bytes that any archive may unfold to, whatever the ratio


def read_document(text: str, *, limit: int) -> tuple[str, Value]:
    """Return (name of the root, its content) of XML, JSON or a base64 zip of either, whichever it is.

    `limit` is the most bytes that an archive may unfold to; an archive may stand in the quotes of a JSON
    string. A JSON list has the empty name.
    """
    text = text.strip()
    if text.startswith('"') and text.endswith('"'):
        text = text.strip('"').replace("\\/", "/")  # base64 holds no other character that JSON escapes
    if text.startswith("<"):
        root = parse_xml(text)
        return etree.QName(root).localname, _of_element(root, 0)
    if text.startswith(("{", "[")):
        return _read_json(text)
    inner = decode(_unzip(text, limit=limit)).strip()
    if not inner.startswith(("<", "{", "[")):
        raise BadDocumentError("an archive of something else")
    return read_document(inner, limit=limit)


def _of_element(element: "etree._Element", depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise BadDocumentError("nested too deep")
    found: dict[str, Value] = {}
    for child in element:
        if not isinstance(child.tag, str):
            raise BadDocumentError("an entity")
        name = etree.QName(child).localname
        value = _of_element(child, depth + 1)
        known = found.get(name)
        if name not in found:
            found[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            found[name] = [found[name], value]
    return found or (element.text or "").strip()


def _read_json(text: str) -> tuple[str, Value]:
    if text.count("{") + text.count("[") > MAX_NODES:
        raise BadDocumentError("too many elements")
    try:
        value = _of_json(json.loads(text), 0)
    except (ValueError, RecursionError):
        raise BadDocumentError("not JSON") from None
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.items()))
    return "", value


def _of_json(value: Any, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise BadDocumentError("nested too deep")
    if isinstance(value, dict):
        return {str(name): _of_json(part, depth + 1) for name, part in value.items()} or ""
    if isinstance(value, list):
        return [_of_json(part, depth + 1) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def _unzip(text: str, *, limit: int) -> bytes:
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadDocumentError("neither a document nor an archive") from None
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if len(entries) != 1:
                raise BadDocumentError("an archive with other than one file")
            with archive.open(entries[0]) as file:
                content = file.read(min(limit, max(SMALL, len(packed) * MAX_RATIO)) + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        raise BadDocumentError("a broken archive") from None
    if len(content) > limit or len(content) > max(SMALL, len(packed) * MAX_RATIO):
        raise BadDocumentError("an archive that unfolds too far")
    return content


def child(value: Value, name: str) -> Value:
    """Return what stands under `name`; an empty string when there is nothing."""
    return value.get(name, "") if isinstance(value, dict) else ""


def rows(value: Value, name: str) -> list[dict[str, Value]]:
    """Return the objects under `name`: none for an empty string, one for a lone object, or the list."""
    found = child(value, name)
    listed = found if isinstance(found, list) else [found]
    objects = [item for item in listed if isinstance(item, dict)]
    if len(objects) != len([item for item in listed if item != ""]):
        raise BadDocumentError("text where rows were expected")
    return objects


def text_of(value: Value, name: str) -> str:
    """Return the text under `name`, empty when there is none; raises BadDocumentError for anything else."""
    found = child(value, name)
    if not isinstance(found, str):
        raise BadDocumentError("rows where text was expected")
    return found
