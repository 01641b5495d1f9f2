"""What the last bulk file of branches said, per target."""

from typing import Any

from django.db import models

from feldsher.domain.directory.types.exports import ExportTarget
from feldsher.foundation.privacy.data_class import DataClass

_TARGETS = [(target.value, target.value) for target in ExportTarget]


class BranchExport(models.Model):
    """The last file for a target: branches as they went (`facts`: {id: {field: text}}), by whom and when."""

    data_class = DataClass.PUBLIC

    target = models.CharField(max_length=16, choices=_TARGETS, primary_key=True)
    facts: "models.JSONField[Any, Any]" = models.JSONField()
    author = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "directory_branch_export"

    def __str__(self) -> str:
        return self.target
