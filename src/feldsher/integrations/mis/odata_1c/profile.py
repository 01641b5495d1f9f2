"""The profile of one base of 1С: the mapping of what is read, and the calls of the service that books.

docs/integrations/1c.md explains each option to the integrator.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feldsher.domain.directory.types import RemoteLocation
from feldsher.integrations.mis.odata_1c.mapping import (
    NEEDED_TABLES,
    TABLES,
    Table,
    TimeTable,
    as_object,
    read_table,
    read_time,
)
from feldsher.integrations.mis.profiles import BOUNDS, Bounds, choice, flag, refuse_unknown, whole

FORMATS = ("json", "json;odata=nometadata")
REFERENCE = "{reference}"
_RANGES = BOUNDS | {"max_window_days": (2, 62), "page": (2, 50_000), "connections": (1, 32)}
_CALL = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s?#]{1,300})")
_WITHOUT_BODY = frozenset({"GET", "DELETE"})
_ONE_BRANCH = "main"
_READING_SECONDS = 60
CALLS = {
    "book": "PUT /hs/feldsher/visits/{reference}",
    "status": "GET /hs/feldsher/visits/{reference}",
    "cancel": "DELETE /hs/feldsher/visits/{reference}",
}
WORDS_OF_CONTRACT = frozenset({
    "reference", "state", "code", "text", "doctor", "branch", "service", "begin", "minutes", "comment",
    "patient", "family", "given", "middle", "phone", "birth_date", "email",
})  # fmt: skip
VALUES_OF_CONTRACT = frozenset({
    "booked", "cancelled", "none", "taken", "patient_conflict", "needs_referral", "age_limit",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the booking service; where its path has no `{reference}`, the body carries it."""

    method: str
    path: str

    @property
    def has_body(self) -> bool:
        return self.method not in _WITHOUT_BODY


@dataclass(frozen=True, slots=True)
class Booking:
    """The service that books. `names` are its spellings by the contract's, `words` the contract's by its."""

    book: Call
    status: Call
    cancel: Call
    names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    closes_references: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Bounds):
    """One installation. Seconds, days and megabytes as the names say.

    `branches` is a table, or the one branch of a clinic that keeps none. `time` are all tables that tell free
    or taken time. `page` is how many rows are asked for at once; `bulk_timeout` is for a whole reading.
    """

    branches: Table | RemoteLocation
    doctors: Table
    services: Table
    time: tuple[TimeTable, ...]
    booking: Booking
    specialties: Table | None = None
    given: Table | None = None
    prices: Table | None = None
    format: str = FORMATS[0]
    page: int = 10_000
    connections: int = 4

    @property
    def reading_seconds(self) -> float:
        """Return the budget of a whole reading, all its pages."""
        return float(self.bulk_timeout or _READING_SECONDS)

    @property
    def only_branch(self) -> str | None:
        return self.branches.id if isinstance(self.branches, RemoteLocation) else None


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    refuse_unknown(options, Profile)
    for name in ("branches", *NEEDED_TABLES, "time"):
        if not options.get(name):
            raise ValueError(f"the option {name} is needed: see the example in docs/integrations/1c.md")
    values = {name: _checked(name, value) for name, value in options.items()}
    profile = Profile(**({"booking": read_booking({})} | values))
    for name, table in _with_branches(profile):
        tells = "branch" in table.fields
        if profile.only_branch is not None and tells:
            raise ValueError(f"option {name} can't tell a branch: branches is the one of the clinic")
        if profile.only_branch is None and not tells and name.startswith("time"):
            raise ValueError(f"option {name} must tell the branch, unless branches is the one of the clinic")
    if "specialty" in profile.doctors.fields and profile.doctors.fields["specialty"].endswith("_Key"):
        if profile.specialties is None:
            raise ValueError("option doctors.specialty is a reference and needs the option specialties")
    elif profile.specialties is not None:
        raise ValueError("option specialties needs doctors.specialty to be a reference (…_Key)")
    if not any(one.may_be_free for one in profile.time):
        raise ValueError("option time has no table that tells free time")
    return profile


def _with_branches(profile: Profile) -> list[tuple[str, Table]]:
    found = [("doctors", profile.doctors)]
    if profile.prices is not None:
        found.append(("prices", profile.prices))
    return found + [(f"time[{number}]", one.table) for number, one in enumerate(profile.time)]


def _checked(name: str, value: Any) -> Any:
    if name == "branches" and isinstance(value, Mapping) and set(value) == {"only"}:
        return RemoteLocation(_ONE_BRANCH, _line("branches.only", value["only"]))
    if name in TABLES:
        return read_table(name, value, TABLES[name])
    if name == "time":
        if not isinstance(value, list | tuple):
            raise ValueError("option time must be a list of tables")
        return tuple(read_time(f"time[{number}]", one) for number, one in enumerate(value))
    if name == "booking":
        return read_booking(value)
    if name == "format":
        return choice(name, value, FORMATS)
    return whole(name, value, *_RANGES[name])


def read_booking(told: Any) -> Booking:
    """Return the calls of the service that books; raises ValueError with one sentence."""
    told = as_object("booking", told)
    known = {*CALLS, "names", "words", "closes_references"}
    for word in told:
        if word not in known:
            raise ValueError(f"option booking has no word {word!r}; known are: {', '.join(sorted(known))}")
    calls = {name: _call(f"booking.{name}", told.get(name, usual)) for name, usual in CALLS.items()}
    names = _spellings("booking.names", told.get("names", {}))
    words = _spellings("booking.words", told.get("words", {}))
    if not WORDS_OF_CONTRACT.issuperset(names):
        raise ValueError(f"option booking.names has these: {', '.join(sorted(WORDS_OF_CONTRACT))}")
    if len(set(names.values())) < len(names) or set(names.values()) & (WORDS_OF_CONTRACT - names.keys()):
        raise ValueError("option booking.names gives two fields one spelling")
    if not VALUES_OF_CONTRACT.issuperset(words.values()):
        raise ValueError(f"option booking.words leads to these: {', '.join(sorted(VALUES_OF_CONTRACT))}")
    closes = flag("booking.closes_references", told.get("closes_references", True))
    return Booking(**calls, names=names, words=words, closes_references=closes)


def _call(name: str, told: Any) -> Call:
    found = _CALL.fullmatch(told) if isinstance(told, str) and told.isprintable() else None
    if found is None:
        raise ValueError(f"option {name} must be a method and a path below the base: {CALLS['book']!r}")
    call = Call(found[1], found[2])
    if REFERENCE not in call.path and not call.has_body:
        raise ValueError(f"option {name} must have {REFERENCE} in its path: {call.method} has no body")
    return call


def _spellings(name: str, told: Any) -> dict[str, str]:
    return {_line(name, key): _line(name, value) for key, value in as_object(name, told).items()}


def _line(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"option {name} must be a line of text")
    return value.strip()
