"""Photographs of doctors: what staff uploaded, as pages show it."""

from typing import ClassVar

from django.db import models

from feldsher.domain.directory.models.pictures import PictureRendition, StaffPicture
from feldsher.domain.directory.models.records import Practitioner
from feldsher.foundation.privacy.data_class import DataClass


class PractitionerPhoto(StaffPicture):
    """A doctor's photograph."""

    data_class = DataClass.PUBLIC

    practitioner = models.OneToOneField(
        Practitioner, on_delete=models.PROTECT, primary_key=True, related_name="photo"
    )

    class Meta:
        db_table = "directory_photo"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest"], name="directory_photo_digest", opclasses=["varchar_pattern_ops"])
        ]


class PhotoRendition(PictureRendition):
    """The photograph in one size and coding."""

    data_class = DataClass.PUBLIC

    photo = models.ForeignKey(PractitionerPhoto, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        db_table = "directory_photo_rendition"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["photo", "width", "type"], name="directory_photo_rendition_once")
        ]
