from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from channels.desk.factory import PASSWORD, signed_in
from feldsher.foundation.access import grants, selectors, services, sign_in
from feldsher.foundation.access.models import Session, User
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
AIM = "/desk/?day=2026-11-24"


def enter(client: Client, **values: str) -> HttpResponse:
    return client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD, **values})


def test_who_wanted_a_page_comes_to_it() -> None:
    services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,))
    client = Client()
    asked = client.get(AIM)
    assert asked["Location"] == "/desk/sign-in/?next=%2Fdesk%2F%3Fday%3D2026-11-24"
    page = client.get(asked["Location"])
    assert 'name="next" value="/desk/?day=2026-11-24"' in page.content.decode()
    answer = enter(client, next=AIM)
    assert (answer.status_code, answer["Location"]) == (303, AIM)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/desk/",
        "//evil.example/",
        "/\\evil.example",
        "/",
        "javascript:alert(1)",
        AIM * 30,
    ],
)
def test_the_way_back_leads_nowhere_else(address: str) -> None:
    services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,))
    answer = enter(Client(), next=address)
    assert answer["Location"] == "/desk/"


def test_an_unknown_login_and_a_wrong_password_get_the_same_answer_for_the_same_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services.create_staff("vera", password=PASSWORD)
    hashed: list[str] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *a: (hashed.append("hash"), encode(*a))[1])
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *a: (hashed.append("hash"), verify(*a))[1])
    pages = []
    for login in ("vera", "nobody"):
        hashed.clear()
        answer = Client().post("/desk/sign-in/", {"login": login, "password": "wrong-password"})
        assert (answer.status_code, hashed) == (422, ["hash"])
        pages.append(answer.content.decode().partition("<main")[2].replace(login, ""))
    assert _without_token(pages[0]) == _without_token(pages[1])
    assert Session.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("login", "hashes"), [("vera", 2), ("nobody", 1)])
def test_a_password_is_hashed_outside_of_a_transaction(
    monkeypatch: pytest.MonkeyPatch, login: str, hashes: int
) -> None:
    _stored_by_older_hasher()
    was_open: list[bool] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    for name, real in (("encode", encode), ("verify", verify)):
        monkeypatch.setattr(
            Argon2PasswordHasher,
            name,
            lambda *a, real=real: (was_open.append(connection.in_atomic_block), real(*a))[1],
        )
    enter(Client(), login=login)
    assert was_open == [False] * hashes


def _stored_by_older_hasher() -> str:
    hasher = Argon2PasswordHasher()
    hasher.time_cost, hasher.memory_cost, hasher.parallelism = 2, 16, 1
    encoded = hasher.encode(PASSWORD, "an older salt")
    services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,))
    User.objects.update(password=encoded)
    return encoded


def test_a_hash_of_older_settings_is_written_anew_by_the_right_password() -> None:
    before = _stored_by_older_hasher()
    assert enter(Client(), password="wrong-password").status_code == 422
    assert User.objects.get().password == before
    for _ in range(2):
        assert enter(Client()).status_code == 303
    assert "$m=8,t=1,p=1$" in User.objects.get().password


def test_a_hash_that_is_written_anew_undoes_no_new_password(monkeypatch: pytest.MonkeyPatch) -> None:
    _stored_by_older_hasher()
    verify = Argon2PasswordHasher.verify

    def while_it_is_changed(*args: str) -> bool:
        monkeypatch.undo()
        services.change_password("vera", password="another-password")
        return verify(*args)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", while_it_is_changed)
    enter(Client())
    assert User.objects.get().check_password("another-password")


class Anybody:
    """A backend of Django's that lets in whoever comes."""

    def authenticate(self, _request: object, username: str, **_kwargs: object) -> User | None:
        return User.objects.filter(login=username).first()


def test_c27_a_backend_that_somebody_names_lets_nobody_in(settings: Settings) -> None:
    services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,))
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Anybody"]
    assert enter(Client(), password="wrong-password").status_code == 422
    assert enter(Client()).status_code == 303


def _without_token(page: str) -> str:
    head, _, tail = page.partition('name="csrfmiddlewaretoken" value="')
    return head + tail.partition('"')[2]


def test_a_person_who_left_the_clinic_does_not_get_in() -> None:
    services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,))
    User.objects.update(is_active=False, disabled_at=clock.now())
    assert enter(Client()).status_code == 422


def test_the_key_of_a_session_changes_at_sign_in() -> None:
    client = signed_in(Role.REGISTRAR)
    before = client.cookies["desk"].value
    client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    assert client.cookies["desk"].value != before
    stale = Client()
    stale.cookies["desk"] = before
    assert stale.get("/desk/").status_code == 303


def test_the_cookie_is_closed_to_scripts_other_sites_and_other_pages() -> None:
    cookie = signed_in(Role.REGISTRAR).cookies["desk"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["expires"]) == (
        True,
        "Lax",
        "/desk/",
        "",
    )


def test_fifteen_idle_minutes_end_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(Role.REGISTRAR)
    began = clock.now()
    for minutes in (14, 28):
        monkeypatch.setattr(clock, "now", lambda m=minutes: began + timedelta(minutes=m))
        assert client.get("/desk/").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=44))
    assert client.get("/desk/").status_code == 303
    assert Session.objects.count() == 0


def test_a_page_that_asks_by_itself_keeps_nobody_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(Role.REGISTRAR)
    began = clock.now()
    for minutes in (5, 10, 14):
        monkeypatch.setattr(clock, "now", lambda m=minutes: began + timedelta(minutes=m))
        assert client.get("/desk/?live=1").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: began + sign_in.IDLE)
    assert client.get("/desk/?live=1").status_code == 401


def test_a_session_that_ran_out_is_swept_up_by_the_next_sign_in() -> None:
    signed_in(Role.REGISTRAR)
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    signed_in(Role.EDITOR, login="anna")
    assert Session.objects.count() == 1


def test_a_role_that_ended_acts_on_the_next_request() -> None:
    client = signed_in(Role.REGISTRAR)
    assert client.get("/desk/").status_code == 200
    grants.end_anyway(selectors.staff_named("vera").id, Role.REGISTRAR)
    assert client.get("/desk/").status_code == 403


def test_a_new_password_ends_every_session() -> None:
    client = signed_in(Role.REGISTRAR)
    services.change_password("vera", password="another-password")
    assert client.get("/desk/").status_code == 303


def test_signing_out_is_a_post_and_leaves_no_session() -> None:
    client = signed_in(Role.REGISTRAR)
    assert client.get("/desk/sign-out/").status_code == 405
    answer = client.post("/desk/sign-out/")
    assert (answer.status_code, answer["Location"]) == (303, "/desk/sign-in/")
    assert Session.objects.count() == 0
    assert client.get("/desk/").status_code == 303


def test_a_form_without_its_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD}).status_code == 403


def test_a_patients_page_asks_no_session() -> None:
    client = signed_in(Role.REGISTRAR)
    client.cookies["desk"]["path"] = "/"
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/look/")
    assert answer.status_code == 200
    assert [query["sql"] for query in asked if "access_" in query["sql"]] == []
    assert "desk" not in answer.cookies
