"""Time at the edges: UTC inside, wall clocks outside.

A MIS sends the time that hangs on the clinic's wall, without a zone. `WallTime` keeps it as such,
together with the text as it came, until a Location's IANA zone turns it into an instant. Nothing
in the product holds a naive datetime.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SECONDS_A_DAY = 86_400
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


def now() -> datetime:
    """Return the current instant in UTC (the only place outside SQL that reads the clock)."""
    return datetime.now(tz=UTC)


@dataclass(frozen=True, slots=True, order=True)
class WallTime:
    """A day and the seconds since its midnight as a wall clock shows them; no zone.

    `seconds` may be 86,400 (24:00, the end of the day), except on the last day of the calendar. `text` is
    the source's own spelling and takes no part in comparison.
    """

    day: date
    seconds: int
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= SECONDS_A_DAY:
            raise ValueError(f"wall seconds out of a day: {self.seconds}")
        if self.day == date.max and self.seconds == SECONDS_A_DAY:
            raise ValueError(f"no instant for the end of {self.day}")

    @classmethod
    def parse(cls, text: str) -> "WallTime":
        """Read `yyyy-MM-ddTHH:mm[:ss]`; raises ValueError for anything else, an offset included."""
        found = _ISO.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"not a wall time: {text[:40]!r}")
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        if hour > 24 or minute > 59 or second > 59:  # noqa: PLR2004 - the limits of a clock face
            raise ValueError(f"not a wall time: {text[:40]!r}")
        return cls(date(year, month, day), hour * 3600 + minute * 60 + second, text.strip())

    def at(self, zone: ZoneInfo) -> datetime:
        """Return the instant in UTC.

        A time that a clock change skips moves forward by the gap; one that occurs twice means its
        first occurrence. Both follow PEP 495 with fold 0. Raises ValueError beyond the years that a
        datetime knows: 1С writes 0001-01-01 for "no date".
        """
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=zone)
        try:
            return (midnight + timedelta(seconds=self.seconds)).astimezone(UTC)
        except OverflowError as error:
            raise ValueError(f"no instant for {self.day}") from error

    def plus(self, seconds: int) -> "WallTime":
        """Return the wall time `seconds` later on the same clock face (no zone, so no clock change)."""
        days, rest = divmod(self.seconds + seconds, SECONDS_A_DAY)
        return WallTime(self.day + timedelta(days=days), rest)

    def iso(self) -> str:
        """Return `yyyy-MM-ddTHH:mm:ss`; 24:00 is the next day's midnight."""
        days, rest = divmod(self.seconds, SECONDS_A_DAY)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        return f"{(self.day + timedelta(days=days)).isoformat()}T{hours:02}:{minutes:02}:{seconds:02}"


def wall(instant: datetime, zone: ZoneInfo) -> WallTime:
    """Return what the clock on the wall in `zone` shows at `instant`."""
    local = instant.astimezone(zone)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return WallTime(local.date(), seconds, local.replace(tzinfo=None).isoformat(timespec="seconds"))


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which the local day begins and ends, in UTC."""
    return WallTime(day, 0).at(zone), WallTime(day + timedelta(days=1), 0).at(zone)


def full_years(birth: date, *, on: date) -> int:
    """Return the age in full years on a day; who was born on 29 February is older from 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
