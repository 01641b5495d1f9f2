"""The directory of МЕДИАЛОГ: branches of the profile, doctors by their schedules, visit kinds as services.

The exchange has no prices. A list that came empty, a refused or damaged part takes nothing away: the snapshot
is then not whole.
"""

from dataclasses import dataclass, field

from feldsher.domain.directory.types import (
    Completeness,
    DirectorySnapshot,
    RemoteLocation,
    RemotePractitioner,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.medialog.messages import RefusedError
from feldsher.integrations.mis.medialog.profile import Profile
from feldsher.integrations.mis.medialog.schedules import Kind, Schedule, Schedules
from feldsher.kernel import clock


@dataclass(slots=True)
class _Doctor:
    first: Schedule
    specialties: dict[str, None] = field(default_factory=dict)
    clinics: dict[str, None] = field(default_factory=dict)
    norms: dict[str, int | None] = field(default_factory=dict)


def read_directory(schedules: Schedules, profile: Profile) -> DirectorySnapshot:
    """Return the snapshot; raises NotSentError, LostError, RefusedError when a list of schedules fails."""
    as_of, lost, notes = clock.now(), list[str](), list[str]()
    doctors: dict[str, _Doctor] = {}
    services: dict[str, RemoteService] = {}
    for clinic in profile.clinics:
        listed = schedules.of_clinic(clinic, fresh=True)
        lost.extend(f"model {model} of clinic {clinic} lists no schedules" for model in listed.silent)
        if not listed.schedules:
            lost.append(f"the exchange names no schedules of clinic {clinic}: does the access fit?")
        for schedule in listed.schedules:
            doctor = doctors.setdefault(schedule.doctor, _Doctor(schedule))
            doctor.clinics[clinic] = None
            if schedule.specialty:
                doctor.specialties[schedule.specialty] = None
            for kind in _kinds(schedules, profile, schedule, lost):
                if kind.minutes is None:
                    notes.append(f"visit kind {kind.id} of schedule {schedule.id} has no length: not booked")
                services.setdefault(kind.id, _service(kind))
                doctor.norms[kind.id] = _longer(doctor.norms.get(kind.id), kind.minutes)
    if not doctors or not services:
        completeness = Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.PARTIAL if lost else Completeness.FULL
    return DirectorySnapshot(
        as_of=as_of,
        completeness=completeness,
        locations=tuple(RemoteLocation(code, name) for code, name in profile.clinics.items()),
        practitioners=tuple(_practitioner(number, doctor) for number, doctor in doctors.items()),
        services=tuple(services.values()),
        warnings=(*lost, *notes),
    )


def _kinds(schedules: Schedules, profile: Profile, schedule: Schedule, lost: list[str]) -> tuple[Kind, ...]:
    try:
        found = schedules.kinds(schedule, seconds=profile.bulk_timeout)
    except (LostError, NotSentError, RefusedError) as error:
        lost.append(f"the visit kinds of schedule {schedule.id} did not come: {error}")
        return ()
    if not found:
        lost.append(f"schedule {schedule.id} tells no visit kinds")
    return found


def _longer(known: int | None, told: int | None) -> int | None:
    """Return the longer of two lengths that schedules of one doctor tell: a visit must fit in either."""
    return max(known or 0, told or 0) or None


def _service(kind: Kind) -> RemoteService:
    return RemoteService(kind.id, kind.name, ServiceKind.SERVICE, None, "", kind.minutes)


def _practitioner(number: str, doctor: _Doctor) -> RemotePractitioner:
    family, given, middle = [*doctor.first.name.split(maxsplit=2), "", "", ""][:3]
    return RemotePractitioner(
        id=number,
        family=family,
        given=given,
        middle=middle,
        specialties=tuple(doctor.specialties),
        location_ids=tuple(doctor.clinics),
        services=tuple(RemoteServiceNorm(kind, minutes) for kind, minutes in doctor.norms.items()),
    )
