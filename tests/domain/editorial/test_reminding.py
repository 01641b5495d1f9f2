"""Who is written to about the term of a review: at each mark once, of what they see, no closed account."""

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from conftest import SetClock
from domain.editorial.factory import DOSE, doctor, draft, read, reviewed, staff
from feldsher.conf.environment import SmtpSettings
from feldsher.domain.editorial.models import Reminder
from feldsher.domain.editorial.services import approve, remind
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.letter_addresses import set_letter_address
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.messaging import letters
from feldsher.foundation.messaging.models import Letter
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
TERM = 365


@pytest.fixture(autouse=True)
def _server(settings: Settings) -> None:
    settings.FELDSHER_SMTP = SmtpSettings(host="mail.clinic.example", sender="pages@clinic.example")
    settings.SITE_URL = "https://clinic.example"


@pytest.fixture
def start(set_clock: SetClock) -> datetime:
    """The day on which two pages were approved, each for a year by its own doctor who gave an address."""
    moment = clock.now().replace(year=2026, month=3, day=2, hour=9)
    set_clock(moment)
    for slug in ("eyes", "ears"):
        who = User.objects.get(practitioner=reviewed(slug=slug))
        set_letter_address(who.pk, f"{slug}@clinic.example")
    Letter.objects.all().delete()
    return moment


def told(mailoutbox: list[EmailMessage]) -> list[tuple[str, str]]:
    """Hand over what waits, and return to whom and the line about each page."""
    mailoutbox.clear()
    for key in Letter.objects.filter(state="queued").values_list("pk", flat=True):
        letters.write(key)
    lines = [(mail.to[0], line) for mail in mailoutbox for line in str(mail.body).splitlines()]
    return sorted((to, line) for to, line in lines if line.startswith("—"))


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (61, None),
        (60, "— «Проба»: срок через 60 дней, 2 марта 2027 года"),
        (31, "— «Проба»: срок через 31 день, 2 марта 2027 года"),
        (0, "— «Проба»: срок сегодня, 2 марта 2027 года"),
        (-3, "— «Проба»: просрочено на 3 дня, срок был 2 марта 2027 года"),
    ],
)
def test_each_doctor_is_written_to_of_their_own_page(
    start: datetime, set_clock: SetClock, mailoutbox: list[EmailMessage], left: int, words: str | None
) -> None:
    set_clock(start + timedelta(days=TERM - left))
    assert remind() == (2 if words else 0)
    expected = [(f"{slug}@clinic.example", words) for slug in ("ears", "eyes") if words]
    assert [(to, line.replace("\u00a0", " ")) for to, line in told(mailoutbox)] == expected


def test_a_year_has_three_letters_and_a_new_approval_begins_anew(
    start: datetime, set_clock: SetClock
) -> None:
    written = []
    for left in range(62, -5, -1):
        set_clock(start + timedelta(days=TERM - left))
        written += [left] * remind() + [left] * remind()
    assert written == [60, 60, 30, 30, 7, 7]
    assert sorted(Reminder.objects.values_list("mark", flat=True)) == [7, 7, 30, 30, 60, 60]


def test_of_marks_that_were_missed_only_the_last_is_told(start: datetime, set_clock: SetClock) -> None:
    set_clock(start + timedelta(days=TERM - 20))
    assert [remind(), remind()] == [2, 0]
    assert set(Reminder.objects.values_list("mark", flat=True)) == {30}


def test_an_editor_has_one_letter_of_all_pages(
    start: datetime, set_clock: SetClock, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.update(letters_to=b"")
    set_letter_address(staff("editor", Role.EDITOR).id, "editor@clinic.example")
    told(mailoutbox)
    set_clock(start + timedelta(days=TERM - 60))
    assert remind() == 1
    assert [to for to, _ in told(mailoutbox)] == ["editor@clinic.example"] * 2
    assert "https://clinic.example/desk/pages/" in mailoutbox[0].body


def test_who_may_not_sign_in_or_sees_no_pages_is_not_written_to(start: datetime, set_clock: SetClock) -> None:
    User.objects.filter(login="doctor-of-eyes").update(is_active=False, disabled_at=start)
    set_letter_address(staff("vera", Role.REGISTRAR).id, "vera@clinic.example")
    set_clock(start + timedelta(days=TERM - 60))
    assert remind() == 1


def test_without_a_server_nothing_is_recorded_and_the_mark_waits(
    start: datetime, set_clock: SetClock, settings: Settings
) -> None:
    server, settings.FELDSHER_SMTP = settings.FELDSHER_SMTP, SmtpSettings()
    set_clock(start + timedelta(days=TERM - 60))
    assert (remind(), Reminder.objects.count()) == (0, 0)
    settings.FELDSHER_SMTP = server
    assert remind() == 2


def test_a_page_that_is_taken_down_reminds_nobody(start: datetime, set_clock: SetClock) -> None:
    key = doctor("Ненаглядова")
    who = staff("third", Role.ATTENDING_DOCTOR, practitioner=key)
    set_letter_address(who.id, "third@clinic.example")
    body = [{"type": "text", "value": DOSE}]
    row = draft(PageKind.ARTICLE, body=body, author=key, reviewer=key, is_ready=True)
    approve(who, page=row.pk, digest=read(row), months=12)
    row.refresh_from_db()
    row.unpublish()
    set_clock(start + timedelta(days=TERM - 60))
    assert remind() == 2


def test_that_addresses_are_read_is_in_the_journal(start: datetime, set_clock: SetClock) -> None:
    set_clock(start + timedelta(days=TERM - 60))
    before = AccessEntry.objects.count()
    remind()
    (entry,) = AccessEntry.objects.order_by("at")[before:]
    assert (entry.what, list(entry.fields), len(entry.ids)) == ("account", ["letters_to"], 2)
