"""Titles and headings of listing pages: templates of the clinic's own, with names in braces.

A template is text: `{city}` is replaced, nothing else is read of it. Names stand in the nominative, so a
template puts them where Russian asks for no other case: after «у метро», in quotes, after a comma.
`{in_city}` alone is «в Москве», and «, Москва» where nobody is sure how the name bends: no space stays
before a comma.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

LIMIT: Final = 200
_NAME: Final = re.compile(r"\{([a-z_]*)\}")
_GAP: Final = re.compile(r"\s+(?=,)")


class ListingKind(StrEnum):
    """What a listing page is a list of."""

    SPECIALTY = "specialty"
    SPECIALTY_CITY = "specialty_city"
    SPECIALTY_BRANCH = "specialty_branch"
    SPECIALTY_METRO = "specialty_metro"
    SERVICE_BRANCH = "service_branch"


@dataclass(frozen=True, slots=True)
class ListingText:
    """The title and the heading (h1) of one kind of listing pages, as templates."""

    kind: ListingKind
    title: str
    heading: str


VARIABLES: Final[Mapping[ListingKind, tuple[str, ...]]] = {
    ListingKind.SPECIALTY: ("specialty", "clinic"),
    ListingKind.SPECIALTY_CITY: ("specialty", "city", "in_city", "clinic"),
    ListingKind.SPECIALTY_BRANCH: ("specialty", "branch", "city", "in_city", "clinic"),
    ListingKind.SPECIALTY_METRO: ("specialty", "metro", "city", "in_city", "clinic"),
    ListingKind.SERVICE_BRANCH: ("service", "branch", "city", "in_city", "clinic"),
}
DEFAULT_TEXTS: Final = (
    ListingText(
        ListingKind.SPECIALTY,
        "{specialty}: врачи, цены и свободное время. {clinic}",
        "{specialty}",
    ),
    ListingText(
        ListingKind.SPECIALTY_CITY,
        "{specialty} {in_city}: врачи, цены и запись. {clinic}",
        "{specialty} {in_city}",
    ),
    ListingText(
        ListingKind.SPECIALTY_BRANCH,
        "{specialty} в филиале «{branch}»: врачи и запись. {clinic}",
        "{specialty} в филиале «{branch}»",
    ),
    ListingText(
        ListingKind.SPECIALTY_METRO,
        "{specialty} у метро {metro}: врачи, цены и запись. {clinic}",
        "{specialty} у метро {metro}",
    ),
    ListingText(
        ListingKind.SERVICE_BRANCH,
        "{service} в филиале «{branch}»: цена и запись. {clinic}",
        "{service} в филиале «{branch}»",
    ),
)
_UNBOOKED: Final[Mapping[ListingKind, str]] = {
    ListingKind.SPECIALTY: "{specialty}: врачи и цены. {clinic}",
    ListingKind.SPECIALTY_CITY: "{specialty} {in_city}: врачи и цены. {clinic}",
    ListingKind.SPECIALTY_BRANCH: "{specialty} в филиале «{branch}»: врачи и цены. {clinic}",
    ListingKind.SPECIALTY_METRO: "{specialty} у метро {metro}: врачи и цены. {clinic}",
    ListingKind.SERVICE_BRANCH: "{service} в филиале «{branch}»: цена и врачи. {clinic}",
}
"""Titles where nobody books: they promise no times."""


def default_texts(*, is_booked: bool) -> tuple[ListingText, ...]:
    """Return our templates, one of each kind, for a site that books or for one that does not."""
    if is_booked:
        return DEFAULT_TEXTS
    return tuple(replace(text, title=_UNBOOKED[text.kind]) for text in DEFAULT_TEXTS)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its names replaced, its first letter raised; an unknown name is left empty."""
    text = _GAP.sub("", _NAME.sub(lambda found: values.get(found[1], ""), template)).strip(" ,")
    return text[:1].upper() + text[1:]


def template_fault(kind: ListingKind, template: str) -> str:
    """Return what is wrong with a template in a Russian sentence; empty where nothing is."""
    known = VARIABLES[kind]
    if len(template) > LIMIT:
        return f"Не длиннее {LIMIT} знаков."
    for name in _NAME.findall(template):
        if name not in known:
            return f"Слова {{{name}}} здесь нет. Есть: {', '.join(f'{{{each}}}' for each in known)}."
    if "{" in (rest := _NAME.sub("", template)) or "}" in rest:
        return "Скобка без пары: слово пишется так: {clinic}."
    return ""
