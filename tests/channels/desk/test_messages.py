"""«Сообщения»: an editor reads what patients read, writes their own, and cannot write what tells too much."""

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.scheduling.clinic import Ids, open_clinic
from domain.scheduling.factory import NOW
from domain.scheduling.staff import REGISTRAR
from feldsher.domain.scheduling import services
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.messaging.models import OwnText
from feldsher.foundation.messaging.types import Kind

pytestmark = pytest.mark.django_db
PATH = "/desk/messages/visit_booked/"
OWN = "Ждём {day} в {time}: {place}. {link}"


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    return open_clinic()


@pytest.fixture
def client(ids: Ids) -> Client:
    return signed_in(Role.EDITOR)


def text(client: Client, path: str = "/desk/messages/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return plain(answer.content.decode())


def posted(client: Client, typed: str, *, act: str = "save") -> tuple[int, str]:
    answer = client.post(PATH, {"text": typed, "act": act})
    return answer.status_code, plain(answer.content.decode())


def plain(page: str) -> str:
    return page.replace("\u00a0", " ").replace("&nbsp;", " ")


def test_each_text_is_shown_as_a_patient_reads_it_with_its_parts(client: Client) -> None:
    page = text(client)
    assert "Вы записаны 26.11 в 10:00, ул. Образцовая, 12, корп. 2. Посмотреть или отменить: https" in page
    assert page.count('<p class="second">3 части SMS') == 8
    assert page.count('<p class="second">2 части SMS') == 4
    assert page.count('<p class="second">1 часть SMS') == 1
    assert "Цена появится здесь после первых сообщений." in page
    assert "Изменено" not in page


def test_a_text_of_the_clinic_s_own_is_kept_and_named_until_the_usual_one_returns(client: Client) -> None:
    assert posted(client, OWN)[0] == 303
    assert "Ждём 26.11 в 10:00: ул. Образцовая" in text(client)
    page = text(client, PATH)
    assert f">{OWN}</textarea>" in page
    assert "Изменено: Тестова И." in page
    assert posted(client, "", act="usual")[0] == 303
    assert "Изменено" not in text(client)
    assert list(OwnText.objects.order_by("id").values_list("text", "author")) == [(OWN, "vera"), ("", "vera")]


def test_a_preview_keeps_nothing_and_says_what_is_wrong(client: Client) -> None:
    status, page = posted(client, OWN, act="preview")
    assert (status, "Ждём 26.11 в 10:00: ул. Образцовая" in page) == (200, True)
    status, page = posted(client, "Ждём {day}", act="preview")
    assert status == 422
    assert "Не хватает: {time}, {place}, {link}." in page
    assert OwnText.objects.count() == 0


def test_what_was_typed_stays_beside_the_reason(client: Client) -> None:
    typed = f"{OWN} <b>к Офтальмологу</b>"
    status, page = posted(client, typed)
    assert status == 422
    assert "Слово «Офтальмологу» есть в названии" in page
    assert "&lt;b&gt;к Офтальмологу&lt;/b&gt;</textarea>" in page
    assert OwnText.objects.count() == 0


@pytest.mark.parametrize("kind", ["phone_code", "grant_notice", "nothing"])
def test_a_fixed_text_has_no_page(client: Client, kind: str) -> None:
    assert client.get(f"/desk/messages/{kind}/").status_code == 404
    assert client.post(f"/desk/messages/{kind}/", {"text": "x"}).status_code == 404


def test_only_who_keeps_the_directory_writes_texts(ids: Ids) -> None:
    assert signed_in(Role.REGISTRAR).get("/desk/messages/").status_code == 403
    with pytest.raises(ForbiddenError):
        services.change_text(Kind.VISIT_BOOKED, text=OWN, staff=REGISTRAR)
    with pytest.raises(ForbiddenError):
        services.return_usual_text(Kind.VISIT_BOOKED, staff=REGISTRAR)
