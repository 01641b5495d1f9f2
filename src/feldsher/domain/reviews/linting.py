"""Warns of what may be personal data in a review: a hint for who moderates, which decides nothing.

It errs on the side of a warning: a false one costs a look. A name of the doctor in question is none.
"""

import re
from collections.abc import Collection, Iterator

_PHONE = re.compile(r"(?<!\d)(?:\+?\d[\s\-()]*){10,15}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?"
_PATRONYMIC = r"[А-ЯЁ][а-яё]*(?:вич|вна|ична|инична|ьич|оглы|кызы)[а-яё]{0,3}"
_NAMES = re.compile(
    rf"{_WORD}\s+{_WORD}\s+{_PATRONYMIC}|{_WORD}\s+{_PATRONYMIC}(?:\s+{_WORD})?|{_WORD}\s+[А-ЯЁ]\.\s?[А-ЯЁ]\."
)
_DATE = re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}\.(?:19|20)\d{2}(?!\d)")


def warnings(text: str, *, doctor: str = "") -> tuple[str, ...]:
    """Return a sentence for each thing that looks like personal data; `doctor` is the name of the doctor."""
    return tuple(dict.fromkeys(_found(text, {word.casefold()[:4] for word in doctor.split()})))


def _found(text: str, known: Collection[str]) -> Iterator[str]:
    for what, pattern in (
        ("телефон", _PHONE),
        ("адрес почты", _EMAIL),
        ("ссылку", _LINK),
        ("дату с\u00a0годом", _DATE),
    ):
        for found in pattern.finditer(text):
            yield f"Похоже на\u00a0{what}: «{found.group().strip()}»"
    for found in _NAMES.finditer(text):
        words = [word for word in found.group().split() if not word.endswith(".")]
        if not all(word.casefold()[:4] in known for word in words):
            yield f"Похоже на\u00a0имя: «{found.group()}»"
