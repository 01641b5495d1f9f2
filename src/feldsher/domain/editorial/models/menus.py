"""Menus as editors arranged them, and what of them pages show.

What is shown stands in the brand (directory), which each page reads anyway. Whoever saves a menu, or puts a
page live, renames it, takes it down or deletes it, writes it anew in the same transaction: no line leads to
what is not there.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.db import connection, models
from wagtail.models import Page

from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types.brand import MenuEntry, Menus
from feldsher.domain.editorial.models import shown
from feldsher.domain.editorial.types import MenuLine, PageKind, TargetKind, is_closed
from feldsher.foundation.privacy.data_class import DataClass

_LOCK: Final = 0x0ED17E37  # any constant that no other lock of the product uses
_KINDS: Final = frozenset(kind.value for kind in PageKind)


class Menu(models.Model):
    """A version of a menu: the one of the highest number holds, earlier ones say who changed what.

    `lines` are `[title, kind of target, value]`; `gone` those of its paths where nothing stands any more.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.CharField(max_length=6)
    number = models.PositiveIntegerField()
    lines = models.JSONField()
    gone = models.JSONField(default=list)
    author = models.CharField(max_length=64)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["place", "number"], name="editorial_menu_version")
        ]

    def __str__(self) -> str:
        return f"{self.place}, {self.number}"

    def arranged(self) -> tuple[MenuLine, ...]:
        return tuple(MenuLine(title, TargetKind(kind), value) for title, kind, value in self.lines)


@dataclass(frozen=True, slots=True)
class Targets:
    """What stands on the site now: pages by id with address and title, kinds that have any, dead paths."""

    pages: dict[str, tuple[str, str]]
    kinds: frozenset[str]
    gone: frozenset[str]

    def entry(self, line: MenuLine) -> MenuEntry | None:
        """Return what pages show of a line, None where it would lead nowhere."""
        if line.kind is TargetKind.PAGE:
            address, _ = self.pages.get(line.value, ("", ""))
            return MenuEntry(line.title, path=address) if address else None
        if line.kind is TargetKind.PATH:
            return None if line.value in self.gone else MenuEntry(line.title, path=line.value)
        is_empty = line.value in _KINDS and line.value not in self.kinds
        return None if is_empty or is_closed(line.value) else MenuEntry(line.title, section=line.value)


def hold() -> None:
    """Let one transaction at a time change what menus show; to be taken before anything of it is read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def newest() -> dict[str, Menu]:
    """Return the menus that hold, by place. One query."""
    return {row.place: row for row in Menu.objects.order_by("place", "-number").distinct("place")}


def targets(lines: Collection[MenuLine], *, gone: Iterable[str] = (), without: int | None = None) -> Targets:
    """Return what stands behind lines, as if the page `without` were not there. At most two queries."""
    ids = [line.value for line in lines if line.kind is TargetKind.PAGE]
    live = Page.objects.live().filter(depth=shown.FLOOR).exclude(pk=without)
    rows = live.filter(pk__in=ids).values_list("pk", "url_path", "title") if ids else ()
    needs_kinds = any(line.kind is TargetKind.SECTION and line.value in _KINDS for line in lines)
    kinds = {path.split("/")[1] for path in live.values_list("url_path", flat=True)} if needs_kinds else ()
    return Targets(
        pages={str(key): (path, title) for key, path, title in rows},
        kinds=frozenset(kinds),
        gone=frozenset(gone),
    )


def show(*, without: int | None = None) -> None:
    """Write what pages show of the menus, under `hold`."""
    rows = newest()
    every = [line for row in rows.values() for line in row.arranged()]
    found = targets(every, gone=[path for row in rows.values() for path in row.gone], without=without)
    entries = {
        place: tuple(entry for line in row.arranged() if (entry := found.entry(line)))
        for place, row in rows.items()
    }
    directory.show_menus(Menus(**entries), author=next((row.author for row in rows.values()), ""))


def follow(row: Any, *, is_deleted: bool = False) -> None:
    """Bring menus to a page that has just been saved or is being deleted.

    An editor may be saving the first menu of all, with this page in it: whether there is any is asked under
    the lock, too.
    """
    hold()
    if Menu.objects.exists():
        show(without=row.pk if is_deleted else None)
