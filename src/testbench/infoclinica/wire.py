"""The envelope as the gateway reads and writes it; what a caller sends is checked against the contract.

Every element of every operation is known here with its form. What isn't, or stands in another order in MSH,
is refused, so that a caller who misread the contract fails here and not in a clinic.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

NAMESPACE = "http://sdsys.ru/"
NUMBER, NEGATIVE, DAY, TEXT = r"\d{1,18}", r"-?\d{1,18}", r"\d{8}", r".+"
LIST = r"\d+(,\d+)*"
_MSH = ("MSH.3", "MSH.7", "MSH.9", "MSH.10", "MSH.18", "MSH.99")
_HOUR, _MINUTE = r"(\d|0\d|1\d|2[0-4])", r"(\d|[0-5]\d)"
_PERIOD = {"BDATE": DAY, "FDATE": DAY}
_ROWS = {"FIRSTROW": NUMBER, "LASTROW": NUMBER}


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand in `<OP>_IN`. `is_branched`: MSH.99 must say who executes it."""

    needed: dict[str, str]
    allowed: dict[str, str]
    is_branched: bool = False


SHAPES: dict[str, Shape] = {
    "GET_FILIAL_LIST": Shape({}, {}),
    "GET_DOCTOR_LIST": Shape(
        {}, {"FILLIST": LIST, "DCODEIN": LIST, "VIEWINWEB": NEGATIVE, **_PERIOD, **_ROWS}
    ),
    "PRICE_LIST": Shape({"DEPNUM": NUMBER}, {}),
    "DOCT_SCHEDULE_FREE": Shape(
        _PERIOD,
        {"FILIALLIST": LIST, "DOCTLIST": LIST, "DEPLIST": LIST, "ONLINEMODE": NUMBER, "PCODE": NUMBER},
        is_branched=True,
    ),
    "SCHEDULE": Shape(
        _PERIOD,
        {"DCODEIN": NUMBER, "INDOCTLIST": LIST, "EXTINTERV": NUMBER, "ONLINEMODE": NUMBER, "PCODE": NUMBER},
        is_branched=True,
    ),
    "SCHEDULE_REC_LIST": Shape({"PCODE": NUMBER}, {**_PERIOD, **_ROWS}),
    "SCHEDULE_REC_RESERVE": Shape(
        {
            "DCODE": NUMBER,
            "WORKDATE": DAY,
            "BHOUR": _HOUR,
            "BMIN": _MINUTE,
            "FHOUR": _HOUR,
            "FMIN": _MINUTE,
            "SCHEDIDENT": NUMBER,
            "PCODE": NUMBER,
            "ONLINETYPE": r"[01]",
        },
        {"SCHEDID": NUMBER, "EXTSCHEDID": TEXT, "AUTHMODE": NUMBER, "SCHLIST": LIST},
        is_branched=True,
    ),
    "SCHEDULE_REC_REMOVE": Shape({"SCHEDID": NUMBER}, {"PCODE": NUMBER}, is_branched=True),
    "SCHEDULE_CHANGE_LIST": Shape({}, {}, is_branched=True),
    "SCHEDULE_CHANGE_ACCEPT": Shape({}, {"CHANGE_INFO": TEXT}, is_branched=True),
    "CLIENT_CHECK": Shape({"LOGIN": TEXT, "CHECKMODE": NUMBER}, {}),
    "CLIENT_ADD": Shape(
        {"LASTNAME": TEXT, "FIRSTNAME": TEXT, "PHONE": r"\+7\(\d{3}\)\d{3}-\d\d-\d\d"},
        {"MIDNAME": TEXT, "EMAIL": TEXT, "BDATE": DAY, "GENDER": r"[12]", "EXTPCODE": TEXT},
    ),
}


class EnvelopeError(Exception):
    """Not a message of the contract; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Message:
    """One call. `blocks` are the CHANGE_INFO of an acknowledgement, by child name."""

    operation: str
    branch: int | None
    fields: dict[str, str]
    blocks: tuple[dict[str, str], ...]


def read(body: bytes) -> Message:
    """Check and read a message; raises EnvelopeError."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise EnvelopeError("not XML") from error
    name = _own(root)
    operation = name.removeprefix("WEB_")
    shape = SHAPES.get(operation)
    if shape is None or name == operation:
        raise EnvelopeError(f"unknown root {name}")
    if [_own(child) for child in root] != ["MSH", f"{operation}_IN"]:
        raise EnvelopeError(f"the root must hold MSH and {operation}_IN")
    branch = _header(root[0], operation)
    if shape.is_branched and branch is None:
        raise EnvelopeError("MSH.99 is missing: no branch to execute the call")
    return Message(operation, branch, *_body(root[1], shape))


def _header(header: "etree._Element", operation: str) -> int | None:
    names = [_own(child) for child in header]
    if names != [name for name in _MSH if name in names] or len(set(names)) != len(names):
        raise EnvelopeError("MSH has other fields, or another order")
    parts = dict(zip(names, header, strict=True))
    for name in ("MSH.7", "MSH.9", "MSH.10", "MSH.18"):
        if name not in parts:
            raise EnvelopeError(f"{name} is missing")
    stamp = {_own(child): child.text or "" for child in parts["MSH.7"]}
    kind = {_own(child): child.text or "" for child in parts["MSH.9"]}
    if not re.fullmatch(r"\d{14}", stamp.get("TS.1", "")):
        raise EnvelopeError("TS.1 must be yyyyMMddHHmmss")
    if kind != {"MSG.1": "WEB", "MSG.2": operation}:
        raise EnvelopeError("MSH.9 must name the operation")
    if not re.fullmatch(r"[0-9a-fA-F]{24}|[0-9a-fA-F]{32}", parts["MSH.10"].text or ""):
        raise EnvelopeError("MSH.10 must be 24 or 32 hex digits")
    if parts["MSH.18"].text != "UTF-8":
        raise EnvelopeError("MSH.18 must be UTF-8")
    if "MSH.99" not in parts:
        return None
    if not re.fullmatch(NUMBER, parts["MSH.99"].text or ""):
        raise EnvelopeError("MSH.99 must be a number")
    return int(parts["MSH.99"].text or "")


def _body(body: "etree._Element", shape: Shape) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    fields: dict[str, str] = {}
    blocks = []
    known = shape.needed | shape.allowed
    for child in body:
        name = _own(child)
        if name not in known:
            raise EnvelopeError(f"{name} is no field of this operation")
        if name == "CHANGE_INFO":
            blocks.append({_own(part): part.text or "" for part in child})
            continue
        if name in fields:
            raise EnvelopeError(f"{name} stands twice")
        if not re.fullmatch(known[name], child.text or "", re.DOTALL):
            raise EnvelopeError(f"{name} has a wrong form")
        fields[name] = child.text or ""
    missing = [name for name in shape.needed if name not in fields]
    if missing:
        raise EnvelopeError(f"{missing[0]} is missing")
    return fields, tuple(blocks)


def _own(element: "etree._Element") -> str:
    """Return the name of an element that must be in the namespace of the contract."""
    name = str(element.tag)
    if not name.startswith(f"{{{NAMESPACE}}}"):
        raise EnvelopeError(f"an element outside of the namespace: {name[:60]}")
    return name.removeprefix(f"{{{NAMESPACE}}}")


class Node:
    """A small tree to be written: a name, a text or children."""

    def __init__(self, name: str, value: object = None, children: Iterable["Node"] = ()) -> None:
        self.name = name
        self.value = value
        self.children = list(children)

    def add(self, name: str, value: object = None, children: Iterable["Node"] = ()) -> "Node":
        node = Node(name, value, children)
        self.children.append(node)
        return node

    def render(self, parent: "etree._Element") -> None:
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{self.name}")
        if self.value is not None:
            element.text = str(self.value)
        for child in self.children:
            child.render(element)


def row(name: str, **values: object) -> Node:
    """Return a block whose children are these values, those that are None left out."""
    return Node(name, children=[Node(key, value) for key, value in values.items() if value is not None])


def check(code: int, label: str, text: str) -> Node:
    return row("CHECKDATA", CHECKCODE=code, CHECKLABEL=label, CHECKTEXT=text)


def accepted(operation: str, out: Node) -> bytes:
    """Return an ACK AA around `<OP>_OUT`."""
    root = _ack("AA", "")
    out.name = f"{operation}_OUT"
    out.render(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def failed(text: str) -> bytes:
    """Return an ACK AE: the call was not understood, or has no branch."""
    return etree.tostring(_ack("AE", text), encoding="UTF-8", xml_declaration=True)


def _ack(code: str, text: str) -> "etree._Element":
    root = etree.Element(f"{{{NAMESPACE}}}ACK", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs know no default namespace
    row("MSA", **{"MSA.1": code}).render(root)
    if text:
        Node("ERR", children=[Node("ERR.3", children=[Node("CWE.2", text)])]).render(root)
    return root
