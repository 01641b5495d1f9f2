"""Whether two revisions say the same, and what differs: what a doctor approved is a text, not a row.

A technical edit changes a few words and none that a patient's health may hang on: no figure, no number in
words, no measure or time of a dose, no negation, no picture, source, author or reviewer. Anything else
needs the doctor.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from feldsher.domain.editorial.types import Change
from feldsher.domain.editorial.wording import CHOSEN, words_of

MOST_WORDS: Final = 10
"""How many words a technical edit may take out and bring in."""
Saved = Mapping[str, Any]
"""A page as Wagtail keeps a revision of it: names of fields to values, the body a JSON text."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")
_NUMBERS = (
    r"ноль|нол[яю]|од(?:ин|н[аоиу]|ного|ной|ному|ним)|дв[аеу]\w{0,3}|дважды|тр[иеё]\w{0,3}|трижды|четыр\w*|"
    r"пят(?:ь|и|ью|ый|ого)|шест(?:ь|и|ью|ой)|сем(?:ь|и|ью)|вос(?:емь|ьми)\w*|девят\w*|десят\w*|сто|сот\w*|двадцат\w*|"
    r"тридцат\w*|сорок\w*|полтор\w*|пол|половин\w*|треть\w*|четверт\w*|\w+надцат\w*|тысяч\w*|процент\w*"
)
_DOSES = (
    r"м?к?г|мкг|мг|кг|м?л|мл|ед|ме|моль|ммоль|грамм\w*|миллиграмм\w*|литр\w*|миллилитр\w*|единиц\w*|капл\w*|капель|"
    r"таблет\w*|капсул\w*|ампул\w*|доз\w*|ложк\w*|ложек|раз|раза|курс\w*|сут|сут(?:ки|ок|очн\w*)|день|дня|дней|дни|час|часа|"
    r"часов|минут\w*|недел\w*|месяц\w*|год|года|лет|ежедневн\w*|утр\w*|вечер\w*|натощак|разов\w*|однократн\w*|максимальн\w*|минимальн\w*|до|после|во|перед|каждый|"
    r"каждые|больше|меньше|более|менее|выше|ниже|увелич\w*|уменьш\w*|отмен\w*"
)
_NEGATIONS = (
    r"не|ни|нет|нельзя|без|кроме|никогда|противопоказ\w*|запрещ\w*|исключ\w*|можно|нужно|обязательн\w*"
)
_GUARDED = re.compile(rf"\d.*|[<>≤≥%±]|(?:{_NUMBERS}|{_DOSES}|{_NEGATIONS})", re.IGNORECASE)


def texts(saved: Saved) -> tuple[str, ...]:
    """Return all that a reader reads of the page, in its order."""
    return (str(saved["title"]), str(saved["lead"]), *words_of(_body(saved)))


def digest(saved: Saved) -> str:
    """Return the SHA-256 of what the page says, who says it and who vouches for it; ids of blocks aside."""
    said = [saved["title"], saved["lead"], _plain(_body(saved)), saved.get("author"), saved.get("reviewer")]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def is_technical(before: Saved, *, after: Saved) -> bool:
    """Say whether the later revision differs in a trifle alone, by the rules of this module."""
    if _frame(before) != _frame(after):
        return False
    old, new = (_words(" ".join(texts(saved))) for saved in (before, after))
    if _guarded(old) != _guarded(new):
        return False
    changed = sum(
        max(i2 - i1, j2 - j1)
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    )
    return changed <= MOST_WORDS


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


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _guarded(words: list[str]) -> list[str]:
    return [word for word in words if _GUARDED.fullmatch(word)]


def _spaced(saved: Saved) -> list[str]:
    return [word for text in texts(saved) for word in (*text.split(), "\n")]
