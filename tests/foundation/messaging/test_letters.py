"""A letter leaves once its cause is committed, is tried while no server takes it, and is wiped in time."""

import smtplib
from datetime import timedelta
from email.message import Message as Mime

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from feldsher.conf.environment import BookingSettings, SmtpSettings
from feldsher.foundation.messaging import letters, services
from feldsher.foundation.messaging.checks import check_provider
from feldsher.foundation.messaging.letters import Mail, NotTakenError
from feldsher.foundation.messaging.models import Letter
from feldsher.foundation.messaging.types import Kind
from feldsher.kernel import clock
from feldsher.kernel.ics import Method

pytestmark = pytest.mark.django_db
MAIL = Mail("Запись 26.11 в 10:00", "Вы записаны", "BEGIN:VCALENDAR\r\nМЕСТО", Method.CANCEL)


@pytest.fixture(autouse=True)
def _sender(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "visits@clinic.example"


def recorded(key: str = "one", *, hours: float = 1) -> Letter:
    until = clock.now() + timedelta(hours=hours)
    found = services.send_letter(
        Kind.VISIT_BOOKED, MAIL, address="petr@example.ru", key=key, valid_until=until
    )
    return Letter.objects.get(id=found)


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(self: EmailMessage) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)


def state(row: Letter) -> tuple[str, str, int]:
    row.refresh_from_db()
    return row.state, row.refusal, row.attempts


def test_a_letter_carries_its_calendar_file(mailoutbox: list[EmailMessage]) -> None:
    row = recorded()
    letters.write(row.id)
    letters.write(row.id)
    (letter,) = mailoutbox
    assert (letter.to, letter.subject, letter.body) == (["petr@example.ru"], MAIL.subject, MAIL.text)
    whole = letter.message()
    assert whole["Message-ID"] == f"<{row.id}@clinic.example>"
    assert whole["From"] == "visits@clinic.example"
    (part,) = [each for each in whole.walk() if each.get_content_type() == "text/calendar"]
    assert isinstance(part, Mime)
    assert (part.get_param("method"), part.get_filename()) == ("CANCEL", "visit.ics")
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode() == MAIL.calendar
    assert state(row) == ("sent", "", 1)


def test_a_letter_without_a_visit_has_no_file(mailoutbox: list[EmailMessage]) -> None:
    until = clock.now() + timedelta(hours=1)
    mail = Mail("Срок проверки", "Подходит срок")
    letters.write(
        services.send_letter(Kind.PAGE_REVIEW, mail, address="a@b.example", key="k", valid_until=until)
    )
    assert (mailoutbox[0].body, mailoutbox[0].attachments) == ("Подходит срок", [])


def test_nothing_of_it_is_readable_in_the_table() -> None:
    row = recorded()
    for column in (row.address, row.subject, row.text, row.calendar):
        assert all(word.encode() not in bytes(column) for word in ("petr", "Запись", "записаны", "VCAL"))


def test_a_key_is_one_letter() -> None:
    assert recorded().id == recorded().id
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        smtplib.SMTPDataError(451, b"later"),
        smtplib.SMTPServerDisconnected(),
    ],
)
def test_what_no_server_took_is_tried_again_and_given_up_at_last(
    monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    row = recorded()
    failing(monkeypatch, error)
    for _ in range(letters.TRIES - 1):
        with pytest.raises(NotTakenError):
            letters.write(row.id)
        assert state(row)[0] == "queued"
    letters.write(row.id)
    code = str(getattr(error, "smtp_code", "")) or type(error).__name__
    assert state(row) == ("refused", code, letters.TRIES)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (smtplib.SMTPDataError(554, b"no"), "554"),
        (smtplib.SMTPRecipientsRefused({"petr@example.ru": (550, b"nobody")}), "SMTPRecipientsRefused"),
    ],
)
def test_what_a_server_refuses_for_good_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    row = recorded()
    failing(monkeypatch, error)
    letters.write(row.id)
    assert state(row) == ("refused", code, 1)


def test_a_letter_that_is_kept_back_or_late_does_not_leave(mailoutbox: list[EmailMessage]) -> None:
    wiped, late = recorded(), recorded("two", hours=-1)
    services.wipe("one")
    letters.write(wiped.id)
    letters.write(late.id)
    assert (mailoutbox, state(wiped)[0], state(late)[0]) == ([], "dropped", "dropped")


def test_letters_are_wiped_when_they_are_worth_nothing_and_deleted_after_a_month() -> None:
    row = recorded(hours=-1)
    services.forget()
    row.refresh_from_db()
    assert {bytes(row.address), bytes(row.subject), bytes(row.text), bytes(row.calendar)} == {b""}
    Letter.objects.update(created_at=clock.now() - timedelta(days=31))
    services.forget()
    assert Letter.objects.count() == 0


def test_who_asks_for_addresses_has_a_server(settings: Settings) -> None:
    settings.FELDSHER_BOOKING = BookingSettings(letters=True)
    settings.FELDSHER_SMTP = SmtpSettings()
    assert "messaging.E002" in {each.id for each in check_provider(app_configs=None)}
    settings.FELDSHER_SMTP = SmtpSettings("mail.clinic.example", sender="visits@clinic.example")
    assert "messaging.E002" not in {each.id for each in check_provider(app_configs=None)}
