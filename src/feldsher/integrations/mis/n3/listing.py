"""The doctors of an LPU as the hub lists them: specialities first, then the doctors of each.

Ids count within their LPU [guess], so that a doctor's id here is `IdDoc@IdLPU` unless the profile says that
they are the network's own. One person in two LPUs is matched by СНИЛС, in the directory.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from feldsher.domain.scheduling.ports import RemoteResource
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.profile import Profile
from feldsher.integrations.mis.n3.wire import Row, is_id, rows

Answer = TypeVar("Answer")
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Doctor:
    """`count` are the free tickets that the list tells, None where it tells none that can be read."""

    id: str
    lpu: str
    name: str
    snils: str = ""
    specialities: tuple[str, ...] = ()
    count: int | None = None


@dataclass(slots=True)
class Listing:
    """`strange` counts rows without an id."""

    doctors: dict[str, Doctor] = field(default_factory=dict)
    strange: int = 0


def doctors_of(door: Door, lpu: str) -> Listing:
    """Return the doctors of an LPU; raises NotSentError, LostError, RefusedError where a list fails."""
    found = Listing()
    for speciality in _speciality_rows(door, lpu):
        number, name = speciality.get("IdSpesiality", ""), speciality.get("NameSpesiality", "")
        if not is_id(number):
            found.strange += 1
            continue
        for row in _doctor_rows(door, lpu, number):
            _add(found, row, lpu, " ".join(name.split()))
    return found


def again(act: Callable[[], Answer]) -> Answer:
    """Return what a read brings, asked once more where its answer was lost: of a thousand one may be."""
    try:
        return act()
    except (LostError, NotSentError):
        return act()


def _speciality_rows(door: Door, lpu: str) -> list[Row]:
    parameters = [("idLpu", lpu), *door.viewer(lpu)]
    seconds = door.profile.bulk_timeout
    told = again(lambda: door.call("GetSpesialityList", parameters, seconds=seconds))
    return list(rows(told, "ListSpesiality"))


def _doctor_rows(door: Door, lpu: str, speciality: str) -> Iterator[Row]:
    parameters = [("idSpesiality", speciality), ("idLpu", lpu), *door.viewer(lpu)]
    seconds = door.profile.bulk_timeout
    told = again(lambda: door.call("GetDoctorList", parameters, seconds=seconds))
    return rows(told, "Docs")


def _add(found: Listing, row: Row, lpu: str, speciality: str) -> None:
    """Take a doctor in; one of several specialities is one, with the most tickets that any list tells."""
    number = row.get("IdDoc", "")
    if not is_id(number):
        found.strange += 1
        return
    told = row.get("CountFreeTicket", "")
    count = int(told) if _COUNT.fullmatch(told) else None
    known = found.doctors.get(number)
    if known is None:
        name = " ".join(row.get("Name", "").split())
        known = Doctor(number, lpu, name, row.get("Snils", ""), count=count)
    specialities = dict.fromkeys((*known.specialities, *([speciality] if speciality else ())))
    counts = [one for one in (known.count, count) if one is not None]
    found.doctors[number] = replace(
        known, specialities=tuple(specialities), count=max(counts, default=None)
    )  # fmt: skip


def resource_of(doctor: str, lpu: str, profile: Profile) -> RemoteResource:
    """Return the doctor (IdDoc) in the branch as scheduling names the two."""
    return RemoteResource(f"{doctor}@{lpu}" if profile.doctor_ids == "lpu" else doctor, lpu)


def id_of(resource: RemoteResource, profile: Profile) -> str:
    """Return IdDoc of a doctor in a branch."""
    if profile.doctor_ids == "network":
        return resource.practitioner_id
    return resource.practitioner_id.removesuffix(f"@{resource.location_id}")
