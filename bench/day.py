"""What secrecy costs: the hot functions, and a page of fifty visits, with row security and without.

The page is asked over HTTP by a registrar who has signed in with a second factor. Without means: a site of
its own (`bare.py`) opens no context and records nothing, and the policies are off.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_urlsafe

import httpx
import measure
import psycopg
import pyotp
from clinic import BRANCHES, VISIT, Clinic, branch_id, doctor_id, service_id
from load import Load
from stand import FOLDER, HOST, Stand, running
from stand import stand as started

from feldsher.conf.demo.folder import program_environment
from feldsher.conf.supervisor.home import free_port
from feldsher.conf.web import THREADS

VISITS = 50
_WARM = 40
"""Pages before those that count: each of a site's threads has a connection of its own, and plans anew."""
_BEFORE_ALL = timedelta(hours=2)
FAMILY = "Небывалова"
_HOT = ("scheduling_appointment", "scheduling_transition")
_CLOSED = ("scheduling_appointment", "patients_patient")


def page_ms(stand: Stand, clinic: Clinic, *, rounds: int, pages: int) -> tuple[float, float]:
    """Return the median milliseconds of the page with and without, over HTTP, measured in turns."""
    _visits(clinic)
    address = f"/desk/day/?location={branch_id(0)}&date={clinic.first.isoformat()}"
    request = f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {_signed_in(stand)}\r\n\r\n".encode()
    kept: list[float] = []
    bare: list[float] = []
    with _bare_site() as without:
        for _ in range(rounds):
            kept += _times(stand.address, request, pages)
            with _policies_off(stand):
                bare += _times(without, request, pages)
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


def _times(address: tuple[str, int], request: bytes, count: int) -> list[float]:
    """Return the seconds of each page, once every thread of the site has its plans."""
    load, found = Load(address, connections=1, wanted=200), []
    try:
        for _ in range(_WARM + count):
            found.append(load.ask(request))
            if load.answer.count(FAMILY.encode()) != VISITS:
                raise SystemExit(f"the page does not name {VISITS} patients")
    finally:
        load.close()
    return found[_WARM:]


def _signed_in(stand: Stand) -> str:
    """Return the cookies of a registrar who has signed in as staff do, by password and app."""
    from feldsher.foundation.access import second_factor, services  # noqa: PLC0415 - Django must be set up
    from feldsher.foundation.access.roles import Role  # noqa: PLC0415 - as above

    password = token_urlsafe(20)
    person = services.create_staff("bench", password=password, name="Проба Н.", roles=[Role.REGISTRAR])
    app = pyotp.TOTP(second_factor.begin_totp(person.id, issuer="bench").text)
    now = time.time()
    second_factor.confirm_totp(person.id, code=app.at(int(now - app.interval)))
    host, port = stand.address
    with httpx.Client(base_url=f"http://{host}:{port}/desk/", trust_env=False) as browser:
        browser.get("sign-in/")
        for path, given in (
            ("sign-in/", {"login": "bench", "password": password}),
            ("sign-in/second/", {"code": app.at(int(now))}),
        ):
            answer = browser.post(path, data=given | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]})
            if answer.status_code != httpx.codes.SEE_OTHER:
                raise SystemExit(f"{path} answers {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


@contextmanager
def _bare_site() -> Iterator[tuple[str, int]]:
    """Start the site of `bare.py` beside the real one, on the same core and with as many threads."""
    port = free_port()
    serve = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    serve += ["--workers", "1", "--blocking-threads", str(THREADS), "--no-ws", "bare:application"]
    environment = program_environment(FELDSHER_WORKERS="1")
    environment["PYTHONPATH"] += os.pathsep + str(FOLDER)
    with running(serve, (HOST, port), environment) as _:
        yield HOST, port


@contextmanager
def _policies_off(stand: Stand) -> Iterator[None]:
    with psycopg.connect(stand.owner, autocommit=True) as owner:
        _switch(owner, "DISABLE", _CLOSED)
        try:
            yield
        finally:
            _switch(owner, "ENABLE", _CLOSED)


def _switch(owner: psycopg.Connection, verb: str, tables: tuple[str, ...]) -> None:
    for table in tables:
        owner.execute(f"ALTER TABLE {table} {verb} ROW LEVEL SECURITY")  # type: ignore[arg-type]


def _visits(clinic: Clinic) -> None:
    """Book fifty patients with as many doctors of the first branch, before all others of the day."""
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange  # noqa: PLC0415 - as above

    from feldsher.domain.patients import services as patients  # noqa: PLC0415 - as above
    from feldsher.domain.patients.types import TypedPerson  # noqa: PLC0415 - as above
    from feldsher.domain.scheduling.models import Appointment  # noqa: PLC0415 - as above
    from feldsher.foundation.access.context import as_service  # noqa: PLC0415 - as above

    with as_service("bench"):
        for number in range(VISITS):
            typed = TypedPerson(family=FAMILY, given="Проба", phone=f"+7 900 000-{number:02}-00")
            patient = patients.ensure_patient(patients.read_person(typed), channel="bench")
            turn, doctor = divmod(number * BRANCHES, clinic.doctors)
            doctor -= doctor % BRANCHES
            start = clinic.midnight + _BEFORE_ALL + turn * VISIT
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
