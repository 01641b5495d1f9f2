"""Pictures of branches' maps: what staff uploaded, as pages show it."""

from typing import ClassVar

from django.db import models

from feldsher.domain.directory.models.pictures import PictureRendition, StaffPicture
from feldsher.domain.directory.models.records import Location
from feldsher.foundation.privacy.data_class import DataClass


class LocationMap(StaffPicture):
    """The picture of a branch's map; `height` is that of its widest rendition, in points."""

    data_class = DataClass.PUBLIC

    location = models.OneToOneField(Location, on_delete=models.PROTECT, primary_key=True, related_name="map")
    height = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "directory_map"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest"], name="directory_map_digest", opclasses=["varchar_pattern_ops"])
        ]


class MapRendition(PictureRendition):
    """The picture of a map in one size and coding."""

    data_class = DataClass.PUBLIC

    map = models.ForeignKey(LocationMap, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        db_table = "directory_map_rendition"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["map", "width", "type"], name="directory_map_rendition_once")
        ]
