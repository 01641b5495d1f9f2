"""Every page and state by axe in four schemes, the whole booking by keyboard alone, and at 200 %."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import AXE, Visitor, browser, new_phone, tab_to, to_doctor, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

ANSWER_MS = 60_000
PLAIN = (
    "/",
    "/doctors/",
    "/services/",
    "/search/",
    "/search/?q=терапефт",
    "/search/?q=ыыы",
    "/prices/",
    "/prices/?q=ыыы",
    "/corporate/",
    "/corporate/exams/",
    "/corporate/exams/?set=periodic%7C3.1.7,4.4;2,0,0,1%7C23;0,3,1,0",
    "/corporate/requests/",
    "/call/",
    "/look/",
    "/policy/",
    "/consent/",
    "/no/such/page",
    "/components/",
)
LOOKS = ["", "dark...", "contrast-light...", "contrast-dark.."]
PERSON = {"family": "Понарошкина", "given": "Вера"}


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    assert AXE.is_file(), "install what looks at the pages: npm ci --prefix frontend/checks"
    with browser() as started:
        yield started


def _to_form(page: Page, number: int) -> None:
    to_doctor(page).locator("main button.chip").nth(number).click()
    expect(page.locator(".left-clock")).to_be_visible()


def places_and_services(page: Page) -> list[str]:
    """Return the addresses of the list of branches, of a branch, and of a service there and everywhere."""
    page.goto("/branches/")
    branch = page.locator("main h3 a").first.get_attribute("href") or ""
    page.goto(branch)
    service = page.locator('main a[href^="/services/"]').first.get_attribute("href") or ""
    return ["/branches/", branch, service, service.partition("branch/")[0]]


@pytest.mark.parametrize("size", [(320, 640), (1280, 800)], ids=["320", "1280"])
@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_fault(chromium: Browser, live_site: str, look: str, size: tuple[int, int]) -> None:
    visitor = visit(chromium, live_site, look=look, size=size)
    visitor.refusals.add(404)
    found = []
    for address in (*PLAIN, *places_and_services(visitor.page)):
        visitor.page.goto(address)
        found += [(address, fault) for fault in visitor.faults()]
    assert found == []
    visitor.check()


@pytest.mark.parametrize("look", ["", "contrast-light..."])
def test_no_state_of_a_booking_has_a_fault(chromium: Browser, live_site: str, look: str) -> None:
    visitor = visit(chromium, live_site, look=look)
    visitor.refusals.add(422)
    page = visitor.page
    found: list[str] = []
    _to_form(page, 5)
    found += visitor.faults()
    for who in ("Ребёнок", "Другой", "Я"):
        page.get_by_role("radio", name=who).click()
        found += visitor.faults()
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".error")).to_have_count(4)
    found += visitor.faults()
    _fill(page)
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    found += visitor.faults()
    page.get_by_role("button", name="Запомнить").click()
    expect(page.get_by_role("heading", name="Запомнили на этом устройстве")).to_be_visible()
    found += visitor.faults()
    visited = page.url
    _to_form(page, 5)
    expect(page.locator(".person")).to_be_visible()
    found += visitor.faults()
    page.get_by_role("button", name="Отпустить это время").click()
    page.goto(visited)
    page.get_by_role("link", name="Отменить запись").click()
    expect(page.get_by_role("heading", name="Отменить эту запись?")).to_be_visible()
    found += visitor.faults()
    page.get_by_role("button", name="Отменить запись").click()
    expect(page.locator("h1")).to_have_text("Запись отменена", timeout=ANSWER_MS)
    found += visitor.faults()
    assert found == []
    visitor.check()


def _fill(page: Page) -> None:
    for name, value in PERSON.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=phone]").fill(new_phone())
    page.locator("[name=consent]").check()


def test_a_visit_is_booked_by_keyboard_alone(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    page = visitor.page
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="К содержанию")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "main .list-link")
    page.keyboard.press("Enter")
    expect(page.locator(".row-list")).to_be_visible()
    tab_to(page, ".row-list h3 a")
    page.keyboard.press("Enter")
    expect(page.locator(".strip")).to_be_visible()
    tab_to(page, "main button.chip")
    page.keyboard.press("Enter")
    expect(page.locator(".left-clock")).to_be_visible()
    tab_to(page, "[name=who]")
    expect(page.get_by_role("radio", name="Я")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name=child_birth_date]")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[name=child_birth_date]")).to_be_hidden()
    tab_to(page, "[name=phone]")
    phone = new_phone()
    page.keyboard.type("".join(filter(str.isdigit, phone)))
    for name, value in PERSON.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(value)
    expect(page.locator("[name=phone]")).to_have_value(phone.replace("8", "+7", 1))
    tab_to(page, "[name=consent]")
    page.keyboard.press("Space")
    tab_to(page, "form[data-typed] .button-main")
    page.keyboard.press("Enter")
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    visitor.check()


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((640, 400), ""),
        ((640, 800), ".200.."),
        ((390, 844), ".200.wide."),
        ((320, 640), ".150.."),
        ((320, 640), ".200.wide."),
    ],
    ids=["zoom of 200 %", "letters of 200 %", "letters and spaces on a phone", "150 % at 320", "all at 320"],
)
def test_enlarged_nothing_sticks_out_and_a_time_can_be_taken(
    chromium: Browser, live_site: str, size: tuple[int, int], look: str
) -> None:
    """A browser's zoom of 200 % leaves half of the CSS pixels of 1280; our own size enlarges the letters."""
    visitor = visit(chromium, live_site, size=size, look=look)
    visitor.refusals.add(404)
    stuck = {}
    for address in (*PLAIN[:-1], *places_and_services(visitor.page)):
        visitor.page.goto(address)
        stuck[address] = visitor.overflow()
    _to_form(visitor.page, 7)
    stuck["form"] = visitor.overflow()
    assert stuck == dict.fromkeys(stuck, 0)
    visitor.page.get_by_role("button", name="Отпустить это время").click()
    expect(visitor.page.locator(".strip")).to_be_visible()
    visitor.check()


def test_a_wrong_phone_is_told_after_leaving_the_field(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    visitor.page.goto("/call/")
    phone = visitor.page.locator("[name=phone]")
    phone.fill("+7 921 000-0")
    phone.blur()
    expect(visitor.page.locator("#id_phone-error")).to_have_text("Не хватает трёх цифр")
    expect(phone).to_have_attribute("aria-describedby", "id_phone-error")
    assert visitor.faults() == []
    phone.fill("8 921 000-00-00")
    phone.blur()
    expect(phone).to_have_value("+7 921 000-00-00")
    expect(visitor.page.locator("#id_phone-error")).to_have_count(0)
    visitor.check()


def test_the_hold_stays_in_sight_once_its_ticket_is_scrolled_away(chromium: Browser, live_site: str) -> None:
    visitor: Visitor = visit(chromium, live_site, size=(390, 500))
    _to_form(visitor.page, 9)
    strip = visitor.page.locator(".left-strip")
    expect(strip).to_be_hidden()
    visitor.page.get_by_role("button", name="Отпустить это время").scroll_into_view_if_needed()
    expect(strip).to_be_visible()
    expect(strip).to_contain_text("осталось 09:5")
    visitor.page.get_by_role("button", name="Отпустить это время").click()
    expect(visitor.page.locator(".strip")).to_be_visible()
    visitor.check()
