"""The envelope of the XML gateway, both ways (contract §1.2).

A request is `WEB_<OP>` with an MSH and `<OP>_IN`; an answer is `ACK` with `MSA.1` AA and `<OP>_OUT`. Names
are read without their namespace: installations differ in it. What isn't certainly an answer to this very
operation is no answer.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from lxml import etree

from feldsher.integrations.mis.xml import BadDocumentError, decode, parse_xml, speakable

NAMESPACE = "http://sdsys.ru/"
OK, REFUSED, NOT_FOUND, MALFORMED = 1, 0, -2, -99
BLOCKING = "2"
Element: TypeAlias = "etree._Element"  # noqa: SLF001 - lxml has no public name for it
Fields: TypeAlias = Sequence[tuple[str, "str | Element"]]


@dataclass(frozen=True, slots=True)
class Check:
    """One CHECKDATA. `code` 2 blocks, 1 only informs."""

    code: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Out:
    """The `<OP>_OUT` of an answer that was understood."""

    element: Element
    result: int
    comment: str
    checks: tuple[Check, ...]


def request(operation: str, values: Fields, *, branch: str, sender: str, written_at: datetime) -> bytes:
    """Return the message; `branch` (MSH.99) and `sender` (MSH.3) are left out where empty.

    A value that is an element goes in whole, as `transplanted` made it.
    """
    default = {None: NAMESPACE}
    root = etree.Element(_name(f"WEB_{operation}"), nsmap=default)  # type: ignore[arg-type]  # as lxml has it
    header = _add(root, "MSH")
    if sender:
        _add(header, "MSH.3", sender)
    _add(_add(header, "MSH.7"), "TS.1", f"{written_at:%Y%m%d%H%M%S}")
    kind = _add(header, "MSH.9")
    _add(kind, "MSG.1", "WEB")
    _add(kind, "MSG.2", operation)
    _add(header, "MSH.10", secrets.token_hex(12))
    _add(header, "MSH.18", "UTF-8")
    if branch:
        _add(header, "MSH.99", branch)
    body = _add(root, f"{operation}_IN")
    for name, value in values:
        if isinstance(value, str):
            _add(body, name, speakable(value))
        else:
            body.append(value)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def answer(body: bytes, operation: str) -> Out:
    """Read an answer; raises BadDocumentError for anything that isn't one to this operation."""
    root = parse_xml(decode(body))
    if local(root) != "ACK":
        raise BadDocumentError("not an ACK")
    told = [text(part, "MSA.1") for part in children(root, "MSA")]
    if told != ["AA"]:
        raise BadDocumentError("an ACK that isn't AA")
    outs = list(children(root, f"{operation}_OUT"))
    if len(outs) != 1:
        raise BadDocumentError("an answer to something else")
    return Out(outs[0], whole(text(outs[0], "SPRESULT")), text(outs[0], "SPCOMMENT"), tuple(checks(outs[0])))


def checks(element: Element) -> Iterator[Check]:
    """Yield the CHECKDATA that stand directly in an element."""
    for data in children(element, "CHECKDATA"):
        yield Check(text(data, "CHECKCODE"), text(data, "CHECKLABEL"), text(data, "CHECKTEXT"))


def children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local(child) == name)


def descendants(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.iter() if child is not element and local(child) == name)


def text(element: Element, name: str) -> str:
    """Return the text of the first child of that name, empty where there is none."""
    child = next(children(element, name), None)
    return "" if child is None else (child.text or "").strip()


def texts(element: Element) -> dict[str, str]:
    """Return the texts of all children by name, of several of one name the first."""
    told: dict[str, str] = {}
    for child in element:
        told.setdefault(local(child), (child.text or "").strip())
    return told


def local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def whole(told: str) -> int:
    """Read a whole number of at most 18 digits; raises BadDocumentError."""
    digits = told.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):  # noqa: PLR2004 - a bigint has 19
        raise BadDocumentError("a number that isn't one")
    return int(told)


def transplanted(element: Element) -> Element:
    """Return a copy of a block of an answer in the namespace that requests have."""
    copy = etree.Element(_name(local(element)))
    copy.text = element.text
    copy.extend(transplanted(child) for child in element if local(child))
    return copy


def _add(parent: Element, name: str, value: str | None = None) -> Element:
    child = etree.SubElement(parent, _name(name))
    child.text = value
    return child


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
