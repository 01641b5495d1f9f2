"""A stand-in of a MIS with as many doctors as one likes: `python bench/crowd.py KIND COUNT`.

The invented clinic of the stand-in many times over, in one branch. Prints the address that an adapter is
given, as one JSON line, and serves until SIGTERM. Data of a stand-in is changed before the modules that take
it are loaded, so that each is loaded by its name here.
"""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import cycle, islice
from typing import Any

SPECIALTIES = 40
"""Over how many the doctors are spread where a MIS is asked by specialty."""


def bit_umc(count: int) -> str:
    data = import_module("testbench.bit_umc.demo_data")
    specialties = [(name, doctors[0]) for name, doctors in data.DOCTORS]
    data.DOCTORS = tuple(
        (name, tuple((f"{row[0]}-{number}", *row[1:]) for number in range(place, count, len(specialties))))
        for place, (name, row) in enumerate(specialties)
    )
    return str(_started("bit_umc").soap_url)


def infoclinica(count: int) -> str:
    network = import_module("testbench.infoclinica.network")
    one = network.DOCTORS[0]
    network.DOCTORS = tuple(
        replace(one, id=7000 + number, name=f"Вымыслова{number} Анна Тестовна") for number in range(count)
    )
    return str(_started("infoclinica").url)


def medialog(count: int) -> str:
    model = import_module("testbench.medialog.model")
    one = replace(model.SUBJECTS[0], parity=None)
    model.SUBJECTS = tuple(
        replace(one, id=str(10_000 + number), medecin=str(number + 1), name=f"Пробная{number} Анна Тестовна")
        for number in range(count)
    )
    # It looks through all visits for each that it writes.
    import_module("testbench.medialog.base").TAKEN = 0.0
    return str(_started("medialog").soap_url)


def n3(count: int) -> str:
    model = import_module("testbench.n3.model")
    one = replace(model.DOCTORS[0], parity=None, snils="")
    named = [
        model.Speciality(str(100 + number), "", f"Вымышленная специальность {number}")
        for number in range(SPECIALTIES)
    ]
    model.DOCTORS = tuple(
        replace(
            one,
            id=str(1000 + number),
            name=f"Пробная{number} Анна Тестовна",
            speciality=named[number % SPECIALTIES],
        )
        for number in range(count)
    )
    # It looks through all visits for each list of doctors.
    import_module("testbench.n3.base").TAKEN = 0.0
    return str(_started("n3").soap_url)


def odata_1c(count: int) -> str:
    model = import_module("testbench.odata_1c.model")
    shift = model.SHIFTS[0]
    model.DOCTORS = tuple(
        replace(shift.doctor, id=model.guid(f"doctor/{number}"), name=f"Лесная{number} Вера", snils="")
        for number in range(count)
    )
    model.SHIFTS = tuple(replace(shift, doctor=doctor) for doctor in model.DOCTORS)
    return str(_started("odata_1c").url)


def plain(count: int) -> str:
    data = import_module("testbench.plain.demo_data")
    named = islice(cycle(data.DOCTORS), count)
    data.DOCTORS = [
        (f"d{number}", f"{family}-{number}", given, middle, specialty)
        for number, (_, family, given, middle, specialty) in enumerate(named)
    ]
    data.PLACES = [(doctor[0], "north") for doctor in data.DOCTORS]
    return str(_started("plain").url)


def _started(kind: str) -> Any:
    return import_module(f"testbench.{kind}.server").start()


KINDS: dict[str, Callable[[int], str]] = {
    made.__name__: made for made in (bit_umc, infoclinica, medialog, n3, odata_1c, plain)
}


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    print(json.dumps({"url": KINDS[sys.argv[1]](int(sys.argv[2]))}), flush=True)
    signal.sigwait({signal.SIGTERM})
