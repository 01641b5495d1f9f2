"""Results of the hub as XML: the members of MethodResult, then the result's own, each by the alphabet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from testbench import soap
from testbench.n3.contract import DATA, NIL, TEMPURI, Call
from testbench.web import Answer

ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"


@dataclass(frozen=True, slots=True)
class Node:
    """An object: its members, None for nil; they leave in the order of the alphabet."""

    name: str
    members: "Members" = field(default_factory=dict)


Value = str | None | Node | list[Node]
Members = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Result:
    """`members` are the result's own; an error makes it a failure. `is_bare` leaves even Success out."""

    members: Members = field(default_factory=dict)
    errors: Sequence[tuple[int, str]] = ()
    is_success: bool = True
    is_bare: bool = False


def rendered(version: str, call: Call, result: Result, *, history: str | None) -> Answer:
    """Return the answer to a call; `history` is the IdHistory that is echoed, None for nil."""
    root, content = soap.envelope(version)
    response = etree.SubElement(content, f"{{{TEMPURI}}}{call.operation}Response", nsmap={"m": TEMPURI})
    spaces = {"a": DATA, "i": soap.XSI}
    told = etree.SubElement(response, f"{{{TEMPURI}}}{call.operation}Result", nsmap=spaces)
    if not result.is_bare:
        errors = [
            Node("Error", {"ErrorDescription": text, "IdError": str(code)}) for code, text in result.errors
        ]
        _put(told, "ErrorList", errors)
        _put(told, "IdHistory", history)
        _put(told, "Success", "true" if result.is_success else "false")
        for name in sorted(result.members):
            _put(told, name, result.members[name])
    return soap.answer(version, root)


def _put(parent: "etree._Element", name: str, value: Value) -> None:
    element = etree.SubElement(parent, f"{{{DATA}}}{name}")
    if value is None:
        element.set(NIL, "true")
    elif isinstance(value, str):
        element.text = value
    elif isinstance(value, list):
        for node in value:
            _put(element, node.name, node)
    else:
        for member in sorted(value.members):
            _put(element, member, value.members[member])
