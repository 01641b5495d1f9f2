"""Words of Russian as people type them: pieces of a text, dictionary forms, keyboards, letters and distances.

Pure functions. pymorphy3 with its dictionary (0.1 s, 15 MB) is loaded by the first word that needs it, once a
process. «ё» is «е» everywhere here.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from pymorphy3 import MorphAnalyzer

VERSION: Final = 1
"""Raise it with any change of what `lemmas_of` or `fold` returns: the index is then made anew."""
WORD_LENGTH: Final = 64
_LISTS: Final = {
    name: (Path(__file__).parent / "data" / f"{name}.txt").read_text(encoding="utf-8").split()
    for name in ("abbreviations", "noise", "stop")
}
_WORD = re.compile(r"[0-9A-Za-zА-Яа-яЁё]+")
_RARE = 0.03
"""Readings of a word that the dictionary holds less probable than this are left out."""
_LOOKALIKE: Final = str.maketrans("aceopxyktmhb", "асеорхуктмнв")
_ONLY_LOOKALIKE = re.compile(r"(?:[0-9]*[aceopxyktmhb]){1,3}[0-9]*")
_SURNAME = re.compile(r"([а-я]{2,}(?:[оеё]в|[иы]н))(?:а|у|ой|ым|ы|е|ых|ыми)")
_KEYS: Final = dict(
    zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюе", strict=True)
)
_ENGLISH_KEYS: Final = {russian: english for english, russian in _KEYS.items() if english.isalpha()}
_SOUNDS: Final = (
    *(("shch", "щ"), ("sch", "щ"), ("yo", "е"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч")),
    *(("ay", "ай"), ("ey", "ей"), ("oy", "ой"), ("uy", "уй")),
    *(
        ("sh", "ш"),
        ("yu", "ю"),
        ("ya", "я"),
        ("ju", "ю"),
        ("ja", "я"),
        ("iy", "ий"),
        ("yy", "ый"),
        ("x", "кс"),
    ),
)
_LETTERS: Final = str.maketrans("abvgdezijklmnoprstufhcyqw'", "абвгдезийклмнопрстуфхкыквь")
_CODES: Final = str.maketrans("абвгдежзийклмнопрстуфхцчшщъыьэюя", "abvgdejzi0klmnoprstufhc1234y5e67")
_CONFUSED: Final = frozenset(
    frozenset(pair)
    for pair in ("оа", "еи", "ыи", "еэ", "яе", "жш", "сз", "тд", "пб", "вф", "гк", "щш", "ий", "ъь", "цс")
)
_FIRST: Final = 1.5
_STEPS: Final = ((4, 1.0), (6, 2.0), (10, 3.0))
"""From so many letters on, a word may be so far from what was meant."""
ABBREVIATIONS: Final = frozenset(_LISTS["abbreviations"])
"""Words that have one form, whatever the dictionary makes of their endings."""
STOP: Final = frozenset(_LISTS["stop"])
"""Words by which nothing is found where there is another."""


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield beginning, end and folded form of each word of a text that `tidy` has passed."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), fold(match[0])


def words_of(text: str) -> list[str]:
    """Return the folded words of a text in their order."""
    return [fold(match[0]) for match in _WORD.finditer(tidy(text))]


def tidy(text: str) -> str:
    """Return the text with each letter as one character, «й» too: some systems write it as two."""
    return unicodedata.normalize("NFC", text)


def fold(word: str) -> str:
    """Return a word for comparison: small letters, no «ё», Latin letters among Cyrillic ones as these.

    Short words of letters that look the same in both alphabets («CA», «T3») are taken for Russian.
    """
    plain = word.casefold().replace("ё", "е")[:WORD_LENGTH]
    if plain.isascii():
        return plain.translate(_LOOKALIKE) if _ONLY_LOOKALIKE.fullmatch(plain) else plain
    return plain.translate(_LOOKALIKE)


@cache
def _dictionary() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


def readings_of(word: str) -> list[Any]:
    """Return what the dictionary takes a word for: readings of pymorphy3, the likeliest first."""
    return list(_dictionary().parse(word.lower()))


@lru_cache(maxsize=65_536)
def lemmas_of(word: str) -> frozenset[str]:
    """Return the dictionary forms that a folded word may have; the word alone where it has none.

    A surname in any case also gives its masculine form: the dictionary knows few of them.
    """
    if word in ABBREVIATIONS or not word.isalpha() or word.isascii():
        return frozenset({word})
    parses = _dictionary().parse(word)
    forms = {fold(parse.normal_form) for parse in parses if parse.score >= _RARE} or {word}
    if (surname := _SURNAME.fullmatch(word)) is not None:
        forms.add(surname[1])
    return frozenset(forms)


@cache
def noise() -> frozenset[str]:
    """Return words that say what people do with a clinic and not what they look for, in all their forms."""
    return frozenset(form for word in _LISTS["noise"] for form in (word, *lemmas_of(word)))


def as_typed_in_russian(chunk: str) -> str:
    """Return what the keys give in the Russian layout: `nthfgtdn` is «терапевт»."""
    return "".join(_KEYS.get(char, char) for char in chunk.casefold())


def as_typed_in_english(chunk: str) -> str:
    """Return what the keys give in the English layout: «ищещч» is `botox`."""
    return "".join(_ENGLISH_KEYS.get(char, char) for char in chunk.casefold())


def from_latin(chunk: str) -> str:
    """Return a Russian word that is written in Latin letters, as nearly as letters tell: `nevrolog`."""
    text = chunk.casefold()
    for sound, letter in _SOUNDS:
        text = text.replace(sound, letter)
    return text.translate(_LETTERS)


def code_of(word: str) -> str:
    """Return the word in Latin letters and digits, one for each letter («э» is «е»).

    pg_trgm asks the operating system's locale what a letter is, and in that of C no Cyrillic one is.
    """
    return word.translate(_CODES)


def reach_of(word: str) -> float:
    """Return how far a known word may be from a mistyped one; 0 where it is too short to be guessed."""
    return next((reach for length, reach in reversed(_STEPS) if len(word) >= length), 0.0)


def distance(left: str, right: str, *, reach: float) -> float:
    """Return how many letters differ, at most a little over `reach`; two that changed places are one.

    Letters that are confused by ear, and a letter that stands twice or once, count half; a first letter too
    many or too few counts more, because people seldom mistype it.
    """
    if abs(len(left) - len(right)) > 2 * reach:
        return reach + 1
    before: list[float] = []
    row = [0.0, *(_FIRST + number for number in range(len(right)))]
    for i, char in enumerate(left, 1):
        drop = _FIRST if i == 1 else 0.5 if char == left[i - 2] else 1.0
        new = [row[0] + drop]
        for j, other in enumerate(right, 1):
            add = _FIRST if j == 1 else 0.5 if other == right[j - 2] else 1.0
            swap = 0.0 if char == other else 0.5 if frozenset((char, other)) in _CONFUSED else 1.0
            best = min(row[j] + drop, new[j - 1] + add, row[j - 1] + swap)
            if i > 1 and j > 1 and char == right[j - 2] and left[i - 2] == other:
                best = min(best, before[j - 2] + 1.0)
            new.append(best)
        if min(new) > reach:
            return reach + 1
        before, row = row, new
    return row[-1]
