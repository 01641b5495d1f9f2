"""The waiting list as a registrar reads it: who waits, for what, in which order, what is kept for them."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.directory import factory as directory
from domain.scheduling.exchange.world import hold
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import Answer, Window, WishInput
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


FORM = {
    "phone": "8 900 000-08-09",
    "specialty": "oftalmologiya",
    "first_day": "2026-11-25",
    "last_day": "02.12.2026",
    "hours": "morning",
    "age": "40",
    "visit": "first",
    "referral": "on",
    "consent": "yes",
    "key": "0" * 32,
}


def test_a_registrar_adds_who_calls_once_and_reads_their_place(busy: Busy) -> None:
    a_phone_waits(number=1)
    busy.world.forward(60)
    client = signed_in(Role.REGISTRAR)
    assert f"{LIST}add/" in client.get(LIST).content.decode()
    page = client.get(f"{LIST}add/").content.decode()
    assert 'value="2026-11-25"' in page
    answers = [client.post(f"{LIST}add/", FORM) for _ in range(2)]
    made = Wish.objects.get(specialty="oftalmologiya")
    assert [answer.headers["Location"] for answer in answers] == [f"{LIST}{made.pk}/"] * 2
    assert (made.practitioner, made.opens, made.closes, made.age) == (None, time.min, time(12), 40)
    assert (Answer(made.answers), made.locations) == (Answer.FIRST | Answer.REFERRAL, [])
    page = plain(client.get(f"{LIST}{made.pk}/"))
    for words in ("2-й в очереди", "+7 900 000-08-09", "с 25 ноября по 2 декабря, до 12 · любой филиал"):
        assert words in page, words


def test_what_is_missing_is_said_beside_its_field(busy: Busy) -> None:
    client = signed_in(Role.REGISTRAR)
    bare = {
        "practitioner": str(directory.row(Kind.PRACTITIONER, directory.EYE.id)),
        "specialty": "oftalmologiya",
    }
    answer = client.post(f"{LIST}add/", {**bare, "first_day": "x", "age": "много", "key": FORM["key"]})
    page = plain(answer)
    assert answer.status_code == 422
    for words in (
        "Напишите телефон",
        "что-нибудь одно",
        "Напишите дату так",
        "Выберите последний день",
        "Выберите часы",
        "Полных лет, числом",
        "что он согласен",
    ):
        assert words in page, words
    answer = client.post(f"{LIST}add/", {**FORM, "phone": "12"})
    assert (answer.status_code, 'aria-describedby="field-phone-error"' in answer.content.decode()) == (
        422,
        True,
    )
    assert Wish.objects.count() == 0


def test_a_wish_is_withdrawn_with_a_reason_and_not_by_a_get(busy: Busy) -> None:
    a_phone_waits(number=1)
    wish = Wish.objects.get()
    client = signed_in(Role.REGISTRAR)
    for act in ("accept", "decline", "withdraw"):
        assert client.get(f"{LIST}{wish.pk}/{act}/").status_code == 405
    assert client.post(f"{LIST}{wish.pk}/withdraw/").status_code == 422
    assert client.post(f"{LIST}{wish.pk}/withdraw/", {"why": "booked"}).headers["Location"] == LIST
    wish.refresh_from_db()
    assert (wish.state, wish.reason) == ("ended", "desk_booked")
    assert client.get(f"{LIST}{wish.pk}/").status_code == 404
    assert client.post(f"{LIST}{wish.pk}/accept/").status_code == 404


def test_an_offer_is_accepted_for_a_visit_by_a_move_and_for_a_phone_by_the_form_of_its_hold(
    busy: Busy,
) -> None:
    visit = busy.accepted()
    services.wait_for_sooner(visit, token=appointment_token(visit))
    a_phone_waits(number=1)
    client = signed_in(Role.REGISTRAR)
    for wish, start in zip(Wish.objects.order_by("created_at", "chain"), (30, 90), strict=True):
        offered_to(busy, wish, minutes=start)
        page = plain(client.get(f"{LIST}{wish.pk}/"))
        kept = WaitingOffer.objects.get(wish=wish.pk)
        if wish.chain:
            assert "Перенести на это время" in page
            answer = client.post(f"{LIST}{wish.pk}/accept/", {"offer": str(kept.pk)})
            assert answer.headers["Location"] == LIST
            assert Wish.objects.get(pk=wish.pk).state == "taking"
        else:
            assert f'href="/desk/book/{kept.hold}/"' in page
            assert "Записать</button>" in plain(client.get(f"/desk/book/{kept.hold}/"))
            answer = client.post(f"{LIST}{wish.pk}/decline/", {"offer": str(kept.pk)})
            assert answer.headers["Location"] == LIST
            kept.refresh_from_db()
            assert kept.state == "declined"


def test_a_visit_is_put_on_the_list_from_its_page_and_its_days_are_changed(busy: Busy) -> None:
    visit = busy.accepted()
    client = signed_in(Role.REGISTRAR)
    page, ask = f"/desk/schedule/visits/{visit}/", f"/desk/visits/{visit}/sooner/"
    assert f'href="{ask}">Хочет раньше' in plain(client.get(page))
    form = plain(client.get(ask))
    assert (Wish.objects.count(), "Пробный Пётр" in form, "Завтра" in form) == (0, True, True)
    usual = {"first_day": "2026-11-25", "last_day": "2026-11-26", "hours": "any"}
    assert client.post(ask, usual | {"hours": "x", "first_day": ""}).status_code == 422
    late = client.post(ask, usual | {"first_day": "2026-11-27", "last_day": "2026-11-28"})
    assert (late.status_code, "Выберите день до этой записи" in plain(late)) == (422, True)
    assert Wish.objects.count() == 0
    answer = client.post(ask, usual)
    wish = Wish.objects.get()
    assert answer.headers["Location"] == f"{LIST}{wish.pk}/"
    assert (wish.chain, wish.first_day) == (visit, None)
    assert "1-й в очереди" in plain(client.get(answer.headers["Location"]))
    assert f'href="{ask}">Ждёт раньше' in plain(client.get(page))
    assert f'href="{LIST}{wish.pk}/"' in plain(client.get(ask))
    client.post(ask, usual | {"hours": "morning"})
    wish.refresh_from_db()
    assert (wish.first_day, wish.closes) == (date(2026, 11, 25), time(12))


def test_where_nothing_earlier_can_be_waited_for_nobody_is_asked(busy: Busy, settings: Settings) -> None:
    visit = busy.accepted()
    settings.FELDSHER_SMS = None
    client = signed_in(Role.REGISTRAR)
    assert "sooner/" not in client.get(f"/desk/schedule/visits/{visit}/").content.decode()
    assert client.get(f"/desk/visits/{visit}/sooner/").status_code == 409
    assert client.post(f"/desk/visits/{visit}/sooner/").status_code == 409
    assert Wish.objects.count() == 0


def offered_to(busy: Busy, wish: Wish, *, minutes: int) -> None:
    kept = busy.world.moment.replace(hour=11) + timedelta(minutes=minutes)
    held = hold(kept)
    Appointment.objects.filter(pk=held).update(channel="waiting")
    WaitingOffer.objects.create(
        wish=wish.pk,
        hold=held,
        practitioner=directory.row(Kind.PRACTITIONER, directory.EYE.id),
        starts_at=kept,
        until=busy.world.moment + timedelta(minutes=5),
        state="open",
        created_at=busy.world.moment,
    )


def plain(answer: HttpResponse) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
