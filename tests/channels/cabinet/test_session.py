"""Signing in by phone and code through HTTP: what is said, what the browser holds, what is left after.

Controls C27, C28, C29. Names and phones are invented.
"""

import time
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from channels.cabinet.factory import CODE, ENTER, HOME, LEAVE, NOBODY, OTHER, PETER, bare, entered, text_of
from channels.desk.conftest import Busy
from feldsher.foundation.access.models import PhoneCode, PhoneSession
from support.sms import Phones

pytestmark = pytest.mark.django_db(transaction=True)
DEVICES = "/lk/devices/"
PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def said(phone: str, sms: Phones) -> list[tuple[int, str]]:
    """Return what each step answers to a phone, without what differs by itself."""
    browser = Client()
    answers = [browser.post(CODE, {"phone": phone}), browser.post(CODE, {"phone": phone})]
    code = sms.code()
    tries = (wrong(code), "12", "", code)
    answers += [browser.post(ENTER, {"phone": phone, "phone_proof": given}) for given in tries]
    return [
        (
            answer.status_code,
            bare(answer).replace(phone, "").replace(f"•••-••-{phone[-2:]}", ""),
        )
        for answer in answers
    ]


def test_c27_who_has_the_code_of_the_sms_sees_their_visits(visit: UUID, sms: Phones) -> None:
    page = text_of(entered(sms).get(HOME))
    assert "Пётр П." in page
    assert "Завтра, чт, 26 ноября" in page
    assert "12:00" in page
    assert f"/lk/visits/{visit}/cancel/" in page
    assert "Пробный" not in page
    assert "0001" not in page


def test_c28_every_answer_is_the_same_for_a_known_phone_and_an_unknown_one(visit: UUID, sms: Phones) -> None:
    known, unknown = said(PETER, sms), said(NOBODY, sms)
    assert [status for status, _ in known] == [200, 200, 403, 422, 422, 303]
    assert known == unknown


def test_c28_only_after_the_right_code_it_is_said_that_nobody_is_there(visit: UUID, sms: Phones) -> None:
    words = 'Записей с номером <span class="far">+7 900 •••-••-09</span> пока нет'
    browser = Client()
    asked = browser.post(CODE, {"phone": NOBODY})
    failed = browser.post(ENTER, {"phone": NOBODY, "phone_proof": wrong(sms.code())})
    assert [words in text_of(page) for page in (asked, failed, browser.get(HOME))] == [False] * 3
    browser.post(ENTER, {"phone": NOBODY, "phone_proof": sms.code()})
    assert words in text_of(browser.get(HOME))


@pytest.mark.slow
def test_c28_signing_in_takes_about_as_long_for_an_unknown_phone(visit: UUID, sms: Phones) -> None:
    """The quickest of fifteen, asked in turn, differ by less than a fifth or five milliseconds."""
    took: dict[str, list[float]] = {"9000000001": [], "9000000009": []}
    for _ in range(15):
        for phone, seconds in took.items():
            PhoneCode.objects.all().delete()
            browser, began = Client(), time.perf_counter()
            browser.post(CODE, {"phone": phone})
            asked = time.perf_counter() - began
            code, began = sms.code(), time.perf_counter()
            assert browser.post(ENTER, {"phone": phone, "phone_proof": code}).status_code == 303
            seconds.append(asked + time.perf_counter() - began)
    known, unknown = (min(seconds) for seconds in took.values())
    assert abs(known - unknown) < max(0.2 * known, 0.005)


def test_c28_a_stranger_s_browser_burns_no_try_of_the_owner(visit: UUID, sms: Phones) -> None:
    owner, stranger = Client(), Client()
    owner.post(CODE, {"phone": PETER})
    code = sms.code()
    stranger.post(CODE, {"phone": PETER})
    for _ in range(7):
        answer = stranger.post(ENTER, {"phone": PETER, "phone_proof": wrong(code)})
        assert answer.status_code == 403
    assert stranger.post(ENTER, {"phone": PETER, "phone_proof": code}).status_code == 403
    assert owner.post(ENTER, {"phone": PETER, "phone_proof": code}).status_code == 303


def test_c28_five_wrong_codes_end_the_code(visit: UUID, sms: Phones) -> None:
    browser = Client()
    browser.post(CODE, {"phone": PETER})
    code = sms.code()
    words = [text_of(browser.post(ENTER, {"phone": PETER, "phone_proof": wrong(code)})) for _ in range(5)]
    assert "Осталось 4 попытки" in words[0]
    assert "попытки закончились" in words[4]
    assert browser.post(ENTER, {"phone": PETER, "phone_proof": code}).status_code == 403
    assert PhoneSession.objects.count() == 0


def test_a_phone_that_is_none_is_said_beside_the_field_and_no_sms_leaves(busy: Busy, sms: Phones) -> None:
    answer = Client().post(CODE, {"phone": "8 900 000"})
    assert answer.status_code == 422
    assert "Не хватает четырёх цифр" in text_of(answer)
    assert 'value="8 900 000"' in text_of(answer)
    assert PhoneCode.objects.count() == 0


def test_a_cap_of_the_day_is_said_above_the_field(busy: Busy, sms: Phones) -> None:
    browser = Client()
    for _ in range(10):
        browser.post(CODE, {"phone": PETER})
        busy.world.forward(60)
    answer = browser.post(CODE, {"phone": PETER})
    assert answer.status_code == 429
    assert "Сегодня кодов больше не отправим. Позвоните в клинику" in text_of(answer)


def test_c29_the_cookie_over_https_is_of_this_host_alone(
    visit: UUID, sms: Phones, settings: Settings
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    browser = Client()
    browser.post(CODE, {"phone": PETER})
    answer = browser.post(ENTER, {"phone": PETER, "phone_proof": sms.code()})
    cookie = answer.cookies["__Host-lk"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", "")
    assert browser.get(DEVICES).status_code == 200
    assert browser.post(LEAVE).cookies["__Host-lk"]["secure"]


def test_c29_remembered_for_ninety_days_where_it_was_asked_for(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = Client()
    browser.post(CODE, {"phone": PETER})
    answer = browser.post(ENTER, {"phone": PETER, "phone_proof": sms.code(), "keep": "1"})
    assert answer.cookies["lk"]["max-age"] == 90 * 24 * 3600
    first = browser.cookies["lk"].value
    busy.world.forward(3600)
    answer = browser.get(DEVICES)
    assert answer.cookies["lk"].value != first
    assert answer.cookies["lk"]["max-age"] == 90 * 24 * 3600 - 3600
    busy.world.forward(89 * 24 * 3600)
    assert browser.get(DEVICES).status_code == 200
    busy.world.forward(24 * 3600)
    assert browser.get(DEVICES).status_code == 303


def test_c29_without_it_half_an_hour_of_silence_ends_the_session(
    visit: UUID, busy: Busy, sms: Phones
) -> None:
    browser = entered(sms)
    busy.world.forward(29 * 60)
    assert browser.get(DEVICES).status_code == 200
    busy.world.forward(30 * 60)
    answer = browser.get(DEVICES)
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert answer.cookies["lk"].value == ""
    assert "Получить код" in text_of(browser.get(HOME))


def test_c29_a_replay_after_signing_out_fails(visit: UUID, sms: Phones) -> None:
    browser = entered(sms, keep="1")
    stolen = Client()
    stolen.cookies["lk"] = browser.cookies["lk"].value
    assert stolen.get(DEVICES).status_code == 200
    answer = browser.post(LEAVE)
    assert (answer.status_code, answer["Clear-Site-Data"]) == (303, '"cache"')
    assert stolen.get(DEVICES).status_code == 303
    assert "Пётр" not in text_of(stolen.get(HOME))
    assert bytes(PhoneSession.objects.get().phone) == b""


def test_c29_signing_in_changes_the_token_and_the_csrf_secret(visit: UUID, busy: Busy, sms: Phones) -> None:
    browser = entered(sms)
    first, secret = browser.cookies["lk"].value, browser.cookies["csrftoken"].value
    busy.world.forward(60)
    entered(sms, client=browser)
    assert browser.cookies["lk"].value != first
    assert browser.cookies["csrftoken"].value != secret
    old = Client()
    old.cookies["lk"] = first
    assert old.get(DEVICES).status_code == 303


def test_c29_a_form_from_another_site_is_refused(visit: UUID, sms: Phones) -> None:
    browser = Client(enforce_csrf_checks=True)
    for address in (CODE, ENTER, LEAVE):
        assert browser.post(address, {"phone": PETER}).status_code == 403
    assert PhoneCode.objects.count() == 0


@pytest.mark.parametrize(
    ("origin", "site", "status"),
    [("null", "same-origin", 303), ("null", "cross-site", 403), ("http://evil.example", "same-origin", 403)],
)
def test_a_form_of_a_page_without_referrer_is_taken_from_this_site(
    visit: UUID, origin: str, site: str, status: int
) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(HOME).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    headers = {"Origin": origin, "Sec-Fetch-Site": site}
    assert browser.post(LEAVE, {"csrfmiddlewaretoken": token}, headers=headers).status_code == status


def test_c29_devices_are_listed_and_one_is_ended_from_another(visit: UUID, busy: Busy, sms: Phones) -> None:
    desktop = entered(sms, keep="1")
    busy.world.forward(60)
    phone = entered(sms, client=Client(headers={"User-Agent": PHONE_AGENT}), keep="1")
    page = text_of(desktop.get(DEVICES))
    assert page.count("это устройство") == 1
    assert "Chrome, Android" in page
    (lost,) = (row.id for row in PhoneSession.objects.filter(browser="Chrome, Android"))
    assert desktop.post(f"/lk/devices/{lost}/end/").status_code == 303
    assert phone.get(DEVICES).status_code == 303
    assert "Chrome, Android" not in text_of(desktop.get(DEVICES))


def test_c29_another_phone_s_session_is_not_found_and_lives_on(visit: UUID, sms: Phones) -> None:
    peter = entered(sms)
    session = PhoneSession.objects.get().id
    other = entered(sms, OTHER)
    answers = [other.post(f"/lk/devices/{each}/end/") for each in (session, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({bare(answer) for answer in answers}) == 1
    assert peter.get(DEVICES).status_code == 200


def test_one_s_own_session_ended_in_the_list_is_signing_out(visit: UUID, sms: Phones) -> None:
    browser = entered(sms)
    session = PhoneSession.objects.get().id
    answer = browser.post(f"/lk/devices/{session}/end/")
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert browser.get(DEVICES).status_code == 303


@pytest.mark.parametrize("path", [HOME, DEVICES, "/lk/opened/"])
def test_c30_nothing_of_it_is_kept_or_told(visit: UUID, sms: Phones, path: str) -> None:
    for browser in (entered(sms), Client()):
        answer = browser.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert "Cookie" in answer["Vary"]
