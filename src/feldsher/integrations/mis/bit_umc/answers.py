"""The answers of the writing operations and of the status, read strictly (contract §3.1).

A live base answers the same operation as XML or JSON with `Результат` (a string, also in JSON), as the bare
word `Ok`, or as bare Russian text. Whatever isn't certainly one of these is lost, not refused: a success
taken for a refusal leaves a visit in the clinic that nobody knows of.
"""

import re
from enum import StrEnum

from feldsher.foundation.egress.client import LostError
from feldsher.integrations.mis.bit_umc.documents import Value, read_document, text_of
from feldsher.integrations.mis.bit_umc.door import RefusedError, refusal
from feldsher.integrations.mis.xml import BadDocumentError

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NONE = "00000000-0000-0000-0000-000000000000"
_DONE = ("ОтветНаЗаписьССайта", "РезультатВыполнения", "Ответ")
_STATUS = ("ОтветНаЗапросСтатусаЗаявки", "Ответ")
_SMALL = 1_000_000


class State(StrEnum):
    """What a document of 1С is to us, in the words of `ports.Found`."""

    RESERVED = "reserved"
    BOOKED = "booked"
    CANCELLED = "cancelled"


# 1 new, 2 processed, 3 came, 4 didn't come (the visit stays written), 5 cancelled, 6 being filled,
# 9 reserved; 0 is an error and says nothing.
_STATES = {
    "1": State.BOOKED,
    "2": State.BOOKED,
    "3": State.BOOKED,
    "4": State.BOOKED,
    "5": State.CANCELLED,
    "6": State.RESERVED,
    "9": State.RESERVED,
}


def written(text: str) -> str:
    """Return the УИД of what was written, empty where the answer has none.

    Raises RefusedError for a certain refusal, LostError for anything that is neither.
    """
    if text.strip() == "Ok":
        return ""
    result, words, uid = _read(text, _DONE, ("Результат", "ОписаниеОшибки", "УИД"))
    if result.lower() == "true":
        return guid(uid)
    if result.lower() == "false" and not guid(uid):
        raise _refused(words)
    raise LostError("an answer that contradicts itself")


def status(text: str) -> State:
    """Return the state of a document; raises RefusedError (unknown_guid among others) or LostError.

    SOAP tells the number as `Результат`, HTTP as `Статус`. Two tables of numbers are in the documentation
    (contract §3.1, statuses); ours is told from the other by the words beside the number, which must agree
    on whether the document is cancelled.
    """
    result, words, number, *titles = _read(
        text,
        _STATUS,
        ("Результат", "ОписаниеОшибки", "Статус", "ОписаниеРезультата", "ОписаниеСтатуса"),
    )
    if result.lower() == "false":
        raise _refused(words)
    state = _STATES.get(number or result)
    if state is None:
        raise LostError("a status that nobody documents")
    title = "".join(titles).lower()
    if title and ("отмен" in title) is not (state is State.CANCELLED):
        raise LostError("a status whose number and words disagree")
    return state


def document(text: str, *, limit: int) -> tuple[str, Value]:
    """Return (root, content) of a reading operation's answer, both empty for an empty one.

    `limit` is in bytes, see `read_document`. Raises RefusedError for a refusal in bare words or in
    `Результат`, LostError for what isn't a document.
    """
    found = refusal(text)
    if found is not None:
        raise found
    if not text:
        return "", ""
    try:
        root, tree = read_document(text, limit=limit)
        result, words = (text_of(tree, name) for name in ("Результат", "ОписаниеОшибки"))
    except BadDocumentError as error:
        raise LostError(f"an answer that is {error}") from None
    if root in _DONE and result.lower() == "false":
        raise _refused(words)
    return root, tree


def guid(text: str) -> str:
    """Return an identifier of 1С, empty for the zero one and for anything that isn't one."""
    return text if _GUID.fullmatch(text) and text != _NONE else ""


def _refused(words: str) -> RefusedError:
    return refusal(words) or RefusedError("refused", words)


def _read(text: str, roots: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    """Return the texts under `names`; raises RefusedError for a bare refusal."""
    told = text.strip()
    found = refusal(told)
    if found is not None:
        raise found
    if not told.startswith(("<", "{")):
        raise LostError("an answer in words that nobody documents" if told else "an empty answer")
    try:
        root, tree = read_document(told, limit=_SMALL)
        values = [text_of(tree, name) for name in names]
    except BadDocumentError as error:
        raise LostError(f"an answer that is {error}") from None
    if root not in roots:
        raise LostError("an answer to something else")
    return values
