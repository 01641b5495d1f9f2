"""What a clinic publishes of a doctor besides name and post (323-ФЗ art. 79; order 118н)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

PHOTO_WIDTHS: Final = (144, 264, 396)
"""Points across of a photograph's renditions: rows at two points a pixel, a doctor's page at two or three."""
PHOTO_RATIO: Final = (11, 13)
"""Width to height of the frame: 132 × 156, which the smaller frames of rows cut by a point or two."""
FEED_WIDTH: Final = PHOTO_WIDTHS[-1]
"""The rendition for others' programs, a JPEG."""


def photo_height(width: int) -> int:
    """Return the height of the frame at a width, in whole points."""
    across, down = PHOTO_RATIO
    return round(width * down / across)


class PhotoType(StrEnum):
    """How a rendition is coded; the value is the end of its address."""

    AVIF = "avif"
    WEBP = "webp"
    JPEG = "jpeg"


class PhotoFrame(StrEnum):
    """How much of a snapshot's width the frame takes, from its top: all, three quarters, a half."""

    WHOLE = "whole"
    CLOSER = "closer"
    CLOSEST = "closest"


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A rendition as it is served."""

    content: bytes
    type: PhotoType


@dataclass(frozen=True, slots=True)
class Education:
    """One line of a diploma: level («Специалитет»), institution, year of the end, speciality."""

    level: str
    institution: str
    year: int
    speciality: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A specialist's certificate or accreditation, good up to and with `until`."""

    title: str
    speciality: str
    until: date

    def is_good(self, day: date) -> bool:
        return day <= self.until


@dataclass(frozen=True, slots=True)
class Profile:
    """A doctor's profile with its effective values; empty where nobody says. `about` has paragraphs by lines.

    `career_start` is the year of the first work as a doctor. `certificates` holds those whose term is over,
    too: `good_certificates` are what may be shown. `earlier_ids`: rows that became this doctor by a merge,
    told by `profiled` alone.
    """

    about: str
    career_start: int | None
    degree: str
    rank: str
    category: str
    education: tuple[Education, ...]
    certificates: tuple[Certificate, ...]
    earlier_ids: tuple[UUID, ...] = ()

    def experience(self, day: date) -> int | None:
        """Return full years of work by the calendar's years; None where nobody says or it is the first."""
        return (day.year - self.career_start or None) if self.career_start else None

    def good_certificates(self, day: date) -> tuple[Certificate, ...]:
        return tuple(each for each in self.certificates if each.is_good(day))

    def expired_certificates(self, day: date) -> tuple[Certificate, ...]:
        return tuple(each for each in self.certificates if not each.is_good(day))
