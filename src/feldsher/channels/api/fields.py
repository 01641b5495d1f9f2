"""What one field of a call may be: names, phones, days and hours, each within its bounds."""

import re
from datetime import date, time, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from feldsher.kernel import clock

NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
NO_CONTROL_BUT_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_HOUR = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OLDEST_BIRTH = date(1900, 1, 1)
_FARTHEST_DAYS = 400

Channel = Literal["site", "mobile", "telegram", "widget", "api"]
CHANNELS: tuple[str, ...] = get_args(Channel)
AppointmentState = Literal[
    "held", "expired", "released", "confirming", "booked", "rejected", "cancelling", "cancelled", "moved",
    "arrived", "fulfilled", "noshow",
]  # fmt: skip
Name = Annotated[str, Field(max_length=100, pattern=NO_CONTROL)]
FilledName = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_CONTROL)]
Phone = Annotated[str, Field(min_length=1, max_length=40, pattern=NO_CONTROL)]
Purpose = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
Slug = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_CONTROL)]


def _iso_day(value: object) -> object:
    # pydantic would also take a number for a date.
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("iso_day", "not yyyy-mm-dd")


def _birth_day(value: date) -> date:
    if _OLDEST_BIRTH <= value <= clock.now().date() + timedelta(days=1):
        return value
    raise PydanticCustomError("day_range", "no such birth date")


def _near_day(value: date) -> date:
    today = clock.now().date()
    if today - timedelta(days=1) <= value <= today + timedelta(days=_FARTHEST_DAYS):
        return value
    raise PydanticCustomError("day_range", "no schedule has this day")


def _wall_time(value: object) -> object:
    # pydantic would also take a number, and a time with an offset.
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _HOUR.fullmatch(value):
        return time.fromisoformat(value)
    raise PydanticCustomError("wall_time", "not hh:mm")


def blank_is_none(value: object) -> object:
    """Take an empty string for nothing said."""
    return None if value == "" else value


BirthDay = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_birth_day)]
WallTime = Annotated[
    time, BeforeValidator(_wall_time), WithJsonSchema({"type": "string", "pattern": _HOUR.pattern})
]
IsoDay = Annotated[date, BeforeValidator(_iso_day)]
ScheduleDay = Annotated[IsoDay, AfterValidator(_near_day)]
