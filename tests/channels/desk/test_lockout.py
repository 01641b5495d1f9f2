"""The lockout at the door: an outsider shuts out strangers, never the owner's own browser (C28)."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from channels.desk.factory import PASSWORD, signed_in
from feldsher.foundation.access import services
from feldsher.foundation.access.known_browsers import KEPT
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
OUTSIDE, HOME = "8.8.8.8", "203.0.113.5"


def enter(client: Client, password: str = PASSWORD, *, login: str = "vera", address: str = OUTSIDE) -> int:
    answer = client.post("/desk/sign-in/", {"login": login, "password": password}, REMOTE_ADDR=address)
    return answer.status_code


def out_of(client: Client) -> Client:
    client.post("/desk/sign-out/")
    return client


def test_c28_a_hammered_login_stays_open_to_its_owners_browser() -> None:
    owner = out_of(signed_in(Role.REGISTRAR))
    assert [enter(Client(), "wrong") for _ in range(7)] == [422] * 5 + [429] * 2
    assert enter(Client()) == 429
    assert enter(owner, address=OUTSIDE) == 303
    assert enter(Client(), address=HOME) == 303


def test_c28_a_browser_is_known_for_the_people_who_came_in_by_it_and_nobody_else() -> None:
    shared = out_of(signed_in(Role.REGISTRAR))
    services.create_staff("anna", password=PASSWORD, roles=(Role.EDITOR,))
    for _ in range(5):
        enter(Client(), "wrong", login="anna")
        enter(Client(), "wrong", login="vera")
    assert enter(shared, login="anna") == 429
    assert enter(shared, login="anna", address=HOME) == 303
    out_of(shared)
    assert enter(shared, login="anna") == 303
    assert enter(out_of(shared), login="vera") == 303


def test_c28_a_known_browser_has_its_own_five_tries() -> None:
    owner = out_of(signed_in(Role.REGISTRAR))
    assert [enter(owner, "wrong") for _ in range(6)] == [422] * 5 + [429]
    assert enter(owner) == 429
    assert enter(Client()) == 303


@pytest.mark.parametrize("change", ["cut", "swap", "nonsense", "old"])
def test_c28_a_cookie_that_was_not_signed_here_or_is_old_knows_nobody(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = out_of(signed_in(Role.REGISTRAR))
    for _ in range(5):
        enter(Client(), "wrong")
    cookie = owner.cookies["desk-known"]
    other = services.create_staff("anna", password=PASSWORD).id.hex
    body, _, mac = cookie.value.rpartition(":")
    forged = {"cut": body, "swap": f"{body[:-32]}{other}:{mac}", "nonsense": ":" * 9, "old": cookie.value}
    owner.cookies["desk-known"] = forged[change]
    if change == "old":
        later = clock.now() + KEPT + timedelta(days=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        for _ in range(5):
            enter(Client(), "wrong")
    assert enter(owner) == 429


def test_c28_the_cookie_is_closed_to_scripts_and_outlives_the_session() -> None:
    cookie = signed_in(Role.REGISTRAR).cookies["desk-known"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/desk/")
    assert cookie["max-age"] == KEPT.total_seconds()
    assert "vera" not in cookie.value


def test_c28_a_closed_counter_says_the_same_of_an_unknown_login_and_looks_at_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services.create_staff("vera", password=PASSWORD)
    for login in ("vera", "nobody"):
        for _ in range(5):
            enter(Client(), "wrong", login=login)
    hashed: list[str] = []
    for act in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, act)
        monkeypatch.setattr(
            Argon2PasswordHasher, act, lambda *a, real=real: (hashed.append("hash"), real(*a))[1]
        )
    pages = []
    for login in ("vera", "nobody"):
        data = {"login": login, "password": PASSWORD}
        answer = Client().post("/desk/sign-in/", data, REMOTE_ADDR=OUTSIDE)
        assert (answer.status_code, answer["Retry-After"], hashed) == (429, "900", [])
        main = answer.content.decode().partition("<main")[2].replace(login, "")
        head, _, tail = main.partition('name="csrfmiddlewaretoken" value="')
        pages.append(head + tail.partition('"')[2])
        assert "через 15\u00a0минут" in main
    assert pages[0] == pages[1]
