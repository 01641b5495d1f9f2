import re
from datetime import timedelta
from uuid import UUID

from channels.site.factory import MONDAY
from feldsher.kernel.ics import Event, Method, calendar


def _event(**values: object) -> Event:
    given: dict[str, object] = {
        "uid": UUID(int=5),
        "start": MONDAY,
        "end": MONDAY + timedelta(minutes=30),
        "stamp": MONDAY - timedelta(days=1),
        "sequence": 3,
        "place": "Москва, Условная ул., 18; вход\\двор",
        "phone": "+7 921 000-00-01",
        "is_cancelled": False,
        **values,
    }
    return Event(**given)  # type: ignore[arg-type] # the keywords are the fields


def _unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_times_are_utc_and_lines_end_as_the_standard_says() -> None:
    text = calendar(_event())
    lines = _unfolded(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART:20261123T060000Z" in lines
    assert "DTEND:20261123T063000Z" in lines
    assert "SEQUENCE:3" in lines
    assert "\n" not in text.replace("\r\n", "")


def test_text_is_escaped() -> None:
    assert r"LOCATION:Москва\, Условная ул.\, 18\; вход\\двор" in _unfolded(calendar(_event()))
    broken = _unfolded(calendar(_event(place="Дом\r\nATTENDEE:evil")))
    assert r"LOCATION:Дом\nATTENDEE:evil" in broken


def test_no_line_is_longer_than_75_octets_and_no_letter_is_split() -> None:
    text = calendar(_event(place="Ы" * 200))
    folded = text.split("\r\n")
    assert max(len(line.encode()) for line in folded) == 75
    assert f"LOCATION:{'Ы' * 200}" in _unfolded(text)


def test_nothing_medical_is_told_to_a_calendar() -> None:
    lines = _unfolded(calendar(_event()))
    assert "SUMMARY:Визит в клинику" in lines
    assert not re.search("врач|приём|терапевт|пациент", " ".join(lines), re.IGNORECASE)


def test_a_cancelled_visit_cancels_the_copy_in_the_calendar() -> None:
    assert "STATUS:CANCELLED" in _unfolded(calendar(_event(is_cancelled=True)))
    assert "STATUS:CONFIRMED" in _unfolded(calendar(_event()))


def test_a_letter_says_whose_event_it_is_and_takes_it_out_again() -> None:
    lines = _unfolded(calendar(_event(organizer="visits@clinic.example"), method=Method.CANCEL))
    assert lines[4] == "METHOD:CANCEL"
    assert "ORGANIZER:mailto:visits@clinic.example" in lines
    lines = _unfolded(calendar(_event()))
    assert lines[4] == "METHOD:PUBLISH"
    assert not any(line.startswith("ORGANIZER") for line in lines)
