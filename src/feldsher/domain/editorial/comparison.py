"""Whether two revisions say the same, and what differs: what a doctor approved is a text, not a row.

A technical edit changes no word: the same words and figures stand in the same order, and only stops, commas,
brackets and quotation marks, large and small letters, ё and е, spaces and bold differ. Any word that is put
in place of another, however alike, may be another medicine («кодеин», «кофеин»), so it needs the doctor, as
do dashes and signs (%, +, <), pictures, sources, links, author and reviewer. So such edits cannot add up.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from feldsher.domain.editorial.types import Change
from feldsher.domain.editorial.wording import CHOSEN, words_of

Saved = Mapping[str, Any]
"""A page as Wagtail keeps a revision of it: names of fields to values, the body a JSON text."""

_WORD = re.compile(r"\n|\d+(?:[.,:]\d+)*|[^\W\d_]+|[^\s.,;:!?…()«»„“”\"]")
"""A new line, a figure, a word, a sign that says something: what a technical edit leaves as it is."""


def texts(saved: Saved) -> tuple[str, ...]:
    """Return all that a reader reads of the page, in its order."""
    return (str(saved["title"]), str(saved["lead"]), *words_of(_body(saved)))


def digest(saved: Saved) -> str:
    """Return the SHA-256 of what the page says, who says it and who vouches for it; ids of blocks aside."""
    said = [saved["title"], saved["lead"], _plain(_body(saved)), saved.get("author"), saved.get("reviewer")]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def is_technical(before: Saved, *, after: Saved) -> bool:
    """Say whether the later revision differs in a trifle alone, by the rules of this module."""
    return _frame(before) == _frame(after) and _words(before) == _words(after)


def changes(before: Saved | None, *, after: Saved) -> tuple[Change, ...]:
    """Return the later text as stretches: what stayed, was taken out, came. No earlier one: all came."""
    old = _spaced(before) if before is not None else []
    new = _spaced(after)
    found: list[Change] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Change(same=" ".join(new[j1:j2]), removed="", added=""))
        else:
            found.append(Change(same="", removed=" ".join(old[i1:i2]), added=" ".join(new[j1:j2])))
    return tuple(found)


def _body(saved: Saved) -> Any:
    body = saved["body"]
    return json.loads(body) if isinstance(body, str) else body


def _plain(value: Any) -> Any:
    """Return a block's value without the ids that the editor gives to blocks."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "id"}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _frame(saved: Saved) -> Any:
    """Return what is no prose: kinds of blocks in their order, pictures, sources, links, author, reviewer."""
    return [_bones(_plain(_body(saved))), saved.get("author"), saved.get("reviewer")]


def _bones(value: Any) -> Any:
    if isinstance(value, dict):
        if "reference" in value:
            return value
        return {name: each if name in CHOSEN else _bones(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_bones(each) for each in value]
    if isinstance(value, str):
        return re.findall(r'(?:href|id)="([^"]*)"', value)
    return value


def _words(saved: Saved) -> list[list[str]]:
    return [_WORD.findall(text.lower().replace("ё", "е")) for text in texts(saved)]


def _spaced(saved: Saved) -> list[str]:
    return [word for text in texts(saved) for word in (*text.split(), "\n")]
