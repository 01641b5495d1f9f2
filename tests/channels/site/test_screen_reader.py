"""What a screen reader is told: names and headings by Chromium's own tree; what is said aloud and when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.site.browser import Visitor, browser, new_phone, to_doctor, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("product")]

ANSWER_MS = 60_000
PERSON = {"family": "Понарошкина", "given": "Вера"}
ALOUD = "(node) => node.closest('[aria-live], [role=status], [role=timer], [role=alert]')"
CHIP = re.compile(
    r"\d\d:\d\d, (понедельник|вторник|среда|четверг|пятница|суббота|воскресенье) \d{1,2} [а-я]+"
    r"(, по времени [А-Я][а-я]+)?(, \d+ рубл(ь|я|ей))?"
)
DAY = re.compile(r"(пн|вт|ср|чт|пт|сб|вс) \d{1,2} [а-я]+")
EMPTY_DAY = re.compile(r"[а-я]+ \d{1,2} [а-я]+, свободного времени нет")
LANDMARKS = {"banner", "main", "contentinfo", "navigation", "region", "search", "complementary"}
RECORD = """(selector) => {
    window.told = [];
    const box = document.querySelector(selector);
    new MutationObserver(() => box.textContent && window.told.push(box.textContent.trim())).observe(
        box, {childList: true, characterData: true, subtree: true});
}"""


@dataclass(frozen=True, slots=True)
class Node:
    """One element as assistive technology sees it."""

    role: str
    name: str
    description: str
    is_invalid: bool
    is_focused: bool


@pytest.fixture
def chromium(live_site: str) -> Iterator[Browser]:
    with browser() as started:
        yield started


def _tree(page: Page) -> list[Node]:
    """Return what Chromium tells a screen reader of the page, without what it hides."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = []
    for node in nodes:
        if node.get("ignored"):
            continue
        values = {item["name"]: item["value"].get("value") for item in node.get("properties", ())}
        found.append(
            Node(
                role=node["role"]["value"],
                name=_plain(node.get("name", {}).get("value", "")),
                description=_plain(node.get("description", {}).get("value", "")),
                is_invalid=values.get("invalid") == "true",
                is_focused=bool(values.get("focused")),
            )
        )
    return found


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def _check(page: Page) -> None:
    """Assert what holds of each page: landmarks, headings, names of times and of everything that acts."""
    tree = _tree(page)
    marks = [(node.role, node.name) for node in tree if node.role in LANDMARKS]
    assert len(set(marks)) == len(marks), marks
    assert sum(role == "main" for role, _ in marks) == 1
    assert all(name for role, name in marks if role in {"navigation", "region"}), marks
    levels = [int(head.evaluate("(head) => head.tagName[1]")) for head in page.get_by_role("heading").all()]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    nameless = [
        node for node in tree if node.role in {"link", "button", "textbox", "checkbox"} and not node.name
    ]
    assert nameless == []
    chips = [node.name for node in tree if node.role == "button" and re.match(r"\d\d:\d\d", node.name)]
    assert [name for name in chips if not CHIP.fullmatch(name)] == []
    assert len(chips) == page.locator("button.chip:visible").count()


def _to_form(visitor: Visitor, number: int) -> Page:
    page = to_doctor(visitor.page)
    page.locator("main button.chip").nth(number).click()
    expect(page.locator(".left-clock")).to_be_visible()
    return page


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)], ids=["390", "1280"])
def test_names_headings_and_landmarks_of_the_whole_way(
    chromium: Browser, live_site: str, size: tuple[int, int]
) -> None:
    visitor = visit(chromium, live_site, size=size)
    page = visitor.page
    for address in ("/", "/doctors/", "/doctors/?sort=distance", "/call/", "/search/?q=при"):
        page.goto(address)
        _check(page)
    _to_form(visitor, 1)
    _check(page)
    for name, value in {**PERSON, "phone": new_phone()}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".badge-ok")).to_have_text("Подтверждена", timeout=ANSWER_MS)
    _check(page)
    visitor.check()


def test_days_are_named_with_their_month_and_the_chosen_one_is_marked(
    chromium: Browser, live_site: str
) -> None:
    visitor = visit(chromium, live_site)
    page = to_doctor(visitor.page)
    _check(page)
    tree = _tree(page)
    days = [node.name for node in tree if node.role == "link" and DAY.fullmatch(node.name)]
    empty = [node.name for node in tree if EMPTY_DAY.fullmatch(node.name) and node.role == "StaticText"]
    assert len(days) == page.locator("a.day").count()
    assert len(days) + len(empty) == 7
    chosen = page.locator(".strip [aria-current=date]")
    expect(chosen).to_have_count(1)
    visitor.check()


def test_the_countdown_speaks_three_times_and_not_each_second(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    visitor.page.clock.install()
    page = _to_form(visitor, 2)
    page.evaluate(RECORD, "[data-left-status]")
    page.clock.run_for(601_000)
    assert page.evaluate("window.told") == ["Осталось пять минут", "Осталась одна минута", "Время вышло"]
    clock = page.locator(".left-clock")
    expect(clock).to_have_text("00:00")
    assert clock.evaluate(ALOUD) is None
    visitor.check()


def test_a_time_that_was_taken_and_came_back_is_said_once_each(chromium: Browser, live_site: str) -> None:
    watcher, other = visit(chromium, live_site), visit(chromium, live_site)
    watcher.page.clock.install()
    page = to_doctor(watcher.page)
    page.evaluate(RECORD, "[data-live-status]")
    assert page.locator("[data-live-status]").get_attribute("role") == "status"
    to_doctor(other.page)
    chip = other.page.locator("main button.chip").nth(3)
    time = chip.inner_text()
    chip.click()
    expect(other.page.locator(".left-clock")).to_be_visible()
    for status in (200, 304):
        with page.expect_response("**/times/**") as answered:
            page.clock.fast_forward(15_000)
        assert answered.value.status == status
    expect(page.locator("s.chip-taken")).to_have_text(time)
    assert page.evaluate("window.told") == [f"Заняли: {time}."]
    other.page.get_by_role("button", name="Отпустить это время").click()
    expect(other.page.locator(".strip")).to_be_visible()
    with page.expect_response("**/times/**"):
        page.clock.fast_forward(15_000)
    expect(page.locator("s.chip-taken")).to_have_count(0)
    assert page.evaluate("window.told") == [f"Заняли: {time}.", f"Освободилось: {time}."]
    watcher.check()
    other.check()


def test_faults_of_the_form_are_tied_to_their_fields_and_the_first_has_the_focus(
    chromium: Browser, live_site: str
) -> None:
    visitor = visit(chromium, live_site)
    visitor.refusals.add(422)
    page = _to_form(visitor, 4)
    asked = [node for node in _tree(page) if node.role in {"textbox", "checkbox"}]
    assert [node.name for node in asked if node.is_invalid] == []
    page.get_by_role("button", name="Записаться", exact=True).click()
    expect(page.locator(".error")).to_have_count(4)
    faults = [node for node in _tree(page) if node.is_invalid]
    assert [(node.name, node.description) for node in faults if node.role == "textbox"] == [
        ("Телефон", "Напишите телефон"),
        ("Фамилия", "Напишите фамилию"),
        ("Имя", "Напишите имя"),
    ]
    (consent,) = (node for node in faults if node.role == "checkbox")
    assert consent.description.startswith("Без согласия записать нельзя")
    (focused,) = (node for node in faults if node.is_focused)
    assert focused.name == "Телефон"
    page.locator("[name=phone]").fill("8 921 000")
    page.locator("[name=family]").focus()
    told = page.locator("#id_phone-error")
    expect(told).to_have_text("Не хватает четырёх цифр")
    assert [node.description for node in _tree(page) if node.name == "Телефон" and node.is_invalid] == [
        "Не хватает четырёх цифр"
    ]
    visitor.check()


def test_a_fault_found_while_typing_is_said_aloud(chromium: Browser, live_site: str) -> None:
    visitor = visit(chromium, live_site)
    visitor.page.goto("/call/")
    phone = visitor.page.locator("[name=phone]")
    phone.fill("8 921 000")
    phone.blur()
    expect(visitor.page.get_by_role("alert")).to_have_text("Не хватает четырёх цифр")
    visitor.check()


def test_a_refusal_is_the_heading_of_its_page(chromium: Browser, live_site: str) -> None:
    first, second = visit(chromium, live_site), visit(chromium, live_site)
    second.refusals.add(409)
    page = to_doctor(second.page)
    chip = page.locator("main button.chip").nth(5)
    key = chip.get_attribute("data-key")
    to_doctor(first.page)
    first.page.locator(f'[data-key="{key}"]').click()
    expect(first.page.locator(".left-clock")).to_be_visible()
    chip.click()
    expect(page.locator("h1")).to_contain_text("заняли")
    _check(page)
    assert page.title().startswith("Не\u00a0получилось")
    assert second.faults() == []
    first.page.get_by_role("button", name="Отпустить это время").click()
    second.check()
