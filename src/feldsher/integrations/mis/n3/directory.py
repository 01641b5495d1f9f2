"""The directory of the hub: the LPUs of the profile, and their doctors by speciality.

The hub has no services and no prices: each doctor has our own default visit until the overlay says more. A
list that came empty takes nothing away: the snapshot is then not whole.
"""

from feldsher.domain.directory.types import (
    Completeness,
    DirectorySnapshot,
    RemoteLocation,
    RemotePractitioner,
)
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.listing import Doctor, again, doctors_of, resource_of
from feldsher.integrations.mis.n3.profile import Profile
from feldsher.integrations.mis.n3.wire import Row, rows
from feldsher.kernel import clock


def read_directory(door: Door) -> DirectorySnapshot:
    """Return the snapshot; raises NotSentError, LostError, RefusedError where a list fails."""
    as_of, profile, lost = clock.now(), door.profile, list[str]()
    seconds = profile.bulk_timeout
    blank = (("idDistrict", None),)
    told = again(lambda: door.call("GetLPUList", blank, seconds=seconds))
    clinics = {row.get("IdLPU", ""): row for row in rows(told, "ListLPU")}
    doctors: dict[str, list[Doctor]] = {}
    for lpu in profile.lpus:
        if not _is_active(clinics.get(lpu)):
            lost.append(f"the hub does not list LPU {lpu}, or calls it not active")
        listed = doctors_of(door, lpu)
        if listed.strange:
            lost.append(f"{listed.strange} rows of the lists of LPU {lpu} have no id")
        if not listed.doctors:
            lost.append(f"the hub lists no doctors of LPU {lpu}: does the token fit?")
        for doctor in listed.doctors.values():
            doctors.setdefault(resource_of(doctor.id, lpu, profile).practitioner_id, []).append(doctor)
    if not doctors:
        completeness = Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.PARTIAL if lost else Completeness.FULL
    return DirectorySnapshot(
        as_of=as_of,
        completeness=completeness,
        locations=tuple(RemoteLocation(lpu, _name(lpu, profile, clinics.get(lpu))) for lpu in profile.lpus),
        practitioners=tuple(_practitioner(number, known) for number, known in doctors.items()),
        warnings=tuple(lost),
    )


def _is_active(row: Row | None) -> bool:
    return row is not None and row.get("IsActive", "true").lower() in {"true", "1"}


def _name(lpu: str, profile: Profile, row: Row | None) -> str:
    told = row or {}
    return profile.lpus[lpu] or told.get("LPUShortName", "") or told.get("LPUFullName", "") or f"ЛПУ {lpu}"


def _practitioner(number: str, known: list[Doctor]) -> RemotePractitioner:
    family, given, middle = [*known[0].name.split(maxsplit=2), "", "", ""][:3]
    return RemotePractitioner(
        id=number,
        family=family,
        given=given,
        middle=middle,
        specialties=tuple(dict.fromkeys(name for doctor in known for name in doctor.specialities)),
        location_ids=tuple(dict.fromkeys(doctor.lpu for doctor in known)),
        services=(),
        snils=known[0].snils,
    )
