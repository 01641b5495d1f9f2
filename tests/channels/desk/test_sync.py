import inspect
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.directory.factory import MIS
from domain.scheduling.scripted import Fault
from feldsher.channels.desk import sync_words
from feldsher.domain.scheduling import agreement, gateways
from feldsher.domain.scheduling.line import GuardedGateway, Tally
from feldsher.domain.scheduling.line.endings import Ending
from feldsher.domain.scheduling.models import MisLine, SyncStatus
from feldsher.foundation.access.roles import Role
from feldsher.foundation.alarms.services import settle
from feldsher.foundation.alarms.types import Met

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(busy: Busy) -> Client:
    return signed_in(Role.SYSTEM_ADMIN)


def facts(client: Client) -> dict[str, str]:
    page = client.get("/desk/sync/").content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    return dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>(?:<code>)?([^<]*)", page))


def test_a_fresh_schedule_is_told_with_its_age(admin: Client, busy: Busy) -> None:
    SyncStatus.objects.update_or_create(
        mis=MIS, defaults={"as_of": busy.world.moment, "finished_at": busy.world.moment}
    )
    busy.world.forward(130)
    assert facts(admin) == {
        "Данные на": "09:02, 2 мин назад",
        "Последний обмен": "09:02",
        "Неудач подряд": "0",
        "Сбоев за час": "вызовов не было",
        "Записей без ответа МИС": "1, самая старая 4 мин",
        "Расхождений ждёт решения": "0",
        "Изменений отложено": "0",
        "Строк расписания на 7 дней": "0",
        "Заданий ждёт": facts(admin)["Заданий ждёт"],
        "Заданий сорвалось": "0",
    }
    assert "Расписание свежее" in admin.get("/desk/sync/").content.decode()


def test_a_stale_schedule_is_red_and_says_what_the_site_shows(admin: Client, busy: Busy) -> None:
    SyncStatus.objects.update_or_create(
        mis=MIS,
        defaults={
            "as_of": busy.world.moment,
            "finished_at": busy.world.moment,
            "failures": 3,
            "last_error": "http_500",
        },
    )
    busy.world.forward(660)
    page = admin.get("/desk/sync/").content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    assert "Расписание устарело" in page
    assert "МИС молчит дольше 10 минут. Сайт не показывает её времён" in page
    told = facts(admin)
    assert (told["Неудач подряд"], told["Последняя ошибка"]) == ("3", "http_500")


def test_a_mis_that_never_answered_is_told(admin: Client) -> None:
    SyncStatus.objects.all().delete()
    assert facts(admin)["Данные на"] == "ещё ни разу"


def test_an_unchanged_state_costs_a_304(admin: Client) -> None:
    etag = admin.get("/desk/sync/?live=1").headers["ETag"]
    assert admin.get("/desk/sync/?live=1", headers={"If-None-Match": etag}).status_code == 304


def test_the_last_comparison_is_told_with_what_became_of_what_differed(admin: Client, busy: Busy) -> None:
    assert "Последняя сверка записей" not in facts(admin)
    busy.cancelled_in_mis()
    busy.world.forward(60)
    agreement.begin(MIS)
    while agreement.go_on(MIS):
        pass
    told = facts(admin)
    assert told["Последняя сверка записей"] == "09:03: совпало 1 из 3"
    assert told["Расхождения"] == "не решено: 2"


def test_a_comparison_that_is_under_way_and_unanswered_says_so(admin: Client, busy: Busy) -> None:
    busy.cancelled_in_mis()
    busy.world.mis.always["find"] = Fault.UNAVAILABLE
    agreement.begin(MIS)
    assert agreement.go_on(MIS)
    assert facts(admin)["Последняя сверка записей"] == "идёт с 09:02: совпало 0 из 3, без ответа 3"


def test_visits_without_an_answer_are_counted_and_no_patient_is_named(admin: Client, busy: Busy) -> None:
    assert facts(admin)["Записей без ответа МИС"].startswith("1, самая старая")
    page = admin.get("/desk/sync/").content.decode()
    assert "Вымышленова" not in page
    assert str(busy.silent) not in page


@pytest.fixture
def guarded(busy: Busy) -> GuardedGateway:
    """The clinic's MIS over a guarded line, some of whose calls are counted."""
    guarded = GuardedGateway(MIS, busy.world.mis, calls_per_second=20, tally=Tally(None))
    gateways.bind({MIS: guarded})
    return guarded


def count(operation: str, ending: Ending, *, seconds: float = 0.1, times: int = 1) -> None:
    tally = Tally(None)
    for _ in range(times):
        tally.add(MIS, operation, ending, seconds=seconds)
    tally.flush()


def table(client: Client) -> list[list[str]]:
    page = client.get("/desk/sync/").content.decode().replace("\u00a0", " ")
    rows = re.findall(r"<tr>(<td.*?)</tr>", page)
    return [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in rows]


def test_each_operation_is_told_with_its_calls_and_times_of_the_last_hour(admin: Client, busy: Busy) -> None:
    count("book", Ending.OK, seconds=0.3, times=97)
    count("book", Ending.REFUSED, seconds=0.3)
    count("book", Ending.UNKNOWN, seconds=8, times=2)
    count("book", Ending.HELD_BACK, seconds=0, times=4)
    count("changes", Ending.OK, seconds=0.004)
    assert table(admin) == [
        ["Запись", "100", "2", "378 мс", "492 мс", "7,5 с", "1", "4"],
        ["Лента изменений", "1", "0", "5 мс", "10 мс", "10 мс", "0", "0"],
    ]
    busy.world.forward(3700)
    assert table(admin) == []


def test_failures_are_told_as_a_share_of_the_calls_that_were_made(
    admin: Client, guarded: GuardedGateway
) -> None:
    assert facts(admin)["Сбоев за час"] == "вызовов не было"
    count("free", Ending.UNAVAILABLE)
    count("free", Ending.OK, times=300)
    count("hold", Ending.HELD_BACK, times=2)
    assert facts(admin)["Сбоев за час"] == "0,3 % из 301 вызова, ещё 2 отложено"


def test_a_line_that_rests_is_told_with_its_next_try(
    admin: Client, guarded: GuardedGateway, busy: Busy
) -> None:
    now = busy.world.moment
    MisLine.objects.create(
        mis=MIS,
        turn_at=now,
        failures=7,
        rests=3,
        resting_since=now - timedelta(minutes=4),
        retry_at=now + timedelta(minutes=1),
        last_error="free: ConnectTimeout",
    )
    page = admin.get("/desk/sync/").content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    assert "Связи нет 4 мин, следующая попытка в 09:03." in page
    assert facts(admin)["Последний сбой связи"] == "free: ConnectTimeout"


def test_without_a_worker_the_page_says_what_stands_still(admin: Client, busy: Busy) -> None:
    said = "Обработчик заданий"
    assert f"{said} не запускался" in admin.get("/desk/sync/").content.decode().replace("\u00a0", " ")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [busy.world.moment])
    assert said not in admin.get("/desk/sync/").content.decode()
    busy.world.forward(180)
    assert f"{said} молчит 3 мин" in admin.get("/desk/sync/").content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 9, "0 %"),
        (1, 5000, "0,1 %"),
        (3, 100, "3,0 %"),
        (12, 100, "12 %"),
        (999, 1000, "99 %"),
        (2, 2, "100 %"),
    ],
)
def test_a_share_is_never_told_as_nothing_or_everything_that_it_is_not(
    part: int, whole: int, text: str
) -> None:
    assert sync_words.share(part, whole).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(None, "—"), (0.4, "0 мс"), (35, "35 мс"), (1200, "1,2 с"), (14_400, "14 с")]
)
def test_durations_are_told_in_their_unit(milliseconds: float | None, text: str) -> None:
    assert sync_words.duration(milliseconds).replace("\u00a0", " ") == text


def test_every_operation_of_the_line_has_its_words() -> None:
    """What the line counts, by the literals that it counts under."""
    source = inspect.getsource(GuardedGateway)
    named = set(re.findall(r'_(?:read|write|turn|made)\(\s*"(\w+)"', source)) | {"free", "free_of_doctor"}
    assert named == set(sync_words.OPERATIONS)


def test_open_alarms_stand_above_all_with_what_to_do_and_are_counted_in_the_header(
    admin: Client, busy: Busy
) -> None:
    silent = Met("mis_silent", MIS, "МИС umc молчит", "Расписание не обновлялось 11 мин.")
    settle("mis", [silent])
    busy.world.forward(240)
    page = admin.get("/desk/sync/").content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    assert page.index("МИС umc молчит") < page.index("Данные на")
    assert "с 09:02, 4 мин" in page
    assert "Что делать: <code>docs/runbooks/mis_silent.md</code>" in page
    (count,) = re.findall(r"Обмен с МИС <span[^>]*>(\d+)", page)
    assert count == "1"


def test_alarms_that_ended_within_a_week_stand_below(admin: Client, busy: Busy) -> None:
    settle("mis", [Met("sync_lag", MIS, "МИС umc: расписание отстаёт", "Данные на 6 мин назад.")])
    busy.world.forward(420)
    settle("mis", [])
    page = admin.get("/desk/sync/").content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    assert page.index("Данные на") < page.index("МИС umc: расписание отстаёт")
    assert "09:09, длилась 7 мин" in page
    busy.world.forward(8 * 86_400)
    assert "расписание отстаёт" not in admin.get("/desk/sync/").content.decode()


def test_an_alarm_changes_the_part_that_refreshes_by_itself(admin: Client) -> None:
    etag = admin.get("/desk/sync/?live=1").headers["ETag"]
    settle("mis", [Met("sync_lag", MIS, "МИС umc: расписание отстаёт", "Данные на 6 мин назад.")])
    answer = admin.get("/desk/sync/?live=1", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "расписание отстаёт" in answer.content.decode()
