"""The second step at the door: a code once, a recovery code once, no page before a factor is there (C27)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from channels.desk.factory import PASSWORD, signed_in, with_app
from feldsher.foundation.access import second_factor, selectors, services
from feldsher.foundation.access.models import RecoveryCode, StaffSession, Totp, User
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
SECOND = "/desk/sign-in/second/"


def halfway(login: str = "vera", **where: str) -> Client:
    """Return a browser that has given the right password of somebody with a second factor."""
    client = Client(**where)
    answer = client.post("/desk/sign-in/", {"login": login, "password": PASSWORD, "next": "/desk/sync/"})
    assert (answer.status_code, answer["Location"]) == (303, f"{SECOND}?next=%2Fdesk%2Fsync%2F")
    return client


def give(client: Client, code: str) -> HttpResponse:
    return client.post(SECOND, {"code": code, "next": "/desk/sync/"})


def later(monkeypatch: pytest.MonkeyPatch, **passed: float) -> None:
    moment = clock.now() + timedelta(**passed)
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def vera() -> None:
    services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,))


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch)


@pytest.mark.usefixtures("vera")
def test_c27_the_password_alone_opens_nothing_and_the_code_opens_all() -> None:
    app = with_app()
    client = halfway()
    key = client.cookies["desk"].value
    for address in ("/desk/", "/desk/me/", "/desk/me/password/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (303, SECOND)
    assert client.get("/desk/?live=1").status_code == 401
    assert "desk-known" not in client.cookies
    answer = give(client, app.at(clock.now()))
    assert (answer.status_code, answer["Location"]) == (303, "/desk/sync/")
    assert client.get("/desk/sync/").status_code == 200
    assert client.cookies["desk"].value != key
    stale = Client()
    stale.cookies["desk"] = key
    assert stale.get("/desk/sync/").status_code == 303


@pytest.mark.usefixtures("vera")
def test_c27_a_code_is_taken_once_and_no_older_one_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = with_app()
    now = clock.now()
    assert give(halfway(), app.at(now)).status_code == 303
    for code in (app.at(now), app.at(now - timedelta(seconds=30))):
        assert give(halfway(), code).status_code == 422
    later(monkeypatch, seconds=30)
    assert give(halfway(), app.at(clock.now())).status_code == 303


@pytest.mark.usefixtures("vera")
@pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 303), (30, 303), (60, 422)])
def test_c27_clocks_may_differ_by_half_a_minute(seconds: int, status: int) -> None:
    app = with_app()
    Totp.objects.update(last_step=0)
    assert give(halfway(), app.at(clock.now() + timedelta(seconds=seconds))).status_code == status


@pytest.mark.usefixtures("vera")
@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 40, "\0"])
def test_c27_what_is_no_code_is_refused_in_words(text: str) -> None:
    with_app()
    answer = give(halfway(), text)
    assert answer.status_code == 422
    assert "Код не\u00a0подошёл" in answer.content.decode()


@pytest.mark.usefixtures("vera")
def test_c28_five_wrong_codes_close_the_second_step_to_a_stranger_and_not_to_the_owner() -> None:
    app = with_app()
    owner = Client()
    owner.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    assert give(owner, app.at(clock.now())).status_code == 303
    owner.post("/desk/sign-out/")
    client = halfway(REMOTE_ADDR="8.8.8.8")
    assert [give(client, "no").status_code for _ in range(7)] == [422] * 5 + [429] * 2
    assert (
        give(halfway(REMOTE_ADDR="8.8.8.8"), app.at(clock.now() + timedelta(seconds=30))).status_code == 429
    )
    owner.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD}, REMOTE_ADDR="8.8.8.8")
    answer = owner.post(SECOND, {"code": app.at(clock.now() + timedelta(seconds=30))}, REMOTE_ADDR="8.8.8.8")
    assert answer.status_code == 303


@pytest.mark.usefixtures("vera")
def test_c27_who_hesitates_for_ten_minutes_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = with_app()
    client = halfway()
    later(monkeypatch, minutes=10)
    answer = give(client, app.at(clock.now()))
    assert client.get("/desk/sync/")["Location"].startswith("/desk/sign-in/?")
    assert (answer.status_code, StaffSession.objects.count()) == (303, 0)


@pytest.mark.usefixtures("vera")
def test_c27_ten_recovery_codes_each_once_and_nothing_of_them_is_kept() -> None:
    with_app()
    user = User.objects.get()
    codes = second_factor.new_recovery_codes(user.pk)
    assert len(set(codes)) == 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '') FROM access_recovery_code t")
        kept = cursor.fetchone()[0]
    assert [code for code in codes if code in kept or code.encode().hex() in kept] == []
    assert give(halfway(), codes[0].upper().replace("-", " ")).status_code == 303
    assert give(halfway(), codes[0]).status_code == 422
    assert give(halfway(), codes[1]).status_code == 303
    assert selectors.own_factors(user.pk).codes_left == 8
    fresh = second_factor.new_recovery_codes(user.pk)
    assert give(halfway(), codes[2]).status_code == 422
    assert give(halfway(), fresh[2]).status_code == 303


@pytest.mark.usefixtures("vera")
def test_c27_a_code_of_somebody_else_is_none() -> None:
    with_app()
    anna = services.create_staff("anna", password=PASSWORD)
    (code, *_) = second_factor.new_recovery_codes(anna.id)
    assert give(halfway(), code).status_code == 422
    assert RecoveryCode.objects.filter(used_at=None).count() == 10


@pytest.mark.usefixtures("vera")
def test_c27_the_secret_of_an_app_is_sealed() -> None:
    app = with_app()
    assert app.secret.encode() not in bytes(Totp.objects.get().secret)


def set_up(client: Client) -> str:
    """Connect an app by the pages alone, and return its secret."""
    assert client.post("/desk/me/app/")["Location"] == "/desk/me/app/"
    page = client.get("/desk/me/app/").content.decode()
    assert re.search(r'<svg viewBox="0 0 (\d+) \1"', page)
    assert "style=" not in page
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    return found[1].replace(" ", "")


def test_c27_where_a_factor_is_required_nothing_else_opens_before_it(settings: Settings) -> None:
    settings.STAFF_MFA = "required"
    client = signed_in(Role.REGISTRAR)
    for address in ("/desk/", "/desk/sync/", "/desk/rules/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (303, "/desk/me/")
    assert client.get("/desk/?live=1").status_code == 303
    assert "настройте второй фактор" in client.get("/desk/me/").content.decode()
    app = second_factor.pyotp.TOTP(set_up(client))
    assert client.post("/desk/me/app/", {"code": "000"}).status_code == 422
    assert client.get("/desk/sync/").status_code == 303
    answer = client.post("/desk/me/app/", {"code": app.at(clock.now())})
    assert answer["Location"] == "/desk/me/codes/?first=1"
    assert client.get("/desk/sync/").status_code == 200
    made = client.post("/desk/me/codes/").content.decode()
    codes = re.findall(r"<li>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})</li>", made)
    assert len(codes) == 10
    assert codes[0] not in client.get("/desk/me/codes/").content.decode()
    assert give(halfway(), codes[0]).status_code == 303


def test_c27_a_begun_app_is_no_factor_and_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(Role.REGISTRAR)
    set_up(client)
    again = Client()
    assert again.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})["Location"] == "/desk/"
    later(monkeypatch, minutes=31)
    again.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    assert again.get("/desk/me/app/")["Location"] == "/desk/me/"


@pytest.mark.usefixtures("vera")
def test_c27_a_connected_app_is_not_replaced_but_removed_first() -> None:
    app = with_app()
    client = halfway()
    give(client, app.at(clock.now()))
    assert client.post("/desk/me/app/").status_code == 422
    assert client.post("/desk/me/app/remove/")["Location"] == "/desk/me/?done=app-off"
    client.post("/desk/sign-out/")
    answer = client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    assert answer["Location"] == "/desk/"


@pytest.mark.parametrize(
    "address",
    ["app/", "app/remove/", "passkeys/", "codes/", "pin/", "pin/remove/"],
)
def test_c27_what_one_signs_in_by_is_changed_after_the_password_only(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(Role.REGISTRAR)
    for _ in range(2):
        later(monkeypatch, minutes=6)
        client.get("/desk/")
    answer = client.post(f"/desk/me/{address}")
    assert answer["Location"] == "/desk/me/prove/?next=%2Fdesk%2Fme%2F"
    assert client.post("/desk/me/prove/", {"password": "wrong"}).status_code == 422
    assert client.post("/desk/me/prove/", {"password": PASSWORD})["Location"] == "/desk/me/"
    assert not client.post(f"/desk/me/{address}").headers.get("Location", "").startswith("/desk/me/prove/")


@pytest.mark.usefixtures("vera")
def test_the_command_line_takes_factors_from_who_lost_them() -> None:
    app = with_app()
    client = halfway()
    give(client, app.at(clock.now()))
    services.reset_factors("vera")
    assert client.get("/desk/sync/").status_code == 303
    answer = Client().post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    assert answer["Location"] == "/desk/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("vera")
def test_c27_of_four_who_send_one_code_at_once_one_comes_in() -> None:
    app = with_app()
    code, clients = app.at(clock.now()), [halfway() for _ in range(4)]

    def send(client: Client) -> int:
        try:
            return give(client, code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, clients)) == [303, 422, 422, 422]
