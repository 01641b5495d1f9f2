"""A visit to come whose SMS reached nobody stands in the queue until somebody has called, or it ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from channels.desk.test_waiting import a_phone_waits
from domain.directory.factory import MIS
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold
from domain.scheduling.staff import REGISTRAR
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.scheduling import agreement, changes, notices, services, tokens
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict, WaitingOffer, Wish
from feldsher.domain.scheduling.types import CancelReason, PersonInput, State
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.types import Delivery, MessageState
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))


@pytest.fixture
def visit(busy: Busy) -> UUID:
    found = busy.accepted()
    assert Message.objects.get(about=found).kind == "visit_booked"
    return found


@pytest.fixture
def registrar(busy: Busy) -> Client:
    return signed_in(Role.REGISTRAR)


def end(about: UUID, kind: str, delivery: Delivery) -> None:
    """Let the provider take the message, and tell what became of it."""
    message = Message.objects.get(about=about, kind=kind)
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, finished_at=clock.now())
    Attempt.objects.create(
        message=message,
        provider="sms_ru",
        state="taken",
        delivery=delivery,
        delivery_code="104",
        started_at=clock.now(),
        told_at=clock.now(),
    )


def refuse(about: UUID, code: str) -> None:
    rows = Message.objects.filter(about=about)
    rows.update(state=MessageState.REFUSED, refusal=code, finished_at=clock.now())


def text(client: Client, address: str = "/desk/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def test_whom_no_sms_reached_is_to_be_called_until_somebody_has(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    assert "СМС не дошло" not in text(registrar)
    end(visit, "visit_booked", Delivery.NOT_DELIVERED)
    page = text(registrar)
    assert page.count("СМС не дошло") == 1
    assert "СМС не доставлено: номер недоступен или не существует. Позвоните пациенту." in page
    assert "Скажите, что запись в силе." in page
    assert "+7 900 000-00-01" not in page
    page = text(registrar, f"/desk/visits/{visit}/")
    assert "+7 900 000-00-01" in page
    assert "Проверить в МИС" not in page
    asked = text(registrar, f"/desk/visits/{visit}/told/")
    assert "Пациенту сказали?" in asked
    assert registrar.post(f"/desk/visits/{visit}/told/").status_code == 303
    assert "СМС не дошло" not in text(registrar)
    assert list(Verdict.objects.filter(appointment=visit).values_list("said", flat=True)) == ["told"]
    assert Appointment.objects.get(pk=visit).state == State.BOOKED
    kept = AccessEntry.objects.filter(what="verdict").latest("id")
    assert kept.ids == [visit]
    assert registrar.post(f"/desk/visits/{visit}/told/").status_code == 409


def test_it_says_why(busy: Busy, visit: UUID, registrar: Client) -> None:
    refuse(visit, "207")
    assert "Провайдер не принял СМС, код 207." in text(registrar)
    Message.objects.all().update(state=MessageState.QUEUED)
    end(visit, "visit_booked", Delivery.EXPIRED)
    assert "СМС не доставлено: телефон долго был вне сети." in text(registrar)


def test_a_later_message_that_came_ends_it_and_a_later_failure_begins_it_anew(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    end(visit, "visit_booked", Delivery.NOT_DELIVERED)
    registrar.post(f"/desk/visits/{visit}/told/")
    busy.world.forward(600)
    later(visit)
    end(visit, "reminder", Delivery.EXPIRED)
    registrar = signed_in(Role.REGISTRAR, login="anna")
    assert text(registrar).count("СМС не дошло") == 1
    Attempt.objects.filter(message__kind="reminder").update(delivery=Delivery.DELIVERED)
    Verdict.objects.all().delete()
    assert "СМС не дошло" not in text(registrar)


def test_a_visit_that_its_patient_has_cancelled_needs_nobody(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    end(visit, "visit_booked", Delivery.NOT_DELIVERED)
    services.cancel(visit, token=tokens.appointment_token(visit))
    busy.world.work()
    end(visit, "visit_ended", Delivery.NOT_DELIVERED)
    assert Appointment.objects.get(pk=visit).state == State.CANCELLED
    assert "СМС не дошло" not in text(registrar)


@pytest.mark.parametrize(
    ("why", "is_to_be_called"),
    [
        (CancelReason.PATIENT_ASKED, False),
        (CancelReason.DOCTOR_AWAY, True),
        (CancelReason.MISTAKE, True),
        (CancelReason.DUPLICATE, True),
        (CancelReason.OTHER, True),
    ],
)
def test_who_does_not_know_that_a_registrar_has_cancelled_is_to_be_called(
    busy: Busy, visit: UUID, registrar: Client, why: CancelReason, *, is_to_be_called: bool
) -> None:
    services.cancel_by_staff(visit, why=why, staff=REGISTRAR)
    busy.world.work()
    end(visit, "visit_ended", Delivery.EXPIRED)
    assert Appointment.objects.get(pk=visit).state == State.CANCELLED
    assert ("СМС не дошло" in text(registrar)) is is_to_be_called
    if is_to_be_called:
        assert "Скажите, что записи больше нет: иначе пациент приедет зря." in text(registrar)
        assert registrar.post(f"/desk/visits/{visit}/told/").status_code == 303
        assert "СМС не дошло" not in text(registrar)


def test_who_has_not_heard_of_a_time_that_is_kept_for_them_is_to_be_called_while_it_is(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    wish, offer = offered(busy, visit)
    assert "СМС не дошло" not in text(registrar)
    before = registrar.get("/desk/?live=1")["ETag"]
    Message.objects.filter(about=offer).update(
        state=MessageState.REFUSED, refusal="207", finished_at=clock.now()
    )
    page = text(registrar)
    assert page.count("СМС не дошло") == 1
    for words in (
        "до 09:22",
        "Пробный Пётр, предложено сегодня, 25 ноября, 11:30",
        "Провайдер не принял СМС, код 207. Позвоните пациенту. Спросите, берёт ли он это время",
        f'href="/desk/waiting/{wish}/"',
    ):
        assert words in page, words
    after = registrar.get("/desk/?live=1", headers={"If-None-Match": before})
    assert after.status_code == 200
    last = AccessEntry.objects.latest("id").id
    assert registrar.get("/desk/?live=1", headers={"If-None-Match": after["ETag"]}).status_code == 304
    assert not [row for row in AccessEntry.objects.filter(id__gt=last) if row.patients]
    for address in ("/desk/waiting/", f"/desk/waiting/{wish}/"):
        assert "Провайдер не принял СМС, код 207." in text(registrar, address)
    registrar.post(f"/desk/waiting/{wish}/decline/", {"offer": offer})
    assert "СМС не дошло" not in text(registrar)


def test_who_waits_by_a_phone_alone_is_named_by_it_and_an_offer_that_is_over_needs_nobody(
    busy: Busy, registrar: Client
) -> None:
    _, offer = offered(busy, None)
    Message.objects.filter(about=offer).update(
        state=MessageState.REFUSED, refusal="207", finished_at=clock.now()
    )
    assert "+7 900 000-08-01, предложено сегодня, 25 ноября, 11:30" in text(registrar)
    assert "СМС не дошло" not in text(signed_in(Role.EDITOR, login="boris"))
    busy.world.forward(20 * 60)
    assert "СМС не дошло" not in text(signed_in(Role.REGISTRAR, login="anna"))


def test_who_does_not_know_that_the_mis_has_cancelled_is_to_be_called(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    busy.world.forward(1)
    busy.world.mis.clerk_cancels(Exchange.objects.get(pk=visit).ref)
    changes.follow(MIS)
    agreement.judge(MIS)
    assert Appointment.objects.get(pk=visit).state == State.CANCELLED
    refuse(visit, "stop_list")
    page = text(registrar)
    assert page.count("СМС не дошло") == 1
    assert "Скажите, что записи больше нет: иначе пациент приедет зря." in page
    assert registrar.post(f"/desk/visits/{visit}/told/").status_code == 303
    assert "СМС не дошло" not in text(registrar)


def test_what_is_not_known_to_have_failed_or_is_over_needs_nobody(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    for state in (MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN, MessageState.DROPPED):
        Message.objects.all().update(state=state)
        assert "СМС не дошло" not in text(registrar)
    refuse(visit, "no_provider")
    assert "СМС не дошло" not in text(registrar)
    refuse(visit, "207")
    assert "СМС не дошло" in text(registrar)
    busy.world.forward((VISIT_AT + timedelta(hours=3) - busy.world.moment).total_seconds())
    assert "СМС не дошло" not in text(signed_in(Role.REGISTRAR, login="anna"))


def test_an_open_page_hears_of_it_and_asks_about_nobody_while_nothing_changes(
    busy: Busy, visit: UUID, registrar: Client
) -> None:
    before = registrar.get("/desk/?live=1")["ETag"]
    end(visit, "visit_booked", Delivery.NOT_DELIVERED)
    after = registrar.get("/desk/?live=1", headers={"If-None-Match": before})
    assert after.status_code == 200
    last = AccessEntry.objects.latest("id").id
    same = registrar.get("/desk/?live=1", headers={"If-None-Match": after["ETag"]})
    assert same.status_code == 304
    kept = AccessEntry.objects.filter(id__gt=last)
    assert [(row.ids, list(row.patients)) for row in kept] == [([busy.taken], [])]  # who has another since


def test_many_of_them_ask_no_more_questions_than_one(busy: Busy, visit: UUID, registrar: Client) -> None:
    end(visit, "visit_booked", Delivery.NOT_DELIVERED)
    registrar.get("/desk/")
    with CaptureQueriesContext(connection) as few:
        registrar.get("/desk/")
    for number in range(3):
        more = hold(VISIT_AT + timedelta(hours=3 + number))
        confirm(more, person=PersonInput("Ненаходимый", "Пётр", f"+7 900 000-03-0{number}"))
        busy.world.work()
        end(more, "visit_booked", Delivery.NOT_DELIVERED)
    with CaptureQueriesContext(connection) as many:
        page = text(registrar)
    assert page.count("<h2>Ненаходимый П.") == 3
    assert len(many) == len(few)


@pytest.mark.parametrize("role", [Role.CALL_CENTRE, Role.EDITOR])
def test_who_may_not_resolve_visits_sees_none(busy: Busy, visit: UUID, role: Role) -> None:
    end(visit, "visit_booked", Delivery.NOT_DELIVERED)
    client = signed_in(role)
    assert "СМС не дошло" not in text(client)
    assert client.post(f"/desk/visits/{visit}/told/").status_code == 403


def offered(busy: Busy, visit: UUID | None) -> tuple[UUID, UUID]:
    """Keep a time of today for a visit that is to be sooner, or for a phone, and tell of it by SMS."""
    if visit is not None:
        services.wait_for_sooner(visit, token=tokens.appointment_token(visit))
    else:
        a_phone_waits(number=1)
    kept = busy.world.moment.replace(hour=11, minute=30)
    wish, until = Wish.objects.get(), busy.world.moment + timedelta(minutes=20)
    held = Appointment.objects.get(pk=hold(kept))
    offer = WaitingOffer.objects.create(
        wish=wish.pk,
        hold=held.pk,
        practitioner=held.practitioner,
        starts_at=kept,
        until=until,
        state="open",
        created_at=busy.world.moment,
    )
    notices.offer_time(held, offer=offer.pk, phone="+79000000801", link="https://x.example", until=until)
    return wish.pk, offer.pk


def later(visit: UUID) -> None:
    """Record a reminder of the visit now."""
    row = Message.objects.get(about=visit)
    row.pk, row.key, row.kind = UUID(int=7), f"reminder:{visit}:day", "reminder"
    row.state, row.created_at = MessageState.QUEUED, clock.now()
    row.save(force_insert=True)
