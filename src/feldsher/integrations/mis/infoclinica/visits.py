"""Writing into ИНФОКЛИНИКА: reserve, move, remove, and what became of a call whose answer was lost (§1.5).

What makes it safe (docs/integrations/infoclinica.md):
- There is no hold: to reserve is to book. The schedule is read anew just before, for this very patient,
  because SCHEDIDENT changes every day and because a CHECKCODE 2 in it refuses before anything is written.
- The visit is exactly as long as was asked: its end is sent, and free cells must hold all of it.
- EXTSCHEDID is our reference and travels with the record, so that a visit whose answer was lost is found by
  it among the patient's records.
- A record that says another branch, doctor or time than was asked is a visit that nobody wanted: it is
  removed at once.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    AlreadyCancelled,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    FindOutcome,
    Found,
    Gone,
    Indeterminate,
    MoveOutcome,
    NeedsReferral,
    NotFound,
    NotSent,
    PatientConflict,
    Rejected,
    RemoteResource,
    RemoteSlot,
    RemoteVisit,
    Taken,
    Unknown,
    Window,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.infoclinica import envelope, records, schedule, times
from feldsher.integrations.mis.infoclinica.door import Door, RefusedError
from feldsher.integrations.mis.infoclinica.envelope import Check, Fields
from feldsher.integrations.mis.infoclinica.patients import Patients
from feldsher.integrations.mis.infoclinica.profile import Profile, is_id
from feldsher.integrations.mis.infoclinica.records import Listed, Record, ref_of
from feldsher.integrations.mis.infoclinica.schedule import ONLINE_ONLY, Question, Schedule, Stint
from feldsher.kernel import clock

_UNKNOWN_RECORD = "not_found"
PAGE = 100
MOST_PAGES = 50
READING = 2
"""Timeouts within which a reserve must have left: the reads before it belong to its call, from whose begin
scheduling counts how long a lost one may be committed (`capabilities().settle_seconds` has them too)."""
MOVING = 4
"""The same for a move: it looks for the card and for the record before it reads the schedule."""


def _found(record: Record, query: BookingQuery) -> Found | Indeterminate:
    if not record.is_removed and record.is_elsewhere(query.slot):
        return Indeterminate("the visit stands at another branch or with another doctor")
    state = "cancelled" if record.is_removed else "booked"
    branch = record.branch or query.slot.resource.location_id
    return Found(ref_of(branch, record.id), state, record.begin)


def _parts(ref: str) -> tuple[str, str] | None:
    branch, _, record = ref.partition("-")
    return (branch, record) if is_id(branch) and is_id(record) else None


@dataclass(frozen=True, slots=True)
class Visits:
    door: Door
    patients: Patients

    def book(self, request: BookRequest) -> BookOutcome:
        """Reserve the time. Whatever is refused before SCHEDULE_REC_RESERVE leaves has written nothing."""
        return self._put(request, leave_by=self._leave_by(READING))

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        """Give the record the new time. Its own old time may lie in the way, so the gateway alone judges."""
        leave_by, parts = self._leave_by(MOVING), _parts(ref)
        if parts is None or parts[0] != request.slot.resource.location_id:
            return Rejected("other_branch", "a record can't be moved to another branch")
        if request.patient is None:
            return Rejected("no_patient")
        displaced = None if old is None else self._displaced(ref, old, request, patient=request.patient.id)
        outcome: MoveOutcome = displaced or self._put(request, moved=parts[1], leave_by=leave_by)
        is_unknown = isinstance(outcome, Rejected) and outcome.code == _UNKNOWN_RECORD
        return Gone() if is_unknown else outcome

    def _leave_by(self, timeouts: int) -> float:
        return monotonic() + timeouts * self.door.seconds

    def _displaced(
        self, ref: str, old: RemoteSlot, request: BookRequest, *, patient: str
    ) -> Gone | BookOutcome | None:
        """Say that the record no longer stands where it is to be moved from; None where it does.

        Records are listed by card, without those that are removed, and the clinic may have changed the
        patient's phone, which leads to another card now: one that is on none of theirs may stand where it
        was, and is gone where its time is free too.
        """
        found = self.find(BookingQuery(slot=old, reference="", ref=ref, person=request.person))
        if isinstance(found, Indeterminate):
            return NotSent(f"the look for the record to be moved: {found.reason}", is_answered=True)
        if isinstance(found, Absent):
            there = self._choose(replace(request, slot=old), patient, is_move=False)
            if isinstance(there, NotSent):
                return there
            said = "the record is on no card of the patient's phone"
            return Gone() if isinstance(there, Stint) else Rejected("record_not_on_card", said)
        if (found.ref, found.state) != (ref, "booked"):
            return Gone()
        return None if found.begin in {None, old.begin.plus(0)} else Gone()

    def cancel(self, ref: str) -> CancelOutcome:
        """Remove the record; that it was removed already is told by the profile's words."""
        parts = _parts(ref)
        if parts is None:
            return NotFound()
        try:
            self.door.call("SCHEDULE_REC_REMOVE", (("SCHEDID", parts[1]),), branch=parts[0])
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as error:
            return self._not_cancelled(error)
        return Cancelled()

    def _not_cancelled(self, error: RefusedError) -> CancelOutcome:
        if _says(error.words, self.door.profile.cancelled_words):
            return AlreadyCancelled()
        return NotFound() if error.result == envelope.NOT_FOUND else Rejected(_code(error), error.text)

    def find(self, query: BookingQuery) -> FindOutcome:
        """Look for our reference among the records of the person's cards.

        What is found is found in any list; that it is absent takes lists that are whole by their own count.
        A visit that stands at another branch or with another doctor is none that may be called booked, and
        a registrar may have moved it there: a person must look.
        """
        if query.person is None:
            return Indeterminate("records are listed by patient, and nobody said whose")
        branch = query.slot.resource.location_id
        try:
            cards = self.patients.cards_of(query.person)
            lists = [self._listed(card, branch) for card in cards]
        except (LostError, NotSentError, RefusedError) as error:
            return Indeterminate(str(error))
        ours = [record for listed in lists for record in listed.records if record.is_of(query)]
        ours.sort(key=lambda record: record.is_removed)
        if ours:
            return _found(ours[0], query)
        if not cards:
            return Indeterminate("the patient's card isn't found")
        if not all(listed.is_whole for listed in lists):
            return Indeterminate("the list of the patient's records isn't whole")
        return Absent()

    def of_card(self, card: str, branch: str) -> tuple[RemoteVisit, ...]:
        """Return the records of a card in a branch from yesterday on; raises as Door.call does, LostError.

        Of a list that is not whole nothing is believed: what it leaves out may be a cancel.
        """
        listed = self._listed(card, branch)
        if not listed.is_whole:
            raise LostError("the list of the patient's records isn't whole")
        return tuple(
            RemoteVisit(
                ref=ref_of(record.branch or branch, record.id),
                resource=RemoteResource(record.doctor, record.branch or branch),
                begin=record.begin,
                minutes=record.minutes,
                is_cancelled=record.is_removed,
            )
            for record in listed.records
            if record.begin is not None
        )

    def _listed(self, card: str, branch: str) -> Listed:
        """Return the records of a card from yesterday on; raises as Door.call does."""
        yesterday = times.spelt(clock.now().date() - timedelta(days=1))
        found = Listed()
        for page in range(MOST_PAGES):
            first = page * PAGE + 1
            out = self.door.call(
                "SCHEDULE_REC_LIST",
                (
                    ("PCODE", card),
                    ("BDATE", yesterday),
                    ("FIRSTROW", str(first)),
                    ("LASTROW", str(first + PAGE - 1)),
                ),
                branch=branch,
            )
            if not found.add(out.element):
                break
        return found

    def _put(self, request: BookRequest, *, leave_by: float, moved: str = "") -> BookOutcome:
        slot = request.slot
        if request.patient is None:
            return Rejected("no_patient")
        try:
            when = times.fields(slot.begin.plus(0), slot.minutes)
        except ValueError:
            return Rejected("bad_duration")
        chosen = self._choose(request, request.patient.id, is_move=bool(moved))
        if not isinstance(chosen, Stint):
            return chosen
        values = [
            ("DCODE", slot.resource.practitioner_id),
            *when,
            ("SCHEDIDENT", chosen.ident),
            ("PCODE", request.patient.id),
            *([("SCHEDID", moved)] if moved else []),
            ("EXTSCHEDID", request.reference),
            ("ONLINETYPE", "1" if chosen.mode in ONLINE_ONLY else "0"),
            *_optional(self.door.profile, slot),
        ]
        return self._reserve(slot, values, moved=moved, leave_by=leave_by)

    def _choose(self, request: BookRequest, patient: str, *, is_move: bool) -> Stint | BookOutcome:
        """Return the working interval to reserve in, or why not. Nothing has been written, whatever comes."""
        slot, profile = request.slot, self.door.profile
        question = Question(
            slot.resource.location_id,
            Window(slot.begin.day, slot.begin.day),
            doctor=slot.resource.practitioner_id,
            patient=patient,
        )
        try:
            found = schedule.ask(self.door, question)
        except RefusedError as error:
            told = refusal(error.words, error.text, profile)
            if isinstance(told, Rejected):
                return NotSent(f"the schedule was refused: {error}", is_answered=True)
            return told
        except (LostError, NotSentError) as error:
            return NotSent(f"the schedule could not be read: {error}")
        if not found.stints or not found.cells or found.damaged:
            return NotSent("the schedule of the day is empty or can't be read", is_answered=True)
        return _stint(found, slot, profile, is_move=is_move)

    def _reserve(self, slot: RemoteSlot, values: Fields, *, moved: str, leave_by: float) -> BookOutcome:
        branch = slot.resource.location_id
        try:
            out = self.door.call("SCHEDULE_REC_RESERVE", values, branch=branch, leave_by=leave_by)
            written = records.read_info(out.element)
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as error:
            return self._refused(error)
        if written is None:
            return Unknown("a reserve without SCHEDID")
        if written.differs_from(slot):
            return self._undo(written, branch, moved=moved)
        return Booked(ref_of(branch, written.id))

    def _refused(self, error: RefusedError) -> BookOutcome:
        if error.result != envelope.REFUSED:
            return Rejected(_code(error), error.text)
        return refusal(error.words, error.text, self.door.profile)

    def _undo(self, written: Record, branch: str, *, moved: str) -> BookOutcome:
        """Remove a visit that was written elsewhere than asked. A moved record is left to a person."""
        if not moved and isinstance(
            self.cancel(ref_of(written.branch or branch, written.id)), Cancelled | AlreadyCancelled
        ):
            return Rejected(
                "written_elsewhere", "МИС записала в другой филиал или на другое время; запись снята"
            )
        return Unknown("the visit was written elsewhere than asked")


def _stint(found: Schedule, slot: RemoteSlot, profile: Profile, *, is_move: bool) -> Stint | BookOutcome:
    stints = schedule.stints_for(found, slot, profile)
    blocks: list[Check] = []
    for stint in stints:
        cells = schedule.cells_in(found, stint, slot)
        closed = [cell.block for cell in cells if cell.block is not None]
        if not closed and (is_move or schedule.is_free(cells, slot)):
            return stint
        blocks += closed
    if blocks:
        words = f"{blocks[0].label} {blocks[0].text}"
        return refusal(words.lower(), words.strip(), profile)
    return Taken()


def refusal(words: str, text: str, profile: Profile) -> BookOutcome:
    """Say what the gateway's words mean; nothing was written."""
    if _says(words, profile.taken_words):
        return Taken(text)
    if _says(words, profile.conflict_words):
        return PatientConflict(text)
    if _says(words, profile.referral_words):
        return NeedsReferral(text)
    if _says(words, profile.age_words):
        return AgeLimit(text)
    return Rejected("refused", text)


def _says(words: str, known: tuple[str, ...]) -> bool:
    return any(piece in words for piece in known)


def _code(error: RefusedError) -> str:
    codes = {envelope.NOT_FOUND: _UNKNOWN_RECORD, envelope.MALFORMED: "malformed"}
    return codes.get(error.result, "refused")


def _optional(profile: Profile, slot: RemoteSlot) -> list[tuple[str, str]]:
    values = []
    if profile.auth_mode is not None:
        values.append(("AUTHMODE", str(profile.auth_mode)))
    if slot.service_id:
        values.append(("SCHLIST", slot.service_id))
    return values
