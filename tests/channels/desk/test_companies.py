"""Who answers companies has a queue with a clock; an editor keeps insurers and the term."""

from dataclasses import replace
from uuid import UUID

import pytest

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.corporate.factory import COMPANY, agreed_text, asked
from domain.directory.factory import AT
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.types import Progress
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _morning(set_clock: SetClock) -> None:
    set_clock(AT)
    agreed_text()


def test_a_request_is_found_taken_and_ended(set_clock: SetClock) -> None:
    kept = asked()
    registrar = signed_in(Role.REGISTRAR)
    assert "Заявки компаний: 1" in registrar.get("/desk/").content.decode()
    queue = registrar.get("/desk/companies/").content.decode()
    assert "ООО «Выдумка»" in queue
    assert "Никто" in queue
    address = f"/desk/companies/{kept.id}/"
    page = registrar.get(address).content.decode()
    for words in (
        "Вымышленова Вера",
        "+7\u00a0900\u00a0000-00-07",
        "9900000017",
        "Сто человек",
        "Взять заявку",
    ):
        assert words in page
    assert registrar.post(f"{address}take/").status_code == 303
    assert "Заявка у&nbsp;вас" in registrar.get(address).content.decode()
    assert registrar.post(f"{address}done/", {"end": "x"}).status_code == 404
    assert registrar.post(f"{address}done/", {"end": "answered"}).status_code == 303
    assert registrar.post(f"{address}done/", {"end": "answered"}).status_code == 409
    assert registrar.get(address).status_code == 404
    assert selectors.request_status(kept.id, token=kept.token).progress is Progress.ANSWERED
    assert "нет." in registrar.get("/desk/companies/").content.decode()


def test_a_contact_who_takes_the_consent_back_is_wiped_after_one_more_question() -> None:
    waits, answered = asked(), asked()
    registrar = signed_in(Role.REGISTRAR)
    registrar.post(f"/desk/companies/{answered.id}/done/", {"end": "answered"})
    assert (
        f"/desk/companies/{waits.id}/forget/"
        in registrar.get(f"/desk/companies/{waits.id}/").content.decode()
    )
    ended = registrar.get("/desk/companies/ended/").content.decode()
    assert f"/desk/companies/{answered.id}/forget/" in ended
    assert str(waits.id) not in ended
    for kept, is_open in ((waits, True), (answered, False)):
        address = f"/desk/companies/{kept.id}/forget/"
        page = registrar.get(address).content.decode()
        assert "ООО «Выдумка»" in page
        assert ("Заявка закроется" in page) is is_open
        assert registrar.post(address).status_code == 303
        assert registrar.get(address).status_code == 404
    assert "Таких заявок нет" in registrar.get("/desk/companies/ended/").content.decode()
    assert registrar.get(f"/desk/companies/{waits.id}/").status_code == 404


def test_an_address_can_say_nothing_else_to_the_mail_program() -> None:
    kept = services.ask(replace(COMPANY, email="vera&cc=x@example.ru"))
    page = signed_in(Role.REGISTRAR).get(f"/desk/companies/{kept.id}/").content.decode()
    assert 'href="mailto:vera%26cc%3Dx@example.ru"' in page


def test_the_queue_says_how_many_more_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        asked()
    registrar = signed_in(Role.REGISTRAR)
    assert "ждут ещё" not in registrar.get("/desk/companies/").content.decode()
    monkeypatch.setattr(selectors, "MOST", 2)
    assert "Показаны первые 2, ждут ещё 1." in registrar.get("/desk/companies/").content.decode()


def test_a_colleague_sees_who_has_it() -> None:
    kept = asked()
    signed_in(Role.REGISTRAR, login="petr").post(f"/desk/companies/{kept.id}/take/")
    other = signed_in(Role.REGISTRAR)
    assert "Заявку взял сотрудник Тестова И." in other.get(f"/desk/companies/{kept.id}/").content.decode()
    assert other.post(f"/desk/companies/{kept.id}/take/").status_code == 409


def test_an_editor_keeps_insurers_and_the_term() -> None:
    editor = signed_in(Role.EDITOR)
    said = {"name": "Выдумка Страхование", "note": "по письму"}
    assert editor.post("/desk/corporate/insurers/", said).status_code == 303
    again = editor.post("/desk/corporate/insurers/", said)
    assert again.status_code == 409
    assert "уже есть в\u00a0списке" in again.content.decode()
    assert editor.post("/desk/corporate/term/", {"days": "два"}).status_code == 422
    assert editor.post("/desk/corporate/term/", {"days": "2"}).status_code == 303
    page = editor.get("/desk/corporate/").content.decode()
    assert "по письму" in page
    assert 'value="2"' in page
    (card,) = selectors.insurers()
    assert editor.post(f"/desk/corporate/insurers/{card.id}/remove/").status_code == 303
    assert editor.post(f"/desk/corporate/insurers/{UUID(int=9)}/remove/").status_code == 303
    assert selectors.insurers() == ()
