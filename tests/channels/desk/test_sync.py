import re

import pytest
from django.test import Client

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.directory.factory import MIS
from domain.scheduling.scripted import Fault
from feldsher.domain.scheduling import agreement
from feldsher.domain.scheduling.models import SyncStatus
from feldsher.foundation.access.roles import Role

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
