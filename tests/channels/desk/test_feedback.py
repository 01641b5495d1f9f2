"""An editor publishes, refuses and answers at the desk; a doctor's page shows it without its visit."""

from datetime import timedelta

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.reviews.factory import EDITOR, published, row_of, with_sms
from domain.scheduling.clinic import open_clinic
from feldsher.domain.reviews import services
from feldsher.domain.reviews.forgetting import REFUSED_KEPT
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db


def test_a_review_is_answered_refused_and_shown_again() -> None:
    ids = open_clinic()
    review = published(ids.eye, ids.north, text="Ждал долго.", stars=2)
    editor, address = signed_in(Role.EDITOR), f"/desk/feedback/{review}/"
    assert "Ждал долго." in editor.get("/desk/feedback/?show=published").content.decode()
    assert editor.post(f"{address}refuse/", {"reason": "critical"}).status_code == 422
    assert editor.post(f"{address}answer/", {"answer": "Исправим."}).status_code == 303
    for page in (f"/doctors/{ids.eye}/", f"/branches/{ids.north}/"):
        shown = Client().get(page).content.decode()
        assert "Ждал долго." in shown
        assert "Исправим." in shown
    assert editor.post(f"{address}refuse/", {"reason": "insult"}).status_code == 303
    assert "Ждал долго." not in Client().get(f"/doctors/{ids.eye}/").content.decode()
    assert "Отказ" in editor.get(address).content.decode()
    assert row_of(review).state == "refused"


def test_a_refusal_whose_words_are_gone_offers_nothing(set_clock: SetClock) -> None:
    ids = open_clinic()
    review = published(ids.eye, ids.north, text="Ждал долго.", stars=2)
    services.refuse(review, reason="insult", staff=EDITOR)
    set_clock(clock.now() + REFUSED_KEPT + timedelta(minutes=1))
    services.forget()
    editor = signed_in(Role.EDITOR)
    assert "Текст стёрт по\u00a0сроку</a>" in editor.get("/desk/feedback/?show=refused").content.decode()
    page = editor.get(f"/desk/feedback/{review}/").content.decode()
    assert "прошло 30&nbsp;дней после отказа" in page
    assert "Опубликовать</button>" not in page
    assert editor.post(f"/desk/feedback/{review}/publish/").status_code == 409


def test_the_desk_says_whether_patients_are_asked_and_how_to_begin() -> None:
    editor, page = signed_in(Role.EDITOR), "/desk/feedback/"
    off = editor.get(page).content.decode()
    assert "Сейчас пациентов об&nbsp;отзыве не&nbsp;просят." in off
    assert '<code>"review_hours": 3</code>' in off
    assert "FELDSHER_SMS" in off
    with with_sms(review_hours=3):
        on = editor.get(page).content.decode()
    assert "спустя 3\u00a0часа" in on
    assert 'href="/desk/messages/review_request/"' in on
    assert "FELDSHER_BOOKING" not in on


def test_an_answer_that_is_too_long_is_not_lost() -> None:
    ids = open_clinic()
    editor, address = signed_in(Role.EDITOR), f"/desk/feedback/{published(ids.eye, ids.north)}/"
    answer = editor.post(f"{address}answer/", {"answer": "ы" * 2001})
    assert answer.status_code == 422
    assert "ы" * 2001 in answer.content.decode()


def test_a_table_that_is_wrong_says_so() -> None:
    open_clinic()
    editor = signed_in(Role.EDITOR)
    answer = editor.post("/desk/feedback/ratings/", {})
    assert answer.status_code == 422
    assert "Первая строка называет столбцы" in answer.content.decode()
