"""Redirects of old addresses: typed by editors, several at once; followed where the site has no page."""

import csv
from collections.abc import Callable, Iterator
from functools import cache
from io import StringIO
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.db import connection, transaction

from feldsher.domain.editorial import gateways
from feldsher.domain.editorial.models import Redirect, shown
from feldsher.domain.editorial.services.addressing import (
    LONGEST,
    NOTHING,
    WrongAddressError,
    require_own,
    require_page,
    split,
)
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

MOST_AT_ONCE: Final = 200
MOST: Final = 2000
_MOST_FAULTS: Final = 10
_LOCK: Final = 0x0ED17EC7  # any constant that no other lock of the product uses


def add_redirects(text: str, *, staff: Staff) -> int:
    """Add a redirect a line (`old;new`, also by comma or tabulator), all or none; returns how many.

    An address is a path, or a whole address: of the old one only the path counts, the new one is a page of
    this site. An old address that is there already is led anew. InvalidInputError (`lines`) names each line
    that is wrong: an old address where the site has a page, a new one where it has none, a loop, a chain.
    """
    require(staff, Action.EDIT_PAGES)
    rows = list(_rows(text))
    if len(rows) > MOST_AT_ONCE:
        raise _refusal([f"За\u00a0один раз — не больше {MOST_AT_ONCE} строк. Разделите список."])
    status = cache(gateways.addresses().status)  # many old addresses lead to one page: it is drawn once
    pairs: dict[str, str] = {}
    faults: list[str] = []
    for number, line in rows:
        try:
            source, target = _pair(line, status=status)
        except WrongAddressError as error:
            faults.append(f"Строка {number}: {error}")
            continue
        if source in pairs:
            faults.append(f"Строка {number}: адрес {source} уже есть выше. Оставьте одну строку.")
        pairs[source] = target
    if not pairs and not faults:
        faults.append("Напишите хотя бы одну строку: старый адрес; новый адрес.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        faults += _chains(pairs)
        if faults:
            raise _refusal(faults)
        for source, target in pairs.items():
            said = {"target": target, "author": staff.login, "added_at": clock.now(), "used_on": None}
            Redirect.objects.update_or_create(source=source, defaults=said)
        if Redirect.objects.count() > MOST:
            raise _refusal(
                [f"Перенаправлений больше {MOST}. Удалите те, по\u00a0которым никто не\u00a0приходит."]
            )
    return len(pairs)


def remove_redirect(redirect: UUID, *, staff: Staff) -> None:
    """Remove a redirect; twice is once."""
    require(staff, Action.EDIT_PAGES)
    Redirect.objects.filter(pk=redirect).delete()


def follow(path: str) -> str | None:
    """Return where a path without a page leads, None where nowhere; the day is noted, once a day.

    For whoever would answer 404: a page that exists comes before any redirect. One query, two once a day.
    """
    if not path.isprintable():
        return None  # no redirect has such an address, and the database takes no NUL
    row = Redirect.objects.filter(source=_plain(path)).values_list("pk", "target", "used_on").first()
    if row is None:
        return None
    key, target, used_on = row
    today = shown.today()
    if used_on != today:
        Redirect.objects.filter(pk=key).update(used_on=today)
    return str(target)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.strip():
            mark = next((mark for mark in (";", "\t", ",") if mark in line), ";")
            yield number, [cell.strip() for cell in next(csv.reader(StringIO(line), delimiter=mark))]


def _pair(cells: list[str], *, status: Callable[[str], int]) -> tuple[str, str]:
    if len(cells) != 2 or not all(cells):  # noqa: PLR2004 - an old address and a new one
        raise WrongAddressError("нужны два адреса через точку с\u00a0запятой: /staraya/; /novaya/.")
    old, new = (split(cell) for cell in cells)
    source, target = _plain(old.path), new.path + (f"?{new.query}" if new.query else "")
    if old.query:
        raise WrongAddressError(
            "в\u00a0старом адресе не\u00a0нужны «?» и\u00a0то, что после него: ведёт сам путь."
        )
    require_own(new)
    if source == _plain(new.path):
        raise WrongAddressError("адрес ведёт сам на\u00a0себя.")
    if status(source) != NOTHING or status(f"{source}/") != NOTHING:
        raise WrongAddressError(
            f"по\u00a0адресу {source} сайт уже отвечает. Перенаправить можно только тот, где ничего нет."
        )
    require_page(new.path, status=status)
    return source, target


def _plain(path: str) -> str:
    """Return a path as redirects are kept by: decoded, without its last slash."""
    return unquote(path).rstrip("/")[:LONGEST] or "/"


def _chains(pairs: dict[str, str]) -> list[str]:
    """Return what would lead from one redirect to another, with those that are there already."""
    kept = dict(Redirect.objects.exclude(source__in=pairs).values_list("source", "target"))
    every = kept | pairs
    found = []
    for source, target in every.items():
        through = _plain(urlsplit(target).path)
        if through in every and (source in pairs or through in pairs):
            found.append(
                f"{source} ведёт на\u00a0{through}, а\u00a0тот — на\u00a0{every[through]}. "
                f"Ведите {source} сразу туда."
            )
    return found


def _refusal(faults: list[str]) -> InvalidInputError:
    more = len(faults) - _MOST_FAULTS
    said = faults[:_MOST_FAULTS] + ([f"И\u00a0ещё строк с\u00a0ошибками: {more}."] if more > 0 else [])
    return InvalidInputError(f"redirects: {len(faults)} faults", fields={"lines": " ".join(said)})
