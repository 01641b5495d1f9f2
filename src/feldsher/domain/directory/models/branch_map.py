"""Pictures of branches' maps: what staff uploaded, as pages show it."""

from typing import ClassVar

from django.db import models

from feldsher.domain.directory.models.records import Location
from feldsher.domain.directory.types.profile import PhotoType
from feldsher.foundation.privacy.data_class import DataClass

_TYPES = [(kind.value, kind.value) for kind in PhotoType]


class LocationMap(models.Model):
    """The picture of a branch's map. `digest` is the SHA-256 of its files, in hex: their address."""

    data_class = DataClass.PUBLIC

    location = models.OneToOneField(Location, on_delete=models.PROTECT, primary_key=True, related_name="map")
    digest = models.CharField(max_length=64)
    height = models.PositiveSmallIntegerField()
    author = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "directory_map"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest"], name="directory_map_digest", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.digest


class MapRendition(models.Model):
    """The picture in one size and coding; `width` in points."""

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    map = models.ForeignKey(LocationMap, on_delete=models.CASCADE, related_name="renditions")
    width = models.PositiveSmallIntegerField()
    type = models.CharField(max_length=4, choices=_TYPES)
    content = models.BinaryField()

    class Meta:
        db_table = "directory_map_rendition"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["map", "width", "type"], name="directory_map_rendition_once")
        ]

    def __str__(self) -> str:
        return f"{self.width}.{self.type}"
