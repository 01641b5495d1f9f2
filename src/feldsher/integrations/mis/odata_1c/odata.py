"""The standard OData interface of 1С: one table, all of its rows, a page at a time (OData v3, JSON).

Pages are no snapshot: the base works on while they are read, and 1С has neither a link to the next page nor a
comparison of references to go on from. So each page begins with the row that the one before ended with, every
row must be new, and every page must count the same. A row that moves across the place where we read, out of
the part that is still to come, breaks one of the three, and the reading is done anew.

A page shorter than was asked for is not yet the last, for a server may have bounds of its own: all has come
when as many rows have as were counted, and where nothing is counted, when a page brings nothing new.

`allowedOnly` is never sent: with it 1С leaves out, silently, what the user may not see, and a visit that we
don't see is a time that we would sell. Without it such a reading is an error.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from feldsher.foundation.egress.client import HttpClient, LostError, Reply
from feldsher.integrations.mis.odata_1c.mapping import Table, Told, canonical
from feldsher.integrations.mis.odata_1c.values import GUID
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row, as_row, read_object

PLACE = "/odata/standard.odata/"
MOST_ROWS = 2_000_000
_OK = 200
_LONGEST_WORDS = 200
_COUNT = re.compile(r"[0-9]{1,18}")
_HEADERS = {"Accept": "application/json", "Cache-Control": "no-cache"}
_Made = TypeVar("_Made")


class RefusedError(Exception):
    """1С, or the web server before it, answered a question with an error; the text is for staff."""


class ChangedError(BadAnswerError):
    """The rows changed while their pages were read."""


class Deadline:
    """When a reading of several requests must end."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; raises LostError when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise LostError("the reading took too long")
        return left


class OData:
    """Thread-safe."""

    def __init__(self, transport: HttpClient, *, page: int, form: str) -> None:
        self._transport = transport
        self._page = page
        self._form = form

    def rows(
        self, table: Table, deadline: Deadline, *, fields: frozenset[str], condition: str = "", at: str = ""
    ) -> Iterator[Row]:
        """Yield the rows with these fields and those of the key, without what is marked for deletion.

        `condition` narrows the table besides its own equalities; `at` is the moment of the newest rows.
        Raises NotSentError, LostError, RefusedError, BadAnswerError, and ChangedError in the middle of it.
        """
        selected = [*dict.fromkeys([*table.key, *sorted(fields)])]
        if table.has_deletion_mark:
            selected.append("DeletionMark")
        path = _path(table, at)
        query = {
            "$format": self._form,
            "$select": ",".join(selected),
            "$filter": " and ".join(filter(None, [equalities(table.where), condition])),
            "$orderby": ",".join(table.key),
            "$inlinecount": "allpages",
        }
        for row in self._all(table, lambda span: self._ask(path, query | span, deadline)):
            if row.get("DeletionMark") is not True:
                yield row

    def _all(self, table: Table, ask: Callable[[dict[str, str]], Row]) -> Iterator[Row]:
        """Yield what all pages bring; see the head of this module."""
        seen: set[int] = set()
        last: tuple[str, ...] | None = None
        total: int | None = None
        while True:
            skip = max(len(seen) - 1, 0)
            page, counted = _page(ask({"$top": str(self._page), "$skip": str(skip)}))
            if max(counted or 0, len(seen)) > MOST_ROWS:
                raise BadAnswerError(f"{table.entity} has over {MOST_ROWS} rows")
            if last is None:
                total = counted
            elif counted != total or not page or _key(table, page[0]) != last:
                raise ChangedError("rows changed while they were read")
            fresh = page if last is None else page[1:]
            for row in fresh:
                last = _key(table, row)
                if hash(last) in seen:
                    raise ChangedError("a row came twice")
                seen.add(hash(last))
                yield row
            if not fresh or len(seen) == total:
                break
        if total is not None and len(seen) != total:
            raise ChangedError(f"{len(seen)} rows came of {total}")

    def _ask(self, path: str, query: Mapping[str, str], deadline: Deadline) -> Row:
        asked = "&".join(f"{name}={quote(value, safe='$')}" for name, value in query.items() if value)
        reply = self._transport.send(
            "GET", b"", headers=_HEADERS, seconds=deadline.left(), path=f"{PLACE}{path}?{asked}"
        )
        if reply.status != _OK:
            raise RefusedError(_words(reply))
        told = read_object(reply.body)
        if "odata.error" in told:
            raise RefusedError(_words(reply))
        return told


def steadily(read: Callable[[], _Made]) -> _Made:
    """Return what a reading brings; one during which the rows changed is done once more."""
    try:
        return read()
    except ChangedError:
        return read()


def literal(value: Told) -> str:
    """Return a value as a condition spells it; an enumeration is text."""
    if isinstance(value, bool | int):
        return canonical(value)
    if GUID.fullmatch(value):
        return f"guid'{value}'"
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def equalities(values: Mapping[str, Told]) -> str:
    return " and ".join(f"{name} eq {literal(value)}" for name, value in values.items())


def _path(table: Table, at: str) -> str:
    path = quote(table.entity)
    return f"{path}/SliceLast(Period=datetime'{at}')" if table.slice_last else path


def _key(table: Table, row: Row) -> tuple[str, ...]:
    try:
        return tuple(canonical(row[name]) for name in table.key)
    except KeyError as error:
        raise BadAnswerError(f"{table.entity} has a row without {error}") from None


def _page(told: Row) -> tuple[list[Row], int | None]:
    """Return the rows of a page, and how many rows there are in all, where it says so."""
    found = told.get("value")
    if not isinstance(found, list):
        raise BadAnswerError("value is no list")
    if any(name.endswith("nextLink") for name in told):
        raise BadAnswerError("a part of a page, with a link to the rest")
    counted: Any = told.get("odata.count")
    if counted is not None and not (isinstance(counted, int | str) and _COUNT.fullmatch(str(counted))):
        raise BadAnswerError("odata.count is no number")
    return [as_row(row, "a row") for row in found], None if counted is None else int(counted)


def _words(reply: Reply) -> str:
    """Return the status, and what 1С says beside it: its code and its words."""
    try:
        error = as_row(read_object(reply.body).get("odata.error"), "an error")
        message = as_row(error.get("message"), "a message")
        said = " ".join(f"{error.get('code', '')} {message.get('value', '')}".split())
    except BadAnswerError:
        return f"HTTP {reply.status}"
    return f"HTTP {reply.status}, 1С says: {said[:_LONGEST_WORDS]}"
