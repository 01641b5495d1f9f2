"""The link of one use: its secret leaves the address, a GET does nothing, each refusal says what to do."""

from datetime import timedelta

import pytest
from django.test import Client

from conftest import SetClock
from domain.records.factory import Ward, a_ward
from domain.reviews.factory import AFTERWARDS, a_visit, invited
from domain.scheduling.factory import NOW
from feldsher.domain.reviews import services
from feldsher.domain.reviews.models import Review
from feldsher.domain.reviews.rows import REVIEWS

pytestmark = pytest.mark.django_db
TYPED = {"stars": "4", "text": "Всё понятно.", "name": "Анна", "consent": "on", "version": "test"}


@pytest.fixture
def asked(set_clock: SetClock) -> tuple[Ward, str]:
    """Ask about a visit; returns whose it was and the link's path."""
    set_clock(NOW)
    ward = a_visit(a_ward())
    set_clock(AFTERWARDS)
    return ward, f"/review/{ward.visit}/{invited(ward)}/"


def reviews() -> int:
    with REVIEWS.reach():
        return Review.objects.count()


def test_the_secret_leaves_the_address_at_once(asked: tuple[Ward, str], client: Client) -> None:
    ward, link = asked
    answer = client.get(link)
    assert (answer.status_code, answer["Location"]) == (303, f"/review/{ward.visit}/")
    cookie = client.cookies["review"]
    assert (cookie["path"], cookie["httponly"]) == (f"/review/{ward.visit}/", True)
    page = client.get(answer["Location"])
    assert "no-store" in page["Cache-Control"]
    body = page.content.decode()
    assert '<meta name="robots" content="noindex">' in body
    assert link not in body
    for personal in ("Небывалова", "9000000001", "Приём офтальмолога"):
        assert personal not in body
    assert reviews() == 0


def test_a_review_is_left_once_and_taken_back(asked: tuple[Ward, str], client: Client) -> None:
    form = client.get(asked[1])["Location"]
    refused = client.post(form, {**TYPED, "stars": "", "consent": ""})
    assert (refused.status_code, reviews()) == (422, 0)
    assert "Всё понятно." in refused.content.decode()
    assert client.post(form, TYPED).status_code == 303
    assert "Спасибо за" in client.get(form).content.decode()
    assert client.post(form, TYPED).status_code == 409
    assert reviews() == 1
    assert "Снять отзыв?" in client.get(f"{form}withdraw/").content.decode()
    assert "Отзыв снят" in client.post(f"{form}withdraw/").content.decode()
    assert (client.get(form).status_code, client.get(asked[1]).status_code) == (404, 404)


def test_who_left_nothing_is_told_of_nothing_erased(asked: tuple[Ward, str], client: Client) -> None:
    form = client.get(asked[1])["Location"]
    answer = client.post(f"{form}withdraw/")
    assert (answer.status_code, answer["Location"]) == (303, form)
    assert client.post(form, TYPED).status_code == 303, "the link is still good"


def test_what_nobody_decided_on_is_told_when_its_words_are_gone(
    asked: tuple[Ward, str], client: Client, set_clock: SetClock
) -> None:
    form = client.get(asked[1])["Location"]
    client.post(form, TYPED)
    set_clock(AFTERWARDS + timedelta(days=91))
    services.forget()
    page = client.get(form).content.decode()
    assert "текст и&nbsp;имя стёрты" in page
    assert "Причина" not in page


def test_an_old_link_says_so_and_a_strange_one_opens_nothing(
    asked: tuple[Ward, str], client: Client, set_clock: SetClock
) -> None:
    ward, link = asked
    assert client.get(f"/review/{ward.visit}/{'x' * 22}/").status_code == 404
    assert client.post(f"/review/{ward.visit}/", TYPED).status_code == 404
    set_clock(AFTERWARDS + timedelta(days=30))
    answer = client.get(link)
    assert answer.status_code == 410
    assert "30\u00a0дней" in answer.content.decode()
