"""Writing into МЕДИАЛОГ: a visit, its cancel, and what became of a visit whose answer was lost.

There is no hold, no idempotency key and, where the profile names no event for it, no way to ask again. So:
- Before a visit is written its length and its time are read anew. The visit kind carries the length, and
  nobody has seen МЕДИАЛОГ refuse a time that is taken: the look itself is the guard.
- Whatever failed before the visit left is `NotSent`; a refusal is believed by its code alone; an `AA` that
  names no PLANNING_ID is `Unknown`, never a success.
- A visit is looked for among those of the patient's cards, and "absent" needs a second fact: the patient's
  other visits that day, which show that the filter fits, or the schedule that shows the time free.
"""

from dataclasses import dataclass
from datetime import date

from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Ambiguous,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    FindOutcome,
    Found,
    Indeterminate,
    NotSent,
    PatientOutcome,
    PatientRef,
    Person,
    Rejected,
    RemoteSlot,
    RemoteVisit,
    Taken,
    Unknown,
    Window,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.medialog import patients, times
from feldsher.integrations.mis.medialog.carrier import Carrier
from feldsher.integrations.mis.medialog.freetime import schedule_of
from feldsher.integrations.mis.medialog.messages import Answer, RefusedError, Row
from feldsher.integrations.mis.medialog.profile import Profile
from feldsher.integrations.mis.medialog.schedules import (
    DamagedError,
    Kind,
    Schedule,
    Schedules,
    covers,
    is_yes,
)

NO_CARD = PatientRef("")
"""Nobody fits: the visit itself makes the card."""
_FAILED = (LostError, NotSentError, RefusedError, DamagedError)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a visit is to be written."""

    schedule: Schedule
    kind: Kind


class Visits:
    def __init__(self, carrier: Carrier, schedules: Schedules, profile: Profile) -> None:
        self._carrier = carrier
        self._schedules = schedules
        self._profile = profile

    def ensure_patient(self, person: Person, *, clinic: str) -> PatientOutcome:
        """Find the card; none is `NO_CARD`. Nothing is ever created here."""
        try:
            found = patients.find_cards(self._carrier, self._profile, person, clinic=clinic)
        except (LostError, RefusedError) as error:
            return Unknown(str(error))
        except NotSentError as error:
            return NotSent(str(error))
        if len(found) > 1:
            return Ambiguous(len(found))
        return PatientRef(found[0]) if found else NO_CARD

    def book(self, request: BookRequest) -> BookOutcome:
        """Look where the visit fits, then write it there."""
        place = self._place(request.slot)
        if not isinstance(place, _Place):
            return place
        told = self._sent("PLANNING_ADD_VISIT", place.schedule.clinic, self._visit(request, place))
        if isinstance(told, NotSent | Unknown):
            return told
        if isinstance(told, RefusedError):
            return self._why_not(request, place.schedule, told.text)
        numbers = {row["PLANNING_ID"] for row in told.rows if row.get("PLANNING_ID", "").strip("0")}
        if len(numbers) == 1:
            return Booked(_ref(numbers.pop(), place.schedule.clinic))
        if told.is_empty and _has(told.comment, self._profile.taken_words):
            return self._why_not(request, place.schedule, told.comment)
        return Unknown("an answer without PLANNING_ID")

    def _sent(
        self, event: str, clinic: str, fields: dict[str, str]
    ) -> Answer | NotSent | Unknown | RefusedError:
        try:
            return self._carrier.call(event, clinic, fields)
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as error:
            return error

    def _place(self, slot: RemoteSlot) -> _Place | Taken | NotSent | Rejected:
        """Choose the schedule that has the visit kind and shows the time free.

        Where none does, the most that is known: somebody has the time, nothing is known, no schedule fits.
        """
        try:
            listed = self._schedules.of(slot.resource)
            found = [
                self._looked(schedule, slot)
                for schedule in listed
                if not slot.ticket or schedule.id == schedule_of(slot.ticket)
            ]
        except _FAILED as error:
            return NotSent(f"the look before the visit: {error}")
        ranks = (_Place, Taken, NotSent, Rejected)
        return min(
            found,
            key=lambda outcome: ranks.index(type(outcome)),
            default=Rejected("unknown_schedule"),
        )

    def _looked(self, schedule: Schedule, slot: RemoteSlot) -> _Place | Taken | NotSent | Rejected:
        """Say what one schedule tells of the time. Raises as a read does."""
        kinds = self._schedules.kinds(schedule)
        kind = _fitting(kinds, slot)
        if not isinstance(kind, Kind):
            return (
                kind if kinds else NotSent(f"schedule {schedule.id} tells no visit kinds", is_answered=True)
            )
        cells = self._schedules.free(schedule, _days_of(slot))
        if cells is None:
            return NotSent(f"schedule {schedule.id} says nothing of its free time", is_answered=True)
        return _Place(schedule, kind) if covers(cells, slot.begin, slot.minutes) else Taken()

    def _visit(self, request: BookRequest, place: _Place) -> dict[str, str]:
        fields = {
            "PL_SUBJ_ID": place.schedule.id,
            "PL_EXAM_ID": place.kind.id,
            "DATE_VISIT": times.stamp(request.slot.begin),
            "PID": request.patient.id if request.patient else "",
            **patients.identity(request.person),
        }
        if self._profile.reference_field:
            fields[self._profile.reference_field] = f"{request.reference} {request.comment}".strip()
        return fields

    def _why_not(
        self, request: BookRequest, schedule: Schedule, text: str
    ) -> Booked | Taken | Rejected | Unknown:
        """Say why the visit was refused: taken only where a second look shows the time not free.

        What a code promises is a guess, so that the patient's own visits are asked too, where they can be; an
        answer of theirs that is lost leaves it unknown who has the time.
        """
        slot = request.slot
        try:
            cells = self._schedules.free(schedule, _days_of(slot))
        except _FAILED:
            cells = None
        if cells is not None and covers(cells, slot.begin, slot.minutes):
            return Rejected(RefusedError.code, text)
        if self._profile.visits_event:
            query = BookingQuery(slot, request.reference, person=request.person)
            try:
                found = self._find(query, request.person)
            except (*_FAILED, ValueError) as error:
                return Unknown(f"refused, and the patient's visits did not come: {error}")
            if isinstance(found, Found) and found.state == "booked" and found.begin == slot.begin:
                return Booked(found.ref)
        is_taken = cells is not None or _has(text, self._profile.taken_words)
        return Taken(text) if is_taken else Rejected(RefusedError.code, text)

    def cancel(self, ref: str) -> CancelOutcome:
        """Send the clinic's own cancel event; without one nothing leaves and a person cancels."""
        event, (number, clinic) = self._profile.cancel_event, self._address(ref)
        if not event or not number:
            return Rejected("bad_reference" if event else "no_cancel_event")
        told = self._sent(event, clinic, {"PLANNING_ID": number})
        if isinstance(told, NotSent | Unknown):
            return told
        if isinstance(told, RefusedError):
            is_gone = _has(told.text, self._profile.gone_words)
            return AlreadyCancelled() if is_gone else Rejected(told.code, told.text)
        if told.is_empty and _has(told.comment, self._profile.gone_words):
            return AlreadyCancelled()
        is_done = self._profile.cancel_is_silent if told.is_empty else _names(told, number)
        return Cancelled() if is_done else Unknown("an answer that doesn't name the visit")

    def _address(self, ref: str) -> tuple[str, str]:
        """Return PLANNING_ID and CLINIC_CODE, empty where the reference isn't one of ours.

        A bare number, which a person may have typed, will do where there is one branch.
        """
        number, _, clinic = ref.partition("@")
        clinics = tuple(self._profile.clinics)
        if not clinic and len(clinics) == 1:
            clinic = clinics[0]
        return (number, clinic) if clinic in clinics else ("", "")

    def find(self, query: BookingQuery) -> FindOutcome:
        """Look among the visits of every card that may be the patient's, on the day of the visit."""
        if not self._profile.visits_event:
            return Indeterminate("the profile names no event that lists visits")
        if query.person is None:
            return Indeterminate("without a person visits can't be asked for")
        try:
            return self._find(query, query.person)
        except _FAILED as error:
            return Indeterminate(str(error))
        except ValueError:
            return Indeterminate("a visit that can't be read")

    def _find(self, query: BookingQuery, person: Person) -> FindOutcome:
        slot, clinic = query.slot, query.slot.resource.location_id
        cards = patients.find_cards(self._carrier, self._profile, person, clinic=clinic)
        day = times.day(slot.begin.day)
        lists = [
            self._carrier.call(
                self._profile.visits_event, clinic, {"PID": card, "DATE_FROM": day, "DATE_TO": day}
            ).rows
            for card in cards
        ]
        listed = {schedule.id for schedule in self._schedules.of(slot.resource)}
        if not listed:
            return Indeterminate("the doctor has no schedule in that branch")
        ours = [row for rows in lists for row in rows if self._is_ours(row, query, listed)]
        if ours:
            row = min(ours, key=lambda row: is_yes(row.get("CANCELLED", "")))
            state = "cancelled" if is_yes(row.get("CANCELLED", "")) else "booked"
            return Found(_ref(row["PLANNING_ID"], clinic), state, times.begin_of(row))
        if (lists and all(lists)) or self._is_shown_free(slot):
            return Absent()
        return Indeterminate("no visit is listed, and the schedule doesn't show the time free")

    def of_card(self, card: str, clinic: str, *, first: date, last: date) -> tuple[RemoteVisit, ...]:
        """Return the visits of a card whose schedule the branch lists; raises as Carrier.call, ValueError."""
        rows = self._carrier.call(
            self._profile.visits_event,
            clinic,
            {"PID": card, "DATE_FROM": times.day(first), "DATE_TO": times.day(last)},
        ).rows
        resources = {each.id: each.resource for each in self._schedules.of_clinic(clinic).schedules}
        return tuple(
            RemoteVisit(
                ref=_ref(row["PLANNING_ID"], clinic),
                resource=resources[row["PL_SUBJ_ID"]],
                begin=times.begin_of(row),
                minutes=times.minutes_of(row),
                is_cancelled=is_yes(row.get("CANCELLED", "")),
            )
            for row in rows
            if row.get("PLANNING_ID") and row.get("PL_SUBJ_ID", "") in resources
        )

    def _is_ours(self, row: Row, query: BookingQuery, listed: set[str]) -> bool:
        """Whether a visit is the one that was sent: by our reference, or by its schedule and its begin.

        A cancelled one is ours by the reference alone: it may be an earlier visit at the same time.
        """
        begin, name = times.begin_of(row), self._profile.reference_field
        if not row.get("PLANNING_ID"):
            raise LostError("a visit without PLANNING_ID")
        if name and row.get(name, "").partition(" ")[0] == query.reference:
            return True
        is_there = row.get("PL_SUBJ_ID", "") in listed and begin == query.slot.begin
        return is_there and not is_yes(row.get("CANCELLED", ""))

    def _is_shown_free(self, slot: RemoteSlot) -> bool:
        """Whether each schedule that may have the visit, and one at least, shows the time free."""
        shown = [
            self._schedules.free(schedule, _days_of(slot))
            for schedule in self._schedules.of(slot.resource)
            if isinstance(_fitting(self._schedules.kinds(schedule), slot), Kind)
        ]
        return bool(shown) and all(
            cells is not None and covers(cells, slot.begin, slot.minutes) for cells in shown
        )


def _fitting(kinds: tuple[Kind, ...], slot: RemoteSlot) -> Kind | Rejected:
    """Return the visit kind to be written; it must not be longer than the time that is kept for it."""
    if slot.service_id is None:
        found = next((kind for kind in kinds if kind.minutes == slot.minutes), None)
        return found or Rejected("no_visit_kind")
    kind = next((kind for kind in kinds if kind.id == slot.service_id), None)
    if kind is None:
        return Rejected("no_visit_kind")
    if kind.minutes is None or kind.minutes > slot.minutes:
        return Rejected("bad_duration")
    return kind


def _days_of(slot: RemoteSlot) -> Window:
    return Window(slot.begin.day, slot.begin.plus(slot.minutes * 60).day)


def _names(told: Answer, number: str) -> bool:
    return any(row.get("PLANNING_ID") == number for row in told.rows)


def _ref(number: str, clinic: str) -> str:
    return f"{number}@{clinic}"


def _has(text: str, words: tuple[str, ...]) -> bool:
    told = text.casefold()
    return any(word in told for word in words)
