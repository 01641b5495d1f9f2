"""«Журнал доступа»: who opened whose data, for who answers for that; whoever looks here stands here too."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.live import etag_of, fragment
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.zones import moment, usual_zone
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.files import safe_cell
from feldsher.channels.frontend.queries import text_in
from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit import checking, selectors, shipping, words
from feldsher.foundation.audit.types import ActorKind, CheckCard, ExportRow, JournalQuery, JournalRow
from feldsher.kernel import clock, formats
from feldsher.kernel.clock import day_bounds
from feldsher.kernel.errors import InvalidInputError

ROLES = {role.value: role.russian for role in Role}
_PARTS = ("actor", "patient", "since", "until", "result", "column")
_HEAD = ("Когда", "Кто", "Что", "Чьи данные", "Зачем", "Основание", "Итог", "Откуда")
_ACCOUNT = "account"
_ID = re.compile(r"[0-9]{1,18}")
"""What a spreadsheet would take for a formula."""
_FILE_HEAD = (
    *("№", "Время, UTC", "Кто", "Код", "Роль", "За\u00a0кого", "Устройство", "Сеть"),
    *("Что", "Данные", "Поля", "Пациенты", "Записи", "Строк"),
    *("Зачем", "Основание", "Итог", "Причина", "Запрос", "Место в дереве", "Хеш"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, what is wrong with it, and the question that it makes."""

    typed: Mapping[str, str]
    errors: Mapping[str, str]
    query: JournalQuery

    def link(self, **changes: str) -> str:
        """Return the address of the same question with other values."""
        parts = {name: value for name, value in {**self.typed, **changes}.items() if value}
        return f"{reverse('desk:journal')}?{urlencode(parts)}"


@staff_page(Action.SEE_JOURNAL)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Answer a question to the journal, the newest rows first."""
    zone = usual_zone()
    asked = _asked(request.GET, zone)
    context: dict[str, object] = {
        "typed": asked.typed,
        "errors": asked.errors,
        "people": _people(),
        "results": [("", "Любой"), *words.RESULTS.items()],
        "columns": [("", "Любые"), *words.COLUMNS.items()],
        "head": _HEAD,
        "may_export": can(staff, Action.EXPORT_JOURNAL),
        "live": f"{reverse('desk:journal-check')}?live=1",
        **_state(zone),
    }
    if not asked.errors:
        with as_staff(staff, Action.SEE_JOURNAL) as at_work:
            found = selectors.journal(asked.query, reader=at_work.actor)
        rows, older = found[: selectors.PAGE], found[selectors.PAGE :]
        names = _names(rows)
        context |= {
            "found": [_cells(row, asked, names=names, zone=zone) for row in rows],
            "older": asked.link(before=str(rows[-1].id)) if older else "",
            "newest": asked.link() if asked.query.before else "",
        }
    status = 422 if asked.errors else 200
    return page(request, staff, "journal.html", {**context, "is_asked": not asked.errors}, status=status)


@staff_page(Action.EXPORT_JOURNAL, methods=("POST",))
def export(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Give the same question's rows as a file; the journal keeps that somebody took them."""
    asked = _asked(request.POST, usual_zone())
    if asked.errors:
        raise InvalidInputError("not a question to the journal", fields=dict(asked.errors))
    with as_staff(staff, Action.EXPORT_JOURNAL) as at_work:
        rows = selectors.export(asked.query, reader=at_work.actor)
    names = _names(each.row for each in rows)
    file = io.StringIO()
    table = csv.writer(file, delimiter=";")
    table.writerow(_FILE_HEAD)
    table.writerows([safe_cell(value) for value in _values(each, names=names)] for each in rows)
    answer = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="journal-{clock.now():%Y-%m-%d}.csv"'
    return answer


@staff_page(Action.SEE_JOURNAL, methods=("GET", "HEAD", "POST"))
def check(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask for a check; GET is the state of the last one, for a page that asks by itself."""
    if request.method == "POST":
        checking.ask_check(str(staff.id))
        return SeeOther(reverse("desk:journal"))
    state = _state(usual_zone())
    part = fragment(request, "_journal_check.html", state, etag=str(state["etag"]))
    return part or SeeOther(reverse("desk:journal"))


def _asked(data: QueryDict, zone: str) -> Asked:
    typed = {name: text_in(data, name) for name in _PARTS}
    errors: dict[str, str] = {}
    patient = None
    if typed["patient"]:
        try:
            patient = UUID(typed["patient"])
        except ValueError:
            errors["patient"] = "Это не\u00a0номер пациента. Скопируйте его из\u00a0журнала целиком."
    days = {name: day_of(typed[name]) for name in ("since", "until")}
    for name, day in days.items():
        if typed[name] and day is None:
            errors[name] = "Укажите день, например 24.11.2026."
    since, until = days["since"], days["until"]
    if since and until and until < since:
        errors["until"] = "Этот день раньше первого."
    before = text_in(data, "before")
    query = JournalQuery(
        actor=typed["actor"],
        patient=patient,
        since=_first(since, zone),
        until=_first(until + timedelta(days=1), zone) if until else None,
        result=typed["result"],
        column=typed["column"],
        before=int(before) if _ID.fullmatch(before) else None,
    )
    return Asked(typed, errors, query)


def _first(day: date | None, zone: str) -> datetime | None:
    return day_bounds(day, ZoneInfo(zone))[0] if day else None


def _people() -> list[tuple[str, str]]:
    staff = [(str(each.id), each.name or each.login) for each in access.all_staff()]
    return [("", "Любой"), *sorted(staff, key=lambda item: item[1])]


def _names(rows: Iterable[JournalRow]) -> dict[str, str]:
    """Return the names of staff who acted, and of those whose accounts it was, by id."""
    ids: set[UUID] = set()
    for row in rows:
        if row.actor_kind == ActorKind.STAFF.value and _is_id(row.actor):
            ids.add(UUID(row.actor))
        if row.what == _ACCOUNT:
            ids.update(row.ids)
    return {str(key): name for key, name in access.names(ids).items()}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _cells(row: JournalRow, asked: Asked, *, names: Mapping[str, str], zone: str) -> tuple[object, ...]:
    local = row.at.astimezone(ZoneInfo(zone))
    shown = words.fields(row, roles=ROLES)
    what = f"{words.what(row)}: {shown}" if shown else words.what(row)
    many = f", {formats.plural(row.row_count, 'строка', 'строки', 'строк')}" if row.row_count > 1 else ""
    is_refused = row.result != "allowed"
    return (
        f"{local:%d.%m.%Y %H:%M:%S}",
        _who(row, names),
        f"{what}{many}",
        _whose(row, asked, names),
        words.why(row),
        words.RELATIONS.get(row.relation, row.relation),
        Cell(words.RESULTS.get(row.result, row.result), css="is-late" if is_refused else ""),
        _from_where(row),
    )


def _who(row: JournalRow, names: Mapping[str, str]) -> str:
    who = words.who(row, roles=ROLES, names=names)
    return f"{who}, за\u00a0пациента {str(row.on_behalf)[:8]}" if row.on_behalf else who


def _from_where(row: JournalRow) -> str:
    """Return the network, and the beginning of the device's digest: enough to see that two are one."""
    device = f"устройство {row.device[:8]}" if row.device else ""
    return ", ".join(filter(None, (row.network, device))) or "—"


def _whose(row: JournalRow, asked: Asked, names: Mapping[str, str]) -> object:
    """Return whose data it was: colleagues by name, one patient leads to all that was done with theirs."""
    if row.what == _ACCOUNT:
        return ", ".join(names.get(str(each), str(each)) for each in row.ids)
    if not row.patients:
        return "—"
    if len(row.patients) == 1:
        return Cell(f"{row.patients[0]}"[:8], url=asked.link(patient=str(row.patients[0]), before=""))
    return formats.plural(len(row.patients), "пациент", "пациента", "пациентов")


def _values(each: ExportRow, *, names: Mapping[str, str]) -> tuple[object, ...]:
    row = each.row
    return (
        *(row.id, row.at.isoformat(timespec="microseconds"), words.who(row, roles=ROLES, names=names)),
        *(row.actor, row.role, row.on_behalf or "", row.device, row.network),
        *(row.what, row.matrix_column, " ".join(row.fields)),
        *(" ".join(map(str, row.patients)), " ".join(map(str, row.ids)), row.row_count),
        *(row.purpose, row.relation, row.result, row.reason, row.trace),
        *("" if each.leaf is None else each.leaf, each.hash),
    )


def _state(zone: str) -> dict[str, object]:
    """Return the last check and the second copy's lag in words, with the ETag of both."""
    now, last = clock.now(), selectors.last_finished_check()
    newest, lag = selectors.last_check(), shipping.lag()
    is_at_work = (
        newest is not None and newest.finished_at is None and now - newest.asked_at < checking.RUNS_FOR
    )
    state: dict[str, object] = {"is_at_work": is_at_work, "check": _check(last, zone, now), "waits": lag.rows}
    return state | {"etag": etag_of(sorted(state.items()))}


def _check(card: CheckCard | None, zone: str, now: datetime) -> dict[str, object] | None:
    if card is None or card.finished_at is None:
        return None
    return {
        "is_clean": card.is_clean,
        "is_contradicted": card.is_contradicted,
        "finished": moment(card.finished_at, zone, now=now),
        "leaves": card.leaves,
        "covered": card.covered,
        "covered_at": moment(card.covered_at, zone, now=now) if card.covered_at else "",
        "findings": [words.wrong(each) for each in card.findings],
        "untold": card.untold,
    }
