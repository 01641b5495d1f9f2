"""Calls of HubService out, results in (contract §4.1).

WCF reads the parameters of a call and the members of data as sequences: parameters stand in the order of the
operation's signature, which is the caller's to keep, members in that of the alphabet, which is kept here. The
names are the service's own, misspelt as they are. In results names alone are compared: who implements the
service writes namespaces as he likes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from feldsher.integrations.mis import soap
from feldsher.integrations.mis.xml import BadDocumentError, speakable

TEMPURI = "http://tempuri.org/"
DATA = "http://schemas.datacontract.org/2004/07/HubService2"
ACTION = "http://tempuri.org/IHubService/"
LONGEST_ID = 100
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
Value = str | None | Mapping[str, str]
"""A text, nil, or the members of an object."""
Parameters = Sequence[tuple[str, Value]]
Row = Mapping[str, str]
"""The members of an object by name; those of an object in it by `Object/Member`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One Error of ErrorList; `text` is the service's own words, shortened."""

    code: str
    text: str


class RefusedError(Exception):
    """Success=false. What it proves is for whoever asked to say: see `meaning`."""

    def __init__(self, errors: tuple[Refusal, ...]) -> None:
        super().__init__(f"error {', '.join(error.code for error in errors) or 'without a code'}")
        self.errors = errors

    @property
    def code(self) -> str:
        return self.errors[0].code if self.errors else "refused"

    @property
    def text(self) -> str:
        return "; ".join(error.text for error in self.errors if error.text)[:200]


def call(operation: str, parameters: Parameters, *, version: str) -> bytes:
    """Return the request."""
    root, body = soap.envelope(version, {"tem": TEMPURI, "hub": DATA, "xsi": _XSI})
    told = etree.SubElement(body, f"{{{TEMPURI}}}{operation}")
    for name, value in parameters:
        element = etree.SubElement(told, f"{{{TEMPURI}}}{name}")
        if value is None:
            element.set(f"{{{_XSI}}}nil", "true")
        elif isinstance(value, str):
            element.text = speakable(value)
        else:
            for member in sorted(value):
                etree.SubElement(element, f"{{{DATA}}}{member}").text = speakable(value[member])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def result(text: str, operation: str, *, history: str | None) -> "etree._Element":
    """Return the result of a success; raises RefusedError, or BadDocumentError for what says nothing certain.

    `history` is the IdHistory that must come back, where one comes back.
    """
    try:
        response = soap.opened(text)
    except soap.FaultError as fault:
        raise BadDocumentError(str(fault)) from None
    told = child(response, f"{operation}Result")
    if _name(response) != f"{operation}Response" or told is None:
        raise BadDocumentError("an answer to something else")
    echoed = text_of(told, "IdHistory")
    if history is not None and echoed not in {"", history}:
        raise BadDocumentError("an answer to another call")
    success = text_of(told, "Success").lower()
    if success in {"false", "0"}:
        raise RefusedError(tuple(errors(told)))
    if success not in {"true", "1"}:
        raise BadDocumentError("an answer without Success")
    return told


def errors(told: "etree._Element") -> Iterator[Refusal]:
    """Yield what ErrorList holds: the reasons of a failure, and the table of GetErrorList."""
    for row in rows(told, "ErrorList"):
        words = " ".join(row.get("ErrorDescription", "").split())[:200]
        yield Refusal(row.get("IdError", ""), words)


def rows(told: "etree._Element", name: str) -> Iterator[Row]:
    """Yield the objects of a list; a nil or an absent one has none."""
    listed = child(told, name)
    for element in () if listed is None else listed:
        row: dict[str, str] = {}
        for member in element:
            if len(member):
                row |= {f"{_name(member)}/{_name(inner)}": _text(inner) for inner in member}
            else:
                row[_name(member)] = _text(member)
        yield row


def is_id(text: str) -> bool:
    """Whether a text can be an id: several of them make a reference, which an index must hold."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable()


def child(element: "etree._Element", name: str) -> "etree._Element | None":
    return next((found for found in element if _name(found) == name), None)


def text_of(element: "etree._Element", name: str) -> str:
    """Return the text of a member, empty where there is none."""
    found = child(element, name)
    return "" if found is None else _text(found)


def _name(element: "etree._Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: "etree._Element") -> str:
    return (element.text or "").strip()
