"""«Расписание»: the days of doctors in a branch, as staff may see them.

What is free, kept or closed is read apart from whose it is: a page that refreshes by itself asks for the
first, and opens names (`names_on_grid`) only when something has changed.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.attendance import marks
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.laying import DayParts, cells
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import Appointment, Exchange, Offer, Reminder, SyncStatus, Verdict
from feldsher.domain.scheduling.sealed import open_why_over
from feldsher.domain.scheduling.selectors.booking import ALL_ANSWERED, NO_VISIT, terms_to_move
from feldsher.domain.scheduling.selectors.day import SHOWN, visit_row
from feldsher.domain.scheduling.selectors.times import PER_OFFER, freshness
from feldsher.domain.scheduling.selectors.visits import is_being_moved
from feldsher.domain.scheduling.types import Answer, OverReason, State, WhyOver
from feldsher.domain.scheduling.types.grid import (
    DayFigures,
    FreeTime,
    Grid,
    GridCard,
    GridColumn,
    GridVisit,
    WeekOfGrid,
)
from feldsher.foundation.access.context import Extent
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, can, sees_clear
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval, clip, union

_USUAL: Final = timedelta(minutes=20)
_MINUTE: Final = timedelta(minutes=1)
_MOVING: Final = (State.BOOKING, State.UNKNOWN)
_SHOWN_OF_VISIT: Final = (
    *("id", "practitioner", "visit", "service", "state", "channel"),
    *("hold_until", "mis_overlap", "over_why", "patient"),
)
_Key = tuple[UUID, int]
_Spans = Mapping[UUID, tuple[Interval, ...]]


def grid(
    staff: Staff,
    *,
    place: LocationCard,
    days: Sequence[date],
    practitioners: Sequence[UUID],
    is_branch: bool,
    moving: UUID | None = None,
) -> Grid:
    """Return these doctors' days in a branch, one column each; days follow each other.

    `is_branch`: they are all of the branch, and who is none of them but has a visit then follows them. Whose
    visits they are is neither read nor journalled. Free are the times of each doctor's default visit,
    or those to which the visit `moving` may go: of those that its own time alone stands against only who may
    move it is told. A day that is past needs the right to past visits.
    Raises ForbiddenError, NotFoundError.
    """
    location = place.id
    zone, bounds = _bounds(place, days)
    whole = Interval(bounds[0], bounds[-1])
    with as_staff(staff, _action(days, zone)) as context:
        is_whole = context.reach.visits is Extent.ALL
        terms = _terms_of(moving)
        visits = _visits(location, None if is_branch else practitioners, whole)
    practitioners = [*practitioners, *(doctor for doctor in visits if doctor not in set(practitioners))]
    shortest, overbookable, is_fresh = _offers(location, practitioners)
    instead = making_way(moving) if moving is not None and can(staff, Action.BOOK_VISITS) else None
    free = _free(location, practitioners, whole, terms, instead=instead) if is_fresh else {}
    parts = _parts(location, practitioners, whole)
    columns = []
    for at, day in enumerate(days):
        window = Interval(bounds[at], bounds[at + 1])
        for doctor in practitioners:
            laid = cells(
                window,
                DayParts(*(clip(spans.get(doctor, ()), window) for spans in parts)),
                visits=[each for each in visits.get(doctor, ()) if window.start <= each.start < window.end],
                starts=[each for each in free.get(doctor, ()) if window.start <= each.start < window.end],
                is_whole=is_whole,
            )
            columns.append(GridColumn(doctor, day, laid))
    return Grid(tuple(columns), is_fresh, is_whole, shortest, overbookable)


def names_on_grid(
    staff: Staff, *, place: LocationCard, days: Sequence[date], visits: Iterable[GridVisit]
) -> dict[UUID, str]:
    """Return «Иванова А. С.» of the patients of visits that `grid` has shown; the journal keeps the look.

    By visit; who is out of reach is left out. Raises ForbiddenError, VaultError, AuditError.
    """
    zone, _ = _bounds(place, days)
    whose = {visit.id: visit.patient_id for visit in visits if visit.patient_id is not None}
    with as_staff(staff, _action(days, zone)):
        people = set(whose.values())
        journal("appointment", Column.APPOINTMENTS, ids=list(whose), patients=people)
        names = patients.short_names(people)
    return {visit: names[patient] for visit, patient in whose.items() if patient in names}


def visit_of_grid(staff: Staff, visit_id: UUID) -> GridCard:
    """Return one visit of the grid with its patient, and the marks of attendance that it may get now.

    One of a past day needs the right to past visits. Raises ForbiddenError, AppointmentNotFoundError,
    VaultError, AuditError.
    """
    whose = Q(pk=visit_id, patient__isnull=False, state__in=SHOWN)
    with as_staff(staff, Action.SEE_VISITS):
        found = Appointment.objects.filter(whose).values_list("location", "starts_at").first()
        if found is None:
            note_miss(staff, Action.SEE_VISITS, visit_id)
            raise AppointmentNotFoundError("no such visit", sentence=NO_VISIT)
    location, start = found
    zone = directory.zones().get(location, "UTC")
    action = _action([start.astimezone(ZoneInfo(zone)).date()], ZoneInfo(zone))
    with as_staff(staff, action):
        row = Appointment.objects.filter(whose).first()
        if row is None or row.patient is None:
            raise AppointmentNotFoundError("no such visit any more", sentence=NO_VISIT)
        journal("appointment", Column.APPOINTMENTS, ids=[row.id], patients=[row.patient])
        persons = patients.shown_persons(staff, action, {row.patient})
        is_moving = is_being_moved(row.id)
        over = _why_over(row) if row.over_why else None
    now = clock.now()
    state = State(row.state)
    return GridCard(
        visit_row(row, persons.get(row.patient)),
        location,
        zone,
        marks=() if is_moving else marks(state, start, zone=zone, now=now),
        can_change=state is State.BOOKED and start > now and not is_moving,
        is_moving=is_moving,
        is_clear=sees_clear(staff, action, Column.CONTACTS),
        over=over,
    )


def _why_over(row: Appointment) -> WhyOver | None:
    """Return why staff booked a visit over another; None to who reaches no words of staff about visits."""
    said = Verdict.objects.filter(appointment=row.pk, said=f"over_{row.over_why}").first()
    if said is None:
        return None
    return WhyOver(OverReason(row.over_why), open_why_over(bytes(said.words), appointment=row.pk), said.at)


def week_of_grid(
    staff: Staff, *, place: LocationCard, days: Sequence[date], practitioners: Sequence[UUID]
) -> WeekOfGrid:
    """Return the days of many doctors in figures: no visit of its own, and nobody's name.

    Raises as `grid`.
    """
    location = place.id
    zone, bounds = _bounds(place, days)
    whole = Interval(bounds[0], bounds[-1])
    with as_staff(staff, _action(days, zone)) as context:
        is_whole = context.reach.visits is Extent.ALL
        booked, held = _counts(location, practitioners, bounds)
    is_fresh = freshness(sql_calls.heard(practitioners, location=location))[1]
    free = (
        sql_calls.free_counts(practitioners, location=location, bounds=bounds, answers=ALL_ANSWERED)
        if is_fresh
        else {}
    )
    work, _, _ = _parts(location, practitioners, whole)
    figures = []
    for doctor in practitioners:
        for at, day in enumerate(days):
            window = Interval(bounds[at], bounds[at + 1])
            spans = clip(work.get(doctor, ()), window)
            figures.append(
                DayFigures(
                    doctor,
                    day,
                    start=spans[0].start if spans else None,
                    end=spans[-1].end if spans else None,
                    free=free.get((doctor, at + 1), 0),
                    booked=booked.get((doctor, at + 1), 0),
                    held=held.get((doctor, at + 1), 0),
                )
            )
    return WeekOfGrid(tuple(figures), is_fresh, is_whole)


def _bounds(place: LocationCard, days: Sequence[date]) -> tuple[ZoneInfo, list[datetime]]:
    """Return the branch's zone and the midnights of the days, with that after the last."""
    zone = ZoneInfo(place.zone or "UTC")
    return zone, [*(clock.day_bounds(day, zone)[0] for day in days), clock.day_bounds(days[-1], zone)[1]]


def _action(days: Sequence[date], zone: ZoneInfo) -> Action:
    is_past = days[0] < clock.now().astimezone(zone).date()
    return Action.SEE_PAST_VISITS if is_past else Action.SEE_VISITS


def _kept(
    location: UUID, practitioners: Sequence[UUID] | None, begin: datetime, end: datetime
) -> QuerySet[Any]:
    """Return visits that are to come or were, and times that are held now (None: of all doctors)."""
    live = Q(state=State.HELD, hold_until__gt=clock.now())
    rows = Appointment.objects.filter(
        live | Q(state__in=SHOWN), location=location, starts_at__gte=begin, starts_at__lt=end
    )
    return rows if practitioners is None else rows.filter(practitioner__in=practitioners)


def _visits(
    location: UUID, practitioners: Sequence[UUID] | None, whole: Interval
) -> Mapping[UUID, list[GridVisit]]:
    answered = Reminder.objects.filter(appointment=OuterRef("pk")).exclude(answered_at=None)
    in_its_place = Appointment.objects.filter(pk=OuterRef("appointment"), state__in=_MOVING)
    moved = Exchange.objects.filter(Exists(in_its_place), moves=OuterRef("pk"))
    rows = list(
        _kept(location, practitioners, whole.start, whole.end)
        .annotate(coming=Exists(answered), moving=Exists(moved))
        .order_by("starts_at", "lane", "id")
        .values_list(*_SHOWN_OF_VISIT, "coming", "moving")
    )
    found: defaultdict[UUID, list[GridVisit]] = defaultdict(list)
    for row in rows:
        key, doctor, visit, service, state, channel, until, overlap, over_why, patient, *said = row
        is_coming, is_moving = (each and state == State.BOOKED for each in said)
        found[doctor].append(
            GridVisit(
                id=key,
                start=visit.lower,
                end=visit.upper,
                service_id=service,
                state=State(state),
                channel=channel,
                hold_until=until if state == State.HELD else None,
                is_named=patient is not None,
                is_overlap=overlap,
                is_moving=is_moving,
                is_coming=is_coming,
                is_over=over_why != "" and _shares_time(row, rows),
                patient_id=patient,
            )
        )
    return found


def _shares_time(row: tuple[Any, ...], rows: Sequence[tuple[Any, ...]]) -> bool:
    """Tell whether another visit of the doctor's stands at a time, or a part of it."""
    key, doctor, visit = row[:3]
    return any(
        other[0] != key
        and other[1] == doctor
        and other[2].lower < visit.upper
        and visit.lower < other[2].upper
        for other in rows
    )


_Terms = tuple[UUID | None, Answer]
"""A service (None: each doctor's default visit), and what its times are asked for with."""


def _terms_of(moving: UUID | None) -> _Terms:
    row = Appointment.objects.filter(pk=moving).first() if moving is not None else None
    return (None, ALL_ANSWERED) if row is None else terms_to_move(row)


def _free(
    location: UUID,
    practitioners: Sequence[UUID],
    whole: Interval,
    terms: _Terms,
    *,
    instead: UUID | None,
) -> Mapping[UUID, list[FreeTime]]:
    """Return the starts that staff may hold now, in order."""
    slots = sql_calls.free_slots(
        practitioners,
        location=location,
        service=terms[0],
        span=(whole.start, whole.end),
        limit=PER_OFFER,
        answers=terms[1],
        by_staff=True,
        instead=instead,
    )
    found: defaultdict[UUID, list[FreeTime]] = defaultdict(list)
    for slot in sorted(slots, key=attrgetter("key.start")):
        found[slot.key.practitioner_id].append(
            FreeTime(slot.key.start, slot.end, slot.key.service_id, slot.token)
        )
    return found


def _parts(location: UUID, practitioners: Sequence[UUID], whole: Interval) -> tuple[_Spans, _Spans, _Spans]:
    """Return by doctor what is worked, free and busy in the mirror."""
    found: tuple[defaultdict[UUID, list[Interval]], ...] = tuple(defaultdict(list) for _ in range(3))
    for kind, doctor, start, end in sql_calls.mirror_spans(
        practitioners, location=location, span=(whole.start, whole.end)
    ):
        found[kind][doctor].append(Interval(start, end))
    work, free, busy = ({doctor: union(spans) for doctor, spans in each.items()} for each in found)
    return work, free, busy


def _counts(
    location: UUID, practitioners: Sequence[UUID], bounds: Sequence[datetime]
) -> tuple[dict[_Key, int], dict[_Key, int]]:
    """Return how many visits and holds each doctor has on each day, by its number from 1."""
    booked: defaultdict[_Key, int] = defaultdict(int)
    held: defaultdict[_Key, int] = defaultdict(int)
    rows = _kept(location, practitioners, bounds[0], bounds[-1]).values_list(
        "practitioner", "starts_at", "state"
    )
    for doctor, start, state in rows.iterator():
        number = bisect_right(bounds, start)
        (held if state == State.HELD else booked)[doctor, number] += 1
    return booked, held


def _offers(location: UUID, practitioners: Sequence[UUID]) -> tuple[int, tuple[UUID, ...], bool]:
    """Return least minutes between two starts, whose usual visits others may stand over, and freshness."""
    heard = SyncStatus.objects.filter(mis=OuterRef("mis")).values("as_of")[:1]
    rows = list(
        Offer.objects.filter(practitioner__in=practitioners, location=location)
        .annotate(as_of=Subquery(heard))
        .values_list("as_of", "is_default", "practitioner", "length", "step", "overbook", "capacity")
    )
    _, is_fresh = freshness({row[0] for row in rows})
    usual = [row[2:] for row in rows if row[1]]
    least = min((min(length, step) for _, length, step, _, _ in usual), default=_USUAL)
    over = sorted(doctor for doctor, _, _, most, capacity in usual if most > 0 and capacity == 1)
    return max(int(least / _MINUTE), 1), tuple(over), is_fresh
