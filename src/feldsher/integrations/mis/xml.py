"""XML from outside, for every adapter: bounded, without entities, and in the encodings that a MIS speaks.

Everything is hostile until read: a document type is refused before the parser sees it, so that there are no
entities to expand, and the count of elements is bounded; how long a body may be is the client's to bound.
"""

import re

from lxml import etree

MAX_NODES = 2_000_000
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadDocumentError(Exception):
    """Not a document that this service could have sent. The text holds no content of it."""


def decode(body: bytes, *, encoding: str = "utf-8-sig") -> str:
    """Return the text of bytes, of UTF-8 without its byte order mark; raises BadDocumentError."""
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        raise BadDocumentError(f"not {encoding}") from None


def parse_xml(text: str) -> "etree._Element":
    """Return the root element; raises BadDocumentError."""
    if "<!DOCTYPE" in text:
        raise BadDocumentError("a document type")
    if text.count("<") > MAX_NODES:
        raise BadDocumentError("too many elements")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,  # one string of many megabytes is usual here; depth and size have bounds of our own
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.strip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadDocumentError("not XML") from None


def speakable(text: str) -> str:
    """Return the text without the characters that XML lacks."""
    return _UNSPEAKABLE.sub("", text)
