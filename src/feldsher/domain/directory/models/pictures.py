"""What every picture that staff upload has: its address, who put it there, and the files that pages show."""

from django.db import models

from feldsher.domain.directory.types.profile import PhotoType

_TYPES = [(kind.value, kind.value) for kind in PhotoType]


class StaffPicture(models.Model):
    """A picture; `digest` is the SHA-256 of its renditions, in hex: their address. `author` is a login."""

    digest = models.CharField(max_length=64)
    author = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.digest


class PictureRendition(models.Model):
    """A picture in one size and coding; `width` in points."""

    id = models.BigAutoField(primary_key=True)
    width = models.PositiveSmallIntegerField()
    type = models.CharField(max_length=4, choices=_TYPES)
    content = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.width}.{self.type}"
