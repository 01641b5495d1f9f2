"""The queue as a registrar sees it, and what a tap on each of its acts does."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.scheduling.exchange.world import take_jobs
from feldsher.channels.desk.queue import ago, clock_words
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.models import Appointment, CallRequest, Exchange, Verdict
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.models import AccessEntry

pytestmark = pytest.mark.django_db
WHOSE = ('"scheduling_call_request"."phone"', '"scheduling_appointment"."patient"')
"""Columns that the database's own witness is set to."""
TITLES = re.compile(r"<h2>([^<]+)</h2>")


@pytest.fixture
def registrar(busy: Busy) -> Client:
    return signed_in(Role.REGISTRAR)


def text(client: Client, address: str = "/desk/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def test_tasks_stand_by_their_deadline(registrar: Client) -> None:
    page = text(registrar)
    assert TITLES.findall(page) == [
        "Пробный П., завтра, чт, 26 ноября, 10:00, Образцов-doc-eye П. Т.",
        "Вымышленова П., завтра, чт, 26 ноября, 11:00, Образцов-doc-eye П. Т.",
        "+7 921 000-00-31, Вера",
        "+7 921 000-00-54, Пётр",
    ]
    assert "4 дела" in page
    assert page.count("до 10:0") == 4


def test_a_call_about_a_visit_of_the_queue_is_not_told_twice(registrar: Client, busy: Busy) -> None:
    assert CallRequest.objects.filter(appointment=busy.silent).count() == 1
    assert text(registrar).count("+7 900 000-00-02") == 0
    assert "Обещанный звонок" in text(registrar, f"/desk/visits/{busy.silent}/")


def test_each_task_says_what_happened_in_words(registrar: Client) -> None:
    page = text(registrar)
    for words in (
        "Заняли в МИС",
        "Другого он не выбрал: позвоните ему.",
        "Нет ответа МИС",
        "Запись отправлена в 09:00, ответа нет. Время занято, пока не проверим.",
        "Невролог, после 17:00.",
        "О чём разговор, не сказано.",
    ):
        assert words in page


def test_only_the_most_urgent_task_has_a_filled_button(registrar: Client) -> None:
    assert text(registrar).count('class="button" data-key') == 1


def test_a_broken_promise_is_red_and_says_so(registrar: Client, busy: Busy) -> None:
    busy.world.forward(3600)
    registrar = signed_in(Role.REGISTRAR, login="anna")
    page = text(registrar)
    assert page.count("is-late") == 2
    assert "опоздание 2 мин" in page


@pytest.mark.parametrize("role", [Role.EDITOR, Role.CHIEF_PHYSICIAN, Role.SYSTEM_ADMIN])
def test_who_may_not_handle_it_sees_no_name_and_no_phone(busy: Busy, role: Role) -> None:
    page = text(signed_in(role))
    for secret in ("Вера", "Пробный", "Вымышленова", "921 000", "900 000"):
        assert secret not in page
    assert "В вашей роли очереди нет" in page


def test_the_call_centre_sees_calls_and_no_visits(busy: Busy) -> None:
    page = text(signed_in(Role.CALL_CENTRE))
    assert "Вера" in page
    assert "Пробный" not in page


def test_no_title_or_address_names_anybody(registrar: Client, busy: Busy) -> None:
    for address in ("/desk/", f"/desk/visits/{busy.silent}/", f"/desk/calls/{busy.calls[0]}/"):
        page = text(registrar, address)
        title = page.partition("<title>")[2].partition("</title>")[0]
        assert not any(name in title for name in ("Вера", "Пробный", "Вымышленова"))


def test_the_queue_asks_a_constant_number_of_questions(registrar: Client, busy: Busy) -> None:
    registrar.get("/desk/")
    with CaptureQueriesContext(connection) as few:
        registrar.get("/desk/")
    for number in range(5):
        services.request_call(name="Ещё", phone=f"+7 921 000-01-{number:02}", topic="", channel="site")
    with CaptureQueriesContext(connection) as many:
        registrar.get("/desk/")
    assert "9 дел" in text(registrar)
    assert len(many) == len(few)


def test_an_open_page_gets_a_fragment_and_304_while_nothing_changed(registrar: Client, busy: Busy) -> None:
    page = text(registrar)
    etag = f'"{page.partition("data-etag=")[2].split(chr(34))[1]}"'
    same = registrar.get("/desk/?live=1", headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    registrar.post(f"/desk/calls/{busy.calls[0]}/take/")
    other = registrar.get("/desk/?live=1", headers={"If-None-Match": etag})
    assert other.status_code == 200
    assert "<html" not in other.content.decode()
    assert other.headers["ETag"] != etag
    assert other.headers["Cache-Control"] == "no-store"


def test_c20_an_open_page_opens_and_journals_nobody_while_nothing_changes(
    registrar: Client, busy: Busy
) -> None:
    etag = {"If-None-Match": f'"{text(registrar).partition("data-etag=")[2].split(chr(34))[1]}"'}
    before = AccessEntry.objects.count()
    for _ in range(3):
        busy.world.forward(15)
        with CaptureQueriesContext(connection) as asked:
            assert registrar.get("/desk/?live=1", headers=etag).status_code == 304
        columns = " ".join(each["sql"].partition(" FROM ")[0] for each in asked)
        assert "scheduling_call_request" in columns
        assert not [each for each in WHOSE if each in columns]
    assert AccessEntry.objects.count() == before
    registrar.post(f"/desk/calls/{busy.calls[0]}/take/")
    before = AccessEntry.objects.count()
    assert registrar.get("/desk/?live=1", headers=etag).status_code == 200
    told = AccessEntry.objects.order_by("id")[before:].values_list("what", "purpose", "row_count")
    assert list(told) == [
        ("call", "handle_calls", 3),
        ("appointment", "resolve_visits", 2),
        ("person", "resolve_visits", 2),
    ]


def test_a_deadline_that_passes_changes_the_queue_once_and_the_page_counts_on(
    registrar: Client, busy: Busy
) -> None:
    def etag() -> str:
        return text(registrar).partition("data-etag=")[2].split(chr(34))[1]

    first = etag()
    busy.world.forward(3900)
    registrar = signed_in(Role.REGISTRAR, login="anna")
    late = etag()
    busy.world.forward(300)
    assert first != late == etag()
    assert text(registrar).count('is-late" data-late="') == 4


def test_who_has_another_visit_since_leaves_an_open_queue(registrar: Client, busy: Busy) -> None:
    etag = {"If-None-Match": f'"{text(registrar).partition("data-etag=")[2].split(chr(34))[1]}"'}
    busy.accepted()
    page = registrar.get("/desk/?live=1", headers=etag)
    assert page.status_code == 200
    assert "Пробный" not in page.content.decode()
    etag = {"If-None-Match": page.headers["ETag"]}
    before = AccessEntry.objects.count()
    assert registrar.get("/desk/?live=1", headers=etag).status_code == 304
    (look,) = AccessEntry.objects.order_by("id")[before:]
    assert (look.what, look.purpose, look.patients, look.ids) == (
        "appointment",
        "resolve_visits",
        [],
        [busy.taken],
    )


def test_a_call_is_taken_and_the_second_hears_who_has_it(registrar: Client, busy: Busy) -> None:
    call = f"/desk/calls/{busy.calls[0]}/"
    answer = registrar.post(f"{call}take/")
    assert (answer.status_code, answer["Location"]) == (303, call)
    assert "Чем кончился разговор" in text(registrar, call)
    assert "Звоните вы" in text(registrar)
    second = signed_in(Role.REGISTRAR, login="anna")
    refused = second.post(f"{call}take/")
    assert refused.status_code == 409
    assert "Этот звонок взял другой сотрудник: Тестова И." in refused.content.decode()
    assert "Звонит Тестова И." in text(second)
    assert "Чем кончился разговор" not in text(second, call)


@pytest.mark.parametrize("outcome", ["booked", "reached", "not_reached"])
def test_an_outcome_takes_the_call_out_of_the_queue(registrar: Client, busy: Busy, outcome: str) -> None:
    call = f"/desk/calls/{busy.calls[0]}/"
    registrar.post(f"{call}take/")
    assert registrar.post(f"{call}done/", {"outcome": outcome})["Location"] == "/desk/"
    assert CallRequest.objects.get(pk=busy.calls[0]).outcome == outcome
    assert "Вера" not in text(registrar)
    assert registrar.get(call).status_code == 404
    assert registrar.post(f"{call}done/", {"outcome": outcome}).status_code == 409


def test_an_outcome_that_there_is_not_is_refused(registrar: Client, busy: Busy) -> None:
    answer = registrar.post(f"/desk/calls/{busy.calls[0]}/done/", {"outcome": "forgotten"})
    assert answer.status_code == 404
    assert CallRequest.objects.get(pk=busy.calls[0]).done_at is None


def test_a_call_is_put_off_to_an_hour_that_the_page_offers(registrar: Client, busy: Busy) -> None:
    call = f"/desk/calls/{busy.calls[0]}/"
    registrar.post(f"{call}take/")
    page = text(registrar, call)
    chosen = re.findall(r'<option value="([^"]+)" selected>([^<]+)', page)
    assert chosen == [("2026-11-25T10:30:00+03:00", "10:30")]
    assert registrar.post(call, {"at": chosen[0][0]})["Location"] == "/desk/"
    page = text(registrar)
    assert "Не дозвонились 1 раз" in page
    assert "до 10:30" in page


@pytest.mark.parametrize("at", ["", "10:30", "soon", "2026-11-25T03:00:00+03:00", "2026-11-25T10:30:00"])
def test_an_hour_that_no_page_offers_is_refused_beside_the_field(
    registrar: Client, busy: Busy, at: str
) -> None:
    call = f"/desk/calls/{busy.calls[0]}/"
    registrar.post(f"{call}take/")
    answer = registrar.post(call, {"at": at})
    assert answer.status_code == 422
    assert 'aria-describedby="field-at-error"' in answer.content.decode()


def test_checking_again_puts_the_visit_into_the_queue_of_the_worker(registrar: Client, busy: Busy) -> None:
    take_jobs()
    answer = registrar.post(f"/desk/visits/{busy.silent}/check/")
    assert answer["Location"] == "/desk/?asked=1"
    assert take_jobs() == [busy.silent]
    assert "Спрашиваем МИС" in text(registrar, "/desk/?asked=1")


@pytest.mark.parametrize(
    ("said", "state", "question"),
    [("booked", "booked", "Запись в МИС есть?"), ("absent", "rejected", "Записи в МИС нет?")],
)
def test_a_verdict_is_asked_once_more_and_then_ends_the_visit(
    registrar: Client, busy: Busy, said: str, state: str, question: str
) -> None:
    address = f"/desk/visits/{busy.silent}/{said}/"
    assert question in text(registrar, address)
    assert Appointment.objects.get(pk=busy.silent).state == "unknown"
    assert registrar.post(address)["Location"] == "/desk/"
    assert Appointment.objects.get(pk=busy.silent).state == state
    assert registrar.post(address).status_code == 409
    assert Verdict.objects.filter(said=said).count() == 1
    assert registrar.get(f"/desk/visits/{busy.silent}/").status_code == 404


def test_who_lost_a_time_leaves_the_queue_when_settled(registrar: Client, busy: Busy) -> None:
    assert "Разобрались" in text(registrar, f"/desk/visits/{busy.taken}/")
    registrar.post(f"/desk/visits/{busy.taken}/settled/")
    assert "Пробный" not in text(registrar)


@pytest.mark.parametrize("said", ["maybe", "settled"])
def test_a_verdict_that_does_not_fit_the_visit_is_not_found(registrar: Client, busy: Busy, said: str) -> None:
    assert registrar.get(f"/desk/visits/{busy.silent}/{said}/").status_code == 404


def test_lateness_in_words(busy: Busy) -> None:
    now = busy.world.moment
    words = {
        20: "меньше минуты",
        360: "6\u00a0мин",
        7200: "2\u00a0ч",
        7500: "2\u00a0ч 5\u00a0мин",
        200_000: "2\u00a0дня",
    }
    assert {seconds: ago(now, now - timedelta(seconds=seconds)) for seconds in words} == words
    assert clock_words(now + timedelta(hours=1), zone="Europe/Moscow", now=now).startswith("до\u00a010:")


def test_of_a_move_it_is_asked_whether_the_visit_moved_and_from_when(registrar: Client, busy: Busy) -> None:
    Exchange.objects.filter(pk=busy.silent).update(moves=busy.taken)
    page = text(registrar, f"/desk/visits/{busy.silent}/")
    assert "<dt>Было</dt>" in page
    assert re.search(r"Перенос с «.+, \d\d:\d\d» отправлен в 09:00, ответа нет\. Оба времени заняты", page)
    asked = re.findall("<h1>([^<]+)</h1>", text(registrar, f"/desk/visits/{busy.silent}/booked/"))
    (question,) = asked
    assert re.fullmatch(r"Запись перенесена на .+, \d\d:\d\d\? Было: .+, \d\d:\d\d", question)
