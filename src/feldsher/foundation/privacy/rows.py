"""Groups of tables that row security closes, but for who has asked for them, for one transaction.

A policy in SQL reads the group's setting; `reach` sets it and the end of the transaction forgets it. A query
that somebody has written without asking finds nothing, and the manager says so instead of an empty list.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar, TypeVar

from django.db import connection, models, transaction

ALL = "all"
Row = TypeVar("Row", bound=models.Model)
_NOTHING: Mapping[str, str] = {}
_REACHED: ContextVar[Mapping[str, str]] = ContextVar("reached_rows", default=_NOTHING)
_SET = "SELECT coalesce(current_setting(%(name)s, true), ''), set_config(%(name)s, %(value)s, true)"


class OutOfReachError(RuntimeError):
    """Closed rows were asked for outside of `Rows.reach`: a mistake of whoever wrote the query."""


class Rows:
    """A group of tables with one setting of row security, `feldsher.<name>`."""

    def __init__(self, name: str) -> None:
        self.setting = f"feldsher.{name}"

    @contextmanager
    def reach(self, of: str = ALL) -> Iterator[None]:
        """Do the block in one transaction that reaches the rows, or only those of one id.

        A decorator, too.
        """
        is_inner = connection.in_atomic_block
        if is_inner and _REACHED.get().get(self.setting) == of:
            yield
            return
        with transaction.atomic():
            before = self._set(of)
            with self.told(of):
                yield
            if is_inner:
                self._set(before)

    @contextmanager
    def told(self, of: str = ALL) -> Iterator[None]:
        """Do the block knowing that its transaction has the setting: for who sets several at once."""
        token = _REACHED.set({**_REACHED.get(), self.setting: of})
        try:
            yield
        finally:
            _REACHED.reset(token)

    def require(self) -> None:
        """Raise OutOfReachError outside of `reach`."""
        if self.setting not in _REACHED.get():
            raise OutOfReachError(f"rows of {self.setting} are reached by Rows.reach only")

    def _set(self, value: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(_SET, {"name": self.setting, "value": value})
            before: str = cursor.fetchone()[0]
        return before


class ClosedManager(models.Manager[Row]):
    """The manager of a table of a group, which a subclass names; raises OutOfReachError."""

    rows: ClassVar[Rows]

    def get_queryset(self) -> models.QuerySet[Row]:
        self.rows.require()
        return super().get_queryset()


@contextmanager
def nothing_reached() -> Iterator[None]:
    """Do the block as a request or a job begins: with no rows in reach."""
    token = _REACHED.set(_NOTHING)
    try:
        yield
    finally:
        _REACHED.reset(token)
