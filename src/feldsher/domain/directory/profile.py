"""Lines of a profile as staff type them and as the directory keeps them: a line an entry, parts by «;».

Education: `level; institution; year; speciality`. Certificates: `title; speciality; dd.mm.yyyy`. What is
read is written back in one spelling, so that the same entries are the same text.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from feldsher.domain.directory.text import tidy
from feldsher.domain.directory.types.profile import Certificate, Education

FIRST_YEAR: Final = 1940
_MOST_LINES: Final = 30
_PART: Final = 300
_EDUCATION_PARTS: Final = 4
_CERTIFICATE_PARTS: Final = 3
_YEAR: Final = re.compile(r"[0-9]{4}")
_DAY: Final = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")


def paragraphs(text: str) -> str:
    """Return a text of several paragraphs, tidied line by line; one blank line at most between two."""
    lines = (tidy(line, limit=len(line)) for line in text.replace("\0", "").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def read_education(text: str) -> tuple[Education, ...]:
    """Return the entries; ValueError with a Russian sentence that names the line."""
    found = []
    for number, parts in _lines(text):
        if len(parts) != _EDUCATION_PARTS:
            raise ValueError(f"Строка {number}: нужны уровень; учреждение; год; специальность.")
        level, institution, year, speciality = parts
        if not _YEAR.fullmatch(year) or int(year) < FIRST_YEAR:
            raise ValueError(f"Строка {number}: год окончания четырьмя цифрами, например 2008.")
        found.append(Education(level, institution, int(year), speciality))
    return tuple(found)


def read_certificates(text: str) -> tuple[Certificate, ...]:
    """Return the entries, good and expired; ValueError with a Russian sentence that names the line."""
    found = []
    for number, parts in _lines(text):
        if len(parts) != _CERTIFICATE_PARTS:
            raise ValueError(f"Строка {number}: нужны документ; специальность; срок действия.")
        title, speciality, until = parts
        day = _day(until)
        if day is None:
            raise ValueError(f"Строка {number}: срок действия вида 31.12.2028.")
        found.append(Certificate(title, speciality, day))
    return tuple(found)


def education_text(entries: tuple[Education, ...]) -> str:
    return "\n".join(f"{each.level}; {each.institution}; {each.year}; {each.speciality}" for each in entries)


def certificates_text(entries: tuple[Certificate, ...]) -> str:
    return "\n".join(f"{each.title}; {each.speciality}; {each.until:%d.%m.%Y}" for each in entries)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that says something with its number from 1 and its parts, none of them empty."""
    said = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(said) > _MOST_LINES:
        raise ValueError(f"Не больше {_MOST_LINES} строк.")
    for number, line in said:
        parts = [tidy(part, limit=_PART + 1) for part in line.strip().rstrip(";").split(";")]
        if any(len(part) > _PART for part in parts):
            raise ValueError(f"Строка {number}: каждая часть не длиннее {_PART} знаков.")
        yield number, parts if all(parts) else []


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(f"{match[3]}-{match[2]}-{match[1]}" if match else text)
    except ValueError:
        return None
