"""Menus as their editors see them. What pages show of them is the brand's (directory)."""

from itertools import groupby

from wagtail.models import Page

from feldsher.domain.editorial.models import Section, menus, shown
from feldsher.domain.editorial.types import (
    USUAL_MENUS,
    ArrangedLine,
    MenuCard,
    MenuChoices,
    MenuLine,
    MenuOffer,
    MenuPlace,
    PageKind,
    SiteSection,
    TargetKind,
    is_closed,
)
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff

MOST_CHOICES = 500
"""Pages in the list of what a line may lead to; any other is named by its address."""


def usual_menu(place: MenuPlace) -> tuple[MenuLine, ...]:
    """Return the lines of a menu that nobody has arranged."""
    return tuple(MenuLine(entry.title, TargetKind.SECTION, entry.section) for entry in USUAL_MENUS[place])


def menu(place: MenuPlace, *, staff: Staff) -> MenuCard:
    """Return a menu with what its lines lead to; ForbiddenError for who edits no pages."""
    require(staff, Action.EDIT_PAGES)
    row = menus.newest().get(place)
    lines = row.arranged() if row else usual_menu(place)
    found = menus.targets(lines, gone=row.gone if row else ())
    titles = _titles()
    arranged = tuple(
        ArrangedLine(line, _words(line, found, titles), is_shown=found.entry(line) is not None)
        for line in lines
    )
    if row is None:
        return MenuCard(place, 0, arranged)
    return MenuCard(place, row.number, arranged, row.author, row.saved_at)


def menu_choices(staff: Staff) -> MenuOffer:
    """Return what a line may lead to: sections, then published pages by kind and title. Two queries.

    Of more than MOST_CHOICES pages those published last.
    """
    require(staff, Action.EDIT_PAGES)
    titles = _titles()
    sections = tuple(
        (MenuLine(title, TargetKind.SECTION, name), title)
        for name, title in titles.items()
        if not is_closed(name)
    )
    live = Page.objects.live().filter(depth=shown.FLOOR).order_by("-first_published_at", "-pk")
    rows = live.values_list("url_path", "pk", "title")[: MOST_CHOICES + 1]
    by_kind = sorted(
        ((path.split("/")[1], title, str(key)) for path, key, title in rows[:MOST_CHOICES]),
        key=lambda each: (list(titles).index(each[0]), each[1].casefold()),
    )
    pages = (
        MenuChoices(
            titles[kind],
            tuple((MenuLine(title, TargetKind.PAGE, key), title) for _, title, key in group),
        )
        for kind, group in groupby(by_kind, key=lambda each: each[0])
    )
    groups = (MenuChoices("Разделы сайта", sections), *pages)
    return MenuOffer(groups, is_whole=len(rows) <= MOST_CHOICES)


def _titles() -> dict[str, str]:
    """Return the titles of all sections, the site's own and the lists of editors' pages, by name."""
    lists = dict(Section.objects.values_list("slug", "title"))
    own = {section.value: section.label for section in SiteSection}
    return own | {kind.value: lists.get(kind.value, kind.value) for kind in PageKind}


def _words(line: MenuLine, found: menus.Targets, titles: dict[str, str]) -> str:
    if line.kind is TargetKind.PAGE:
        address, title = found.pages.get(line.value, ("", ""))
        return f"страница «{title}», {address}" if address else "страница снята с\u00a0публикации"
    if line.kind is TargetKind.PATH:
        return f"адрес {line.value}"
    return f"раздел «{titles.get(line.value, line.value)}»"
