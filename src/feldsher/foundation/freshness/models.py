"""The marks: which transaction last changed what a name stands for."""

from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class Mark(models.Model):
    """`tag` is a kind (`price`) or an object of it (`price:<id of a branch>`).

    A second column, `changed_by xid8`, is the transaction that changed it last. Only the function
    `freshness_mark` writes here, so that Django need not know a type that it has no field for.
    """

    data_class = DataClass.PUBLIC

    tag = models.CharField(max_length=200, primary_key=True)

    class Meta:
        db_table = "freshness_mark"

    def __str__(self) -> str:
        return self.tag
