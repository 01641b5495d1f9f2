"""The profile of one clinic's БИТ.УМЦ: what differs between installations, with the documented defaults.

What the contract marks as a guess, or what two sources spell differently, is a field here and never a
constant of the code. docs/integrations/bit_umc.md explains each field to the integrator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feldsher.integrations.mis.profiles import BOUNDS, Bounds, choice, flag, line, refuse_unknown, whole

DOORS = ("soap", "http")
SOAP_VERSIONS = ("1.2", "1.1")
FORMATS = {"soap": ("XML", "JSON", "ZipXML", "ZipJSON"), "http": ("JSON", "ZipXML", "ZipJSON")}
SCHEDULES = ("GetSchedule20", "GetSchedule")
RESERVES = ("Reservation", "GetReserve")
CLINIC_KEYS = ("GUID", "Clinic")
_RANGES = BOUNDS | {
    "hold_minutes": (1, 1440),
    "max_window_days": (1, 366),
}
_CHOICES = {
    "door": DOORS,
    "soap": SOAP_VERSIONS,
    "schedule": SCHEDULES,
    "reserve": RESERVES,
    "nomenclature_clinic": CLINIC_KEYS,
}


_OF_ONE_DOOR = {"soap": "soap", "reserve": "soap", "key": "http"}


@dataclass(frozen=True, slots=True)
class Profile(Bounds):
    """One installation. Minutes, seconds, days and megabytes as the names say.

    `key` is that of an exchange setting (secret). `format` is of the schedule; the first of a door's formats
    is what it speaks unasked. `nomenclature_clinic` is the parameter of GetNomenclatureAndPrices that names
    the clinic. `busy_kinds` are identifiers of kinds of time (ВидВремени) that mean a client's visit; an
    empty kind always does. `bulk_timeout` is for reading the directory and whole schedules; None takes the
    ordinary timeout.
    """

    door: str = "soap"
    key: str = field(default="", repr=False)
    soap: str = "1.2"
    format: str = "XML"
    schedule: str = "GetSchedule20"
    reserve: str = "Reservation"
    nomenclature_clinic: str = "GUID"
    cyrillic_clinic: bool = False
    busy_kinds: tuple[str, ...] = ()
    hold_minutes: int = 15

    @property
    def usual_format(self) -> str:
        return FORMATS[self.door][0]


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    refuse_unknown(options, Profile)
    door = _checked("door", options.get("door", "soap"))
    for name in options:
        if _OF_ONE_DOOR.get(name, door) != door:
            raise ValueError(f"option {name} is for the door {_OF_ONE_DOOR[name]}, and this is {door}")
    if door == "http" and not options.get("key"):
        raise ValueError("the door http needs the option key: the API key of the exchange setting")
    values = {name: _checked(name, value, door=door) for name, value in options.items()}
    profile = Profile(**{"format": FORMATS[door][0], **values})
    if profile.schedule == "GetSchedule" and profile.format != profile.usual_format:
        raise ValueError(
            f"GetSchedule answers {profile.usual_format} only: leave out format, or use GetSchedule20"
        )
    return profile


def _checked(name: str, value: Any, *, door: str = "soap") -> Any:
    choices = FORMATS[door] if name == "format" else _CHOICES.get(name)
    if choices is not None:
        return choice(name, value, choices)
    if name == "key":
        return line(name, value)
    if name in _RANGES:
        return whole(name, value, *_RANGES[name])
    if name == "cyrillic_clinic":
        return flag(name, value)
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"option {name} must be a list of identifiers")
    return tuple(item.lower() for item in value)
