"""«Сотрудники»: two administrators give a role through the pages, one ends it (C58)."""

import html
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from feldsher.foundation.access import accounts, selectors, services
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
PASSWORD = "feldsher-demo"
GUARD = Staff(id=uuid4(), login="guard", name="", roles=frozenset({Role.SECURITY_AUDITOR}))


def plain(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode()).replace("\u00a0", " ")


def id_of(login: str) -> UUID:
    return next(each.id for each in selectors.all_staff() if each.login == login)


def roles_of(login: str) -> set[Role]:
    return set(next(each.roles for each in selectors.all_staff() if each.login == login))


@pytest.fixture
def admins() -> tuple[Client, Client]:
    services.create_staff("vera", password=PASSWORD, name="Тестова В.")
    return signed_in(Role.SYSTEM_ADMIN, login="one"), signed_in(Role.SYSTEM_ADMIN, login="two")


def confirm_address(client: Client) -> str:
    page = client.get("/desk/staff/").content.decode()
    found = re.search(r'action="(/desk/staff/requests/[0-9a-f-]+/confirm/)"', page)
    return found[1] if found else ""


def test_c58_one_asks_and_the_other_confirms(admins: tuple[Client, Client]) -> None:
    one, two = admins
    address = f"/desk/staff/{id_of('vera')}/"
    assert "подтвердит другой администратор" in one.get(address).content.decode()
    assert one.post(address, {"role": "registrar"})["Location"] == "/desk/staff/?done=asked"
    assert confirm_address(one) == ""
    page = two.get("/desk/").content.decode()
    assert re.search(r'Сотрудники <span class="badge badge-wait">1</span>', page)
    assert two.post(confirm_address(two))["Location"] == "/desk/staff/?done=given"
    assert roles_of("vera") == {Role.REGISTRAR}


def test_c58_the_button_that_is_not_shown_does_nothing_either(admins: tuple[Client, Client]) -> None:
    one, two = admins
    one.post(f"/desk/staff/{id_of('vera')}/", {"role": "registrar"})
    answer = one.post(confirm_address(two))
    assert (answer.status_code, roles_of("vera")) == (403, set())
    assert "grant_not_yours" in answer.content.decode()


@pytest.mark.usefixtures("owner")
def test_c58_a_lone_administrator_is_told_of_the_day(admins: tuple[Client, Client]) -> None:
    one, _ = admins
    two = id_of("two")
    assert "24\u00a0часа" in one.get(f"/desk/staff/{two}/").content.decode().replace("&nbsp;", "\u00a0")
    assert one.post(f"/desk/staff/{two}/", {"role": "editor"})["Location"] == "/desk/staff/?done=waits"
    assert "Вступит в\u00a0силу" in one.get("/desk/staff/").content.decode()


def test_c58_a_lone_administrator_whose_owner_cannot_be_told_has_no_form(
    admins: tuple[Client, Client],
) -> None:
    one, _ = admins
    address = f"/desk/staff/{id_of('two')}/"
    shown = plain(one, address)
    assert "Задайте на сервере его телефон (FELDSHER_OWNER_PHONE) и отправку SMS (FELDSHER_SMS)" in shown
    assert "Запросить роль" not in shown
    answer = one.post(address, {"role": "editor"})
    assert (answer.status_code, "owner_not_told" in answer.content.decode()) == (503, True)
    assert selectors.open_requests() == ()


def test_c58_a_request_is_declined_and_taken_back(admins: tuple[Client, Client]) -> None:
    one, two = admins
    for decider in (one, two):
        one.post(f"/desk/staff/{id_of('vera')}/", {"role": "registrar"})
        address = confirm_address(two).replace("confirm", "decline")
        assert decider.post(address)["Location"] == "/desk/staff/?done=declined"
    assert (roles_of("vera"), selectors.open_requests()) == (set(), ())


def test_c58_the_password_is_asked_before_a_role_is_given(
    admins: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = admins
    one.post(f"/desk/staff/{id_of('vera')}/", {"role": "registrar"})
    address = confirm_address(two)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = two.post(address)
    assert answer["Location"] == "/desk/me/prove/?next=%2Fdesk%2Fstaff%2F"
    assert roles_of("vera") == set()
    proved = two.post("/desk/me/prove/", {"password": PASSWORD, "next": "/desk/staff/"})
    assert proved["Location"] == "/desk/staff/"
    two.post(address)
    assert roles_of("vera") == {Role.REGISTRAR}


def test_a_role_ends_at_once_and_the_last_administrators_never(admins: tuple[Client, Client]) -> None:
    one, two = admins
    assert one.post(f"/desk/staff/{id_of('two')}/end/", {"role": "system_admin"}).status_code == 303
    assert two.get("/desk/staff/").status_code == 403
    answer = one.post(f"/desk/staff/{id_of('one')}/end/", {"role": "system_admin"})
    assert (answer.status_code, roles_of("one")) == (409, {Role.SYSTEM_ADMIN})


@pytest.mark.parametrize("role", ["", "boss"])
def test_an_unknown_role_is_refused_beside_its_field(admins: tuple[Client, Client], role: str) -> None:
    answer = admins[0].post(f"/desk/staff/{id_of('vera')}/", {"role": role})
    assert answer.status_code == 422
    assert "Выберите роль из\u00a0списка" in answer.content.decode()


def test_an_account_is_closed_listed_and_opened(admins: tuple[Client, Client]) -> None:
    one, _ = admins
    vera = id_of("vera")
    assert one.post(f"/desk/staff/{vera}/close/").status_code == 303
    listed = one.get("/desk/staff/").content.decode().partition('id="closed"')[2]
    assert "Тестова В." in listed
    assert one.post(f"/desk/staff/{vera}/", {"role": "registrar"}).status_code == 404
    assert one.post(f"/desk/staff/{vera}/open/").status_code == 303
    assert "Таких нет" in one.get("/desk/staff/").content.decode()


def test_c35_a_blocked_account_says_who_lifts_it_and_has_no_button(admins: tuple[Client, Client]) -> None:
    one, _ = admins
    vera = id_of("vera")
    accounts.block(vera)
    listed = plain(one, "/desk/staff/").partition('id="closed"')[2]
    assert "Вход закрыт по сигналу безопасности: " in listed
    assert "Блокировку снимает аудитор безопасности." in listed
    assert "давно" not in listed
    page = plain(one, f"/desk/staff/{vera}/")
    assert "Вход закрыт по сигналу безопасности: " in page
    assert "Блокировку снимает аудитор безопасности." in page
    for shown in (listed, page):
        assert f"/desk/staff/{vera}/open/" not in shown
    assert one.post(f"/desk/staff/{vera}/open/").status_code == 409


def test_c58_who_is_blocked_may_be_dismissed_from_their_page(admins: tuple[Client, Client]) -> None:
    one, _ = admins
    vera = id_of("vera")
    accounts.block(vera)
    assert f"/desk/staff/{vera}/close/" in plain(one, f"/desk/staff/{vera}/")
    assert one.post(f"/desk/staff/{vera}/close/").status_code == 303
    both = plain(one, f"/desk/staff/{vera}/")
    assert f"/desk/staff/{vera}/close/" not in both
    assert f"/desk/staff/{vera}/open/" not in both
    listed = plain(one, "/desk/staff/").partition('id="closed"')[2]
    assert re.search(r"Учётная запись закрыта: .+ Вход закрыт по сигналу безопасности: ", listed)
    accounts.lift_block(vera, staff=GUARD)
    assert f"/desk/staff/{vera}/open/" in plain(one, "/desk/staff/")


def test_nobody_is_found_at_an_unknown_address(admins: tuple[Client, Client]) -> None:
    answer = admins[0].get("/desk/staff/00000000-0000-0000-0000-000000000000/")
    assert answer.status_code == 404
