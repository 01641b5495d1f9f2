"""Writing XML as a stream: elements in the order of the calls, texts that XML can hold."""

import re
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from lxml import etree

_UNFIT: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def leaf(out: "etree._IncrementalFileWriter", tag: str, value: object, **attributes: str) -> None:
    """Write an element with a text; nothing for None and an empty text. Booleans are `true` and `false`."""
    if value is None or value == "":
        return
    text = str(value).lower() if isinstance(value, bool) else str(value)
    with out.element(tag, attributes):
        out.write(_UNFIT.sub("", text))


def short_id(*parts: object) -> str:
    """Return an id of 20 hexadecimal digits that stays the same for the same parts."""
    words = "/".join(part.hex if isinstance(part, UUID) else str(part) for part in parts)
    return sha256(words.encode()).hexdigest()[:20]


def stream(file: Any) -> Any:
    """Return lxml's writer of UTF-8 into a file; a context, in which elements are written."""
    return etree.xmlfile(file, encoding="UTF-8")
