"""«В Москве», «во Владимире», «в Нижнем Новгороде»: where a city of that name is, if the dictionary is sure.

Pure and kept in memory. Certain is a name that the dictionary knows as a place and bends in one way, or an
adjective with a noun that agree. Nothing is guessed by endings: for any other name the answer is empty, and a
page says the name as it stands. Names in -ово and -ино stay as they are, which the norm allows beside
bending: bent, Пушкино could not be told from Пушкин.
"""

import re
from functools import lru_cache
from itertools import product
from typing import Any, Final

from feldsher.domain.search.language import readings_of

_PREFIX: Final = re.compile(r"(?:г\.\s*|город\s+)(?=[А-ЯЁ])")
_TOKEN: Final = re.compile(r"[А-ЯЁ][а-яё]+")
_STAYS: Final = re.compile(r"[а-яё-]{2,}(?:[оеё]в|[иы]н)о")
_RIVER: Final = re.compile(r"([А-ЯЁ][а-яё]+)(-(?:на|под|при)-[А-ЯЁ][а-яё]+)")
_PEOPLE: Final = frozenset({"Name", "Surn"})
_TWO: Final = 2
_BEFORE_TWO: Final = re.compile(r"[вф][^аеёиоуыэюя]|мц|рж|льг|льв")
"""Beginnings that take «во»."""


@lru_cache(maxsize=1024)
def in_place(name: str) -> str:
    """Return «в Москве» of «Москва», «во Владимире» of «г. Владимир»; empty where that is not certain."""
    place = _PREFIX.sub("", " ".join(name.split()))
    bent = _bent(place)
    if not bent:
        return ""
    return f"{'во' if _BEFORE_TWO.match(bent.lower()) else 'в'}\u00a0{bent}"


def _bent(place: str) -> str:
    if river := _RIVER.fullmatch(place):
        first = _town(river[1])
        return first + river[2] if first else ""
    words = re.split("[ -]", place)
    if not all(_TOKEN.fullmatch(word) for word in words):
        return ""
    if " " in place:
        return " ".join(_pair(*words)) if len(words) == _TWO else ""
    both = _pair(*reversed(words)) if len(words) == _TWO else ()
    return "-".join(reversed(both)) or _town(place)


def _town(word: str) -> str:
    """Return the one form that a place known by this name has after «в»."""
    towns = [each for each in _nominatives(word) if "Geox" in each.tag]
    if towns and _STAYS.fullmatch(word.lower()):
        return word
    forms = {_cased(_after_in(each), word) for each in towns}
    return forms.pop() if len(forms) == 1 else ""


def _pair(adjective: str, noun: str) -> tuple[str, str] | tuple[()]:
    """Return both bent, nothing where they do not agree or the noun is «в бору», not «в боре»."""
    found = set()
    things = [
        each for each in _nominatives(noun) if each.tag.POS == "NOUN" and not _PEOPLE & each.tag.grammemes
    ]
    for own, thing in product([each for each in _nominatives(adjective) if each.tag.POS == "ADJF"], things):
        if not _agree(own, thing):
            continue
        if _after_in(thing) != thing.inflect({"loct"}).word:
            return ()
        found.add((_cased(own.inflect({"loct"}).word, adjective), _cased(_after_in(thing), noun)))
    return found.pop() if len(found) == 1 else ()


def _nominatives(word: str) -> list[Any]:
    return [each for each in readings_of(word) if each.is_known and "nomn" in each.tag]


def _agree(adjective: Any, noun: Any) -> bool:
    if adjective.tag.number != noun.tag.number:
        return False
    return bool(noun.tag.number == "plur" or adjective.tag.gender == noun.tag.gender)


def _after_in(reading: Any) -> str:
    """Return the locative, the second one («в Крыму») where the word has it."""
    own = [form.word for form in reading.lexeme if "loc2" in form.tag]
    return str(own[0] if own else reading.inflect({"loct"}).word)


def _cased(form: str, word: str) -> str:
    """Return the form in the capitals of the word, and with its habit of «ё»."""
    plain = form if "ё" in word.lower() else form.replace("ё", "е")
    return "-".join(
        part[:1].upper() + part[1:] if part not in {"на", "под", "при"} else part for part in plain.split("-")
    )
