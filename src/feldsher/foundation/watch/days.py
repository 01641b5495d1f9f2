"""Days and hours of the clinic: what is night, and when nobody is expected at work.

Days off that the government moves from year to year are not known here: on a moved one the clinic is either
open, and colleagues are at work, or closed, and a look at patients is worth a question.
"""

from datetime import date, datetime

from feldsher.foundation.clocks import clinic_zone
from feldsher.kernel.workdays import is_holiday

NIGHT_FROM, NIGHT_UNTIL = 22, 6
_SUNDAY = 6


def is_night(instant: datetime) -> bool:
    hour = instant.astimezone(clinic_zone()).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def is_rest(day: date) -> bool:
    """Return whether the day is a Sunday or a holiday; a Saturday is a day of work."""
    return day.weekday() == _SUNDAY or is_holiday(day)
