"""A stand-in of a MIS with as many doctors as one likes: `python bench/crowd.py KIND COUNT`.

The invented clinic of the stand-in many times over, in one branch. Prints the address that an adapter is
given, as one JSON line, and serves until SIGTERM.
"""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice

SPECIALTIES = 40
"""Over how many the doctors are spread where a MIS is asked by specialty."""


def bit_umc(count: int) -> str:
    from testbench.bit_umc import demo_data  # noqa: PLC0415 - changed before the rest is loaded

    specialties = [(name, doctors[0]) for name, doctors in demo_data.DOCTORS]
    demo_data.DOCTORS = tuple(
        (name, tuple((f"{row[0]}-{number}", *row[1:]) for number in _numbers(count, place, len(specialties))))
        for place, (name, row) in enumerate(specialties)
    )
    from testbench.bit_umc.server import start  # noqa: PLC0415 - as above

    return str(start().soap_url)


def infoclinica(count: int) -> str:
    from testbench.infoclinica import network  # noqa: PLC0415 - as above

    one = network.DOCTORS[0]
    network.DOCTORS = tuple(
        replace(one, id=7000 + number, name=f"Вымыслова{number} Анна Тестовна") for number in range(count)
    )
    from testbench.infoclinica.server import start  # noqa: PLC0415 - as above

    return str(start().url)


def medialog(count: int) -> str:
    from testbench.medialog import model  # noqa: PLC0415 - as above

    one = replace(model.SUBJECTS[0], parity=None)
    model.SUBJECTS = tuple(
        replace(one, id=str(10_000 + number), medecin=str(number + 1), name=f"Пробная{number} Анна Тестовна")
        for number in range(count)
    )
    from testbench.medialog import base  # noqa: PLC0415 - as above
    from testbench.medialog.server import start  # noqa: PLC0415 - as above

    base.TAKEN = 0.0  # it looks through all visits for each that it writes

    return str(start().soap_url)


def n3(count: int) -> str:
    from testbench.n3 import model  # noqa: PLC0415 - as above

    one = replace(model.DOCTORS[0], parity=None)
    named = [
        model.Speciality(str(100 + number), "", f"Вымышленная специальность {number}")
        for number in range(SPECIALTIES)
    ]
    model.DOCTORS = tuple(
        replace(
            one,
            id=str(1000 + number),
            name=f"Пробная{number} Анна Тестовна",
            snils="",
            speciality=named[number % SPECIALTIES],
        )
        for number in range(count)
    )
    from testbench.n3 import base  # noqa: PLC0415 - as above
    from testbench.n3.server import start  # noqa: PLC0415 - as above

    base.TAKEN = 0.0  # it looks through all visits for each list of doctors

    return str(start().soap_url)


def odata_1c(count: int) -> str:
    from testbench.odata_1c import model  # noqa: PLC0415 - as above

    shift = model.SHIFTS[0]
    doctors = tuple(
        replace(shift.doctor, id=model.guid(f"doctor/{number}"), name=f"Лесная{number} Вера", snils="")
        for number in range(count)
    )
    model.DOCTORS, model.SHIFTS = doctors, tuple(replace(shift, doctor=doctor) for doctor in doctors)
    from testbench.odata_1c.server import start  # noqa: PLC0415 - as above

    return str(start().url)


def plain(count: int) -> str:
    from testbench.plain import demo_data  # noqa: PLC0415 - as above

    named = islice(cycle(demo_data.DOCTORS), count)
    demo_data.DOCTORS = [
        (f"d{number}", f"{family}-{number}", given, middle, specialty)
        for number, (_, family, given, middle, specialty) in enumerate(named)
    ]
    demo_data.PLACES = [(doctor[0], "north") for doctor in demo_data.DOCTORS]
    from testbench.plain.server import start  # noqa: PLC0415 - as above

    return str(start().url)


KINDS: dict[str, Callable[[int], str]] = {
    "bit_umc": bit_umc,
    "infoclinica": infoclinica,
    "medialog": medialog,
    "n3": n3,
    "odata_1c": odata_1c,
    "plain": plain,
}


def _numbers(count: int, place: int, places: int) -> range:
    return range(place, count, places)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    print(json.dumps({"url": KINDS[sys.argv[1]](int(sys.argv[2]))}), flush=True)
    signal.sigwait({signal.SIGTERM})
