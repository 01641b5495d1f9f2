"""«Мой вход»: where one is signed in and how that ends, one's password, one's PIN (C29)."""

import re
from datetime import timedelta
from importlib import reload
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from channels.desk.factory import PASSWORD, signed_in
from feldsher.conf import settings as product
from feldsher.foundation.access import sign_in
from feldsher.foundation.access.models import StaffSession, User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.messaging.models import Letter
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
NEW = "another-long-password"


def another(login: str = "vera", **where: str) -> Client:
    client = Client(**where)
    assert client.post("/desk/sign-in/", {"login": login, "password": PASSWORD}).status_code == 303
    return client


def is_in(client: Client) -> bool:
    return client.get("/desk/").status_code == 200


def session_of(client: Client) -> UUID:
    return UUID(client.session["entrance"])


def test_c29_a_person_sees_where_they_are_signed_in_and_nobody_elses() -> None:
    client = signed_in(Role.REGISTRAR)
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 YaBrowser/24.10 Safari/537.36"
    another(headers={"User-Agent": agent}, REMOTE_ADDR="203.0.113.5")
    signed_in(Role.EDITOR, login="anna")
    page = client.get("/desk/me/").content.decode()
    assert page.count("Завершить этот сеанс</button>") == 2
    assert "Яндекс Браузер, Windows" in page
    assert "203.0.113.5" in page
    assert page.count("этот сеанс</h3>") == 1


def test_c29_one_session_is_ended_and_the_key_that_was_kept_leads_nowhere() -> None:
    client, other = signed_in(Role.REGISTRAR), another()
    answer = client.post(f"/desk/me/sessions/{session_of(other)}/end/")
    assert answer["Location"] == "/desk/me/?done=session"
    assert (is_in(client), is_in(other)) == (True, False)


def test_c29_all_other_sessions_are_ended_at_once() -> None:
    client, *others = signed_in(Role.REGISTRAR), another(), another()
    stranger = signed_in(Role.EDITOR, login="anna")
    client.post("/desk/me/sessions/others/")
    assert [is_in(each) for each in (client, *others, stranger)] == [True, False, False, True]


def test_c29_somebody_elses_session_is_not_ended() -> None:
    client, stranger = signed_in(Role.REGISTRAR), signed_in(Role.EDITOR, login="anna")
    client.post(f"/desk/me/sessions/{session_of(stranger)}/end/")
    assert is_in(stranger)


def test_c29_ending_ones_own_session_leads_to_the_door() -> None:
    client = signed_in(Role.REGISTRAR)
    assert client.post(f"/desk/me/sessions/{session_of(client)}/end/")["Location"] == "/desk/sign-in/"
    assert not is_in(client)


def test_c29_a_replay_after_signing_out_fails() -> None:
    client = signed_in(Role.REGISTRAR)
    kept = client.cookies["desk"].value
    client.post("/desk/sign-out/")
    client.cookies["desk"] = kept
    assert not is_in(client)


def test_c29_twelve_hours_end_a_session_that_was_never_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(Role.REGISTRAR)
    began = clock.now()
    for minutes in range(10, 720, 10):
        monkeypatch.setattr(clock, "now", lambda m=minutes: began + timedelta(minutes=m))
        assert is_in(client)
    monkeypatch.setattr(clock, "now", lambda: began + sign_in.LONGEST)
    assert not is_in(client)
    assert StaffSession.objects.count() == 0


def test_c29_a_disabled_account_is_out_on_the_next_request() -> None:
    client = signed_in(Role.REGISTRAR)
    User.objects.update(is_active=False, disabled_at=clock.now())
    assert not is_in(client)


@pytest.mark.parametrize(
    ("url", "name", "path"),
    [("https://clinic.example", "__Host-desk", "/"), ("http://clinic.example", "desk", "/desk/")],
)
def test_c29_over_https_the_cookies_are_bound_to_the_host(
    monkeypatch: pytest.MonkeyPatch, url: str, name: str, path: str
) -> None:
    monkeypatch.setenv("FELDSHER_SITE_URL", url)
    made = reload(product)
    assert (name, path) == (made.SESSION_COOKIE_NAME, made.SESSION_COOKIE_PATH)
    assert f"{name}-known" == made.KNOWN_BROWSER_COOKIE_NAME
    assert made.SESSION_COOKIE_SECURE is url.startswith("https")


def test_c29_a_cookie_bound_to_the_host_signs_in_and_out(settings: Settings) -> None:
    settings.SESSION_COOKIE_NAME, settings.KNOWN_BROWSER_COOKIE_NAME = "__Host-desk", "__Host-desk-known"
    settings.SESSION_COOKIE_PATH, settings.SESSION_COOKIE_SECURE = "/", True
    client = signed_in(Role.REGISTRAR)
    for name in ("__Host-desk", "__Host-desk-known"):
        cookie = client.cookies[name]
        assert (cookie["path"], cookie["secure"], cookie["domain"], cookie["httponly"]) == (
            "/",
            True,
            "",
            True,
        )
    assert is_in(client)
    assert "__Host-desk" not in client.get("/look/").cookies
    client.post("/desk/sign-out/")
    assert client.cookies["__Host-desk"].value == ""
    assert client.cookies["__Host-desk"]["path"] == "/"


def change(client: Client, *, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> int:
    data = {"old": old, "password": new, "again": again}
    return client.post("/desk/me/password/", data).status_code


def test_a_password_is_changed_with_the_old_one_and_ends_the_other_sessions() -> None:
    client, other = signed_in(Role.REGISTRAR), another()
    key = client.cookies["desk"].value
    assert change(client) == 303
    assert User.objects.get().check_password(NEW)
    assert (is_in(client), is_in(other)) == (True, False)
    assert client.cookies["desk"].value != key


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"old": "no"}, "Пароль не\u00a0подошёл"),
        ({"again": "other"}, "не\u00a0совпали"),
        ({"new": "short", "again": "short"}, "короче"),
        ({"new": PASSWORD, "again": PASSWORD}, "прежний пароль"),
    ],
)
def test_a_password_that_will_not_do_is_refused_beside_its_field(
    wrong: dict[str, str], sentence: str
) -> None:
    client = signed_in(Role.REGISTRAR)
    data = {"old": PASSWORD, "new": NEW, "again": NEW, **wrong}
    answer = client.post("/desk/me/password/", {**data, "password": data["new"]})
    assert answer.status_code == 422
    assert re.search(f'id="field-[a-z]+-error".*{sentence}', answer.content.decode())
    assert User.objects.get().check_password(PASSWORD)


def test_c28_the_old_password_is_guessed_five_times_at_most() -> None:
    client = signed_in(Role.REGISTRAR)
    for _ in range(5):
        change(client, old="no")
    assert change(client) == 422
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "1234", "8765", "0000", "١٢٣٤", ""])
def test_a_pin_that_will_not_do_is_refused(pin: str) -> None:
    client = signed_in(Role.REGISTRAR)
    assert client.post("/desk/me/pin/", {"pin": pin, "again": pin}).status_code == 422
    assert User.objects.get().pin == ""


def test_a_pin_is_kept_as_an_argon2_hash_and_removed() -> None:
    client = signed_in(Role.REGISTRAR)
    assert client.post("/desk/me/pin/", {"pin": "5093", "again": "5093"}).status_code == 303
    assert User.objects.get().pin.startswith("argon2$argon2id$")
    client.post("/desk/me/pin/remove/")
    assert User.objects.get().pin == ""


def test_a_doctor_gives_an_address_for_letters_and_takes_it_back() -> None:
    client = signed_in(Role.ATTENDING_DOCTOR)
    assert "Указать почту" in client.get("/desk/me/").content.decode()
    for _ in range(2):
        answer = client.post("/desk/me/letters/", {"address": " vera@clinic.example "})
        assert (answer.status_code, answer["Location"]) == (303, "/desk/me/?done=letters")
    assert Letter.objects.count() == 1
    assert b"vera" not in bytes(User.objects.get().letters_to)
    assert "приходят на&nbsp;vera@clinic.example" in client.get("/desk/me/").content.decode()
    client.post("/desk/me/letters/remove/")
    assert bytes(User.objects.get().letters_to) == b""


def test_an_address_that_is_none_is_refused_and_stays_in_its_field() -> None:
    client = signed_in(Role.EDITOR)
    answer = client.post("/desk/me/letters/", {"address": "vera at home"})
    assert answer.status_code == 422
    assert 'value="vera at home"' in answer.content.decode()
    assert (bytes(User.objects.get().letters_to), Letter.objects.count()) == (b"", 0)


def test_who_has_no_pages_is_offered_no_letters() -> None:
    assert "Письма" not in signed_in(Role.REGISTRAR).get("/desk/me/").content.decode()
