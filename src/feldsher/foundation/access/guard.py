"""The manager of personal and medical tables: outside of a context it asks the database nothing.

Row security would answer with no rows there, and an empty list looks like the truth.
"""

from typing import TypeVar

from django.db import models

from feldsher.foundation.access.context import current

Row = TypeVar("Row", bound=models.Model)


class GuardedManager(models.Manager[Row]):
    """Raises NoContextError outside of an `access_context`."""

    def get_queryset(self) -> models.QuerySet[Row]:
        current()
        return super().get_queryset()
