"""The marks: which transactions changed what a name stands for."""

from typing import Any

from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class TransactionId(models.Field):  # type: ignore[type-arg]  # Django's own takes no types at run time
    """The id of a transaction that never comes again (PostgreSQL's `xid8`); only SQL reads and writes it."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's own signature
        return "xid8"


class Mark(models.Model):
    """`tag` is a kind (`price`) or an object of it (`price:<id of a branch>`).

    `changed_by` is a transaction that changed it: the last one, and others only for as long as nobody has
    been able to take them away. Only the function `freshness_mark` writes here.
    """

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("tag", "changed_by")
    tag = models.CharField(max_length=200)
    changed_by = TransactionId()

    class Meta:
        db_table = "freshness_mark"

    def __str__(self) -> str:
        return self.tag
