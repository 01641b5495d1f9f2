"""The lock of an idle session: what is refused, what opens it, and that nothing that was sent is lost."""

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from channels.desk.factory import signed_in
from channels.desk.test_gate import address, each_method
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access import selectors, sign_in, unlock
from feldsher.foundation.access.models import StaffSession, User
from feldsher.foundation.access.policies import permits
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
PIN = "5093"
OPEN = "/desk/lock/open/"
JSON = {"Accept": "application/json"}


def pass_(monkeypatch: pytest.MonkeyPatch, time: timedelta = sign_in.IDLE) -> None:
    moment = clock.now() + time
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    pass_(monkeypatch, timedelta())


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser whose session has locked itself, of somebody with a PIN."""
    client = signed_in(Role.REGISTRAR)
    unlock.set_pin(selectors.all_staff()[0].id, PIN)
    pass_(monkeypatch)
    return client


def test_c29_a_locked_session_is_refused_everywhere_with_a_code(client: Client) -> None:
    for pattern, method in each_method():
        answer = client.generic(method, address(pattern))
        assert (pattern.name, answer.status_code) == (pattern.name, 403)
        assert "session_locked" in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
    live = client.get("/desk/?live=1")
    assert (live.status_code, live.json()) == (403, {"code": "session_locked"})


def test_c29_the_page_of_the_lock_shows_nobody_and_nothing(client: Client) -> None:
    page = client.get("/desk/").content.decode()
    assert "Тестова" not in page
    assert "Нужен" not in page


def test_c29_a_pin_opens_it_and_leads_back(client: Client) -> None:
    answer = client.post(OPEN, {"unlock-pin": PIN, "unlock-next": "/desk/sync/"})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/sync/")
    assert client.get("/desk/sync/").status_code == 200


def test_c29_what_was_sent_is_kept_and_sent_on_after_the_pin(client: Client) -> None:
    sent = {"reason": "Авария & «свет»", "notice": "Позвоните", "ends": "open", "confirmed": "yes"}
    answer = client.post("/desk/stops/everything/", sent)
    assert answer.status_code == 403
    page = answer.content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert {name: html.unescape(fields[name]) for name in sent} == sent
    assert not scheduling.live_stops()
    kept = {name: html.unescape(value) for name, value in fields.items()}
    wrong = client.post(OPEN, {**kept, "unlock-pin": "0001"}).content.decode()
    assert "PIN не\u00a0подошёл. Осталось: 4\u00a0попытки" in wrong
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', wrong))
    assert {name: html.unescape(again[name]) for name in sent} == sent
    opened = client.post(OPEN, {**kept, "unlock-pin": PIN})
    assert (opened.status_code, opened["Location"]) == (307, "/desk/stops/everything/")
    assert client.post(opened["Location"], {**kept, "unlock-pin": PIN}).status_code == 303
    (stop,) = scheduling.live_stops()
    assert stop.reason == sent["reason"]


def test_c29_a_password_that_was_sent_is_in_no_page(client: Client) -> None:
    sent = {"old": "feldsher-demo", "password": "another-secret", "again": "another-secret"}
    page = client.post("/desk/me/password/", sent).content.decode()
    assert "secret" not in page
    assert "feldsher-demo" not in page
    answer = client.post(OPEN, {"unlock-pin": PIN, "unlock-next": "/desk/me/"})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/me/")


def test_c29_the_way_back_leads_nowhere_else(client: Client) -> None:
    answer = client.post(
        OPEN, {"unlock-pin": PIN, "unlock-next": "https://evil.example/", "unlock-form": "yes"}
    )
    assert answer["Location"] == "/desk/"


def test_c29_five_wrong_pins_end_the_session(client: Client) -> None:
    said = [client.post(OPEN, {"unlock-pin": "0001"}, headers=JSON) for _ in range(5)]
    assert [answer.status_code for answer in said] == [422, 422, 422, 422, 401]
    assert said[4].json()["code"] == "session_over"
    assert client.post(OPEN, {"unlock-pin": PIN}).status_code == 303
    assert client.get("/desk/")["Location"].startswith("/desk/sign-in/")
    assert StaffSession.objects.count() == 0


def test_c29_a_right_pin_begins_the_count_anew(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        for _ in range(4):
            client.post(OPEN, {"unlock-pin": "0001"})
        assert client.post(OPEN, {"unlock-pin": PIN}).status_code == 303
        pass_(monkeypatch)


def test_c29_a_lock_keeps_no_session_past_twelve_hours(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_(monkeypatch, sign_in.LONGEST)
    assert client.get("/desk/").status_code == 303
    assert client.post(OPEN, {"unlock-pin": PIN})["Location"] == "/desk/sign-in/"


def test_c29_without_pin_and_passkey_the_whole_sign_in_is_asked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.update(pin="")
    assert client.get("/desk/sync/")["Location"] == "/desk/sign-in/?next=%2Fdesk%2Fsync%2F"
    assert StaffSession.objects.count() == 0


def test_c29_an_open_page_is_told_how_its_session_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    state = reverse("desk:lock")
    assert Client().get(state).json() == {"door": "closed"}
    client = signed_in(Role.REGISTRAR)
    unlock.set_pin(selectors.all_staff()[0].id, PIN)
    pass_(monkeypatch, timedelta(minutes=5))
    told = client.get(f"{state}?live=1").json()
    assert (told["door"], told["idle_in"], told["pin"], told["passkey"]) == ("open", 600, True, False)
    assert client.get(state).json()["idle_in"] == 900
    pass_(monkeypatch)
    assert client.get(state).json()["door"] == "locked"
    answer = client.post(OPEN, {"unlock-pin": PIN}, headers=JSON)
    assert (answer.json()["door"], answer.json()["idle_in"]) == ("open", 900)
    assert json.dumps(told).count("Тестова") == 0


def test_c29_unlocking_is_counted_as_being_there(client: Client) -> None:
    before = User.objects.get().last_login
    client.post(OPEN, {"unlock-pin": PIN})
    assert User.objects.get().last_login == before + sign_in.IDLE


@pytest.mark.django_db(transaction=True)
def test_c29_of_twenty_pins_at_once_five_are_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(Role.REGISTRAR)
    unlock.set_pin(selectors.all_staff()[0].id, PIN)
    pass_(monkeypatch)
    checked: list[str] = []
    real = unlock.check_password
    monkeypatch.setattr(unlock, "check_password", lambda *a: (checked.append("one"), real(*a))[1])

    def guess(_: int) -> int:
        try:
            thief = Client()
            thief.cookies["desk"] = client.cookies["desk"].value
            return thief.post(OPEN, {"unlock-pin": "0001"}, headers=JSON).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(20)))
    assert set(answers) <= {422, 401}
    assert len(checked) <= 5
    assert client.post(OPEN, {"unlock-pin": PIN}, headers=JSON).status_code == 401


def test_nothing_is_open_to_a_role_behind_the_lock_that_was_not_before_it(client: Client) -> None:
    client.post(OPEN, {"unlock-pin": PIN})
    for pattern, method in each_method():
        if method == "GET" and not permits(Role.REGISTRAR, pattern.callback.action):
            assert client.get(address(pattern)).status_code == 403
