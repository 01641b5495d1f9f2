"""The page of connecting branches: who sees it, who leads a branch on, what a comparison says."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services as records
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.models import BranchStage, Comparison
from feldsher.domain.scheduling.types import Stage
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
PAGE = "/desk/sync/branches/"


@pytest.fixture
def admin(busy: Busy) -> Client:
    return signed_in(Role.SYSTEM_ADMIN)


@pytest.fixture
def branch(busy: Busy) -> UUID:
    return directory.locations()[0].id


def text(client: Client) -> str:
    page = client.get(PAGE)
    assert page.status_code == 200
    return page.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def address(branch: UUID, stage: Stage) -> str:
    return f"{PAGE}{branch}/{stage.value}/"


def test_the_exchange_page_leads_there(admin: Client) -> None:
    assert f'href="{PAGE}"' in admin.get("/desk/sync/").content.decode()


def test_every_branch_stands_with_its_stage_and_what_it_means(admin: Client, branch: UUID) -> None:
    told = text(admin)
    for place in directory.locations():
        assert place.name in told
    assert "Сайт записывает в МИС сам." in told
    assert "Перевести в сверку" in told


def test_a_step_says_what_follows_and_is_taken_by_a_second_page(admin: Client, branch: UUID) -> None:
    asked = admin.get(address(branch, Stage.SHADOW)).content.decode().replace("\u00a0", " ")
    assert "Перевести в сверку?" in asked
    assert "Времени филиала на сайте не станет" in asked
    assert BranchStage.objects.count() == 0
    done = admin.post(address(branch, Stage.SHADOW), {"confirmed": "yes"})
    assert (done.status_code, done["Location"]) == (303, PAGE)
    row = BranchStage.objects.get()
    assert (row.location, row.stage, row.ended_at) == (branch, "shadow", None)
    told = text(admin)
    assert "на сайте времени филиала нет" in told
    assert "Включить запись" in told


def test_who_may_only_read_what_connects_the_clinic_sees_no_step(busy: Busy, branch: UUID) -> None:
    registrar = signed_in(Role.REGISTRAR)
    page = text(registrar)
    assert "Сайт записывает в МИС сам." in page
    assert "Перевести в сверку" not in page
    assert "Сверить с МИС" not in page
    assert registrar.post(f"{PAGE}{branch}/compare/").status_code == 403
    assert registrar.get(address(branch, Stage.SHADOW)).status_code == 403
    assert registrar.post(address(branch, Stage.SHADOW)).status_code == 403
    assert signed_in(Role.EDITOR, login="egor").get(PAGE).status_code == 403
    assert BranchStage.objects.count() + Comparison.objects.count() == 0


def test_a_branch_that_staff_made_is_not_there(admin: Client, branch: UUID) -> None:
    values = {"name": "Своя", "zone": "Europe/Moscow"}
    own = records.add_record(Kind.LOCATION, values=values, author="vera")
    assert "Своя" not in text(admin)
    for path in (address(own, Stage.REQUESTS), f"{PAGE}{own}/compare/"):
        assert admin.post(path).status_code == 404
    assert admin.get(address(own, Stage.REQUESTS)).status_code == 404


def test_a_stage_that_is_none_and_a_branch_that_is_none_are_not_found(admin: Client, branch: UUID) -> None:
    assert admin.get(f"{PAGE}{branch}/open/").status_code == 404
    assert admin.get(address(UUID(int=5), Stage.SHADOW)).status_code == 404


def test_a_visit_of_requests_waits_in_the_queue_to_be_written(admin: Client, busy: Busy) -> None:
    for place in directory.locations():
        admin.post(address(place.id, Stage.REQUESTS), {"confirmed": "yes"})
    busy.world.appointment = hold(VISIT_AT + timedelta(hours=2))
    confirm(busy.world.appointment)
    busy.world.work()
    registrar = signed_in(Role.REGISTRAR, login="rita")
    queue = registrar.get("/desk/").content.decode().replace("\u00a0", " ")
    assert "Внести в МИС" in queue
    assert "внесите запись в МИС и отметьте" in queue
    visit = registrar.get(f"/desk/visits/{busy.world.appointment}/").content.decode()
    assert "/check/" not in visit
    assert "/booked/" in visit


def test_a_comparison_is_asked_for_and_told_with_what_differs_first(
    admin: Client, branch: UUID, busy: Busy
) -> None:
    assert admin.post(f"{PAGE}{branch}/compare/").status_code == 303
    assert "Сверка запрошена" in text(admin)
    doctor = directory.practitioners(location=branch, limit=1)[0][0]
    start = busy.world.moment + timedelta(days=1)
    same = {"practitioner": str(doctor.id), "day": start.date().isoformat(), "here": 480, "there": 480}
    span = [[start.isoformat(), (start + timedelta(minutes=30)).isoformat()]]
    Comparison.objects.update(
        as_of=busy.world.moment,
        days=[
            same | {"only_here": [], "only_there": []},
            same | {"there": 450, "only_here": span, "only_there": []},
        ],
    )
    told = text(admin)
    assert "2 дня врачей, расходится 1." in told
    assert "МИС уже не отдаёт: " in told
    assert told.index("450 мин") < told.index(">нет<")
    assert doctor.family in told


def test_a_comparison_that_failed_says_why(admin: Client, branch: UUID) -> None:
    admin.post(f"{PAGE}{branch}/compare/")
    Comparison.objects.update(error="own: HTTP 500")
    told = text(admin)
    assert "Сверить не получилось" in told
    assert "own: HTTP 500" in told
