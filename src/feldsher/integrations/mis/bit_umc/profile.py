"""The profile of one clinic's БИТ.УМЦ: what differs between installations, with the documented defaults.

What the contract marks as a guess, or what two sources spell differently, is a field here and never a
constant of the code. docs/integrations/bit_umc.md explains each field to the integrator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

SOAP_VERSIONS = ("1.2", "1.1")
FORMATS = ("XML", "JSON", "ZipXML", "ZipJSON")
SCHEDULES = ("GetSchedule20", "GetSchedule")
RESERVES = ("Reservation", "GetReserve")
CLINIC_KEYS = ("GUID", "Clinic")
_RANGES = {
    "hold_minutes": (1, 1440),
    "settle_seconds": (1, 3600),
    "max_window_days": (1, 366),
    "bulk_timeout": (1, 600),
    "max_megabytes": (1, 512),
    "connections": (1, 64),
}
_CHOICES = {
    "soap": SOAP_VERSIONS,
    "format": FORMATS,
    "schedule": SCHEDULES,
    "reserve": RESERVES,
    "nomenclature_clinic": CLINIC_KEYS,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One installation. Minutes, seconds, days and megabytes as the names say.

    `nomenclature_clinic` is the parameter of GetNomenclatureAndPrices that names the clinic. `busy_kinds` are
    identifiers of kinds of time (ВидВремени) that mean a client's visit; an empty kind always does.
    `bulk_timeout` is for reading the directory and whole schedules; None takes the ordinary timeout.
    """

    soap: str = "1.2"
    format: str = "XML"
    schedule: str = "GetSchedule20"
    reserve: str = "Reservation"
    nomenclature_clinic: str = "GUID"
    cyrillic_clinic: bool = False
    busy_kinds: tuple[str, ...] = ()
    hold_minutes: int = 15
    settle_seconds: int = 60
    max_window_days: int = 31
    bulk_timeout: int | None = None
    max_megabytes: int = 32
    connections: int = 8


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    known = [field.name for field in fields(Profile)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; known are: {', '.join(known)}")
    values = {name: _checked(name, value) for name, value in options.items()}
    profile = Profile(**values)
    if profile.schedule == "GetSchedule" and profile.format != "XML":
        raise ValueError("GetSchedule answers XML only: leave out format, or use GetSchedule20")
    return profile


def _checked(name: str, value: Any) -> Any:
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise ValueError(f"option {name} must be one of: {', '.join(_CHOICES[name])}")
        return value
    if name in _RANGES:
        least, most = _RANGES[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"option {name} must be a whole number from {least} to {most}")
        return value
    if name == "cyrillic_clinic":
        if not isinstance(value, bool):
            raise ValueError("option cyrillic_clinic must be true or false")
        return value
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"option {name} must be a list of identifiers")
    return tuple(item.lower() for item in value)
