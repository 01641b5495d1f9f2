"""A clinic's own system behind the small JSON contract, whole: `Clinic.answer` gives a status and JSON.

It is short on purpose: a clinic's programmer may read it as the sample. What makes it safe are four things.
Every write, a registrar's too, is one transaction that begins with the database's write lock. A reference is
unique, whatever became of its visit. An overlap is looked for between instants, in all branches at once. And
numbers of changes are given out under the same lock, so that none ever appears behind a cursor.
"""

import hmac
import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from testbench.plain.contract import BrokenRequestError, Contract

Json = dict[str, Any]
TABLES = """
CREATE TABLE IF NOT EXISTS branch (id TEXT PRIMARY KEY, name TEXT NOT NULL, zone TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS doctor (
    id TEXT PRIMARY KEY, family TEXT NOT NULL, given TEXT NOT NULL, middle TEXT NOT NULL, specialty TEXT
);
CREATE TABLE IF NOT EXISTS service (id TEXT PRIMARY KEY, name TEXT NOT NULL, minutes INTEGER, roubles TEXT);
CREATE TABLE IF NOT EXISTS gives (doctor TEXT NOT NULL, service TEXT NOT NULL, minutes INTEGER);
CREATE TABLE IF NOT EXISTS place (doctor TEXT NOT NULL, branch TEXT NOT NULL, UNIQUE (doctor, branch));
CREATE TABLE IF NOT EXISTS work (
    doctor TEXT NOT NULL, branch TEXT NOT NULL, begin TEXT NOT NULL, finish TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS patient (
    id INTEGER PRIMARY KEY, family TEXT, given TEXT, middle TEXT, phone TEXT, birth_date TEXT
);
CREATE TABLE IF NOT EXISTS visit (
    id INTEGER PRIMARY KEY, reference TEXT UNIQUE, state TEXT NOT NULL, doctor TEXT, branch TEXT,
    begin TEXT, minutes INTEGER, starts INTEGER, ends INTEGER, patient INTEGER, comment TEXT
);
CREATE INDEX IF NOT EXISTS visit_by_doctor ON visit (doctor, starts);
CREATE TABLE IF NOT EXISTS change (number INTEGER PRIMARY KEY AUTOINCREMENT, visit INTEGER NOT NULL);
"""
OVERLAP = "SELECT 1 FROM visit WHERE state = 'booked' AND {} = ? AND starts < ? AND ends > ? AND id <> ?"
NEW = 0
MOST_DAYS = 30
PAGE = 200
NOBODY = {"family": "", "given": "", "middle": "", "phone": "", "birth_date": None}


class RefusedError(Exception):
    """Nothing is written: the transaction is rolled back."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Clinic:
    """Thread-safe. `path` ":memory:" forgets everything with the process."""

    def __init__(self, secret: str, *, path: Path | str = ":memory:") -> None:
        self._secret = secret.encode()
        self._contract = Contract()
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        weakref.finalize(self, self._db.close)
        self._db.executescript(TABLES)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Alone from here to the commit; an exception takes everything back."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def answer(self, method: str, target: str, *, secret: str, body: bytes = b"") -> tuple[int, Json]:
        """Answer one request; the secret is looked at before anything else."""
        if not hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret):
            return 401, {"code": "unauthorised"}
        path, given = _place(target)
        known = self.methods(target)
        if method not in known:
            return (405 if known else 404), {"code": "no_such_call"}
        try:
            self._contract.check_parameters(path, method.lower(), given)
            return self._act(method, path, {name: values[0] for name, values in given.items()}, body)
        except (BrokenRequestError, RecursionError, ValueError):
            return 400, {"code": "bad_request"}
        except RefusedError as refused:
            return refused.status, {"code": refused.code}
        except sqlite3.Error:
            return 500, {"code": "broken"}

    def methods(self, target: str) -> list[str]:
        """Return what may be asked of an address; nothing for one that the contract has not."""
        place = self._contract.document["paths"].get(_place(target)[0], {})
        return [name.upper() for name in place if name != "parameters"]

    def _act(self, method: str, path: str, given: dict[str, str], body: bytes) -> tuple[int, Json]:
        if path == "/directory":
            return 200, self.directory()
        if path == "/free":
            return 200, self.free(given)
        if path == "/changes":
            return 200, self.changes(given.get("after"))
        if method == "GET":
            return 200, self.visit(given["reference"])
        if method == "DELETE":
            return 200, self.cancel(given["reference"])
        order = json.loads(body)
        self._contract.check("Booking", order)
        return self.book(given["reference"], order)

    def book(self, reference: str, order: Json) -> tuple[int, Json]:
        """Write a visit under our caller's reference; one that is known is answered as it stands."""
        with self.writing() as db:
            known = db.execute("SELECT * FROM visit WHERE reference = ?", [reference]).fetchone()
            if known:
                return 200, _told(known)
            if (
                order.get("service")
                and not db.execute("SELECT 1 FROM service WHERE id = ?", [order["service"]]).fetchone()
            ):
                raise RefusedError(422, "unknown_party")
            self._put(db, NEW, order | {"reference": reference})
        return 201, self.visit(reference)

    def visit(self, reference: str) -> Json:
        with self._lock:
            row = self._db.execute("SELECT * FROM visit WHERE reference = ?", [reference]).fetchone()
        return _told(row) if row else {"reference": reference, "state": "none"}

    def cancel(self, reference: str) -> Json:
        """Free the time, and keep the reference from ever being booked (again)."""
        with self.writing() as db:
            row = db.execute("SELECT * FROM visit WHERE reference = ?", [reference]).fetchone()
            if row is None:
                db.execute("INSERT INTO visit (reference, state) VALUES (?, 'cancelled')", [reference])
            elif row["state"] == "booked":
                self._cancel(db, row["id"])
        return self.visit(reference)

    def free(self, given: dict[str, str]) -> Json:
        """Tell working time and visits of the days; whoever asks takes one from the other."""
        first, last = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        if not first <= last <= first + timedelta(days=MOST_DAYS) or ("doctor" in given) != (
            "branch" in given
        ):
            raise BrokenRequestError("from, to, doctor, branch")
        wanted = (given.get("doctor"), given.get("branch"))
        days = (str(first), str(last + timedelta(days=1)))
        with self._lock:
            places = self._db.execute(
                "SELECT * FROM place JOIN branch ON branch.id = place.branch"
            ).fetchall()
            chosen = [row for row in places if wanted in {(None, None), (row["doctor"], row["branch"])}]
            if not chosen:
                raise RefusedError(422, "unknown_party")
            schedules = [
                {
                    "doctor": row["doctor"],
                    "branch": row["branch"],
                    "zone": row["zone"],
                    "free": self._stretches("work", row, days),
                    "busy": self._stretches("visit", row, days),
                }
                for row in chosen
            ]
        return {"complete": True, "schedules": schedules}

    def _stretches(self, table: str, place: sqlite3.Row, days: tuple[str, str]) -> list[Json]:
        end = "finish" if table == "work" else "strftime('%Y-%m-%dT%H:%M', begin, minutes || ' minutes')"
        booked = "" if table == "work" else "AND state = 'booked'"
        rows = self._db.execute(
            f"SELECT begin, {end} AS finish FROM {table} WHERE doctor = ? AND branch = ? {booked}"  # noqa: S608 - our own words
            " AND begin < ? AND finish > ? ORDER BY begin",
            [place["doctor"], place["branch"], days[1], days[0]],
        )
        return [{"begin": row["begin"], "end": row["finish"]} for row in rows]

    def changes(self, after: str | None) -> Json:
        """Tell what changed after a cursor, each visit as it stands now."""
        with self._lock:
            newest = self._db.execute("SELECT coalesce(max(number), 0) FROM change").fetchone()[0]
            if after is None:
                return {"changes": [], "cursor": str(newest)}
            if not re.fullmatch(r"[0-9]{1,18}", after) or int(after) > newest:
                raise RefusedError(422, "unknown_cursor")
            rows = self._db.execute(
                "SELECT number, visit.* FROM change JOIN visit ON visit.id = visit WHERE number > ?"
                " ORDER BY number LIMIT ?",
                [int(after), PAGE],
            ).fetchall()
        told = {row["id"]: {**_told(row), "id": str(row["id"])} for row in rows}
        return {"changes": list(told.values()), "cursor": str(rows[-1]["number"]) if rows else after}

    def directory(self) -> Json:
        with self._lock:
            rows = {
                table: [dict(row) for row in self._db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - our own
                for table in ("branch", "doctor", "service", "gives", "place")
            }
        return {
            "complete": True,
            "branches": [{"id": row["id"], "name": row["name"]} for row in rows["branch"]],
            "doctors": [
                {
                    **{name: row[name] for name in ("id", "family", "given", "middle")},
                    "specialties": [row["specialty"]],
                    "branches": [place["branch"] for place in rows["place"] if place["doctor"] == row["id"]],
                    "services": [
                        {"id": one["service"], "minutes": one["minutes"]}
                        for one in rows["gives"]
                        if one["doctor"] == row["id"]
                    ],
                }
                for row in rows["doctor"]
            ],
            "services": [{name: row[name] for name in ("id", "name", "minutes")} for row in rows["service"]],
            "prices": [
                {"service": row["id"], "roubles": row["roubles"]} for row in rows["service"] if row["roubles"]
            ],
        }

    # What the registry does, under the same lock and the same checks.

    def clerk_books(self, doctor: str, branch: str, begin: str, minutes: int) -> int:
        order = {"doctor": doctor, "branch": branch, "begin": begin, "minutes": minutes, "patient": NOBODY}
        with self.writing() as db:
            return self._put(db, NEW, order)

    def clerk_moves(self, visit: int, begin: str) -> None:
        with self.writing() as db:
            row = db.execute("SELECT * FROM visit WHERE id = ? AND state = 'booked'", [visit]).fetchone()
            self._put(db, visit, dict(row) | {"begin": begin})

    def clerk_cancels(self, visit: int) -> None:
        with self.writing() as db:
            self._cancel(db, visit)

    def forget_visits(self) -> None:
        """Let nobody have booked, and nothing have changed."""
        with self.writing() as db:
            for table in ("visit", "change", "patient"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words

    def visits(self) -> list[Json]:
        with self._lock:
            return [dict(row) for row in self._db.execute("SELECT * FROM visit ORDER BY id")]

    def zones(self) -> dict[str, str]:
        """Return the IANA zone of each branch."""
        with self._lock:
            return {row["id"]: row["zone"] for row in self._db.execute("SELECT id, zone FROM branch")}

    # The rules, always inside `writing`.

    def _put(self, db: sqlite3.Connection, visit: int, order: Json) -> int:
        """Write a new visit, or give a known one its new time, if the time is free; returns its id."""
        place = db.execute(
            "SELECT zone FROM place JOIN branch ON branch.id = branch WHERE doctor = ? AND branch = ?",
            [order["doctor"], order["branch"]],
        ).fetchone()
        if place is None:
            raise RefusedError(422, "unknown_party")
        starts, ends, finish = _instants(order["begin"], order["minutes"], place["zone"])
        works = db.execute(
            "SELECT 1 FROM work WHERE doctor = ? AND branch = ? AND begin <= ? AND finish >= ?",
            [order["doctor"], order["branch"], order["begin"], finish],
        ).fetchone()
        taken = db.execute(OVERLAP.format("doctor"), [order["doctor"], ends, starts, visit]).fetchone()
        if not works or taken:
            raise RefusedError(409, "taken")
        patient = order["patient"] if visit else self._patient(db, order["patient"])
        if db.execute(OVERLAP.format("patient"), [patient, ends, starts, visit]).fetchone():
            raise RefusedError(422, "patient_conflict")
        if not visit:
            visit = int(db.execute("INSERT INTO visit (state) VALUES ('booked')").lastrowid or 0)
        db.execute(
            "UPDATE visit SET reference = ?, doctor = ?, branch = ?, begin = ?, minutes = ?, starts = ?,"
            " ends = ?, patient = ?, comment = ? WHERE id = ?",
            [order.get("reference"), order["doctor"], order["branch"], order["begin"], order["minutes"],
             starts, ends, patient, order.get("comment", ""), visit],
        )  # fmt: skip
        db.execute("INSERT INTO change (visit) VALUES (?)", [visit])
        return visit

    def _patient(self, db: sqlite3.Connection, person: Json) -> int | None:
        """Find the patient's card before making one: two cards of one person hide their own clashes."""
        if not person["phone"]:
            return None
        card = [person.get(name) or "" for name in NOBODY]
        columns = ", ".join(NOBODY)
        known = db.execute(f"SELECT id FROM patient WHERE ({columns}) = (?, ?, ?, ?, ?)", card).fetchone()  # noqa: S608 - our own words
        if known:
            return int(known["id"])
        return db.execute(f"INSERT INTO patient ({columns}) VALUES (?, ?, ?, ?, ?)", card).lastrowid  # noqa: S608 - as above

    def _cancel(self, db: sqlite3.Connection, visit: int) -> None:
        db.execute("UPDATE visit SET state = 'cancelled' WHERE id = ?", [visit])
        db.execute("INSERT INTO change (visit) VALUES (?)", [visit])


def _place(target: str) -> tuple[str, dict[str, list[str]]]:
    """Return the path as the contract writes it, and what stands in the address."""
    address = urlsplit(target)
    given = parse_qs(address.query, keep_blank_values=True)
    visit = re.fullmatch(r"/visits/([^/]+)", address.path)
    if visit is None:
        return address.path, given
    return "/visits/{reference}", given | {"reference": [unquote(visit[1])]}


def _instants(begin: str, minutes: int, zone: str) -> tuple[int, int, str]:
    """Return the minutes since 1970 of begin and end, and the end on the wall; ValueError for no day."""
    wall = datetime.fromisoformat(begin)
    starts = int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp()) // 60
    return starts, starts + minutes, (wall + timedelta(minutes=minutes)).isoformat(timespec="minutes")


def _told(row: sqlite3.Row) -> Json:
    names = ("reference", "state", "doctor", "branch", "begin", "minutes")
    return {name: row[name] for name in names if row[name] is not None or name == "reference"}
