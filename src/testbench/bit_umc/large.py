"""A network of 500 doctors and 2,000 services, made of the words of the demo's 27 and 108.

Each name of a doctor is put together anew of names of doctors of the same sex; each service comes once more
for whom, when or how it is given.
"""

from collections import defaultdict

from testbench.bit_umc.demo_data import CLINICS, DOCTORS, SERVICES

Doctor = tuple[str, str, str, tuple[str, ...], int]

MANNERS = (
    "детям до трёх лет",
    "детям от трёх до семи лет",
    "детям от семи до пятнадцати лет",
    "подросткам",
    "беременным",
    "пожилым",
    "вечером",
    "в выходной день",
    "в день обращения",
    "по направлению",
    "по полису ДМС",
    "с выездом на дом",
    "с заключением на английском языке",
    "с повтором через неделю",
    "при участии заведующего",
    "с записью на диск",
    "по результатам анализов",
    "перед операцией",
)
OF_EACH = 2
"""Services of the specialty itself that a doctor of the many gives: the first and the repeated visit."""


def doctors() -> tuple[tuple[str, tuple[Doctor, ...]], ...]:
    """Return the demo's doctors, and as many times more of other names as there are manners."""
    alike: dict[bool, list[Doctor]] = defaultdict(list)
    for _, rows in DOCTORS:
        for row in rows:
            alike[_is_woman(row)].append(row)
    turns = range(len(MANNERS) + 1)
    return tuple(
        (specialty, tuple(_named(row, alike[_is_woman(row)], turn) for turn in turns for row in rows))
        for specialty, rows in DOCTORS
    )


def services() -> dict[str, str]:
    """Return the demo's services by specialty, then each of them in each manner."""
    return {
        specialty: "\n".join(
            [lines.strip()]
            + [_in_manner(line, manner) for manner in MANNERS for line in lines.strip().splitlines()]
        )
        for specialty, lines in SERVICES.items()
    }


def given(services_of_specialty: int, place: int, colleagues: int) -> tuple[int, ...]:
    """Return which services, by their places, the doctor gives who stands at a place of the specialty.

    The demo's own doctors give all that the demo has; each of the others gives both visits and one manner.
    """
    base = services_of_specialty // (len(MANNERS) + 1)
    turn = place // (colleagues // (len(MANNERS) + 1))
    if not turn:
        return tuple(range(base))
    return (*range(OF_EACH), *range(turn * base, (turn + 1) * base))


def _named(row: Doctor, alike: list[Doctor], turn: int) -> Doctor:
    surname, _, _, clinics, minutes = row
    place, count = alike.index(row), len(alike)
    name = alike[(place + turn) % count][1]
    fathername = alike[(place + turn + turn // count) % count][2]
    if turn and len(clinics) == 1:
        keys = [key for key, _, _ in CLINICS]
        clinics = (keys[(keys.index(clinics[0]) + turn) % len(keys)],)
    return surname, name, fathername, clinics, minutes


def _is_woman(row: Doctor) -> bool:
    return row[2].endswith("на")


def _in_manner(line: str, manner: str) -> str:
    name, minutes, price = line.split("|")
    return f"{name}, {manner}|{minutes}|{price}"
