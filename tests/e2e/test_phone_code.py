"""A booking that asks everybody for a code, in a real browser: the SMS is read where the demo's are."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import CHROMIUM, browser, to_doctor, visit
from support.patients import Patient, Times
from support.product import Demo, running_product, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ANSWER_MS = 60_000
PERSON = {"family": "Понарошкина", "given": "Вера"}
SCREENS = [
    ("", (390, 844)),
    ("dark...", (1280, 800)),
    ("contrast-light...", (320, 640)),
    ("contrast-dark..", (390, 844)),
]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_product(phone_proof="always") as running:
        yield running


@pytest.fixture
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"no {CHROMIUM}")
        pytest.skip(f"no {CHROMIUM}")
    with browser() as started:
        yield started


def to_code(page: Page, phone: str) -> None:
    to_doctor(page).locator("main button.chip:visible").nth(1).click()
    for name, value in PERSON.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=phone]").fill(phone)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.get_by_role("heading", name="Код из SMS")).to_be_visible()


def enter(page: Page, code: str) -> None:
    page.locator("[name=phone_proof]").fill(code)
    page.keyboard.press("Enter")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize(("look", "size"), SCREENS)
def test_a_patient_finishes_with_a_code(
    demo: Demo, chromium: Browser, look: str, size: tuple[int, int]
) -> None:
    visitor = visit(chromium, demo.site, look=look, size=size)
    visitor.refusals.add(403)
    page = visitor.page
    phone = f"79210000{100 + SCREENS.index((look, size))}"
    to_code(page, f"+{phone}")
    assert page.title() == "Код из\u00a0SMS. Фельдшер Демо"
    expect(page.locator(".steps [aria-current=step]")).to_have_text("3 Код")
    expect(page.locator("[name=phone_proof]")).to_be_focused()
    found = visitor.faults()
    assert visitor.overflow() == 0
    visitor.shoot(f"code{look.strip('.')}")
    left = page.locator(".left-clock").inner_text()
    assert left >= "09:50"
    code = demo.code_sent_to(phone)
    enter(page, wrong(code))
    error = page.locator("#id_phone_proof-error")
    expect(error).to_have_text("Код не подошёл. Осталось 4 попытки.")
    expect(page.locator("[name=phone_proof]")).to_be_focused()
    found += visitor.faults()
    enter(page, f"{code[:3]} {code[3:]}")
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    assert found == []
    assert phone not in page.url
    visitor.check()


def messages(demo: Demo) -> list[dict[str, str]]:
    """Return the SMS with codes: those who have booked are told of it, too."""
    told = httpx.get(f"{demo.sms}/_bench/state", trust_env=False).json()["messages"]
    return [sms for sms in told if sms["text"].startswith("Код ")]


def test_it_works_without_scripts_and_says_when_it_is_too_soon(demo: Demo, chromium: Browser) -> None:
    visitor = visit(chromium, demo.site, has_scripts=False)
    page, phone = visitor.page, "79210000221"
    to_code(page, f"8{phone[1:]}")
    code = demo.code_sent_to(phone)
    before = len(messages(demo))
    page.get_by_role("button", name="Отправить ещё раз").click()
    expect(page.locator("#code-sent")).to_contain_text("Код отправлен на +7 921 •••-••-21")
    page.reload()
    assert len(messages(demo)) == before
    page.get_by_role("button", name="Изменить данные").click()
    expect(page.locator("[name=family]")).to_have_value("Понарошкина")
    expect(page.locator("[name=consent]")).not_to_be_checked()
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться", exact=True).click()
    enter(page, code)
    expect(page.locator("h1")).to_have_text("Вы записаны", timeout=ANSWER_MS)
    visitor.check()


def test_the_button_waits_for_its_minute(demo: Demo, chromium: Browser) -> None:
    visitor = visit(chromium, demo.site)
    to_code(visitor.page, "+79210000231")
    button = visitor.page.get_by_role("button", name="Отправить ещё раз через")
    expect(button).to_be_disabled()
    first = button.inner_text()
    wait_for(lambda: button.inner_text() != first, what="the seconds to go by")
    visitor.check()


def test_an_sms_says_nothing_of_a_visit(demo: Demo) -> None:
    told = messages(demo)
    assert told
    for sms in told:
        words = sms["text"].split()
        assert words[0] == "Код"
        assert " ".join(words[2:]) == "для записи. Никому его не сообщайте. 127.0.0.1"
    kept = demo.ask("SELECT count(*) FROM messaging_message WHERE state = 'sent' AND kind = 'phone_code'")
    assert kept == len(told)


def test_a_delivery_is_told_by_the_provider_and_kept(demo: Demo) -> None:
    [*_, sms] = messages(demo)
    for call, fields in (
        ("callback", {"url": f"{demo.site}/delivery/sms_ru/"}),
        ("status", {"id": sms["id"], "status": 110}),
    ):
        answer = httpx.post(f"{demo.sms}/_bench/{call}", json=fields, trust_env=False).raise_for_status()
    assert answer.json() == {"receipt": "100"}
    kept = "SELECT count(*) FROM messaging_attempt WHERE delivery = 'delivered' AND delivery_code = '110'"
    assert demo.ask(kept) == 1


def test_a_machine_books_with_a_code_and_hears_of_a_conflict_after_it(demo: Demo) -> None:
    times = Times(demo)
    one, other = two_at_the_same_time(times)
    patient, phone = Patient(demo.site), "79210000241"

    def ask(slot: dict[str, object], *, after: int) -> tuple[str, str]:
        held = patient.hold(slot)
        assert held.status == 201
        path = f"/holds/{held.body['id']}"
        body = {"patient": {**PERSON, "phone": f"+{phone}"}, "consents": ["booking"]}
        refused = patient.send("POST", f"{path}/confirmation", body)
        assert (refused.status, refused.code) == (403, "phone_proof_required")
        sent = patient.send("POST", f"{path}/phone-code", {"phone": f"+{phone}"})
        if after:
            assert (sent.status, sent.code) == (429, "phone_code_too_soon")
            demo_clock_passes(demo)
            sent = patient.send("POST", f"{path}/phone-code", {"phone": f"+{phone}"})
        assert sent.status == 202
        assert sent.body["sent_to"] == "+7\u00a0921\u00a0•••-••-41"
        assert sent.body["hold_expires_at"] >= sent.body["expires_at"]
        proved = {**body, "phone_proof": demo.code_sent_to(phone, after=after)}
        done = patient.send("POST", f"{path}/confirmation", proved)
        return str(done.status), done.code

    assert ask(one, after=0)[0] in {"201", "202"}
    assert ask(other, after=1) == ("409", "patient_conflict")


def demo_clock_passes(demo: Demo) -> None:
    """Let the minute between two codes go by: the database's rows grow older instead of the test."""

    with psycopg.connect(demo.database, autocommit=True) as connection:
        connection.execute("UPDATE access_phone_code SET created_at = created_at - interval '2 minutes'")


def two_at_the_same_time(times: Times) -> tuple[dict[str, object], dict[str, object]]:
    """Return free times of two doctors that overlap."""
    seen: list[dict[str, object]] = []
    for doctor in times.doctors():
        for slot in times.of(doctor["id"])[-8:]:
            for earlier in seen:
                if earlier["practitioner"] != slot["practitioner"] and earlier["start"] == slot["start"]:
                    return earlier, slot
            seen.append(slot)
    raise AssertionError("no two doctors are free at the same time")


def test_a_lost_answer_of_the_provider_sends_no_second_sms(demo: Demo) -> None:
    times = Times(demo)
    patient, phone = Patient(demo.site), "79210000251"
    under_way = (
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'messaging.send'"
        " AND status IN ('todo', 'doing') AND coalesce(scheduled_at, now()) <= now()"
    )
    wait_for(lambda: demo.ask(under_way) == 0, what="the messages about earlier visits to leave")
    fault = {"name": "accept_then_drop", "times": 1}
    httpx.post(f"{demo.sms}/_bench/faults", json=fault, trust_env=False).raise_for_status()
    held = patient.hold(times.next())
    sent = patient.send("POST", f"/holds/{held.body['id']}/phone-code", {"phone": f"+{phone}"})
    assert sent.status == 202
    code = demo.code_sent_to(phone)
    unknown = "SELECT count(*) FROM messaging_message WHERE state = 'unknown' AND kind = 'phone_code'"
    wait_for(lambda: demo.ask(unknown) == 1, what="the message to be unknown")
    assert len([sms for sms in messages(demo) if sms["to"] == phone]) == 1
    body = {
        "patient": {**PERSON, "phone": f"+{phone}"},
        "consents": ["booking"],
        "phone_proof": code,
    }
    done = patient.send("POST", f"/holds/{held.body['id']}/confirmation", body)
    assert done.status in {201, 202}
