"""The cabinet in a real browser on the running product: the code of a real SMS, with and without scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import AXE, Visitor, browser, tab_to, visit
from support.patients import Patient, Times
from support.product import Demo, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

LINKS = (
    "Результаты и документы",
    "Кто открывал мои данные",
    "Сообщения",
    "Согласия",
    "Доступ для близкого",
    "Мои устройства",
)


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    assert AXE.is_file(), "install what looks at the pages: npm ci --prefix frontend/checks"
    with browser() as started:
        yield started


@pytest.fixture
def patient(product: Demo, times: Times) -> Patient:
    """Somebody with a visit that the clinic has accepted."""
    booked = Patient(product.site).take(times.next())
    booked.wait_until("booked")
    return booked.patient


def digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def sign_in(page: Page, phone: str, product: Demo, *, is_kept: bool = False) -> None:
    page.goto("/")
    page.locator(".foot").get_by_role("link", name="Мои записи").click()
    page.get_by_label("Телефон").fill(phone)
    page.get_by_role("button", name="Получить код").click()
    page.get_by_role("textbox", name="Код").fill(product.code_sent_to(digits(phone)))
    if is_kept:
        page.get_by_label("Запомнить меня").check()
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("button", name="Выйти")).to_be_visible()


def look_at(visitor: Visitor) -> list[tuple[str, object]]:
    """Return the faults and the overflow of the page as it is now."""
    here = visitor.page.url
    found: list[tuple[str, object]] = [(here, fault) for fault in visitor.faults()]
    return found + ([(here, visitor.overflow())] if visitor.overflow() else [])


def is_cancelled(page: Page) -> bool:
    """Tell whether the list, loaded anew, says so."""
    page.reload()
    return page.locator(".own-past").get_by_text("Отменена").count() == 1


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_patient_signs_in_cancels_and_leaves(
    chromium: Browser, live_site: str, product: Demo, patient: Patient, *, has_scripts: bool
) -> None:
    visitor = visit(chromium, live_site, has_scripts=has_scripts)
    page = visitor.page
    sign_in(page, patient.phone, product)
    expect(page.get_by_role("heading", name="Вера П.")).to_be_visible()
    page.get_by_role("link", name="Отменить").click()
    expect(page.get_by_role("heading", name="Отменить эту запись?")).to_be_visible()
    page.get_by_role("button", name="Отменить запись").click()
    page.wait_for_url("**/lk/")  # before it is loaded anew: Chromium reloads no page that is being left
    wait_for(lambda: is_cancelled(page), what="a visit cancelled in the MIS")
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_role("button", name="Получить код")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Вера П.")).to_have_count(0)
    visitor.check()


def can_be_cancelled(page: Page) -> bool:
    """Tell whether the list, loaded anew, has a next visit that the clinic has accepted."""
    page.reload()
    return page.locator(".own-next a[href$='/cancel/']").count() == 1


def test_a_patient_signs_in_moves_cancels_and_leaves_by_the_keyboard_alone(
    chromium: Browser, live_site: str, product: Demo, patient: Patient
) -> None:
    visitor = visit(chromium, live_site)
    page = visitor.page
    keys = page.keyboard
    page.goto("/lk/")
    tab_to(page, "[name=phone]")
    keys.type(patient.phone)
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="Код")).to_be_focused()
    keys.type(product.code_sent_to(digits(patient.phone)))
    keys.press("Enter")
    old = page.locator(".own-next .talon-time")
    expect(old).to_be_visible()
    time = old.inner_text()
    tab_to(page, ".own-next a[href$='/move/']")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Перенести запись")).to_be_visible()
    tab_to(page, "main button.chip")
    keys.press("Enter")
    page.wait_for_url("**/lk/")
    wait_for(lambda: can_be_cancelled(page), what="a visit that the MIS has moved")
    assert page.locator(".own-next .talon-time").inner_text() != time
    expect(page.locator(".own-past").get_by_text("Перенесена")).to_have_count(1)
    tab_to(page, ".own-next a[href$='/cancel/']")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Отменить эту запись?")).to_be_visible()
    tab_to(page, "main button.button-danger")
    keys.press("Enter")
    page.wait_for_url("**/lk/")
    wait_for(lambda: is_cancelled(page), what="a visit cancelled in the MIS")
    tab_to(page, ".top form button")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Получить код")).to_be_visible()
    visitor.check()


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((320, 640), ".200.wide."),
        ((390, 844), ""),
        ((390, 844), "dark..."),
        ((1280, 800), "contrast-light..."),
    ],
    ids=["all at 320", "390", "390 dark", "1280"],
)
def test_no_page_of_the_cabinet_has_a_fault(
    chromium: Browser, live_site: str, product: Demo, patient: Patient, size: tuple[int, int], look: str
) -> None:
    visitor = visit(chromium, live_site, size=size, look=look)
    visitor.refusals |= {403, 404, 422}
    page, found = visitor.page, []
    page.goto("/lk/")
    found += look_at(visitor)
    page.get_by_role("button", name="Получить код").click()
    expect(page.locator("#id_phone-error")).to_be_visible()
    found += look_at(visitor)
    page.get_by_label("Телефон").fill(patient.phone)
    page.get_by_role("button", name="Получить код").click()
    found += look_at(visitor)
    page.get_by_role("textbox", name="Код").fill("000000")
    page.get_by_role("button", name="Войти").click()
    expect(page.locator("#id_phone_proof-error")).to_be_visible()
    found += look_at(visitor)
    page.get_by_role("textbox", name="Код").fill(product.code_sent_to(digits(patient.phone)))
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", name="Вера П.")).to_be_visible()
    found += look_at(visitor)
    for name in LINKS:
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        found += look_at(visitor)
        page.locator("main").get_by_role("link", name="Мои записи").click()
    page.get_by_role("link", name="Отменить").click()
    found += look_at(visitor)
    page.goto("/lk/visits/00000000-0000-4000-8000-000000000001/cancel/")
    found += look_at(visitor)
    assert found == []
    visitor.check()


def test_the_service_worker_keeps_nothing_of_the_cabinet(
    chromium: Browser, live_site: str, product: Demo, patient: Patient
) -> None:
    visitor = visit(chromium, live_site)
    page = visitor.page
    sign_in(page, patient.phone, product, is_kept=True)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for path in ("/lk/", "/lk/opened/", "/lk/devices/"):
        page.goto(path)
    assert page.evaluate("!!navigator.serviceWorker.controller")
    kept = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
        ".then((cache) => cache.keys())))).then((all) => all.flat().map(({url}) => new URL(url).pathname))"
    )
    assert len(kept) > 3
    assert [path for path in kept if path.startswith("/lk")] == []
    (cookie,) = (each for each in page.context.cookies() if each["name"] == "lk")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert page.evaluate("document.cookie").count("lk") == 0
    visitor.check()
