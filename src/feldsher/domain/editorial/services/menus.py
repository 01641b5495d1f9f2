"""Menus of the site, arranged by editors: each save is a version, and shown by every page from its commit."""

import logging
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from wagtail.models import Page

from feldsher.domain.editorial import gateways
from feldsher.domain.editorial.errors import MenuChangedError
from feldsher.domain.editorial.models import Menu, menus, shown
from feldsher.domain.editorial.services.addressing import (
    NOTHING,
    WrongAddressError,
    require_own,
    require_page,
    split,
)
from feldsher.domain.editorial.types import (
    HEADER_LETTERS,
    MENU_LINES,
    MENU_TITLE,
    MenuLine,
    MenuPlace,
    PageKind,
    SiteSection,
    TargetKind,
)
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

VERSIONS: Final = 100
"""How many versions of a menu are kept."""
_LONGEST_PATH: Final = 200
_log = logging.getLogger(__name__)
_NAMES: Final = frozenset({*SiteSection, *PageKind})


def save_menu(place: MenuPlace, lines: Sequence[MenuLine], *, seen: int, staff: Staff) -> None:
    """Arrange a menu: these lines in this order; `seen` is the number of the version that was changed.

    A line that leads to a page by its address is kept by the page, so that it follows a new address. What the
    version before had may stay though it leads nowhere now: it is not shown meanwhile. Raises ForbiddenError,
    MenuChangedError, InvalidInputError (`title-<index>`, `target-<index>`, `lines`).
    """
    require(staff, Action.EDIT_PAGES)
    now = menus.newest().get(place)
    before = {(line.kind, line.value) for line in now.arranged()} if now else frozenset()
    faults: dict[str, str] = {}
    made = [
        _checked(line, number, is_known=(line.kind, line.value) in before, faults=faults)
        for number, line in enumerate(lines)
    ]
    if len(made) > MENU_LINES[place]:
        faults["lines"] = f"Строк не\u00a0больше {MENU_LINES[place]}. Уберите лишние."
    if place is MenuPlace.HEADER and sum(len(line.title) for line in made) > HEADER_LETTERS:
        faults["lines"] = f"Названия вместе длиннее {HEADER_LETTERS} знаков. Сократите их или уберите строку."
    if len({(line.kind, line.value) for line in made}) < len(made):
        faults["lines"] = "Две строки ведут на\u00a0одну страницу. Оставьте одну."
    with transaction.atomic():
        menus.hold()
        last = menus.newest().get(place)
        if seen != (last.number if last else 0):
            raise MenuChangedError
        if faults:
            raise InvalidInputError(f"menu: {len(faults)} faults", fields=faults)
        number = seen + 1
        Menu.objects.create(
            place=place,
            number=number,
            lines=[[line.title, line.kind.value, line.value] for line in made],
            gone=last.gone if last else [],
            author=staff.login,
            saved_at=clock.now(),
        )
        Menu.objects.filter(place=place, number__lte=number - VERSIONS).delete()
        menus.show()


def check_menus() -> int:
    """Ask the site for each address of the menus; returns at how many there is nothing, which are not shown.

    Only "nothing at all" says so: a page that redirects, or fails just now, is still somewhere to be led to.
    One that can't even be asked for stays as it was, and keeps no other from being asked for.
    """
    rows = menus.newest().values()
    paths = {line.value for row in rows for line in row.arranged() if line.kind is TargetKind.PATH}
    before = {path for row in rows for path in row.gone}
    gone = {path for path in paths if _is_gone(path, was_gone=path in before)}
    with transaction.atomic():
        menus.hold()
        for row in menus.newest().values():
            own = {line.value for line in row.arranged() if line.kind is TargetKind.PATH}
            # one that an editor has added meanwhile has just been asked for
            row.gone = sorted(own & gone)
            row.save(update_fields=["gone"])
        if rows:
            menus.show()
    return len(gone)


def _is_gone(path: str, *, was_gone: bool) -> bool:
    try:
        return gateways.addresses().status(path.partition("?")[0]) == NOTHING
    except Exception:  # noqa: BLE001 - any page of the site is asked for, which may fail in any way
        _log.exception("menus: %s can't be asked for", path)
        return was_gone


def _checked(line: MenuLine, number: int, *, is_known: bool, faults: dict[str, str]) -> MenuLine:
    """Return a line as it is kept; what is wrong with it goes into `faults`."""
    title = " ".join(line.title.split())
    if not title:
        faults[f"title-{number}"] = "Напишите название."
    elif len(title) > MENU_TITLE or not title.isprintable():
        faults[f"title-{number}"] = f"Не\u00a0длиннее {MENU_TITLE} знаков, одной строкой."
    if is_known:
        return MenuLine(title, line.kind, line.value)
    try:
        kind, value = _target(line)
    except WrongAddressError as error:
        faults[f"target-{number}"] = str(error)
        kind, value = line.kind, line.value
    return MenuLine(title, kind, value)


def _target(line: MenuLine) -> tuple[TargetKind, str]:
    """Return what a new line leads to; WrongAddressError where that is nothing."""
    if line.kind is TargetKind.PATH:
        return _of_path(line.value)
    if line.kind is TargetKind.SECTION:
        if line.value in _NAMES:
            return line.kind, line.value
    elif line.value.isdecimal() and Page.objects.live().filter(pk=line.value, depth=shown.FLOOR).exists():
        return line.kind, line.value
    raise WrongAddressError("такой страницы больше нет. Выберите другую.")


def _of_path(address: str) -> tuple[TargetKind, str]:
    parts = split(address.strip())
    require_own(parts)
    page = (
        Page.objects.live()
        .filter(url_path=parts.path, depth=shown.FLOOR)
        .values_list("pk", flat=True)
        .first()
    )
    if page is not None:
        return TargetKind.PAGE, str(page)
    section = gateways.addresses().section(parts.path)
    if section in _NAMES and not parts.query:
        return TargetKind.SECTION, section
    require_page(parts.path, status=gateways.addresses().status)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if len(path) > _LONGEST_PATH:
        raise WrongAddressError(f"адрес длиннее {_LONGEST_PATH} знаков.")
    return TargetKind.PATH, path
