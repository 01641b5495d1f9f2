"""The calculator of check-ups over the whole stack: asked first, told without scripts, nothing personal."""

import html
from decimal import Decimal
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from conftest import SetClock
from domain.checkups.factory import BLOOD, EDITOR, REGISTRAR, composed, founded, second_doctor
from domain.directory.factory import AT, FIRST_VISIT, GLASSES, NORTH, SOUTH, row
from feldsher.domain.checkups import selectors, services
from feldsher.domain.checkups.models import Programme, ProgrammePrice
from feldsher.domain.checkups.types import Bounds, Person, ProgrammeChange, Sex
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services as calls
from feldsher.domain.scheduling.models import CallRequest
from feldsher.domain.scheduling.types import ProgrammeWish
from feldsher.foundation.access.context import as_service
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
PAGE = "/checkups/glaza-40/"


@pytest.fixture
def made(set_clock: SetClock) -> UUID:
    set_clock(AT)
    founded()
    made = composed(not_for_pregnant=True)
    services.set_price(made, location_id=None, amount=Decimal(2000), since=AT.date(), staff=EDITOR)
    return made


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def _address(**more: str) -> dict[str, str]:
    return {"location": str(row(Kind.LOCATION, NORTH.id)), "age": "40", "sex": "f", **more}


def test_age_and_sex_are_asked_before_anything_is_left_out(client: Client, made: UUID) -> None:
    page = _text(client.get(PAGE))
    assert "Ответьте, какой у вас возраст и пол" in page
    assert "Итого" not in page
    assert "Не входит" not in page
    for words in ("до 18 лет", "18–39 лет", "40 лет и старше", "Женщина"):
        assert words in page
    assert "Беременным эта программа не подходит" in page


def test_the_server_tells_the_sum_and_what_is_not_in_it(client: Client, made: UUID) -> None:
    (glasses,) = (item for item in selectors.programme("glaza-40").items if item.name == GLASSES.name)
    page = _text(client.get(PAGE, _address(**{"with": str(glasses.id)})))
    assert "<td data-total>2 800 ₽</td>" in page
    assert "Программа дешевле отдельных услуг на 350 ₽" in page
    assert "Цена программы действует с 24 ноября 2026 года, её назначила клиника" in page
    man = _text(client.get(PAGE, _address(sex="m")))
    assert "Общий анализ крови: не для этого пола" in man
    assert "По отдельности дешевле на 100 ₽" in man


def test_who_it_is_not_for_reads_why(client: Client, made: UUID) -> None:
    assert "Эта программа для другого возраста: с 18 лет" in _text(client.get(PAGE, _address(age="0")))


def test_a_programme_for_everybody_asks_nothing(client: Client, made: UUID) -> None:
    everybody = services.save_programme(ProgrammeChange("Для всех", "vsem"), staff=EDITOR)
    visit = row(Kind.SERVICE, FIRST_VISIT.id)
    services.add_item(everybody, service_id=visit, bounds=Bounds(), is_optional=False, staff=EDITOR)
    published = ProgrammeChange("Для всех", "vsem", is_published=True)
    services.save_programme(published, staff=EDITOR, programme_id=everybody)
    page = _text(client.get("/checkups/vsem/", {"location": _address()["location"]}))
    assert "Ответьте" not in page
    assert "<td data-total>" in page


def test_a_branch_that_does_none_of_it_says_so_without_a_price(client: Client, made: UUID) -> None:
    visit, *_ = selectors.programme("glaza-40").items
    services.remove_item(made, item_id=visit.id, staff=EDITOR)
    page = _text(client.get(PAGE, _address(location=str(row(Kind.LOCATION, SOUTH.id)))))
    assert "В этом филиале программу не проводят: выберите другой филиал." in page
    assert "Цена программы" not in page


def test_every_sum_of_a_price_from_says_from(client: Client, made: UUID) -> None:
    second_doctor(place=NORTH.id, amount=2300)
    page = _text(client.get(PAGE, _address(sex="m")))
    assert '<td>от 1 900 ₽</td></tr>\n<tr><th scope="row">Цена программы</th><td>2 000 ₽</td>' in page
    assert "<td data-total>2 000 ₽</td>" in page
    assert "дешевле" not in page
    sold = row(Kind.SERVICE, FIRST_VISIT.id)
    ProgrammePrice.objects.all().delete()
    Programme.objects.update(service=sold)
    page = _text(client.get(PAGE, _address(sex="m")))
    assert '<th scope="row">Цена программы</th><td>от 1 900 ₽</td>' in page
    assert "<td data-total>от 1 900 ₽</td>" in page


@pytest.mark.parametrize("wrong", [{"age": "41"}, {"age": "x"}, {"sex": "z"}, {"age": "-1"}])
def test_an_answer_that_no_page_offered_is_none(client: Client, made: UUID, wrong: dict[str, str]) -> None:
    assert "Ответьте, какой у вас возраст и пол" in _text(client.get(PAGE, _address(**wrong)))


def test_an_open_page_asks_for_the_estimate_alone(client: Client, made: UUID) -> None:
    part = _text(client.get(PAGE, _address(live="1")))
    assert "<html" not in part
    assert "<td data-total>2 000 ₽</td>" in part


def test_the_list_names_what_is_published(client: Client, made: UUID) -> None:
    page = _text(client.get("/checkups/"))
    assert f'href="{PAGE}"' in page
    assert "С 18 лет" in page
    assert client.get("/checkups/no-such/").status_code == 404


def test_the_pages_keep_their_budget(
    client: Client, made: UUID, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(8):
        assert client.get(PAGE, _address()).status_code == 200
    with django_assert_num_queries(5):
        assert client.get("/checkups/").status_code == 200


def test_a_programme_is_asked_for_as_it_was_counted(client: Client, made: UUID) -> None:
    publish_consent_text(Purpose.BOOKING, version="test", body="{operator}", valid_from=AT)
    (glasses,) = (item for item in selectors.programme("glaza-40").items if item.is_optional)
    answers = _address(**{"with": str(glasses.id)})
    assert f"{PAGE}request/?location=" in _text(client.get(PAGE, answers))
    ask = f"{PAGE}request/"
    assert f'name="with" value="{glasses.id}"' in _text(client.get(ask, answers))
    person = {"name": "Вера", "phone": "8 900 000-00-07", "consent": "on", "key": "a" * 32}
    said = {**answers, **person}
    assert "Напишите телефон" in _text(client.post(ask, {**said, "phone": ""}), 422)
    assert "Эта программа здесь не подходит" in _text(client.post(ask, {**said, "age": "0"}), 422)
    answer = client.post(ask, said)
    assert answer.status_code == 303
    assert "Позвоним" in _text(client.get(answer.headers["Location"]))
    assert client.post(ask, said).headers["Location"] == answer.headers["Location"]
    (call,) = scheduling.open_calls(REGISTRAR)
    assert (call.topic, call.phone) == ("Программа «Глаза с 40 лет»", "+79000000007")
    services_wished = [row(Kind.SERVICE, each.id) for each in (FIRST_VISIT, BLOOD, GLASSES)]
    assert list(call.service_ids) == services_wished
    with as_service("test"):
        kept = bytes(CallRequest.objects.get().programme)
    assert str(services_wished[0]).encode() not in kept


@pytest.mark.parametrize("unsaid", ["age", "sex"])
def test_nothing_is_asked_for_before_age_and_sex_are_said(client: Client, made: UUID, unsaid: str) -> None:
    publish_consent_text(Purpose.BOOKING, version="test", body="{operator}", valid_from=AT)
    answers = {name: value for name, value in _address().items() if name != unsaid}
    person = {"name": "Вера", "phone": "8 900 000-00-07", "consent": "on", "key": "a" * 32}
    for answer in (client.get(f"{PAGE}request/", answers), client.post(f"{PAGE}request/", answers | person)):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"{PAGE}?location={answers['location']}")
    said = Person(40 if unsaid == "sex" else None, Sex.FEMALE if unsaid == "age" else None)
    wish = ProgrammeWish("glaza-40", UUID(answers["location"]), said, frozenset())
    with pytest.raises(InvalidInputError) as error:
        calls.request_programme(wish, name="Вера", phone="8 900 000-00-07", channel="site")
    assert list(error.value.fields) == ["programme"]
    assert scheduling.open_calls(REGISTRAR) == ()


def test_a_programme_is_asked_for_in_a_branch(client: Client, made: UUID) -> None:
    assert client.get(f"{PAGE}request/").status_code == 404
    assert client.get(f"{PAGE}request/", {"location": str(UUID(int=9))}).status_code == 404
    assert client.get("/checkups/no-such/request/", _address()).status_code == 404
