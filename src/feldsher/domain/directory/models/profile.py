"""Photographs of doctors: what staff uploaded, as pages show it."""

from typing import ClassVar

from django.db import models

from feldsher.domain.directory.models.records import Practitioner
from feldsher.domain.directory.types.profile import PhotoType
from feldsher.foundation.privacy.data_class import DataClass

_TYPES = [(kind.value, kind.value) for kind in PhotoType]


class PractitionerPhoto(models.Model):
    """A doctor's photograph. `digest` is the SHA-256 of its renditions, in hex: their address."""

    data_class = DataClass.PUBLIC

    practitioner = models.OneToOneField(
        Practitioner, on_delete=models.PROTECT, primary_key=True, related_name="photo"
    )
    digest = models.CharField(max_length=64)
    author = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "directory_photo"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest"], name="directory_photo_digest", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.digest


class PhotoRendition(models.Model):
    """The photograph in one size and coding; `width` in points."""

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    photo = models.ForeignKey(PractitionerPhoto, on_delete=models.CASCADE, related_name="renditions")
    width = models.PositiveSmallIntegerField()
    type = models.CharField(max_length=4, choices=_TYPES)
    content = models.BinaryField()

    class Meta:
        db_table = "directory_photo_rendition"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["photo", "width", "type"], name="directory_photo_rendition_once")
        ]

    def __str__(self) -> str:
        return f"{self.width}.{self.type}"
