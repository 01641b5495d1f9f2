"""A catalogue's mark is kept with a hold, the patient says whether to tell, and the catalogue is told.

Written down before it is said: whoever dies in between says it again, with the same id and mark, at most once
for each death.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F

from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.models import Conversion
from feldsher.domain.conversions.ports import Catalogue
from feldsher.domain.conversions.selectors import WORK
from feldsher.domain.conversions.types import NotTold, Report, Told
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

LONGEST: Final = 512
"""Characters of a mark; a longer one is none of a catalogue's."""
AT_ONCE: Final = 20
WAITS: Final = (1, 5, 30, 120, 360)
"""Minutes until the next attempt; the last again and again."""
TERM: Final = timedelta(days=3)
"""After the patient's word: what nobody has taken by then is given up, and an alarm says so."""
KEPT: Final = timedelta(days=30)
FORGOTTEN: Final = timedelta(days=1)
"""A hold is over long before: its mark without a word of the patient is nobody's business."""
_log = logging.getLogger(__name__)


def note(appointment: UUID, *, click: str) -> None:
    """Keep a catalogue's mark with a hold; nothing where no catalogue is told, or no mark came along."""
    if not click or len(click) > LONGEST or gateways.catalogue() is None:
        return
    with as_service(WORK):
        Conversion.objects.get_or_create(pk=appointment, defaults={"click": click, "noted_at": clock.now()})


def choose(appointment: UUID, *, agrees: bool) -> None:
    """Write the patient's word, the last one counts; nothing where nobody was asked or all is said."""
    now = clock.now()
    with as_service(WORK):
        Conversion.objects.filter(pk=appointment, told_at=None, tries=0, given_up=False).update(
            agreed_at=now if agrees else None, due_at=now if agrees else None
        )


def tell_due() -> int:
    """Say what is due and was pressed, AT_ONCE at most; returns how many the catalogue took.

    The first that it does not take ends the run: a catalogue that is down is asked once a minute.
    """
    catalogue = gateways.catalogue()
    if catalogue is None:
        return 0
    told = 0
    for report in _due():
        if not _tell(catalogue, report):
            break
        told += 1
    return told


def clean() -> None:
    """Give up what is past its term, forget marks that nobody needs, delete old rows."""
    now = clock.now()
    with as_service(WORK):
        late = Conversion.objects.filter(due_at__isnull=False, agreed_at__lt=now - TERM)
        pressed = scheduling.presses(list(late.values_list("pk", flat=True)))
        late.filter(pk__in=pressed).update(given_up=True, due_at=None, click="")
        Conversion.objects.filter(agreed_at=None, noted_at__lt=now - FORGOTTEN).delete()
        late.delete()
        Conversion.objects.filter(noted_at__lt=now - KEPT).delete()


def _due() -> Iterator[Report]:
    """Yield what is to be said now, each counted as said; one that was never pressed waits for its end."""
    now = clock.now()
    with as_service(WORK):
        due = Conversion.objects.filter(due_at__lte=now, agreed_at__gte=now - TERM).order_by("due_at")
        clicks = dict(due.values_list("pk", "click"))
        pressed = scheduling.presses(clicks)
        zones = directory.zones()
    for press in [pressed[each] for each in clicks if each in pressed][:AT_ONCE]:
        if _count(press.appointment, now=now):
            yield Report(
                press.appointment,
                clicks[press.appointment],
                pressed_at=press.at,
                starts_at=press.starts_at.astimezone(ZoneInfo(zones[press.location])),
                clinic=press.location,
                doctor=press.practitioner,
                service=press.service,
            )


def _count(appointment: UUID, *, now: datetime) -> bool:
    """Write down that it is said now, and when again; false where another worker has just done it."""
    with as_service(WORK):
        row = Conversion.objects.select_for_update().filter(pk=appointment, due_at__lte=now).first()
        if row is None:
            return False
        wait = timedelta(minutes=WAITS[min(row.tries, len(WAITS) - 1)])
        Conversion.objects.filter(pk=appointment).update(tries=F("tries") + 1, due_at=now + wait)
    return True


def _tell(catalogue: Catalogue, report: Report) -> bool:
    answer = catalogue.tell(report)
    with as_service(WORK):
        row = Conversion.objects.filter(pk=report.id)
        match answer:
            case Told():
                row.update(told_at=clock.now(), due_at=None, click="", code="", is_refused=False)
            case NotTold(code, is_refusal):
                row.update(code=code[:40], is_refused=is_refusal)
                _log.warning("a booking was not told to the catalogue: %s", code)
    return isinstance(answer, Told)
