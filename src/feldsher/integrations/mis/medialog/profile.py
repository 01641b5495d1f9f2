"""The profile of one clinic's МЕДИАЛОГ: what differs between installations, with the documented defaults.

No WSDL of the exchange is public and its list of events is known in part (contract §2.1): whatever was not
seen on a wire is a field here and never a constant of the code. docs/integrations/medialog.md explains each
field to the integrator.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from feldsher.integrations.mis.profiles import BOUNDS, Bounds, choice, flag, refuse_unknown, whole

AA = "AA"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_CHOICES = {
    "carrier": ("soap", "http"),
    "soap": ("1.1", "1.2"),
    "encoding": ("utf-8", "windows-1251"),
    "slots": ("cells", "tickets"),
    "slots_scope": ("schedule", "clinic"),
    "second_signal": ("none", "days"),
}
_RANGES = BOUNDS | {"cell_minutes": (0, 720), "max_window_days": (2, 366), "connections": (1, 32)}
_OF_SOAP = frozenset({"soap", "namespace", "operation", "parameter", "result", "soap_action"})
_NAMES = frozenset({
    "operation", "parameter", "result", "cancel_event", "visits_event", "patient_event", "reference_field",
})  # fmt: skip
_MAY_BE_EMPTY = frozenset({"cancel_event", "visits_event", "patient_event", "reference_field", "soap_action"})
_LISTS = frozenset({"refusals", "taken_words", "gone_words", "left_out"})
_AS_THEY_ARE = frozenset({"refusals", "left_out"})
_MAPS = frozenset({"clinics", "names", "extra"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Bounds):
    """One installation. Minutes, seconds, days and megabytes as the names say.

    `clinics` are the names of the branches by CLINIC_CODE. `names` spells a field as this clinic does;
    `extra` are fields that every QUERY_INFO carries. `left_out` are schedules (PL_SUBJ_ID) that are not the
    site's. `cell_minutes` 0: each slot tells its own length. An empty event is one that this clinic doesn't
    have. `refusals` are the codes after which nothing was written. `bulk_timeout` is for one request of a
    whole reading; None takes the ordinary timeout.
    """

    clinics: Mapping[str, str]
    carrier: str = "soap"
    soap: str = "1.1"
    namespace: str = "urn:feldsher:medialog"
    operation: str = "Exchange"
    parameter: str = "message"
    result: str = "result"
    soap_action: str = "urn:feldsher:medialog#Exchange"
    encoding: str = "utf-8"
    web_user: str = "web"
    extra: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    slots: str = "cells"
    slots_scope: str = "schedule"
    cell_minutes: int = 0
    second_signal: str = "none"
    cancel_event: str = ""
    cancel_is_silent: bool = False
    gone_words: tuple[str, ...] = ()
    visits_event: str = ""
    patient_event: str = ""
    reference_field: str = ""
    refusals: tuple[str, ...] = ("AE", "AR")
    taken_words: tuple[str, ...] = ()
    max_megabytes: int = 8
    connections: int = 4

    def spelt(self, name: str) -> str:
        """Return a field as this clinic spells it."""
        return self.names.get(name, name)


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    refuse_unknown(options, Profile)
    if not options.get("clinics"):
        raise ValueError("the option clinics is needed: the name of each branch by its CLINIC_CODE")
    profile = Profile(**{name: _checked(name, value) for name, value in options.items()})
    if profile.carrier != "soap":
        for name in sorted(_OF_SOAP & set(options)):
            raise ValueError(f"option {name} is for the carrier soap, and this is {profile.carrier}")
    if AA in profile.refusals:
        raise ValueError("option refusals can't have AA: it is the code of success")
    if not profile.cancel_event and (profile.cancel_is_silent or profile.gone_words):
        raise ValueError("options cancel_is_silent and gone_words need the option cancel_event")
    if profile.reference_field and not profile.visits_event:
        raise ValueError("option reference_field needs the option visits_event, which reads it back")
    if profile.visits_event and not profile.patient_event:
        raise ValueError("option visits_event needs the option patient_event: visits are asked by the card")
    return profile


def _checked(name: str, value: Any) -> Any:
    if name in _CHOICES:
        return choice(name, value, _CHOICES[name])
    if name in _RANGES:
        return whole(name, value, *_RANGES[name])
    if name == "cancel_is_silent":
        return flag(name, value)
    if name in _LISTS:
        return _words(name, value)
    if name in _MAPS:
        return _map(name, value)
    return _line(name, value)


def _line(name: str, value: Any) -> str:
    if not _is_line(value) or not (value or name in _MAY_BE_EMPTY):
        raise ValueError(f"option {name} must be a line of text")
    if name in _NAMES and value and not _NAME.fullmatch(value):
        raise ValueError(f"option {name} must be a name of XML")
    return str(value)


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(_is_line(item) and item for item in value):
        raise ValueError(f"option {name} must be a list of words")
    return tuple(str(item) if name in _AS_THEY_ARE else str(item).casefold() for item in value)


def _map(name: str, value: Any) -> dict[str, str]:
    is_key: Callable[[str], object] = _is_line if name == "clinics" else _NAME.fullmatch
    is_value: Callable[[str], object] = _NAME.fullmatch if name == "names" else _is_line
    if not isinstance(value, Mapping) or not all(
        isinstance(key, str) and isinstance(told, str) and key and told and is_key(key) and is_value(told)
        for key, told in value.items()
    ):
        what = {"clinics": "names of branches by CLINIC_CODE", "names": "names of XML by names of XML"}
        raise ValueError(f"option {name} must be an object: {what.get(name, 'texts by names of XML')}")
    if name == "names" and len(set(value.values())) < len(value):
        raise ValueError("option names gives two fields one spelling")
    return {str(key): str(told) for key, told in value.items()}


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and value == value.strip()
