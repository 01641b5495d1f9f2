"""What the clinic's system holds: cards, records, change queues. One lock; a write is whole or not there."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from testbench.clock import Clock, utc_now
from testbench.infoclinica.network import Branch, Interval, branch_of, intervals

ADDED, CHANGED, REMOVED = 0, 1, 2
TAKEN_LABEL = "Время занято"
TAKEN_TEXT = "К сожалению, выбранное время было недавно занято. Пожалуйста, выберите другое время."


class RefusedError(Exception):
    """A business refusal: SPRESULT, a label and a text for CHECKDATA (2), both empty where there is none."""

    def __init__(self, result: int, comment: str, label: str = "", text: str = "") -> None:
        super().__init__(comment)
        self.result = result
        self.comment = comment
        self.label = label
        self.text = text


@dataclass(frozen=True, slots=True)
class Card:
    """A patient. `login` is a phone or an address, compared as it was written."""

    id: int
    family: str
    given: str
    middle: str
    phone: str
    birth_date: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A visit; minutes are of the branch's wall clock, after midnight of `day`."""

    id: int
    branch: Branch
    doctor: int
    ident: int
    day: date
    begin: int
    end: int
    card: int
    reference: str = ""
    source: str = "site"
    services: str = ""
    online: int = 0
    removed_at: datetime | None = None

    @property
    def start(self) -> datetime:
        return _instant(self.branch, self.day, self.begin)

    @property
    def finish(self) -> datetime:
        return _instant(self.branch, self.day, self.end)


@dataclass(frozen=True, slots=True)
class Change:
    id: int
    operation: int
    record: Record


@dataclass(frozen=True, slots=True)
class Closing:
    """A CHECKCODE 2 inside the schedule of a doctor, where a patient is named."""

    label: str
    text: str


@dataclass(slots=True)
class Base:
    clock: Clock = utc_now
    cards: dict[int, Card] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    closings: dict[int, Closing] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: "count[int]" = field(default_factory=lambda: count(900_001))

    def add_card(self, card: Card) -> Card:
        with self.lock:
            made = replace(card, id=next(self._ids))
            self.cards[made.id] = made
            return made

    def interval(self, branch: Branch, ident: int) -> Interval | None:
        today = self.clock().date()
        first, last = today - timedelta(days=2), today + timedelta(days=60)
        found = intervals(branch, now=self.clock(), first=first, last=last)
        return next((one for one in found if one.ident == ident), None)

    def busy(self, doctor: int, *, ignoring: int = 0) -> list[Record]:
        with self.lock:
            return [
                record
                for record in self.records.values()
                if record.doctor == doctor and record.removed_at is None and record.id != ignoring
            ]

    def reserve(self, wanted: Record, *, moved: int = 0) -> Record:
        """Write a visit, or give one that exists (`moved`) another time; raises RefusedError."""
        with self.lock:
            if moved and (moved not in self.records or self.records[moved].removed_at is not None):
                raise RefusedError(-2, "Запись пациента не найдена")
            self._check_time(wanted)
            if wanted.card not in self.cards:
                raise RefusedError(0, "Пациент не найден")
            if _overlap(wanted, self.busy(wanted.doctor, ignoring=moved)):
                raise RefusedError(0, TAKEN_TEXT, TAKEN_LABEL, TAKEN_TEXT)
            others = [r for r in self.records.values() if r.card == wanted.card and r.removed_at is None]
            if _overlap(wanted, (record for record in others if record.id != moved)):
                raise RefusedError(0, "Отказ", "Пациент уже записан", "Пациент уже записан на это время")
            written = replace(wanted, id=moved or next(self._ids))
            if moved and not written.reference:
                written = replace(written, reference=self.records[moved].reference)
            self.records[written.id] = written
            self._tell(CHANGED if moved else ADDED, written)
            return written

    def remove(self, number: int, branch: Branch) -> Record:
        with self.lock:
            record = self.records.get(number)
            if record is None or record.branch != branch:
                raise RefusedError(-2, "Запись пациента не найдена")
            if record.removed_at is not None:
                text = "Ваша запись на прием уже отменена, список записей будет обновлен в ближайшее время"
                raise RefusedError(0, "Запись пациента не найдена", "", text)
            gone = replace(record, removed_at=self.clock())
            self.records[number] = gone
            self._tell(REMOVED, gone)
            return gone

    def queued(self, branch: Branch) -> list[Change]:
        with self.lock:
            return [change for change in self.changes if change.record.branch == branch]

    def accept(self, numbers: set[int]) -> None:
        with self.lock:
            self.changes = [change for change in self.changes if change.id not in numbers]

    def _tell(self, operation: int, record: Record) -> None:
        self.changes.append(Change(next(self._ids), operation, record))

    def _check_time(self, wanted: Record) -> None:
        interval = self.interval(wanted.branch, wanted.ident)
        if interval is None or (interval.doctor.id, interval.day) != (wanted.doctor, wanted.day):
            raise RefusedError(0, "График не найден", "График не найден", "Интервал графика не найден")
        hours = interval.hours
        inside = hours.begin <= wanted.begin < wanted.end <= hours.end
        over = hours.pause and wanted.begin < hours.pause[1] and hours.pause[0] < wanted.end
        if not inside or over or wanted.start < self.clock():
            raise RefusedError(0, "Отказ", "Запись невозможна", "Запись на это время невозможна")


def branch(number: int | None) -> Branch:
    found = None if number is None else branch_of(number)
    if found is None:
        raise LookupError(f"Филиал {number} не найден")
    return found


def _overlap(wanted: Record, others: Iterable[Record]) -> bool:
    return any(wanted.start < other.finish and other.start < wanted.finish for other in others)


def _instant(branch: Branch, day: date, minutes: int) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=branch.zone)
    return (midnight + timedelta(minutes=minutes)).astimezone(UTC)
