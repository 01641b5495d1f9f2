"""An invented clinic: two branches in two zones, four doctors, one of them in both branches."""

import sqlite3
from datetime import date, timedelta

BRANCHES = [("north", "На Северной", "Europe/Moscow"), ("ural", "На Уральской", "Asia/Yekaterinburg")]
DOCTORS = [
    ("d1", "Лучистов", "Пётр", "Ильич", "Офтальмология"),
    ("d2", "Слухова", "Анна", "", "Оториноларингология"),
    ("d3", "Сердцев", "Олег", "Олегович", "Кардиология"),
    ("d4", "Кожина", "Мария", "Петровна", "Дерматология"),
]
SERVICES = [("s1", "Приём первичный", 30, "2500.00"), ("s2", "Приём повторный", 20, "1800.00")]
PLACES = [("d1", "north"), ("d2", "north"), ("d3", "north"), ("d3", "ural"), ("d4", "ural")]
HOURS = [("09:00", "13:00"), ("14:00", "18:00")]
DAYS = 45


def fill(db: sqlite3.Connection, *, today: date) -> None:
    """Write the clinic into empty tables, with work from yesterday on; d3 is in `ural` on even days."""
    db.executemany("INSERT INTO branch VALUES (?, ?, ?)", BRANCHES)
    db.executemany("INSERT INTO doctor VALUES (?, ?, ?, ?, ?)", DOCTORS)
    db.executemany("INSERT INTO service VALUES (?, ?, ?, ?)", SERVICES)
    db.executemany("INSERT INTO place VALUES (?, ?)", PLACES)
    db.executemany(
        "INSERT INTO gives VALUES (?, ?, NULL)",
        [(doctor[0], service[0]) for doctor in DOCTORS for service in SERVICES],
    )
    days = [today + timedelta(days=number) for number in range(-1, DAYS)]
    db.executemany(
        "INSERT INTO work VALUES (?, ?, ?, ?)",
        [
            (doctor, branch, f"{day}T{begin}", f"{day}T{end}")
            for doctor, branch in PLACES
            for day in days
            if doctor != "d3" or (branch == "ural") == (day.toordinal() % 2 == 0)
            for begin, end in HOURS
        ],
    )
