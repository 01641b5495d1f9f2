"""A catalogue's mark is kept with a hold, the patient says whether to tell, and the catalogue is told.

Written down before it is said: whoever dies in between says it again with the same mark, and so is what had
no answer in time. What the patient agreed to stands as a consent of theirs before anything leaves.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.models import Conversion
from feldsher.domain.conversions.ports import Catalogue
from feldsher.domain.conversions.sealed import open_click, seal_click
from feldsher.domain.conversions.selectors import WORK
from feldsher.domain.conversions.types import LONGEST, Answer, Denied, Later, Report, Told, Unfit
from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.errors import HoldExpiredError, HoldNotFoundError
from feldsher.domain.scheduling.types import Press
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.kernel import clock

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
        sealed = seal_click(click, row=appointment)
        Conversion.objects.get_or_create(pk=appointment, defaults={"click": sealed, "noted_at": clock.now()})


def choose(appointment: UUID, *, agrees: bool, version: str) -> None:
    """Write the patient's word on a version of the text while the time is held; the last one counts.

    Nothing where nobody was asked, or the hold is over: whoever knows its id changes no word then. A yes to
    another version than the one in force is none. Raises ConsentTextMissingError.
    """
    try:
        scheduling.held(appointment)
    except (HoldNotFoundError, HoldExpiredError):
        return
    is_yes = agrees and version == patients.current_consent_text(Purpose.CATALOGUE).version
    now = clock.now() if is_yes else None
    with as_service(WORK):
        Conversion.objects.filter(pk=appointment, tries=0).update(
            agreed_at=now, due_at=now, version=version if is_yes else ""
        )


def tell_due() -> int:
    """Say what is due and was pressed, AT_ONCE at most; returns how many the catalogue took.

    A catalogue that is down, or denies us, ends the run: it is asked once a minute.
    """
    catalogue = gateways.catalogue()
    if catalogue is None:
        return 0
    told = 0
    for report in _due():
        match _tell(catalogue, report):
            case Told():
                told += 1
            case Later() | Denied():
                break
    return told


def clean() -> None:
    """Give up what is past its term, forget marks that nobody needs, delete old rows."""
    now = clock.now()
    with as_service(WORK):
        late = Conversion.objects.filter(due_at__isnull=False, agreed_at__lt=now - TERM)
        pressed = scheduling.presses(list(late.values_list("pk", flat=True)))
        late.filter(pk__in=pressed).update(given_up=True, due_at=None, click=b"")
        Conversion.objects.filter(agreed_at=None, noted_at__lt=now - FORGOTTEN).delete()
        late.delete()
        Conversion.objects.filter(noted_at__lt=now - KEPT).delete()


def _due() -> Iterator[Report]:
    """Yield what is to be said now, each counted as said; one that was never pressed waits for its end."""
    now = clock.now()
    with as_service(WORK):
        due = Conversion.objects.filter(due_at__lte=now, agreed_at__gte=now - TERM).order_by("due_at")
        ids = list(due.values_list("pk", flat=True))
        pressed = scheduling.presses(ids)
        zones = directory.zones()
    for press in [pressed[each] for each in ids if each in pressed][:AT_ONCE]:
        click = _taken(press, now=now)
        if click:
            yield Report(
                press.appointment,
                click,
                pressed_at=press.at,
                starts_at=press.starts_at.astimezone(ZoneInfo(zones.get(press.location) or "UTC")),
                clinic=press.location,
                doctor=press.practitioner,
                service=press.service,
            )


def _taken(press: Press, *, now: datetime) -> str:
    """Write down that it is said now, with the patient's consent, and when again; returns the mark.

    Empty where another worker has just done it, or the consent was taken back meanwhile.
    """
    with as_service(WORK):
        row = Conversion.objects.select_for_update().filter(pk=press.appointment, due_at__lte=now).first()
        if row is None:
            return ""
        if row.tries == 0:
            _keep_consent(press, version=row.version)
        if not patients.consents_of_visit(row.pk, purpose=Purpose.CATALOGUE):
            row.due_at, row.agreed_at, row.click = None, None, b""
            row.save(update_fields=["due_at", "agreed_at", "click"])
            return ""
        row.due_at = now + timedelta(minutes=WAITS[min(row.tries, len(WAITS) - 1)])
        row.tries += 1
        row.save(update_fields=["due_at", "tries"])
        journal("conversion", Column.APPOINTMENTS, ids=[row.pk], patients=[press.patient], fields=("told",))
        return open_click(row.click, row=row.pk)


def _keep_consent(press: Press, *, version: str) -> None:
    """Write the consent to the text that was shown beside the visit, whose patient is known only now."""
    given_by = patients.consenting([press.patient], purpose=Purpose.BOOKING).get(press.patient)
    patient_services.record_consent(
        press.patient,
        purpose=Purpose.CATALOGUE,
        version=version,
        channel="site",
        appointment_id=press.appointment,
        given_by=given_by,
    )


def _tell(catalogue: Catalogue, report: Report) -> Answer:
    answer = catalogue.tell(report)
    with as_service(WORK):
        row = Conversion.objects.filter(pk=report.id)
        match answer:
            case Told():
                row.update(told_at=clock.now(), due_at=None, click=b"", code="")
                Conversion.objects.filter(is_denied=True).update(is_denied=False)
            case Unfit(code):
                row.update(due_at=None, click=b"", code=code[:40], is_unfit=True)
            case Later(code) | Denied(code):
                row.update(code=code[:40], is_denied=isinstance(answer, Denied))
    if not isinstance(answer, Told):
        _log.warning("a booking was not told to the catalogue: %s", answer.code)
    return answer
