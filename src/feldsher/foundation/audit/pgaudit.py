"""The database's own witness: reads that pgaudit logged and the journal knows nothing of.

The door's contexts put the id of their request into `application_name` («feldsher t=…»), and the journal
keeps it. A read of a witnessed table whose connection carries no id that the journal has went past the door:
by hand, by a report tool, by stolen credentials. What is found is a row of the journal and an error in the
log. Works of ours that look for a row and show nobody write no row; the door names them there, too («w=…»).

pgaudit runs in object mode: what is witnessed is what `pgaudit.role` may select; a COPY of a whole table is
seen in session mode only, and without the table's name (docs/modules/audit.md, tried on pgaudit 1.7). An id
proves no innocence: whoever saw one in a log may name it. It shows who read without knowing of the door.
"""

import csv
import glob
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from feldsher.foundation.audit.errors import AuditConfigError
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import CSVLOG, Access, Actor, ActorKind, Result
from feldsher.kernel import clock

WITNESS = Actor(ActorKind.SERVICE, "pgaudit")
PURPOSE = "past_the_door"
COPY = "COPY"
"""The command, and what stands for its table, which pgaudit does not name."""
SHOW_NOBODY = frozenset(
    {
        "booking",
        "call_request",
        "corporate_forget",
        "corporate_request",
        "corporate_status",
        "emergency",
        "mis_feed",
        "own_hold",
        "remembering",
        "tending",
        "watch",
        "why_not",
    }
)
"""Works (`as_service`, `as_holder`) that read personal rows and give nobody's data to anybody."""
_WORK = re.compile(r" w=([a-z_]+)$")
_TRACE = re.compile(r"(?:^| )t=([A-Za-z0-9_-]{1,64})(?: |$)")
_USER, _SEVERITY, _MESSAGE, _APPLICATION, _COLUMNS = 1, 11, 13, 22, 23
_AUDIT, _TOLD = "AUDIT: ", 7
csv.field_size_limit(1 << 30)  # a statement in the log may be as long as PostgreSQL takes
_SLACK = timedelta(hours=1)
"""A request that began in one day and read in the next."""
_MOST_KEYS = 1000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """One read that pgaudit logged. `rows` is None where it is not told (`pgaudit.log_rows` off, a COPY)."""

    at: datetime
    user: str
    application: str
    table: str
    rows: int | None

    @property
    def trace(self) -> str:
        """Return the id of the request that the connection named; empty where it named none."""
        found = _TRACE.search(self.application)
        return found[1] if found else ""

    @property
    def shows_nobody(self) -> bool:
        """Return whether the application read it for a work that gives nobody's data to anybody."""
        found = _WORK.search(self.application)
        is_ours = self.user == settings.DATABASES["default"]["USER"]
        return is_ours and found is not None and found[1] in SHOW_NOBODY


@dataclass(frozen=True, slots=True)
class PastTheDoor:
    """Reads of one table by one role of the database under one application name, that no row answers for."""

    user: str
    application: str
    table: str
    first: datetime
    times: int
    rows: int


def reads_in(path: Path) -> Iterator[Read]:
    """Yield the reads of one log, a csvlog.

    Raises AuditConfigError for another form or a clock that is not UTC, OSError where it can't be read.
    """
    if path.suffix != CSVLOG:
        raise AuditConfigError(f"{path.name} is no csvlog: set log_destination = 'csvlog'")
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(file):
            if len(row) >= _COLUMNS and row[_SEVERITY] == "LOG" and row[_MESSAGE].startswith(_AUDIT):
                yield from _read(row)


def _read(row: list[str]) -> Iterator[Read]:
    """Yield the read that a row tells of; nothing for what is no read of a witnessed object.

    Anybody may have PostgreSQL log a message that begins like pgaudit's; one of another shape is not its own.
    """
    told = next(csv.reader([row[_MESSAGE].removeprefix(_AUDIT)]))
    if len(told) < _TOLD:
        return
    mode, _, _, kind, command, _, table, *rest = told
    is_copy = mode == "SESSION" and command == COPY
    if kind != "READ" or not (mode == "OBJECT" or is_copy):
        return
    when, _, zone = row[0].rpartition(" ")
    if zone not in {"UTC", "GMT"}:
        raise AuditConfigError(f"the database's log is written in {zone}: set log_timezone = 'UTC'")
    rows = "" if is_copy else rest[2] if len(rest) > 2 else ""  # noqa: PLR2004 - after statement and parameter
    yield Read(
        at=datetime.fromisoformat(when).replace(tzinfo=UTC),
        user=row[_USER],
        application=row[_APPLICATION],
        table=table or COPY,
        rows=int(rows) if rows.isdecimal() else None,
    )


def past_the_door(reads: Iterable[Read]) -> tuple[PastTheDoor, ...]:
    """Return the reads that no row of the journal answers for, those of most rows first.

    Reads without rows disclosed nothing, nor did works that show nobody. Roles of FELDSHER_PGAUDIT_SPARE (a
    backup's own) are not asked.
    """
    spared = set(settings.FELDSHER_PGAUDIT_SPARE)
    told = [read for read in reads if read.rows != 0 and read.user not in spared and not read.shows_nobody]
    known = _known({read.trace for read in told if read.trace}, told)
    found: dict[tuple[str, str, str], list[Read]] = {}
    for read in told:
        if read.trace not in known:
            found.setdefault((read.user, read.application, read.table), []).append(read)
    answers = [
        PastTheDoor(
            *key,
            first=min(each.at for each in group),
            times=len(group),
            rows=sum(each.rows or 0 for each in group),
        )
        for key, group in found.items()
    ]
    return tuple(sorted(answers, key=lambda each: (-each.rows, each.first)))


@JOURNAL.reach()
def _known(traces: set[str], reads: list[Read]) -> set[str]:
    """Return those of the ids that the journal has, around the time of the reads."""
    if not traces:
        return set()
    around = (min(read.at for read in reads) - _SLACK, max(read.at for read in reads) + _SLACK)
    asked, found = sorted(traces), set()
    for n in range(0, len(asked), _MOST_KEYS):
        rows = AccessEntry.objects.filter(trace__in=asked[n : n + _MOST_KEYS], at__range=around)
        found |= set(rows.values_list("trace", flat=True))
    return found


def reconcile(day: date) -> tuple[PastTheDoor, ...]:
    """Compare a day (UTC) of the database's log with the journal; what went past the door is told and kept.

    A witness that saw nothing on a day on which the journal has reads of staff is an error, too: it was off.
    """
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    last = first + timedelta(days=1)
    reads = [read for read in _logged(first) if first <= read.at < last]
    if not reads and _has_reads(first, last):
        _log.error("audit: pgaudit saw no read on %s, and the journal has some: is it on?", day)
    found = past_the_door(reads)
    for each in found:
        _log.error("audit: read past the door: %s read %s %d times", each.user, each.table, each.times)
    if found:
        with transaction.atomic():
            record(*map(_entry, found))
    return found


def reconcile_yesterday() -> None:
    """Do the nightly comparison, where a log is set."""
    if not settings.FELDSHER_PGAUDIT_LOG:
        return
    try:
        reconcile(clock.now().date() - timedelta(days=1))
    except (OSError, AuditConfigError) as error:
        _log.error("audit: the database's log can't be compared with the journal: %s", error)


def _logged(since: datetime) -> Iterator[Read]:
    """Yield the reads of all logs that were written to since then; a pattern that fits none is an OSError."""
    paths = [Path(name) for name in sorted(glob.glob(settings.FELDSHER_PGAUDIT_LOG))]  # noqa: PTH207 - absolute
    if not paths:
        raise FileNotFoundError(f"no log at {settings.FELDSHER_PGAUDIT_LOG}")
    for path in paths:
        if path.stat().st_mtime >= since.timestamp():
            yield from reads_in(path)


@JOURNAL.reach()
def _has_reads(first: datetime, last: datetime) -> bool:
    rows = AccessEntry.objects.filter(at__gte=first, at__lt=last, actor_kind=ActorKind.STAFF.value)
    return rows.filter(result=Result.ALLOWED.value).exclude(what="journal").exists()


def _entry(found: PastTheDoor) -> Access:
    return Access(
        actor=WITNESS,
        column="",
        what=re.sub(r"[^A-Za-z0-9_.]", "_", found.table)[:100],
        patients=(),
        ids=(),
        fields=(),
        purpose=PURPOSE,
        relation="service",
        result=Result.ALLOWED,
        reason=f"{found.user}, {found.times} times since {found.first:%Y-%m-%d %H:%M:%S} UTC",
        rows=found.rows,
    )
