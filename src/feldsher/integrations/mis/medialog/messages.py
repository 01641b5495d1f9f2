"""Messages of the exchange: what is asked in QUERY_INFO, and what an answer certainly says (contract §2.1).

An answer has the root and the MESSAGE_ID of its question, else it is somebody else's. Rows may lie at any
depth below QUERY_RESULT: whatever has fields and nothing deeper is a row. The known wart of МЕДИАЛОГ stays
visible here: `AA` with nothing in it (`Answer.is_empty`) is said both for "nothing there" and for a filter or
an access that doesn't fit; nobody may read it as a fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from feldsher.integrations.mis.medialog.profile import AA, Profile
from feldsher.integrations.mis.xml import BadDocumentError, parse_xml, speakable

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the code AA. `comment` is the service's own words, shortened."""

    rows: tuple[Row, ...]
    comment: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.rows


class RefusedError(Exception):
    """A code that says that nothing was done; `text` is the service's own words, shortened."""

    code = "refused"

    def __init__(self, text: str = "") -> None:
        super().__init__(self.code)
        self.text = text


def question(event: str, fields: Mapping[str, str], *, message_id: str, profile: Profile) -> str:
    """Return the message; a field without a value is left out."""
    root = etree.Element(event)
    etree.SubElement(etree.SubElement(root, "MESSAGE_INFO"), "MESSAGE_ID").text = message_id
    info = etree.SubElement(root, "QUERY_INFO")
    for name, value in {**profile.extra, **fields}.items():
        if value:
            etree.SubElement(info, profile.spelt(name)).text = speakable(value)
    return etree.tostring(root, encoding="unicode")


def answer(text: str, event: str, *, message_id: str, profile: Profile) -> Answer:
    """Return what an answer says; raises RefusedError, or BadDocumentError for what says nothing certain."""
    root = parse_xml(text)
    if root.tag != event:
        raise BadDocumentError("an answer to something else")
    told = root.find("ACK_INFO")
    if told is None or _text(told, "MESSAGE_ID").lower() != message_id.lower():
        raise BadDocumentError("an answer to another message")
    code, comment = _text(told, "CODE"), " ".join(_text(told, "COMMENT").split())[:200]
    if code in profile.refusals:
        raise RefusedError(comment)
    if code != AA:
        raise BadDocumentError("an answer with a code that nobody documents")
    result = root.find("QUERY_RESULT")
    return Answer(() if result is None else _rows(result, profile), comment)


def _rows(result: "etree._Element", profile: Profile) -> tuple[Row, ...]:
    ours = {told: name for name, told in profile.names.items()}
    found = []
    for element in result.iter():
        if len(element) and not any(len(child) for child in element):
            row = {ours.get(str(child.tag), str(child.tag)): (child.text or "").strip() for child in element}
            if any(row.values()):
                found.append(row)
    return tuple(found)


def _text(element: "etree._Element", name: str) -> str:
    return (element.findtext(name) or "").strip()
