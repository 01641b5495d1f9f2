"""A visit as a calendar file (RFC 5545).

Times are UTC, so that no VTIMEZONE is needed. No medical words: calendars are synced to other people's
machines, and the fact of a visit is a secret; neither doctor nor service is named.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

_FOLD = 75
_STAMP = "%Y%m%dT%H%M%SZ"


class Method(StrEnum):
    """What a calendar does with the file (RFC 5546): keeps the event, or takes it out."""

    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Event:
    """What goes into the file. `sequence` grows with each change, so that a calendar updates its copy.

    `organizer` is the mail address that a file in a letter comes from.
    """

    uid: UUID
    start: datetime
    end: datetime
    stamp: datetime
    sequence: int
    place: str
    phone: str
    is_cancelled: bool
    organizer: str = ""


def calendar(event: Event, *, method: Method = Method.PUBLISH) -> str:
    """Return the file's text with CRLF line ends, folded at 75 octets."""
    description = f"Телефон клиники: {event.phone}" if event.phone else ""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Feldsher//site//RU",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_utc(event.stamp)}",
        f"DTSTART:{_utc(event.start)}",
        f"DTEND:{_utc(event.end)}",
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}",
        *([f"ORGANIZER:mailto:{event.organizer}"] if event.organizer else []),
        "SUMMARY:Визит в клинику",
        f"LOCATION:{_escape(event.place)}",
        *([f"DESCRIPTION:{_escape(description)}"] if description else []),
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_STAMP)


def _escape(text: str) -> str:
    """Escape TEXT (§3.3.11); line ends become the two characters that mean one."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _fold(line: str) -> str:
    """Fold a content line at 75 octets without splitting a character (§3.1)."""
    parts: list[str] = []
    current, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > _FOLD:
            parts.append(current)
            current, size = " ", 1
        current += char
        size += width
    return "\r\n".join([*parts, current])
