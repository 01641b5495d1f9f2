"""Whose clock is meant where no branch is."""

from zoneinfo import ZoneInfo

from django.conf import settings

from feldsher.kernel import formats


def clinic_zone() -> ZoneInfo:
    """Return the zone of the clinic as a whole: FELDSHER_DEFAULT_ZONE, else Moscow's."""
    return ZoneInfo(settings.FELDSHER_DEFAULT_ZONE or formats.MOSCOW)
