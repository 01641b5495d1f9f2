"""Walks through CommerceML 2.x a record at a time, whatever the size of the file.

The tree is cut behind the walker: at any moment it holds one record and its ancestors. Elements are known by
their local names, because old builds of 1С write no namespace. An XSD is no gate: builds differ, and what is
not known is passed over. Hostile files: a document type is refused, so that there are no entities; depth, and
the length of one text, are bounded by libxml2 (256 and 10 MB), the parts of one record here; how long the
file may be is for the caller to bound.
"""

from collections.abc import Container, Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import BinaryIO, Final

from lxml import etree

ROOT: Final = "КоммерческаяИнформация"
MOST_PARTS: Final = 100_000
"""Elements of one record: the deepest tree of groups that a real base has is a tenth of it."""
YES: Final = {"true", "1", "истина"}

_NOT_XML = "Файл обрывается или испорчен: это не\u00a0XML. Ничего не\u00a0изменилось; выгрузите его ещё раз."
_NOT_COMMERCEML = (
    "Это не\u00a0CommerceML: в\u00a0начале файла нет «КоммерческаяИнформация». Ничего не\u00a0изменилось."
)
_DOCUMENT_TYPE = "В\u00a0файле есть DOCTYPE: 1С его не\u00a0пишет. Ничего не\u00a0изменилось."
_TOO_MANY = "Одна запись файла слишком велика. Ничего не\u00a0изменилось; проверьте выгрузку."

Element = etree._Element  # noqa: SLF001 - lxml has no public name for its own type


class UnreadableError(Exception):
    """The file is none that 1С writes; `sentence` says so to whoever watches the exchange."""

    def __init__(self, reason: str, *, sentence: str) -> None:
        super().__init__(reason)
        self.sentence = sentence


def elements(
    stream: BinaryIO, *, heads: Container[str], records: Container[str]
) -> Iterator[tuple[str, Element]]:
    """Yield name and element: `heads` where they begin, `records` when they are whole. UnreadableError."""
    try:
        yield from _elements(stream, heads, records)
    except etree.XMLSyntaxError:
        raise UnreadableError("not XML", sentence=_NOT_XML) from None


def _elements(
    stream: BinaryIO, heads: Container[str], records: Container[str]
) -> Iterator[tuple[str, Element]]:
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    depth = inside = parts = 0
    for event, element in events:
        if event == "start":
            depth += 1
            if inside:
                parts += 1
                if parts > MOST_PARTS:
                    raise UnreadableError("a record of too many parts", sentence=_TOO_MANY)
                continue
            name = local(element)
            if depth == 1:
                _check_root(element, name)
            elif name in heads:
                yield name, element
            elif name in records:
                inside, parts = depth, 0
        else:
            if depth == inside:
                yield local(element), element
                inside = 0
            if not inside:
                _forget(element)
            depth -= 1


def _check_root(element: Element, name: str) -> None:
    if element.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # the stubs leave it out
        raise UnreadableError("a document type", sentence=_DOCUMENT_TYPE)
    if name != ROOT:
        raise UnreadableError("no CommerceML", sentence=_NOT_COMMERCEML)


def _forget(element: Element) -> None:
    """Take a finished element out of the tree, so that what was read is not kept."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        parent.remove(element)


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return _local(element.tag)


@lru_cache(maxsize=512)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def text_of(element: Element | None) -> str:
    """Return the text without the blanks around it: 1С writes codes such as «796 »."""
    return (element.text or "").strip() if element is not None else ""


def children(element: Element) -> dict[str, Element]:
    """Return the children by name; the first of a name counts."""
    found: dict[str, Element] = {}
    for child in element:
        found.setdefault(local(child), child)
    return found


def said_in(element: Element | None) -> dict[str, str]:
    """Return the values of a list of «ЗначениеРеквизита» by their names."""
    pairs = map(children, element if element is not None else ())
    return {text_of(each.get("Наименование")): text_of(each.get("Значение")) for each in pairs}


def number(text: str) -> Decimal | None:
    """Return a number as 1С writes it («1 719,50» too), or None."""
    plain = "".join(text.split()).replace(",", ".")
    try:
        value = Decimal(plain) if plain else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None
