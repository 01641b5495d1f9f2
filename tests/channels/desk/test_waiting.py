"""The waiting list as a registrar reads it: who waits, for what, in which order, what is kept for them."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.directory import factory as directory
from domain.scheduling.exchange.world import hold
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import WaitingOffer, Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import Window, WishInput
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
LIST = "/desk/waiting/"


def page_of(role: Role = Role.REGISTRAR) -> str:
    answer = signed_in(role, login=f"{role.value}-{clock.now():%f}").get(LIST)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.fixture(autouse=True)
def _provider(settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))


def a_phone_waits(*, number: int) -> None:
    services.wish_for_time(
        WishInput(
            practitioner_id=directory.row(Kind.PRACTITIONER, directory.EYE.id),
            phone=f"8 900 000-08-{number:02}",
            window=Window(date(2026, 11, 25), date(2026, 12, 2), time.min, time.max),
        )
    )


def test_a_registrar_reads_who_waits_in_which_order_and_what_is_kept(busy: Busy) -> None:
    visit = busy.accepted()
    services.wait_for_sooner(visit, token=appointment_token(visit))
    busy.world.forward(60)
    a_phone_waits(number=1)
    first = Wish.objects.get(chain=visit)
    kept = busy.world.moment.replace(hour=11, minute=30)
    WaitingOffer.objects.create(
        wish=first.pk,
        hold=hold(kept),
        practitioner=first.practitioner,
        starts_at=kept,
        until=busy.world.moment.replace(hour=10, minute=0),
        state="open",
        created_at=busy.world.moment,
    )
    page = page_of()
    for words in (
        "· 1-й",
        "Пробный Пётр, +7 900 000-00-01",
        "раньше 26 ноября, 12:00",
        "Предложено</span> 25 ноября, 11:30, до 10:00",
        "· 2-й",
        "+7 900 000-08-01",
        "с 25 ноября по 2 декабря · любой филиал",
    ):
        assert words in page, words
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT what, purpose, row_count FROM audit_access WHERE what = 'wish' ORDER BY id DESC LIMIT 1"
        )
        assert cursor.fetchone() == ("wish", "book_visits", 2)


def test_a_list_costs_the_same_questions_however_long_it_is(busy: Busy) -> None:
    client = signed_in(Role.REGISTRAR)
    assert "Никто не" in client.get(LIST).content.decode()
    costs = []
    for number in range(3):
        a_phone_waits(number=number)
        with CaptureQueriesContext(connection) as seen:
            client.get(LIST)
        costs.append(len(seen))
    assert costs[1] == costs[2]


def test_a_clinic_that_can_tell_nobody_has_no_such_section(busy: Busy, settings: Settings) -> None:
    assert LIST in page_of()
    settings.FELDSHER_SMS = None
    client = signed_in(Role.REGISTRAR, login="anna")
    assert LIST not in client.get("/desk/").content.decode()
