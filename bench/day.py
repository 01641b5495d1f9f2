"""What secrecy costs: the hot functions, and a page of fifty visits, with row security and without.

The page is answered in this process, through every middleware and view. Without means: the policies are off,
no context is opened and nothing is recorded; nothing in the product can be switched off like this.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import measure
import psycopg
from clinic import BRANCHES, VISIT, Clinic, branch_id, doctor_id, service_id
from stand import HOST, Stand
from stand import stand as started

VISITS = 50
_CLOSED_FROM = timedelta(hours=19)
_HOT = ("scheduling_appointment", "scheduling_transition")
_CLOSED = ("scheduling_appointment", "patients_patient")


def page_ms(stand: Stand, clinic: Clinic, *, rounds: int, pages: int) -> tuple[float, float]:
    """Return the median milliseconds of the page with and without, measured in turns."""
    from feldsher.channels.desk import gate  # noqa: PLC0415 - Django must be set up
    from feldsher.foundation.access.roles import Role  # noqa: PLC0415 - as above
    from feldsher.foundation.access.types import Door, Entrance, Staff  # noqa: PLC0415 - as above

    _visits(clinic)
    registrar = Staff(UUID(int=1), "registrar", "", frozenset({Role.REGISTRAR}))
    address = f"/desk/day/?location={branch_id(0)}&date={clinic.first.isoformat()}"
    kept: list[float] = []
    bare: list[float] = []
    with patch.object(gate, "entrance", lambda *_, **__: Entrance(Door.OPEN, registrar)):
        _times(address, pages)
        for _ in range(rounds):
            kept += _times(address, pages)
            with _without(stand):
                bare += _times(address, pages)
    return statistics.median(kept) * 1000, statistics.median(bare) * 1000


def hot_ratios(stand: Stand, numbers: measure.Numbers, *, rounds: int, seconds: float) -> tuple[float, float]:
    """Return how fast hold_slot and free_slots are with row security and the trigger of care : without."""
    holds: list[float] = []
    slots: list[float] = []
    for _ in range(rounds):
        kept = _rates(stand, numbers, seconds)
        with psycopg.connect(stand.owner, autocommit=True) as owner:
            _switch(owner, "DISABLE", _HOT)
            owner.execute("ALTER TABLE scheduling_appointment DISABLE TRIGGER appointment_care_made")
            owner.execute("ALTER TABLE scheduling_appointment DISABLE TRIGGER appointment_care_changed")
            try:
                bare = _rates(stand, numbers, seconds)
            finally:
                _switch(owner, "ENABLE", _HOT)
                owner.execute("ALTER TABLE scheduling_appointment ENABLE TRIGGER appointment_care_made")
                owner.execute("ALTER TABLE scheduling_appointment ENABLE TRIGGER appointment_care_changed")
        holds.append(kept[0] / bare[0])
        slots.append(kept[1] / bare[1])
    return statistics.median(holds), statistics.median(slots)


def hot_ratios_apart(doctors: int, *, rounds: int, seconds: float) -> tuple[float, float]:
    """Return `hot_ratios` of a database of its own, whose times nobody has held yet."""
    command = [sys.executable, __file__, str(doctors), str(rounds), str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own script
    hold, free = json.loads(done.stdout.splitlines()[-1])
    return hold, free


def _main() -> None:
    clinic, rounds, seconds = Clinic.of(int(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
    with started(clinic) as found:
        ratios = hot_ratios(found, measure.Numbers(clinic), rounds=rounds, seconds=seconds)
    print(json.dumps(ratios))


def _rates(stand: Stand, numbers: measure.Numbers, seconds: float) -> tuple[float, float]:
    return (
        measure.function_rate(stand, numbers, seconds=seconds),
        measure.free_slots_rate(stand, seconds=seconds),
    )


def _times(address: str, count: int) -> list[float]:
    from django.test import Client  # noqa: PLC0415 - Django must be set up

    client, found = Client(headers={"Host": HOST}), []
    for _ in range(count):
        began = time.perf_counter()
        answer = client.get(address)
        found.append(time.perf_counter() - began)
        if answer.status_code != 200 or answer.content.count(b"<h2>") != VISITS:  # noqa: PLR2004 - OK
            raise SystemExit(f"the page of visits answers {answer.status_code}, or not {VISITS} visits")
    return found


@contextmanager
def _without(stand: Stand) -> Iterator[None]:
    from feldsher.domain.scheduling.selectors import day  # noqa: PLC0415 - Django must be set up
    from feldsher.foundation.access import context  # noqa: PLC0415 - as above

    def nothing(*_: Any, **__: Any) -> Any:
        return nullcontext()

    known = context.Context(
        context.Actor(context.ActorKind.SERVICE, "bench"), "bench", context.EVERYTHING, "service"
    )
    with psycopg.connect(stand.owner, autocommit=True) as owner:
        _switch(owner, "DISABLE", _CLOSED)
        try:
            with (
                patch.object(day, "as_staff", nothing),
                patch.object(day, "journal", nothing),
                patch("feldsher.foundation.access.guard.current", lambda: known),
            ):
                yield
        finally:
            _switch(owner, "ENABLE", _CLOSED)


def _switch(owner: psycopg.Connection, verb: str, tables: tuple[str, ...]) -> None:
    for table in tables:
        owner.execute(f"ALTER TABLE {table} {verb} ROW LEVEL SECURITY")  # type: ignore[arg-type]


def _visits(clinic: Clinic) -> None:
    """Book fifty patients with as many doctors of the first branch, at times that nothing else takes."""
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange  # noqa: PLC0415 - as above

    from feldsher.domain.patients import services as patients  # noqa: PLC0415 - as above
    from feldsher.domain.patients.types import TypedPerson  # noqa: PLC0415 - as above
    from feldsher.domain.scheduling.models import Appointment  # noqa: PLC0415 - as above
    from feldsher.foundation.access.context import as_service  # noqa: PLC0415 - as above

    with as_service("bench"):
        for number in range(VISITS):
            typed = TypedPerson(family="Небывалова", given="Проба", phone=f"+7 900 000-{number:02}-00")
            patient = patients.ensure_patient(patients.read_person(typed), channel="bench")
            turn, doctor = divmod(number * BRANCHES, clinic.doctors)
            doctor -= doctor % BRANCHES
            start = clinic.midnight + _CLOSED_FROM + turn * VISIT
            visit = DateTimeTZRange(start, start + VISIT)
            row = Appointment(
                practitioner=doctor_id(doctor),
                location=branch_id(doctor),
                service=service_id(doctor),
                visit=visit,
                occupied=visit,
                state="booked",
                channel="bench",
                patient=patient,
            )
            row.chain = row.id
            row.save(force_insert=True)


if __name__ == "__main__":
    _main()
