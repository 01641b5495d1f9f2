"""The links of header and footer: those that editors arranged, else the usual ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from feldsher.domain.directory.types.brand import MenuEntry, Menus
from feldsher.domain.editorial.types import USUAL_MENUS, MenuPlace, PageKind, SiteSection, is_closed
from feldsher.foundation.modules import has_booking

_KINDS: Final = frozenset(kind.value for kind in PageKind)


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A link of a menu; `css` names the section that goes first where a row is too short for all."""

    title: str
    url: str
    css: str = ""


def header(menus: Menus) -> tuple[MenuLink, ...]:
    return _links(USUAL_MENUS[MenuPlace.HEADER] if menus.header is None else menus.header)


def footer(menus: Menus) -> tuple[MenuLink, ...]:
    return _links(USUAL_MENUS[MenuPlace.FOOTER] if menus.footer is None else menus.footer)


def _links(entries: Iterable[MenuEntry]) -> tuple[MenuLink, ...]:
    return tuple(
        MenuLink(entry.title, entry.path or _address(entry.section), _css(entry.section))
        for entry in entries
        if not is_closed(entry.section)
    )


def _css(section: str) -> str:
    if section == SiteSection.CABINET:
        return "nav-lk"
    return "nav-call" if section == SiteSection.CALL and not has_booking() else ""


def _address(section: str) -> str:
    if section == SiteSection.CABINET:
        return reverse("cabinet:cabinet")
    return reverse("site:section", args=[section]) if section in _KINDS else reverse(f"site:{section}")
