"""What is shown of a hit: its texts in parts, the words that were looked for among them."""

from dataclasses import dataclass
from typing import Final

from feldsher.domain.search.language import lemmas_of, spans
from feldsher.domain.search.types import Part

_WINDOW: Final = 160
"""Characters of a body that are shown around the first hit."""
_BEFORE: Final = 50
_READ: Final = 4000
"""How far into a body a hit is looked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that count as a hit by any form, and beginnings of words."""

    forms: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def is_hit(self, word: str) -> bool:
        return word in self.forms or not self.forms.isdisjoint(lemmas_of(word)) or self._begins(word)

    def _begins(self, word: str) -> bool:
        return bool(self.beginnings) and word.startswith(self.beginnings)


def parts_of(text: str, *, wanted: Wanted) -> tuple[Part, ...]:
    """Return the text in parts; those that hit stand out. Together they are the text."""
    parts: list[Part] = []
    done = 0
    for begin, end, word in spans(text):
        if not wanted.is_hit(word):
            continue
        if begin > done:
            parts.append(Part(text[done:begin]))
        parts.append(Part(text[begin:end], is_hit=True))
        done = end
    return (*parts, Part(text[done:])) if done < len(text) else tuple(parts)


def snippet_of(body: str, *, wanted: Wanted) -> tuple[Part, ...]:
    """Return a piece of the body around its first hit, cut between words; nothing where there is none."""
    text = body[:_READ]
    first = next((begin for begin, _, word in spans(text) if wanted.is_hit(word)), None)
    if first is None:
        return ()
    begin = max(first - _BEFORE, 0)
    end = min(begin + _WINDOW, len(text))
    if begin:
        begin = text.find(" ", begin, first) + 1 or first
    if end < len(body):
        cut = text.rfind(" ", first, end)
        end = cut if cut > first else end
    piece = " ".join(text[begin:end].split())
    return parts_of(f"{'…' if begin else ''}{piece}{'…' if end < len(body) else ''}", wanted=wanted)
