"""The exchange in words: what each call does, how many there were, how long they took; what was compared."""

from feldsher.domain.scheduling.types import OperationFigures, ReconciliationReport
from feldsher.kernel.formats import NBSP

HEAD = (
    "За\u00a0час",
    "Сделано",
    "Сбоев",
    "Половина за",
    "95\u00a0% за",
    "99\u00a0% за",
    "Отказов",
    "Отложено",
)
OPERATIONS = {
    "ack": "Отметка в\u00a0ленте",
    "book": "Запись",
    "cancel": "Отмена",
    "changes": "Лента изменений",
    "directory": "Справочник",
    "ensure_patient": "Карта пациента",
    "find_booking": "Поиск записи",
    "free": "Расписание",
    "free_of_doctor": "День врача",
    "hold": "Резерв времени",
    "move": "Перенос",
    "report": "Итог приёма",
    "visits_of": "Визиты по\u00a0карте",
}
_SECOND, _LONG = 1000, 10_000


def calls(figures: OperationFigures) -> tuple[str, ...]:
    """Return the cells of one operation under HEAD."""
    return (
        OPERATIONS.get(figures.operation, figures.operation),
        str(figures.made),
        str(figures.failed),
        *map(duration, (figures.p50, figures.p95, figures.p99)),
        str(figures.refused),
        str(figures.held_back),
    )


def duration(milliseconds: float | None) -> str:
    """Return «35 мс», «1,2 с», «14 с», a dash for nothing."""
    if milliseconds is None:
        return "—"
    if milliseconds < _SECOND:
        return f"{milliseconds:.0f}{NBSP}мс"
    digits = 1 if milliseconds < _LONG else 0
    return f"{milliseconds / _SECOND:.{digits}f}".replace(".", ",") + f"{NBSP}с"


def share(part: int, whole: int) -> str:
    """Return «0 %», «0,4 %», «12 %»: a part that is there is never nothing."""
    percent = 100 * part / whole if whole else 0.0
    if percent in {0.0, 100.0}:
        return f"{percent:.0f}{NBSP}%"
    text = f"{max(percent, 0.1):.1f}" if percent < 10 else f"{min(percent, 99):.0f}"  # noqa: PLR2004 - two digits
    return text.replace(".", ",") + f"{NBSP}%"


def compared(run: ReconciliationReport, *, when: str) -> str:
    """Return how many visits agreed with the MIS, and whether the comparison has ended."""
    end = f"{when}: совпало {run.agreed} из{NBSP}{run.checked}"
    silent = f", без{NBSP}ответа {run.unanswered}" if run.unanswered else ""
    return f"{end}{silent}" if run.finished_at else f"идёт с{NBSP}{end}{silent}"


def differed(run: ReconciliationReport) -> str:
    """Return what became of what differed since, and what is open; nothing where nothing did."""
    counts = (
        (f"записано у{NBSP}нас", run.applied),
        (f"оставлено у{NBSP}нас", run.kept),
        ("сошлось само", run.gone),
        (f"не{NBSP}решено", run.open),
        (f"не{NBSP}применено изменений МИС", run.unapplied),
    )
    return ", ".join(f"{words}: {count}" for words, count in counts if count)
