"""What each operation answers: a message in, the content of `<OP>_OUT` out (contract §1.3–1.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from testbench.infoclinica import network
from testbench.infoclinica.base import Base, Card, Change, Record, RefusedError, branch
from testbench.infoclinica.faults import Faults
from testbench.infoclinica.network import Interval
from testbench.infoclinica.wire import Message, Node, check, row

FREE, PAST, TAKEN = 1, -6, 2
_USUAL_STEP = 30


class Operations:
    def __init__(self, base: Base, faults: Faults) -> None:
        self._base = base
        self._faults = faults
        self._acts: dict[str, Callable[[Message], Node]] = {
            "GET_FILIAL_LIST": self._branches,
            "GET_DOCTOR_LIST": self._doctors,
            "PRICE_LIST": self._prices,
            "DOCT_SCHEDULE_FREE": self._intervals,
            "SCHEDULE": self._grid,
            "SCHEDULE_REC_LIST": self._records,
            "SCHEDULE_REC_RESERVE": self._reserve,
            "SCHEDULE_REC_REMOVE": self._remove,
            "SCHEDULE_CHANGE_LIST": self._changes,
            "SCHEDULE_CHANGE_ACCEPT": self._accept,
            "CLIENT_CHECK": self._check_client,
            "CLIENT_ADD": self._add_client,
        }

    def run(self, message: Message) -> Node:
        """Do one call; a refusal is an answer too. LookupError for a branch that isn't there."""
        try:
            return self._acts[message.operation](message)
        except RefusedError as refusal:
            out = _done(refusal.comment, result=refusal.result)
            if refusal.label or refusal.text:
                out.children.append(check(2, refusal.label, refusal.text))
            return out

    def _shift(self, operation: str, number: int) -> int:
        fault = self._faults.draw("wrong_zone", operation, number)
        return fault.hours if fault else 0

    def _branches(self, message: Message) -> Node:
        del message
        out = _done("Данные по филиалам получены")
        out.children += [
            row(
                "GETFILIALLIST",
                FILIAL=one.id,
                FNAME=one.name,
                FADDR="",
                FPHONE="",
                FMAIL="",
                VIEWINWEB_OUT=1,
                TIMEZONE=one.timezone + self._shift("GET_FILIAL_LIST", one.id),
            )
            for one in network.BRANCHES
        ]
        return out

    def _doctors(self, message: Message) -> Node:
        wanted = _numbers(message.fields.get("FILLIST"))
        rows = [
            row(
                "GETDOCTORLIST",
                DCODE=doctor.id,
                DNAME=doctor.name,
                DEPNUM=doctor.department,
                DEPNAME=network.DEPARTMENTS[doctor.department],
                FILIAL=one.id,
                FNAME=one.name,
                VIEWINWEB=1,
            )
            for doctor in network.DOCTORS
            for one in network.BRANCHES
            if one.id in doctor.hours and (not wanted or one.id in wanted)
        ]
        out = _done("Данные по врачам получены")
        out.children += _page(rows, message)
        return out

    def _prices(self, message: Message) -> Node:
        out = _done("Данные по ценам получены")
        for number, code, name, price in network.SERVICES.get(int(message.fields["DEPNUM"]), ()):
            out.children.append(
                row(
                    "SCH",
                    SCHID=number,
                    KODOPER=code,
                    SCHNAME=name,
                    SPRICE=price,
                    DISCPERCENT="100.00",
                    DISCPRICE=price,
                    STRUCTNAME="Текущий прейскурант",
                    FILIAL=1,
                    FNAME="Базовый прейскурант",
                    SPECCODE=message.fields["DEPNUM"],
                    SPECNAME=network.DEPARTMENTS[int(message.fields["DEPNUM"])],
                )
            )
        return out

    def _worked(self, message: Message, doctors: set[int]) -> list[Interval]:
        one = branch(message.branch)
        first, last = _day(message.fields["BDATE"]), _day(message.fields["FDATE"])
        found = network.intervals(one, now=self._base.clock(), first=first, last=last)
        return [interval for interval in found if not doctors or interval.doctor.id in doctors]

    def _intervals(self, message: Message) -> Node:
        out = _done("Расписание работы врачей получено")
        for interval in self._worked(message, _numbers(message.fields.get("DOCTLIST"))):
            cells = self._cells(interval, _USUAL_STEP, self._base.busy(interval.doctor.id))
            free = sum(kind == FREE for *_, kind in cells)
            out.children.append(
                row(
                    "SCHINTERVAL",
                    SCHEDIDENT=interval.ident,
                    DCODE=interval.doctor.id,
                    DNAME=interval.doctor.name,
                    DEPNUM=interval.doctor.department,
                    DEPNAME=network.DEPARTMENTS[interval.doctor.department],
                    FILIAL=interval.branch.id,
                    FNAME=interval.branch.name,
                    WDATE=f"{interval.day:%Y%m%d}",
                    BEGHOUR=interval.hours.begin // 60,
                    BEGMIN=interval.hours.begin % 60,
                    ENDHOUR=interval.hours.end // 60,
                    ENDMIN=interval.hours.end % 60,
                    ONLINEMODE=interval.hours.mode,
                    TIMEZONE=interval.branch.timezone + self._shift("DOCT_SCHEDULE_FREE", interval.branch.id),
                    RNUM="К1",
                    FREEFLAG=int(free > 0),
                    FREECOUNT=free,
                )
            )
        return out

    def _grid(self, message: Message) -> Node:
        doctors = _numbers(message.fields.get("DCODEIN")) | _numbers(message.fields.get("INDOCTLIST"))
        if not doctors:
            raise RefusedError(-99, "Не задан врач")
        step = int(message.fields.get("EXTINTERV", _USUAL_STEP))
        is_stale = self._faults.draw("stale_grid", "SCHEDULE", message.branch) is not None
        is_partial = self._faults.draw("partial", "SCHEDULE", message.branch) is not None
        out = _done("Данные по расписанию получены")
        worked = sorted(self._worked(message, doctors), key=lambda one: (one.doctor.id, one.day, one.ident))
        for doctor, mine in groupby(worked, key=lambda one: one.doctor):
            department = out.add("DEP")
            department.add("DEPNUM", doctor.department)
            node = department.add("DOCT")
            node.add("DCODE", doctor.id)
            busy = [] if is_stale else self._base.busy(doctor.id)
            for number, (day, parts) in enumerate(groupby(mine, key=lambda one: one.day)):
                if is_partial and number % 2:
                    continue
                date_node = node.add("WRDATE")
                date_node.add("WDATE", f"{day:%Y%m%d}")
                for interval in parts:
                    date_node.children.append(self._part(interval, step, busy, "PCODE" in message.fields))
        return out

    def _part(self, interval: Interval, step: int, busy: list[Record], has_patient: bool) -> Node:  # noqa: FBT001 - a fact of the call
        node = row("SCHEDINT", SCHEDIDENT=interval.ident, RNUM="К1")
        closing = self._base.closings.get(interval.doctor.id)
        if closing is not None and has_patient:
            node.children.append(check(2, closing.label, closing.text))
        for begin, end, kind in self._cells(interval, step, busy):
            node.children.append(
                row(
                    "INTERVAL",
                    BHOUR=begin // 60,
                    BMIN=begin % 60,
                    FHOUR=end // 60,
                    FMIN=end % 60,
                    FREETYPE=kind,
                )
            )
        return node

    def _cells(self, interval: Interval, step: int, busy: list[Record]) -> list[tuple[int, int, int]]:
        """Cut the interval, its break left out, by the step; the last cell of a run may be shorter."""
        hours, cells = interval.hours, []
        pause = hours.pause or (hours.end, hours.end)
        for first, last in ((hours.begin, pause[0]), (pause[1], hours.end)):
            for begin in range(first, last, step):
                end = min(begin + step, last)
                cell = Record(
                    0, interval.branch, interval.doctor.id, interval.ident, interval.day, begin, end, 0
                )
                kind = FREE
                if any(cell.start < one.finish and one.start < cell.finish for one in busy):
                    kind = TAKEN
                elif cell.start < self._base.clock():
                    kind = PAST
                cells.append((begin, end, kind))
        return cells

    def _reserve(self, message: Message) -> Node:
        executing, fields = branch(message.branch), message.fields
        wanted = Record(
            id=0,
            branch=executing,
            doctor=int(fields["DCODE"]),
            ident=int(fields["SCHEDIDENT"]),
            day=_day(fields["WORKDATE"]),
            begin=int(fields["BHOUR"]) * 60 + int(fields["BMIN"]),
            end=int(fields["FHOUR"]) * 60 + int(fields["FMIN"]),
            card=int(fields["PCODE"]),
            reference=fields.get("EXTSCHEDID", ""),
            services=fields.get("SCHLIST", ""),
            online=int(fields["ONLINETYPE"]),
        )
        if self._faults.draw("branch_mismatch", message.operation, executing.id):
            elsewhere = self._elsewhere(wanted)
            if elsewhere is not None:
                wanted = elsewhere
        if self._faults.draw("clerk_race", message.operation, executing.id):
            clerk = self._base.add_card(Card(0, "Звонкова", "Регина", "", "+70000000000", ""))
            self._base.reserve(replace(wanted, card=clerk.id, reference="", source="clerk"))
        written = self._base.reserve(wanted, moved=int(fields.get("SCHEDID", 0)))
        out = _done("Запись выполнена")
        out.children.append(row("SCHED_INFO", **_told(written), CASHID=0, FNAME=written.branch.name))
        return out

    def _elsewhere(self, wanted: Record) -> Record | None:
        """Return the same visit as another branch would write it: a call executed at the wrong one."""
        for other in network.BRANCHES:
            if other == wanted.branch:
                continue
            now = self._base.clock()
            for one in network.intervals(other, now=now, first=wanted.day, last=wanted.day):
                if one.hours.begin <= wanted.begin and wanted.end <= one.hours.end:
                    return replace(wanted, branch=other, doctor=one.doctor.id, ident=one.ident)
        return None

    def _remove(self, message: Message) -> Node:
        self._base.remove(int(message.fields["SCHEDID"]), branch(message.branch))
        return _done("Запись удалена")

    def _records(self, message: Message) -> Node:
        since = _day(message.fields["BDATE"]) if "BDATE" in message.fields else date.min
        card = int(message.fields["PCODE"])
        mine = [
            one
            for one in sorted(self._base.records.values(), key=lambda one: one.id)
            if one.card == card and one.removed_at is None and one.day >= since
        ]
        out = _done("Список приемов")
        out.children += _page([row("SCHEDULEREC", **_told(one), PCODE=one.card) for one in mine], message)
        first = message.fields.get("FIRSTROW", "1")
        last = message.fields.get("LASTROW", str(len(mine)))
        out.children.append(row("RECORDSDATA", ITEMSNUMBER=len(mine), FIRSTROW=first, LASTROW=last))
        return out

    def _changes(self, message: Message) -> Node:
        queued = self._base.queued(branch(message.branch))
        if self._faults.draw("reorder_events", message.operation, message.branch):
            queued.reverse()
        if self._faults.draw("duplicate_events", message.operation, message.branch):
            queued += queued
        out = _done("Список изменений")
        out.children += [_change(change) for change in queued]
        return out

    def _accept(self, message: Message) -> Node:
        if not message.blocks:
            raise RefusedError(-99, "Начало блока CHANGE_INFO не найдено")
        self._base.accept({int(block["CHANGEID"]) for block in message.blocks})
        return _done("Изменения приняты")

    def _check_client(self, message: Message) -> Node:
        login = message.fields["LOGIN"]
        cards = [card for card in self._base.cards.values() if login in {card.phone, card.email}]
        if not cards:
            raise RefusedError(0, "Пациент не найден")
        out = _done("Пациент найден")
        out.children += [
            row(
                "CLIENT_MAININFO",
                PCODE=card.id,
                PNAME=f"{card.given} {card.middle}".strip(),
                PPHONE=card.phone,
                BDATE=card.birth_date or None,
            )
            for card in cards
        ]
        return out

    def _add_client(self, message: Message) -> Node:
        fields = message.fields
        card = self._base.add_card(
            Card(
                0,
                fields["LASTNAME"],
                fields["FIRSTNAME"],
                fields.get("MIDNAME", ""),
                fields["PHONE"],
                fields.get("BDATE", ""),
                fields.get("EMAIL", ""),
            )
        )
        out = _done("Пациент добавлен")
        out.add("PCODE", card.id)
        return out


def _done(comment: str, *, result: int = 1) -> Node:
    return row("OUT", SPRESULT=result, SPCOMMENT=comment)


def _told(record: Record) -> dict[str, object]:
    """Return the fields of a record; hours have no leading zeros."""
    return {
        "SCHEDID": record.id,
        "WORKDATE": f"{record.day:%Y%m%d}",
        "BHOUR": record.begin // 60,
        "BMIN": record.begin % 60,
        "FHOUR": record.end // 60,
        "FMIN": record.end % 60,
        "FILIAL": record.branch.id,
        "DCODE": record.doctor,
        "SCHEDIDENT": record.ident,
        "ONLINETYPE": record.online,
        "EXTSCHEDID": record.reference or None,
    }


def _change(change: Change) -> Node:
    return row("CHANGE_INFO", CHANGEID=change.id, CHANGEOP=change.operation, **_told(change.record))


def _page(rows: list[Node], message: Message) -> list[Node]:
    first = int(message.fields.get("FIRSTROW", 1))
    return rows[first - 1 : int(message.fields.get("LASTROW", len(rows)))]


def _numbers(told: str | None) -> set[int]:
    return {int(part) for part in told.split(",")} if told else set()


def _day(told: str) -> date:
    return datetime.strptime(told, "%Y%m%d").date()  # noqa: DTZ007 - a day of a wall calendar
