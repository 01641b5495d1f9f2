"""Addresses of an old site that lead to pages of this one, as editors typed them."""

import uuid

from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class Redirect(models.Model):
    """An old address (a path, without its last slash) and the address of this site to which it leads.

    `author` is a login; `used_on` is the last day on which somebody came by it.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=500, unique=True)
    target = models.CharField(max_length=500)
    author = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
