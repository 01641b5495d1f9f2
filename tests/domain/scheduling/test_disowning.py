"""«Это не моя запись» and which SMS a patient wants: what stops, who is told, and that nothing is cancelled.

Names and phones are invented.
"""

from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections

from channels.desk.conftest import Busy, busy
from domain.scheduling.staff import REGISTRAR
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind, Topic
from feldsher.domain.scheduling import notices, selectors, services
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.models import Appointment, CallRequest
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import Notice, ReminderKind, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.messaging.models import Message

__all__ = ["busy"]
pytestmark = pytest.mark.django_db(transaction=True)

PETER, OTHER = (PhoneHolder(UUID(int=number), f"+7900000000{number}") for number in (1, 2))


@pytest.fixture
def visit(busy: Busy) -> UUID:
    """A visit of «Пробный Пётр» that the clinic has accepted, tomorrow at noon."""
    return busy.accepted()


def me() -> Behind:
    (found,) = selectors.behind(PETER)
    return found


def disown(visit: UUID) -> None:
    services.disown(visit, token=appointment_token(visit))


def is_said(visit: UUID) -> bool:
    return selectors.is_disowned(visit, token=appointment_token(visit))


def told_desk() -> list[CallRequest]:
    with as_service("tests"):
        return list(CallRequest.objects.filter(channel=Notice.WRONG_NUMBER, done_at=None))


def sent(visit: UUID) -> tuple[bool, bool]:
    """Say what of the clinic's news and of a reminder is written down to be sent."""
    with as_service("tests"):
        row = Appointment.objects.get(pk=visit)
        before = Message.objects.count()
        notices.tell_missing(row)
        is_told = Message.objects.count() > before
        is_reminded = bool(notices.remind([notices.Due(row, ReminderKind.DAY, [row.starts_at])]))
        Message.objects.all().delete()
    return is_told, is_reminded


def test_messages_stop_and_nothing_is_cancelled(visit: UUID, busy: Busy) -> None:
    assert (sent(visit), is_said(visit)) == ((True, True), False)
    for _ in range(2):
        disown(visit)
    assert (sent(visit), is_said(visit), busy.world.state) == ((False, False), True, State.BOOKED)


def test_the_desk_is_told_once_and_reads_whom_and_why(visit: UUID, busy: Busy) -> None:
    for _ in range(2):
        disown(visit)
        services.disown_own(visit, holder=PETER)
    (row,) = told_desk()
    (card,) = [card for card in selectors.open_calls(REGISTRAR) if card.notice]
    assert (card.id, card.notice, card.name, card.phone, card.appointment_id) == (
        row.pk,
        Notice.WRONG_NUMBER,
        "Пробный\u00a0П.",
        "+79000000001",
        visit,
    )
    assert "запись на\u00a026.11.2026 12:00 не\u00a0отменена" in card.topic
    busy.world.cancel()
    assert told_desk() == [row], "a cancel makes it not needless: the number stays wrong"


def test_who_has_proved_the_number_takes_it_back(visit: UUID) -> None:
    disown(visit)
    for _ in range(2):
        services.own_again(me(), holder=PETER)
    assert (sent(visit), is_said(visit), told_desk()) == ((True, True), False, [])
    disown(visit)
    assert len(told_desk()) == 1


def test_without_the_secret_or_the_phone_nothing_stops(visit: UUID) -> None:
    with pytest.raises(AppointmentNotFoundError):
        services.disown(visit, token="wrong")
    with pytest.raises(AppointmentNotFoundError):
        selectors.is_disowned(visit, token="wrong")
    for asked in (visit, uuid4()):
        with pytest.raises(AppointmentNotFoundError):
            services.disown_own(asked, holder=OTHER)
    assert (sent(visit), told_desk()) == ((True, True), [])


def test_by_lent_access_nobody_stops_or_chooses_messages(visit: UUID) -> None:
    lent = Behind(me().patient_id, grant_id=uuid4())
    with pytest.raises(PatientNotFoundError):
        services.own_again(lent, holder=OTHER)
    with pytest.raises(PatientNotFoundError):
        patients.choose_messages(lent, topics=(), holder=OTHER)
    assert sent(visit) == (True, True)


@pytest.mark.parametrize("visits", [True, False])
@pytest.mark.parametrize("reminders", [True, False])
def test_each_patient_gets_what_they_chose(visit: UUID, *, visits: bool, reminders: bool) -> None:
    topics = {topic for topic, on in ((Topic.VISITS, visits), (Topic.REMINDERS, reminders)) if on}
    patients.choose_messages(me(), topics=topics, holder=PETER)
    assert sent(visit) == (visits, reminders)


def test_two_at_once_tell_the_desk_once(visit: UUID) -> None:
    both = Barrier(2)

    def say() -> None:
        both.wait()
        disown(visit)
        connections.close_all()

    threads = [Thread(target=say) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told_desk()) == 1


def test_it_stands_in_the_patient_s_journal(visit: UUID) -> None:
    disown(visit)
    services.own_again(me(), holder=PETER)
    patients.choose_messages(me(), topics={Topic.VISITS}, holder=PETER)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, purpose, fields FROM audit_access WHERE what = 'messages' ORDER BY id"
        )
        assert cursor.fetchall() == [
            ("service", "not_mine", ["wrong_number"]),
            ("patient", "not_mine", ["right_number"]),
            ("patient", "choose_messages", ["visits_on", "reminders_off", "reviews_off"]),
        ]
