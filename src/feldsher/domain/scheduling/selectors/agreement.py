"""What staff see of visits that a MIS tells otherwise, and of the last whole comparison with each MIS."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, QuerySet

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import PersonField
from feldsher.domain.scheduling.models import Appointment, Discrepancy, OtherTimes, Reconciliation, Unapplied
from feldsher.domain.scheduling.selectors.visits import key_of
from feldsher.domain.scheduling.types import (
    Answered,
    Asked,
    DayOff,
    DifferingDay,
    DifferingVisit,
    DiscrepancyKind,
    DiscrepancyState,
    ReconciliationReport,
    SettledDifference,
    State,
)
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

MOST = 200
"""Visits that a page shows, those of the nearest days."""
TOLD_DIFFERENCES = timedelta(days=30)
"""For how long a page tells what became of a difference."""
WORK = "mis_agreement"
_FIELDS: tuple[PersonField, ...] = ("family", "given", "middle", "phone")
_Day = tuple[date, UUID, UUID]


def differing_days(staff: Staff) -> tuple[DifferingDay, ...]:
    """Return the visits that wait for a person's word, by doctor and day, the nearest day first.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        waiting = _waiting().order_by("day", "id")[:MOST]
        days: defaultdict[_Day, list[Discrepancy]] = defaultdict(list)
        for each in waiting:
            days[each.day, each.practitioner, each.location].append(each)
        noted = [each for group in days.values() for each in group]
        visits = _visits(noted)
        standing = _standing(days)
    return tuple(
        DifferingDay(
            day=key[0],
            practitioner_id=key[1],
            location_id=key[2],
            visits=tuple(visits[each.pk] for each in group if each.pk in visits),
            is_closed=len(group) > 1 and standing[key] <= {each.appointment for each in group},
        )
        for key, group in days.items()
    )


def still_standing(staff: Staff) -> tuple[DifferingVisit, ...]:
    """Return the visits that have ended here and that their MIS still has, the nearest first.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        noted = list(_standing_there().order_by("day", "id")[:MOST])
        visits = _visits(noted)
    return tuple(visits[each.pk] for each in noted if each.pk in visits)


def settled_differences(staff: Staff) -> tuple[SettledDifference, ...]:
    """Return what became of differences, those of TOLD_DIFFERENCES, the newest first, MOST at most.

    No patient is named. Raises ForbiddenError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        since = clock.now() - TOLD_DIFFERENCES
        settled = list(Discrepancy.objects.filter(settled_at__gte=since).order_by("-settled_at")[:MOST])
        rows = Appointment.objects.in_bulk({each.appointment for each in settled})
        whose = {row.patient for row in rows.values() if row.patient is not None}
        journal("appointment", Column.APPOINTMENTS, ids=sorted(rows), patients=whose)
    zones = directory.zones()
    return tuple(
        SettledDifference(
            kind=DiscrepancyKind(each.kind),
            state=DiscrepancyState(each.state),
            key=key_of(rows[each.appointment]),
            zone=zones.get(each.location, "UTC"),
            begin=each.begin,
            settled_at=each.settled_at,
            settled_by=each.settled_by,
        )
        for each in settled
        if each.settled_at is not None and each.appointment in rows
    )


def _visits(noted: Iterable[Discrepancy]) -> dict[int, DifferingVisit]:
    rows = Appointment.objects.in_bulk([each.appointment for each in noted])
    whose = {row.patient for row in rows.values() if row.patient is not None}
    journal("appointment", Column.APPOINTMENTS, ids=sorted(rows), patients=whose)
    persons, zones = patients.patient_cards(whose, fields=_FIELDS), directory.zones()
    found = {}
    for each in noted:
        row = rows.get(each.appointment)
        person = persons.get(row.patient) if row is not None and row.patient is not None else None
        if row is not None and person is not None:
            found[each.pk] = DifferingVisit(
                id=each.pk,
                appointment_id=row.pk,
                kind=DiscrepancyKind(each.kind),
                key=key_of(row),
                zone=zones.get(row.location, "UTC"),
                mis=each.mis,
                begin=each.begin,
                found_at=each.found_at,
                name=" ".join(filter(None, (person.family, person.given, person.middle))),
                phone=person.phone,
            )
    return found


def _standing(days: Iterable[_Day]) -> dict[_Day, set[UUID]]:
    """Return the patients' visits that stand here on each of these days of the branch."""
    zones = directory.zones()
    found = {}
    for day, practitioner, location in days:
        first, last = clock.day_bounds(day, ZoneInfo(zones.get(location, "UTC")))
        rows = Appointment.objects.filter(
            practitioner=practitioner,
            location=location,
            state=State.BOOKED,
            patient__isnull=False,
            starts_at__range=(first, last),
        )
        found[day, practitioner, location] = set(rows.values_list("pk", flat=True))
    return found


def days_off(staff: Staff) -> tuple[DayOff, ...]:
    """Return the days still to come whose patients were asked to choose another time, the nearest first.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        asked = list(OtherTimes.objects.filter(day__gte=clock.now().date()).order_by("day", "id")[:MOST])
        rows = Appointment.objects.in_bulk([each.appointment for each in asked])
        whose = {row.patient for row in rows.values() if row.patient is not None}
        journal("appointment", Column.APPOINTMENTS, ids=sorted(rows), patients=whose)
        persons = patients.patient_cards(whose, fields=_FIELDS)
    zones = directory.zones()
    days: defaultdict[_Day, list[Asked]] = defaultdict(list)
    for each in asked:
        row = rows[each.appointment]
        person = persons.get(row.patient) if row.patient is not None else None
        if person is not None:
            days[each.day, each.practitioner, each.location].append(
                Asked(
                    key=key_of(row),
                    zone=zones.get(row.location, "UTC"),
                    answer_by=each.answer_by,
                    answered=_answered(row, each),
                    name=" ".join(filter(None, (person.family, person.given, person.middle))),
                    phone=person.phone,
                )
            )
    return tuple(
        DayOff(day, practitioner, location, tuple(sorted(found, key=lambda one: one.key.start)))
        for (day, practitioner, location), found in days.items()
    )


def _answered(row: Appointment, asked: OtherTimes) -> Answered:
    if row.state == State.MOVED:
        return Answered.MOVED
    if row.state != State.BOOKED:
        return Answered.CANCELLED
    return Answered.CALLED if asked.called_at else Answered.WAITING


def differing_count(staff: Staff) -> int:
    """Return how many visits wait for a person's word: shows none of them. Raises ForbiddenError."""
    with as_staff(staff, Action.RESOLVE_VISITS):
        return _waiting().count() + _standing_there().count()


def _waiting() -> QuerySet[Discrepancy]:
    """Return what waits for a word; a visit that has ended meanwhile waits for nobody."""
    booked = Appointment.objects.filter(
        pk=OuterRef("appointment"), state=State.BOOKED, starts_at__gt=clock.now()
    )
    return Discrepancy.objects.filter(Exists(booked), state=DiscrepancyState.WAITING)


def _standing_there() -> QuerySet[Discrepancy]:
    coming = Appointment.objects.filter(pk=OuterRef("appointment"), starts_at__gt=clock.now())
    return Discrepancy.objects.filter(
        Exists(coming), state=DiscrepancyState.WAITING, kind=DiscrepancyKind.STANDS
    )


def reconciliations(staff: Staff) -> tuple[ReconciliationReport, ...]:
    """Return the last whole comparison with each MIS, in figures; raises ForbiddenError."""
    require(staff, Action.SEE_SYNC)
    runs = Reconciliation.objects.order_by("mis", "-id").distinct("mis")
    with as_service(WORK):
        return tuple(_report(run) for run in runs)


def _report(run: Reconciliation) -> ReconciliationReport:
    noted = Discrepancy.objects.filter(mis=run.mis)
    settled = noted.filter(settled_at__gte=run.started_at)
    counts = dict(settled.order_by().values_list("state").annotate(Count("id")))
    return ReconciliationReport(
        mis=run.mis,
        started_at=run.started_at,
        finished_at=run.finished_at,
        checked=run.checked,
        agreed=run.agreed,
        unanswered=run.unanswered,
        applied=counts.get(DiscrepancyState.APPLIED, 0),
        kept=counts.get(DiscrepancyState.KEPT, 0),
        gone=counts.get(DiscrepancyState.GONE, 0),
        open=noted.filter(settled_at=None).count(),
        unapplied=Unapplied.objects.filter(mis=run.mis).count(),
    )
