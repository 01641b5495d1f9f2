"""The exchange itself: a message is held against the contract, done, and answered (contract §2.1).

A message that breaks the form is refused with AR, one that can't be done with AE. A user or a branch that
has no access, and a schedule of another branch, get what the live system gives: `AA` and nothing in it.
The contract is cut before the events that cancel a visit, list visits and find a patient's card: their names
and that of REFERENCE are invented.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import escape

from lxml import etree

from testbench.medialog.base import Base, Person, clinic_of, subject_of
from testbench.medialog.faults import CANCEL, PATIENTS, VISITS, Faults
from testbench.medialog.model import CLINICS, MODELS, SUBJECTS, Subject, Visit
from testbench.refusal import Refusal

WEB_USER, REFERENCE = "web", "COMMENT"
_WHO = ("CLINIC_CODE", "WEB_USER")
_DATES = ("DATE_FROM", "DATE_TO")
_PERSON = ("PAT_NOM", "PAT_PRENOM", "PAT_PATRONYME", "PHONE")
_OPTIONAL = frozenset({"LANG_CODE", "USER_TYPE", "WEB_ACCESS", "CITY_CODE"})
_FORMS = {
    "DATE_FROM": re.compile(r"\d{8}"),
    "DATE_TO": re.compile(r"\d{8}"),
    "DATE_VISIT": re.compile(r"\d{14}"),
    "PHONE": re.compile(r"7\d{10}"),
    "PL_SUBJ_ID": re.compile(r"\d{1,9}"),
    "PL_PARAM_ID": re.compile(r"\d{1,9}"),
    "PL_EXAM_ID": re.compile(r"\d{1,9}"),
    "PLANNING_ID": re.compile(r"\d{1,9}"),
    "PID": re.compile(r"\d{1,9}"),
    "PAT_NOM": re.compile(r"\S.{0,99}"),
    "PAT_PRENOM": re.compile(r"\S.{0,99}"),
}
Fields = Mapping[str, str]
Rows = list[tuple[str, dict[str, str]]]


class BrokenMessageError(Exception):
    """Not a message at all; there is nothing to echo."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between installations. `planning_rows`: slots look like rows of PLANNING, HHMM and all."""

    planning_rows: bool = False
    tells_minutes: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    event: str
    id: str
    fields: Fields


@dataclass(slots=True)
class Exchange:
    """Thread-safe, as the base is. `answer` never raises."""

    base: Base
    faults: Faults
    rules: Rules = field(default_factory=Rules)

    def answer(self, message: Message) -> str:
        """Do what the message asks, and return the answer."""
        try:
            act = self._checked(message)
        except Refusal as refusal:
            return rendered(message, "AR", refusal.text, None)
        if act is None:
            return rendered(message, "AA", "", None)
        try:
            return rendered(message, "AA", "", act(message.fields))
        except Refusal as refusal:
            return rendered(message, "AE", refusal.text, None)

    def _checked(self, message: Message) -> Callable[[Fields], Rows] | None:
        """Return what is to be done, None where the access doesn't fit; raises Refusal for a broken form."""
        acts = self._acts()
        if message.event not in acts:
            raise Refusal(f"Неизвестное событие {message.event}")
        act, needed, possible = acts[message.event]
        fields = message.fields
        for name in (*_WHO, *needed):
            if not fields.get(name):
                raise Refusal(f"Не задано поле {name}")
        for name, value in fields.items():
            if name not in {*_WHO, *needed, *possible, *_OPTIONAL}:
                raise Refusal(f"Неизвестное поле {name}")
            if name in _FORMS and not _FORMS[name].fullmatch(value):
                raise Refusal(f"Неверное значение поля {name}")
        _dates(fields)
        is_known = fields["CLINIC_CODE"] in {clinic.code for clinic in CLINICS}
        return act if is_known and fields["WEB_USER"] == WEB_USER else None

    def _acts(self) -> dict[str, tuple[Callable[[Fields], Rows], tuple[str, ...], tuple[str, ...]]]:
        """Return what is done, which fields are needed and which may come, by event."""
        visit = ("PL_SUBJ_ID", "PL_EXAM_ID", "DATE_VISIT", "PAT_NOM", "PAT_PRENOM", "PHONE")
        more = ("PAT_PATRONYME", "PID", REFERENCE)
        return {
            "PLANNING_PARAMS_QUERY": (self._models, (), ()),
            "PLANNING_SUBJ_QUERY": (self._subjects, ("PL_PARAM_ID",), ()),
            "PLANNING_EXAMS_QUERY": (self._exams, ("PL_SUBJ_ID",), ()),
            "PLANNING_SUBJ_SLOTS_QUERY": (self._slots, _DATES, ("PL_SUBJ_ID",)),
            "PLANNING_SUBJ_DAYS_QUERY": (self._days, ("PL_SUBJ_ID", *_DATES), ()),
            "PLANNING_ADD_VISIT": (self._add, visit, more),
            CANCEL: (self._cancel, ("PLANNING_ID",), ()),
            VISITS: (self._visits, ("PID",), _DATES),
            PATIENTS: (self._patients, ("PAT_NOM", "PAT_PRENOM", "PHONE"), _PERSON),
        }

    def _models(self, fields: Fields) -> Rows:
        used = {subject.model for subject in SUBJECTS if subject.clinic == fields["CLINIC_CODE"]}
        return [("MODEL", {"PL_PARAM_ID": key, "NAME": MODELS[key]}) for key in MODELS if key in used]

    def _subjects(self, fields: Fields) -> Rows:
        return [
            (
                "SUBJ",
                {
                    "PL_SUBJ_ID": subject.id,
                    "NAME": subject.name,
                    "MEDECINS_ID": subject.medecin or "0",
                    "MEDECIN_NOM": subject.name if subject.medecin else "",
                    "SPEC_NAME": subject.specialty,
                },
            )
            for subject in SUBJECTS
            if subject.clinic == fields["CLINIC_CODE"] and subject.model == fields["PL_PARAM_ID"]
        ]

    def _exams(self, fields: Fields) -> Rows:
        return [
            ("EXAM", {"PL_EXAM_ID": exam.id, "NAME": exam.name, "DUREE": str(exam.minutes)})
            for subject in _asked(fields)
            for exam in subject.exams
        ]

    def _slots(self, fields: Fields) -> Rows:
        event = "PLANNING_SUBJ_SLOTS_QUERY"
        stale, shifted = self.faults.draw("stale_grid", event), self.faults.draw("wrong_zone", event)
        first, last = _dates(fields)
        rows: Rows = []
        for subject in _asked(fields):
            for cell in self.base.cells(subject, first, last, stale=stale.delay if stale else 0.0):
                wall = cell.start.astimezone(clinic_of(subject).zone)
                if shifted:
                    wall += timedelta(hours=shifted.hours)
                rows.append(("SLOT", {"PL_SUBJ_ID": subject.id, **self._when(wall, cell.minutes)}))
        return rows[::2] if self.faults.draw("partial", event) else rows

    def _when(self, wall: datetime, minutes: int) -> dict[str, str]:
        length = {"DUREE": str(minutes)} if self.rules.tells_minutes else {}
        if self.rules.planning_rows:
            return {"DATE_CONS": f"{wall:%Y%m%d}", "HEURE": str(wall.hour * 100 + wall.minute), **length}
        return {"DATE_VISIT": f"{wall:%Y%m%d%H%M%S}", **length}

    def _days(self, fields: Fields) -> Rows:
        first, last = _dates(fields)
        days = [first + timedelta(days=shift) for shift in range((last - first).days + 1)]
        return [
            ("DAY", {"PL_SUBJ_ID": subject.id, "DATE_CONS": f"{day:%Y%m%d}"})
            for subject in _asked(fields)
            for day in days
            if self.base.works(subject, day)
        ]

    def _add(self, fields: Fields) -> Rows:
        found = list(_asked(fields))
        if not found:
            return []
        subject = found[0]
        exam = next((exam for exam in subject.exams if exam.id == fields["PL_EXAM_ID"]), None)
        if exam is None:
            raise Refusal("Вид приёма не найден в расписании")
        start = _instant(fields["DATE_VISIT"], subject)
        if self.faults.draw("clerk_race", "PLANNING_ADD_VISIT"):
            self.base.race(subject, start, exam.minutes)
        person = Person(*(fields.get(name, "") for name in _PERSON))
        comment = fields.get(REFERENCE, "")
        visit = self.base.add(subject, exam, start, person, pid=fields.get("PID", ""), comment=comment)
        return [("VISIT", self._told(visit))]

    def _cancel(self, fields: Fields) -> Rows:
        visit = self.base.visit(fields["PLANNING_ID"])
        if subject_of(visit.subject).clinic != fields["CLINIC_CODE"]:
            return []
        return [("VISIT", self._told(self.base.cancel(visit.id)))]

    def _visits(self, fields: Fields) -> Rows:
        first, last = _dates(fields)
        return [
            ("VISIT", self._told(visit))
            for visit in self.base.visits()
            if visit.pid == fields["PID"]
            and subject_of(visit.subject).clinic == fields["CLINIC_CODE"]
            and first <= visit.start.astimezone(clinic_of(subject_of(visit.subject)).zone).date() <= last
        ]

    def _patients(self, fields: Fields) -> Rows:
        """Find by phone alone: who shares it, shares the answer."""
        return [
            (
                "PATIENT",
                {
                    "PID": card.pid,
                    "PAT_NOM": card.surname.upper(),
                    "PAT_PRENOM": card.name,
                    "PAT_PATRONYME": card.fathername,
                    "MOBIL_TELEFON": f"+{card.phone[:1]} ({card.phone[1:4]}) {card.phone[4:]}",
                },
            )
            for card in self.base.patients()
            if card.phone == fields["PHONE"]
        ]

    def _told(self, visit: Visit) -> dict[str, str]:
        wall = visit.start.astimezone(clinic_of(subject_of(visit.subject)).zone)
        return {
            "PLANNING_ID": visit.id,
            "PL_SUBJ_ID": visit.subject,
            "PID": visit.pid,
            **self._when(wall, visit.minutes),
            "CANCELLED": "1" if visit.status == "cancelled" else "0",
            REFERENCE: visit.comment,
        }


def parse(text: str) -> Message:
    """Read a message; raises BrokenMessageError for what isn't one."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BrokenMessageError("not XML") from None
    if [child.tag for child in root] != ["MESSAGE_INFO", "QUERY_INFO"]:
        raise BrokenMessageError("MESSAGE_INFO and QUERY_INFO are expected")
    info, query = root
    if [child.tag for child in info] != ["MESSAGE_ID"]:
        raise BrokenMessageError("MESSAGE_ID is expected")
    try:
        number = str(uuid.UUID(info[0].text or ""))
    except ValueError:
        raise BrokenMessageError("MESSAGE_ID must be a GUID") from None
    names = [str(child.tag) for child in query]
    if len(set(names)) < len(names) or any(len(child) for child in query):
        raise BrokenMessageError("QUERY_INFO has a field twice, or a field with fields")
    fields = {str(child.tag): child.text or "" for child in query}
    return Message(str(root.tag), number, fields)


def rendered(message: Message, code: str, comment: str, rows: Rows | None) -> str:
    """Return an answer; rows None leaves QUERY_RESULT out, none at all leave it empty."""
    lines = [
        f"<{message.event}><ACK_INFO><MESSAGE_ID>{message.id}</MESSAGE_ID><CODE>{code}</CODE>",
        f"<COMMENT>{escape(comment)}</COMMENT></ACK_INFO><QUERY_INFO>{_fields(message.fields)}</QUERY_INFO>",
    ]
    if rows is not None:
        told = "".join(f"<{name}>{_fields(row)}</{name}>" for name, row in rows)
        lines.append(f"<QUERY_RESULT>{told}</QUERY_RESULT>" if told else "<QUERY_RESULT/>")
    return "".join([*lines, f"</{message.event}>"])


def _fields(row: Fields) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items())


def _asked(fields: Fields) -> list[Subject]:
    """Return the schedule that is asked for, or all; one of another branch is none."""
    own = [subject for subject in SUBJECTS if subject.clinic == fields["CLINIC_CODE"]]
    number = fields.get("PL_SUBJ_ID")
    return [subject for subject in own if number is None or subject.id == number]


def _dates(fields: Fields) -> tuple[date, date]:
    try:
        first, last = (
            datetime.strptime(fields[name], "%Y%m%d").replace(tzinfo=UTC).date()
            if fields.get(name)
            else limit
            for name, limit in zip(_DATES, (date.min, date.max), strict=True)
        )
    except ValueError:
        raise Refusal("Неверная дата") from None
    if first > last:
        raise Refusal("DATE_FROM позже DATE_TO")
    return first, last


def _instant(text: str, subject: Subject) -> datetime:
    try:
        wall = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=clinic_of(subject).zone)
    except ValueError:
        raise Refusal("Неверное время DATE_VISIT") from None
    return wall.astimezone(UTC)
