"""The profile of one HubService: what differs between regions and clinics, with the documented defaults.

Codes of errors are the hub's own dictionary, of which few have been seen (contract §4.1): what a code means
is a field here. docs/integrations/n3.md explains each field to the integrator.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from feldsher.domain.scheduling.ports import VisitEnd
from feldsher.integrations.mis.profiles import BOUNDS, Bounds, choice, flag, refuse_unknown, whole


class Meaning(StrEnum):
    """What a refusal (Success=false) says. UNKNOWN alone proves nothing: it may be written."""

    TAKEN = "taken"
    PATIENT_CONFLICT = "patient_conflict"
    NEEDS_REFERRAL = "needs_referral"
    AGE_LIMIT = "age_limit"
    NOT_FOR_PATIENT = "not_for_patient"
    GONE = "gone"
    NO_ACCESS = "no_access"
    REFUSED = "refused"
    UNKNOWN = "unknown"


ERRORS: dict[str, Meaning] = {
    "1": Meaning.NO_ACCESS,
    "33": Meaning.NOT_FOR_PATIENT,
    "35": Meaning.PATIENT_CONFLICT,
    "36": Meaning.NOT_FOR_PATIENT,
    "38": Meaning.TAKEN,
    "39": Meaning.TAKEN,
    "41": Meaning.NOT_FOR_PATIENT,
    "75": Meaning.GONE,
}
"""The codes that were seen; a profile's own go before them."""
WORDS: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.UNKNOWN: (
        "время ожидания", "истекло время", "таймаут", "тайм-аут", "timeout", "timed out",
        "внутренняя ошибка", "internal error", "не отвеча", "сервис недоступ", "мис недоступ",
    ),
    Meaning.GONE: ("уже отмен",),
    Meaning.TAKEN: ("занят",),
    Meaning.NEEDS_REFERRAL: ("направлени",),
    Meaning.NOT_FOR_PATIENT: ("прикреплен", "профилю пациента"),
    Meaning.AGE_LIMIT: ("возраст", "лет)", "года)"),
}  # fmt: skip
"""Words of ErrorDescription, looked for in this order; a profile's own are added."""
_CHOICES = {
    "soap": ("1.1", "1.2"),
    "blank_patient": ("empty", "nil", "absent"),
    "history": ("echoed", "sent", "none"),
    "doctor_ids": ("lpu", "network"),
    "rooms": ("guard", "ignore"),
    "counts": ("checked", "trusted", "ignored"),
    "phone": ("9…", "79…", "+79…", "89…"),
    "approved_by_tfoms": ("nil", "true", "false"),
}
_FLAGS = frozenset({"bare_days", "working_time", "adds_patients", "needs_birth_date", "moves"})
_RANGES = BOUNDS | {"max_window_days": (2, 366), "connections": (1, 32)}
_NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Bounds):
    """One installation.

    `lpus` are the names of the branches by IdLPU; an empty one is the hub's own. `viewers` are the patients
    (IdPat by IdLPU) for whom schedules are read; without one `blank_patient` is how nobody is spelt.
    `bulk_timeout` is for one request of a whole reading; None takes the ordinary timeout.
    """

    lpus: Mapping[str, str]
    soap: str = "1.1"
    viewers: Mapping[str, str] = field(default_factory=dict)
    blank_patient: str = "empty"
    bare_days: bool = False
    history: str = "echoed"
    doctor_ids: str = "lpu"
    rooms: str = "guard"
    counts: str = "checked"
    working_time: bool = True
    phone: str = "9…"
    needs_birth_date: bool = True
    adds_patients: bool = True
    approved_by_tfoms: str = "nil"
    moves: bool = False
    errors: Mapping[str, Meaning] = field(default_factory=lambda: dict(ERRORS))
    words: Mapping[Meaning, tuple[str, ...]] = field(default_factory=lambda: dict(WORDS))
    reasons: Mapping[str, Meaning] = field(default_factory=dict)
    reports: frozenset[VisitEnd] = frozenset()
    max_megabytes: int = 8
    connections: int = 4


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    refuse_unknown(options, Profile)
    if not options.get("lpus"):
        raise ValueError("the option lpus is needed: the name of each branch by its IdLPU")
    profile = Profile(**{name: _checked(name, value) for name, value in options.items()})
    for lpu in profile.viewers:
        if lpu not in profile.lpus:
            raise ValueError(f"option viewers names LPU {lpu}, which is not in lpus")
    if profile.adds_patients and not profile.needs_birth_date:
        raise ValueError(
            "option adds_patients needs needs_birth_date: a card without a birth date is nobody's"
        )
    return profile


def _checked(name: str, value: Any) -> Any:
    if name in _CHOICES:
        return choice(name, value, _CHOICES[name])
    if name in _FLAGS:
        return flag(name, value)
    if name in _RANGES:
        return whole(name, value, *_RANGES[name])
    if name in {"lpus", "viewers"}:
        return _by_lpu(name, value)
    if name in {"errors", "reasons"}:
        return (ERRORS if name == "errors" else {}) | _meanings(name, value)
    return _words(value) if name == "words" else _ends(value)


def _by_lpu(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(
        isinstance(lpu, str) and _NUMBER.fullmatch(lpu) and _is_line(told) and (told or name == "lpus")
        for lpu, told in value.items()
    ):
        what = "names of branches" if name == "lpus" else "IdPat"
        raise ValueError(f"option {name} must be an object: {what} by IdLPU, a whole number as text")
    return dict(value)


def _meanings(name: str, value: Any) -> dict[str, Meaning]:
    known = set(Meaning)
    if not isinstance(value, Mapping) or not all(
        _is_line(code) and code and meaning in known for code, meaning in value.items()
    ):
        raise ValueError(f"option {name} must be an object: by code one of {', '.join(Meaning)}")
    return {code: Meaning(meaning) for code, meaning in value.items()}


def _words(value: Any) -> dict[Meaning, tuple[str, ...]]:
    if not isinstance(value, Mapping) or not all(
        meaning in set(Meaning)
        and isinstance(told, list | tuple)
        and all(_is_line(word) and word for word in told)
        for meaning, told in value.items()
    ):
        raise ValueError(f"option words must be an object: lists of words by one of {', '.join(Meaning)}")
    own = {Meaning(meaning): tuple(word.casefold() for word in told) for meaning, told in value.items()}
    return {meaning: (*own.get(meaning, ()), *WORDS.get(meaning, ())) for meaning in (*WORDS, *own)}


def _ends(value: Any) -> frozenset[VisitEnd]:
    if not isinstance(value, list | tuple) or not set(map(str, value)) <= set(VisitEnd):
        raise ValueError(f"option reports must be a list of: {', '.join(VisitEnd)}")
    return frozenset(VisitEnd(told) for told in value)


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and value == value.strip()
