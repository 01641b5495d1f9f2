"""Reviews by axe and by the W3C's checker: at the desk, on public pages, and the form behind a link."""

from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from conftest import SetClock
from domain.records.factory import a_ward
from domain.reviews.factory import AFTERWARDS, EDITOR, a_visit, invited, published, waiting
from domain.scheduling.factory import NOW
from feldsher.domain.reviews import services
from feldsher.domain.reviews.types import RATING_COLUMNS
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LEFT = {"stars": "4", "text": "Всё понятно объяснили.", "name": "Анна", "consent": "on", "version": "test"}


@pytest.fixture
def addresses(set_clock: SetClock) -> tuple[str, ...]:
    """Publish reviews with answers and a rating, leave one to be moderated; returns what shows them.

    The last address is the link of a visit that nobody has said anything of.
    """
    set_clock(NOW)
    ward = a_visit(a_ward())
    set_clock(AFTERWARDS)
    assert ward.eye.practitioner_id is not None
    for stars in (5, 2):
        review = published(ward.eye.practitioner_id, ward.north, stars=stars, text="Ждал.\n\nДолго.")
    services.answer(review, text="Спасибо, исправим.", staff=EDITOR)
    row = f"Яндекс;{ward.eye.practitioner_id};;4,8;120;01.11.2026;https://yandex.ru/maps/org/1"
    services.load_ratings(f"{';'.join(RATING_COLUMNS)}\n{row}".encode(), staff=EDITOR)
    moderated = waiting(ward.eye.practitioner_id, ward.north, stars=1, text="Звоните +7 900 000-00-09")
    secret = invited(ward)
    return (
        "/desk/feedback/",
        f"/desk/feedback/{moderated}/",
        f"/desk/feedback/{review}/",
        "/desk/feedback/ratings/",
        f"/doctors/{ward.eye.practitioner_id}/",
        f"/branches/{ward.north}/",
        "/consent/review/",
        f"/review/{ward.visit}/{secret}/",
    )


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    addresses: tuple[str, ...], live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    client = signed_in(Role.EDITOR)
    with signed_in_visitor(live_server, client, look=look, size=size) as visitor:
        assert faults_of(visitor, addresses) == []
        page = visitor.page
        visitor.refusals |= {422}
        page.get_by_role("button", name="Отправить отзыв").click()
        assert page.locator(".error").count() == 3
        assert page.evaluate("document.activeElement.tagName") == "FIELDSET"
        assert visitor.faults() == []
        page.get_by_label("4, хорошо").check()
        page.locator("[name=text]").fill(LEFT["text"])
        page.locator("[name=consent]").check()
        for name in ("Отправить отзыв", "Снять отзыв"):
            page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).click()
            page.wait_for_load_state()
            assert visitor.faults() == []
            assert visitor.overflow() == 0
        page.get_by_role("button", name="Снять отзыв").click()
        page.get_by_role("heading", name="Отзыв снят").wait_for()
        assert visitor.faults() == []
        visitor.check()


def test_every_page_is_valid(addresses: tuple[str, ...], tmp_path: Path) -> None:
    client, link = signed_in(Role.EDITOR), addresses[-1]
    bodies = [client.get(address).content for address in addresses[:-1]]
    waits, shown, table = addresses[1:4]
    bodies += [client.post(f"{each}refuse/", {}).content for each in (waits, shown)]
    bodies.append(client.post(table, {}).content)
    form = client.get(link)["Location"]
    bodies += [client.get(form).content, client.post(form, {}).content]
    assert client.post(form, LEFT).status_code == 303
    bodies += [client.get(form).content, client.get(f"{form}withdraw/").content]
    bodies += [client.post(f"{form}withdraw/").content]
    assert markup_faults(bodies, tmp_path) == []
