"""The profile of one ИНФОКЛИНИКА: what differs between installations, with the documented defaults.

What the contract marks as a guess, and what two sources say differently, is a field here and never a constant
of the code. docs/integrations/infoclinica.md explains each field to the integrator.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from feldsher.integrations.mis.profiles import BOUNDS, Bounds, choice, flag, line, refuse_unknown, whole

BOOKED, MOVED, CANCELLED = "booked", "moved", "cancelled"
_CHOICES = {
    "auth": ("oauth2", "certificate"),
    "grant": ("password", "client_credentials"),
    "secret": ("derived", "raw"),
    "secret_type": (0, 1),
    "patient_login": ("phone", "email"),
    "phone_style": ("brackets", "e164", "digits"),
    "gender": ("patronymic", "omit"),
}
_RANGES = BOUNDS | {
    "token_minutes": (1, 1440),
    "step_minutes": (5, 120),
    "auth_mode": (0, 99),
    "check_mode": (0, 99),
    "doctors_at_once": (1, 1000),
    "max_window_days": (1, 366),
}
_WORDS = (
    "taken_words",
    "referral_words",
    "age_words",
    "conflict_words",
    "cancelled_words",
    "absent_words",
)
_LINES = (
    "client_id",
    "client_secret",
    "scope",
    "sender",
    "forwarded_host",
    "certificate",
    "key",
    "authorities",
)
_NUMBERS = ("free_types", "online_modes")
_FLAGS = ("web_only",)
_OF_OAUTH2 = (
    "client_id",
    "client_secret",
    "grant",
    "scope",
    "secret",
    "secret_type",
    "clock_zone",
    "token_minutes",
)
_OF_CERTIFICATE = ("certificate", "key", "authorities")
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def is_id(text: str) -> bool:
    """Say whether a text can be an identifier of ИНФОКЛИНИКА: all of them are whole numbers."""
    return _NUMBER.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Profile(Bounds):
    """One installation. Minutes, seconds, days and megabytes as the names say.

    `clock_zone` is the zone of whose wall time the secret is derived. `sender` is MSH.3. `branches` are the
    FILIAL that this gateway serves, none for all; `home_branch` (MSH.99) does what belongs to no branch.
    `*_words` are beginnings or pieces of the MIS's own words, compared in small letters. `change_operations`
    tells what a CHANGEOP means. `bulk_timeout` is for the directory and whole schedules; None takes the
    ordinary timeout.
    """

    auth: str = "oauth2"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    grant: str = "password"
    scope: str = ""
    secret: str = "derived"  # noqa: S105 - how the secret is made, not a secret
    secret_type: int = 0
    clock_zone: str = "Europe/Moscow"
    token_minutes: int = 10
    certificate: str = ""
    key: str = ""
    authorities: str = ""
    forwarded_host: str = ""
    sender: str = ""
    branches: tuple[str, ...] = ()
    home_branch: str = ""
    web_only: bool = True
    step_minutes: int = 15
    free_types: tuple[int, ...] = (1,)
    online_modes: tuple[int, ...] = (0, 1)
    auth_mode: int | None = 4
    taken_words: tuple[str, ...] = ("время занято", "недавно занято")
    referral_words: tuple[str, ...] = ("направлени",)
    age_words: tuple[str, ...] = ("возраст",)
    conflict_words: tuple[str, ...] = ("уже записан", "другая запись")
    cancelled_words: tuple[str, ...] = ("уже отменена", "already cancelled")
    absent_words: tuple[str, ...] = ("не найден",)
    patient_login: str = "phone"
    check_mode: int = 11
    phone_style: str = "brackets"
    gender: str = "patronymic"
    change_operations: Mapping[str, str] = field(
        default_factory=lambda: {"0": BOOKED, "1": MOVED, "2": CANCELLED}
    )
    doctors_at_once: int = 50


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    refuse_unknown(options, Profile)
    profile = Profile(**{name: _checked(name, value) for name, value in options.items()})
    foreign = _OF_CERTIFICATE if profile.auth == "oauth2" else _OF_OAUTH2
    for name in options:
        if name in foreign:
            other = "certificate" if profile.auth == "oauth2" else "oauth2"
            raise ValueError(f"option {name} is for auth {other}, and this is {profile.auth}")
    needed = ("client_id", "client_secret") if profile.auth == "oauth2" else ("certificate", "key")
    for name in needed:
        if not getattr(profile, name):
            raise ValueError(f"auth {profile.auth} needs the option {name}")
    if profile.secret_type == 1 and not profile.scope:
        raise ValueError("secret_type 1 is derived from the scope: give the option scope")
    return profile


def _checked(name: str, value: Any) -> Any:
    if name in _CHOICES:
        return choice(name, value, _CHOICES[name])
    if name in _RANGES:
        is_left_out = value is None and name in {"auth_mode", "bulk_timeout"}
        return None if is_left_out else whole(name, value, *_RANGES[name])
    if name in _LINES:
        return line(name, value)
    if name in _FLAGS:
        return flag(name, value)
    if name in _WORDS:
        return _words(name, value)
    return _READERS[name](value)


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and item.strip() for item in value
    ):
        raise ValueError(f"option {name} must be a list of words")
    return tuple(item.strip().lower() for item in value)


def _numbers(name: str, value: Any) -> tuple[int, ...]:
    is_list = isinstance(value, list | tuple) and len(value) > 0
    if not is_list or not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
        raise ValueError(f"option {name} must be a list of whole numbers")
    return tuple(value)


def _branches(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and is_id(item) for item in value
    ):
        raise ValueError('option branches must be a list of FILIAL, each in quotes: ["1", "2"]')
    return tuple(value)


def _home_branch(value: Any) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise ValueError('option home_branch must be a FILIAL in quotes: "1"')
    return value


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, TypeError, AttributeError, OSError):
        raise ValueError("option clock_zone must be an IANA zone such as Europe/Moscow") from None


def _operations(value: Any) -> Mapping[str, str]:
    kinds = {BOOKED, MOVED, CANCELLED}
    if not isinstance(value, Mapping) or not value or not set(map(str, value.values())) <= kinds:
        raise ValueError(
            f"option change_operations must map a CHANGEOP to one of: {', '.join(sorted(kinds))}"
        )
    return {str(code): str(kind) for code, kind in value.items()}


_READERS = {
    "free_types": lambda value: _numbers("free_types", value),
    "online_modes": lambda value: _numbers("online_modes", value),
    "branches": _branches,
    "home_branch": _home_branch,
    "clock_zone": _zone,
    "change_operations": _operations,
}
