"""A clinic without a MIS from nothing to a visit, in a real browser on the running product.

An editor makes the records, a registrar says the hours, a patient books on the site, the registrar books
another by phone; then hours change, and somebody has to be called. Every staff page on the way is looked at.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import CHROMIUM, Visitor, browser, visit
from support.product import BOOKING, Demo, folder

pytestmark = [pytest.mark.slow, pytest.mark.browser]

OWN = [{"id": "own", "kind": "own"}]
ANSWER_MS = 60_000
DAYS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
LOOKS = (
    ((320, 640), ".200.wide."),
    ((390, 844), ""),
    ((1280, 800), ""),
    ((390, 844), "dark..."),
    ((1280, 800), "contrast-dark.."),
)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The product with the own schedule and nothing else; its clinic is empty."""
    assert Path(CHROMIUM).exists(), f"no {CHROMIUM}; install it: apt-get install chromium"
    with folder() as place:
        demo = Demo(place / "home", FELDSHER_BOOKING=json.dumps(BOOKING), FELDSHER_MIS=json.dumps(OWN))
        try:
            demo.start()
            yield demo.site
        finally:
            demo.end()


@pytest.fixture
def chromium(site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def signed_in(chromium: Browser, site: str, login: str, **how: object) -> Visitor:
    visitor = visit(chromium, site, **how)  # type: ignore[arg-type]
    visitor.page.goto("/desk/sign-in/")
    visitor.page.get_by_label("Логин").fill(login)
    visitor.page.get_by_label("Пароль").fill("feldsher-demo")
    visitor.page.get_by_role("button", name="Войти").click()
    expect(visitor.page.get_by_role("button", name="Выйти")).to_be_visible()
    return visitor


def fill(page: Page, act: str, /, **fields: str) -> None:
    """Fill fields by their names, choose in selects, and send the form by its button."""
    for name, value in fields.items():
        place = page.locator(f"main [name={name}]")
        if place.evaluate("(each) => each.tagName") == "SELECT":
            place.select_option(label=value)
        else:
            place.fill(value)
    page.get_by_role("button", name=act, exact=True).click()


def make_clinic(page: Page) -> None:
    """Have the editor make a branch, a doctor who works there, a service and its price."""
    page.goto("/desk/directory/branches/")
    page.get_by_role("link", name="Добавить филиал").click()
    fill(page, "Добавить", name="Северный", zone="Москва, МСК", city="Москва", address="Лесная, 5")
    expect(page.get_by_role("heading", name="Северный")).to_be_visible()
    page.goto("/desk/directory/services/add/")
    fill(page, "Добавить", name="Приём офтальмолога", minutes="30")
    fill(page, "Назначить цену", amount="2500")
    expect(page.get_by_text("Все врачи, все филиалы: 2 500 ₽")).to_be_visible()
    page.goto("/desk/directory/doctors/add/")
    fill(page, "Добавить", family="Окулистова", given="Анна", middle="Тестовна")
    fill(page, "Добавить место работы", location="Северный", specialty="Офтальмология")
    fill(page, "Добавить услугу врача", service="Приём офтальмолога")
    expect(page.get_by_role("heading", name="Северный, офтальмология")).to_be_visible()


def say_hours(page: Page, hours: str) -> None:
    """Have the registrar say the same hours for every day of the week from today on."""
    page.goto("/desk/hours/")
    page.get_by_role("link", name="Окулистова Анна Тестовна").click()
    for day in DAYS:
        page.get_by_label(day).fill(hours)
    page.get_by_role("button", name="Сохранить неделю").click()
    expect(page.get_by_role("status")).to_contain_text("Сохранено")


def books(page: Page, day: date) -> str:
    """Have a patient book the first time of a day on the site; returns it."""
    page.goto("/doctors/")
    page.locator("main h3 a").first.click()
    page.locator(f".strip a.day[href*='{day}']").click()
    chip = page.locator("main button.chip").first
    time = chip.inner_text()
    chip.click()
    fill_patient(page, "Понарошкина", "8 921 000-00-01")
    page.get_by_role("button", name="Записаться").click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    return time


def fill_patient(page: Page, family: str, phone: str) -> None:
    for name, value in {"family": family, "given": "Вера", "phone": phone}.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main [name=consent]").check()


def test_a_clinic_without_a_mis_from_nothing_to_visits_and_back(chromium: Browser, site: str) -> None:
    editor = signed_in(chromium, site, "editor", size=(1280, 800))
    make_clinic(editor.page)
    registrar = signed_in(chromium, site, "registrar", size=(1280, 800))
    page = registrar.page
    say_hours(page, "9:00–13:00")
    day = date.today() + timedelta(days=2)  # noqa: DTZ011 - any day ahead will do
    patient = visit(chromium, site)
    patient.page.wait_for_timeout(2000)
    assert books(patient.page, day) == "09:00"

    page.goto(f"/desk/day/?date={day}")
    expect(page.get_by_text("Понарошкина Вера")).to_be_visible()
    page.get_by_role("link", name="Записать пациента").click()
    fill(page, "Показать время", practitioner="Окулистова Анна Тестовна")
    expect(page.get_by_role("button", name="09:00")).to_have_count(0)
    page.get_by_role("button", name="12:30").click()
    expect(page.get_by_text("Время держится до")).to_be_visible()
    fill_patient(page, "Звонилова", "8 921 000-00-02")
    page.get_by_role("button", name="Записать", exact=True).click()
    expect(page.get_by_text("Пациент записан.")).to_be_visible(timeout=ANSWER_MS)

    say_hours(page, "9:00–12:00")
    page.get_by_role("link", name="Кому позвонить").click()
    expect(page.get_by_text("Звонилова Вера, +7 921 000-00-02")).to_be_visible()
    expect(page.get_by_text("Понарошкина")).to_have_count(0)
    page.get_by_role("link", name="Отменить").click()
    page.get_by_label("Почему").select_option("patient_asked")
    page.get_by_role("button", name="Отменить запись").click()
    expect(page.get_by_role("heading", name="Записи на день")).to_be_visible()
    page.goto("/desk/hours/outside/")
    expect(page.get_by_text("Все предстоящие визиты")).to_be_visible()
    for visitor in (editor, registrar, patient):
        visitor.check()


@pytest.mark.parametrize(("size", "look"), LOOKS, ids=[f"{size[0]}{look}" for size, look in LOOKS])
def test_no_page_has_a_fault_and_nothing_sticks_out(
    chromium: Browser, site: str, size: tuple[int, int], look: str
) -> None:
    found: list[tuple[str, object]] = []

    def look_at(visitor: Visitor, name: str) -> None:
        here = visitor.page.url
        found.extend((here, fault) for fault in visitor.faults())
        if visitor.overflow():
            found.append((here, visitor.overflow()))
        if not look:
            visitor.shoot(f"own-{name}")

    editor = signed_in(chromium, site, "editor", size=size, look=look)
    page = editor.page
    for kind in ("branches", "services", "doctors"):
        page.goto(f"/desk/directory/{kind}/add/")
        look_at(editor, f"add-{kind}")
        page.goto(f"/desk/directory/{kind}/")
        look_at(editor, kind)
        page.locator("main td a").first.click()
        look_at(editor, f"record-{kind}")
    page.get_by_role("link", name="Закрыть запись").click()
    look_at(editor, "close")
    registrar = signed_in(chromium, site, "registrar", size=size, look=look)
    registrar.refusals |= {409, 422}
    page = registrar.page
    page.goto("/desk/hours/")
    fill(page, "Закрыть", first="2020-01-01")
    look_at(registrar, "hours-wrong")
    page.goto("/desk/hours/")
    look_at(registrar, "hours")
    page.locator("main .ruled a").first.click()
    fill(page, "Сохранить неделю", **{"day-2": "утром"})
    look_at(registrar, "week-wrong")
    page.goto("/desk/hours/outside/")
    look_at(registrar, "outside")
    page.goto("/desk/day/")
    page.get_by_role("link", name="Записать пациента").click()
    day = date.today() + timedelta(days=3)  # noqa: DTZ011 - as above
    fill(page, "Показать время", practitioner="Окулистова Анна Тестовна", day=str(day))
    look_at(registrar, "book")
    page.locator("main button.chip").first.click()
    fill(page, "Записать", phone="12")
    look_at(registrar, "book-for")
    page.get_by_role("button", name="Отпустить время").click()
    assert found == []
    for visitor in (editor, registrar):
        visitor.check()
