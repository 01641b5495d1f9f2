"""Menus that editors arrange: what leads nowhere is not shown, from the same commit on."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from domain.editorial.factory import draft, publish, published, staff
from feldsher.conf.kinds import CARD, KINDS
from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import gateways, selectors, services
from feldsher.domain.editorial.errors import MenuChangedError
from feldsher.domain.editorial.models import Menu, menus
from feldsher.domain.editorial.selectors import menus as menu_selectors
from feldsher.domain.editorial.services.menus import VERSIONS
from feldsher.domain.editorial.types import (
    HEADER_LETTERS,
    MENU_LINES,
    MENU_TITLE,
    MenuLine,
    MenuPlace,
    PageKind,
    TargetKind,
)
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
_LOCK = str(menus._LOCK)
HEADER, FOOTER = MenuPlace.HEADER, MenuPlace.FOOTER
PRICES = MenuLine("Сколько стоит", TargetKind.SECTION, "prices")
NEWS = MenuLine("Новости", TargetKind.SECTION, "news")


@pytest.fixture
def editor() -> Staff:
    return staff("editor", Role.EDITOR)


def arrange(*lines: MenuLine, staff: Staff, place: MenuPlace = HEADER) -> None:
    services.save_menu(place, lines, seen=selectors.menu(place, staff=staff).number, staff=staff)


def links(part: str = "header", at: str = "/branches/") -> list[tuple[str, str]]:
    """Return what a page shows in the row of its header, or of its footer."""
    body = Client().get(at).content.decode()
    mark = '<nav class="nav"' if part == "header" else '<p class="foot-links">'
    end = "</nav>" if part == "header" else "</p>"
    return re.findall(r'<a[^>]*href="([^"]*)"[^>]*>([^<]*)</a>', body.partition(mark)[2].partition(end)[0])


def to_page(row: object, title: str = "О нас") -> MenuLine:
    return MenuLine(title, TargetKind.PAGE, str(row.pk))


def test_a_site_whose_editors_arranged_nothing_has_the_usual_menus(editor: Staff) -> None:
    assert [title for _, title in links()] == [
        *("Врачи", "Услуги", "Цены", "Филиалы", "Заказать звонок", "Мои записи"),
    ]
    assert links("footer")[0] == ("/lk/", "Мои записи")
    assert selectors.menu(HEADER, staff=editor).number == 0


def test_lines_stand_on_each_page_in_their_order_and_cost_no_question(editor: Staff) -> None:
    with CaptureQueriesContext(connection) as before:
        links()
    row = published(PageKind.LANDING)
    arrange(to_page(row), PRICES, staff=editor)
    with CaptureQueriesContext(connection) as after:
        assert links() == [("/pages/proba/", "О нас"), ("/prices/", "Сколько стоит")]
    assert len(after) == len(before)
    arrange(PRICES, to_page(row), staff=editor)
    assert links(at="/prices/") == [("/prices/", "Сколько стоит"), ("/pages/proba/", "О нас")]


def test_what_the_law_wants_stays_whatever_an_editor_leaves(editor: Staff) -> None:
    legal = links("footer")[2:]
    arrange(staff=editor, place=FOOTER)
    arrange(staff=editor)
    assert (links(), links("footer")) == ([], legal)
    assert [url.partition("?")[0] for url, _ in legal] == [
        *("/about/legal/", "/policy/", "/consent/", "/cookies/"),
    ]


def test_a_page_is_followed_to_its_new_address_hidden_while_it_is_down_and_gone_with_it(
    editor: Staff,
) -> None:
    row = published(PageKind.LANDING)
    arrange(PRICES, to_page(row), staff=editor)
    row.slug = "o-nas"
    publish(row)
    assert links()[1] == ("/pages/o-nas/", "О нас")
    row.unpublish()
    assert [title for _, title in links()] == ["Сколько стоит"]
    assert [each.is_shown for each in selectors.menu(HEADER, staff=editor).lines] == [True, False]
    publish(row)
    assert links()[1] == ("/pages/o-nas/", "О нас")
    row.delete()
    assert [title for _, title in links()] == ["Сколько стоит"]


def test_a_list_without_a_page_is_not_in_the_menu_and_comes_with_its_first_one(editor: Staff) -> None:
    draft(slug="chernovik")
    arrange(NEWS, staff=editor)
    assert links() == []
    row = published()
    assert links() == [("/news/", "Новости")]
    row.delete()
    assert links() == []


def test_a_typed_address_of_a_page_is_kept_by_the_page_and_one_of_a_list_by_the_list(editor: Staff) -> None:
    row = published()
    arrange(
        MenuLine("Новость", TargetKind.PATH, f"{settings.SITE_URL}/news/proba/"),
        MenuLine("Все", TargetKind.PATH, "/news/"),
        MenuLine("Свои", TargetKind.PATH, f"{settings.SITE_URL}/lk/"),
        MenuLine("Кто", TargetKind.PATH, "/doctors/"),
        MenuLine("Кто", TargetKind.PATH, "/doctors/?page=2"),
        MenuLine("Поиск", TargetKind.PATH, "/search/?q=%D0%B3%D0%BB%D0%B0%D0%B7"),
        staff=editor,
    )
    kept = [each.line for each in selectors.menu(HEADER, staff=editor).lines]
    assert [(line.kind.value, line.value) for line in kept] == [
        ("page", str(row.pk)),
        ("section", "news"),
        ("section", "cabinet"),
        ("section", "doctors"),
        ("path", "/doctors/?page=2"),
        ("path", "/search/?q=%D0%B3%D0%BB%D0%B0%D0%B7"),
    ]


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        (MenuLine(" ", TargetKind.SECTION, "prices"), "title-1", "Напишите название"),
        (MenuLine("д" * (MENU_TITLE + 1), TargetKind.SECTION, "prices"), "title-1", str(MENU_TITLE)),
        (MenuLine("А", TargetKind.SECTION, "desk"), "target-1", "больше нет"),
        (MenuLine("А", TargetKind.PAGE, "999999"), "target-1", "больше нет"),
        (MenuLine("А", TargetKind.PAGE, "x"), "target-1", "больше нет"),
        (MenuLine("А", TargetKind.PATH, "/nothing/"), "target-1", "на\u00a0сайте нет"),
        (MenuLine("А", TargetKind.PATH, "/desk/"), "target-1", "на\u00a0сайте нет"),
        (MenuLine("А", TargetKind.PATH, "/lk/family/"), "target-1", "на\u00a0сайте нет"),
        (MenuLine("А", TargetKind.PATH, "/doctors/"), "lines", "одну страницу"),
        (MenuLine("А", TargetKind.PATH, "https://other.example/"), "target-1", "other.example"),
        (MenuLine("А", TargetKind.PATH, "javascript:alert(1)"), "target-1", "не\u00a0адрес"),
        (MenuLine("Врачи", TargetKind.SECTION, "doctors"), "lines", "одну страницу"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_saved(
    editor: Staff, line: MenuLine, field: str, said: str
) -> None:
    with pytest.raises(InvalidInputError) as found:
        arrange(MenuLine("Врачи", TargetKind.SECTION, "doctors"), line, staff=editor)
    assert said in found.value.fields[field]
    assert Menu.objects.count() == 0


def test_a_draft_is_no_target_and_a_menu_has_an_end(editor: Staff) -> None:
    with pytest.raises(InvalidInputError):
        arrange(to_page(draft(slug="chernovik")), staff=editor)
    rows = [published(slug=f"n{number}") for number in range(MENU_LINES[HEADER] + 1)]
    lines = [to_page(row) for row in rows]
    with pytest.raises(InvalidInputError) as found:
        arrange(*lines, staff=editor)
    assert list(found.value.fields) == ["lines"]
    arrange(*lines[:-1], staff=editor)
    assert len(links()) == MENU_LINES[HEADER]
    long = [to_page(row, "д" * MENU_TITLE) for row in rows[:3]]
    arrange(*long, staff=editor)
    with pytest.raises(InvalidInputError) as found:
        arrange(*long, PRICES, staff=editor)
    assert str(HEADER_LETTERS) in found.value.fields["lines"]


def test_a_line_that_was_there_may_stay_though_its_page_is_down(editor: Staff) -> None:
    row = published()
    arrange(to_page(row), staff=editor)
    row.unpublish()
    arrange(to_page(row, "Иначе"), PRICES, staff=editor)
    assert [title for _, title in links()] == ["Сколько стоит"]
    publish(row)
    assert [title for _, title in links()] == ["Иначе", "Сколько стоит"]


def test_of_two_editors_the_second_is_told_and_each_version_says_who(editor: Staff) -> None:
    arrange(PRICES, staff=editor)
    other = staff("other", Role.EDITOR)
    services.save_menu(HEADER, [], seen=1, staff=other)
    with pytest.raises(MenuChangedError):
        services.save_menu(HEADER, [PRICES, NEWS], seen=1, staff=editor)
    assert list(Menu.objects.order_by("number").values_list("number", "author")) == [
        (1, "editor"),
        (2, "other"),
    ]
    assert links() == []


def test_only_the_last_versions_are_kept(editor: Staff) -> None:
    arrange(PRICES, staff=editor)
    Menu.objects.update(number=VERSIONS)
    arrange(staff=editor)
    assert list(Menu.objects.order_by("number").values_list("number", flat=True)) == [100, 101]
    Menu.objects.filter(number=101).update(number=VERSIONS * 2)
    arrange(PRICES, staff=editor)
    assert list(Menu.objects.order_by("number").values_list("number", flat=True)) == [200, 201]


def test_an_address_where_nothing_stands_is_hidden_by_the_clock_and_comes_back(
    editor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = MenuLine("Поиск", TargetKind.PATH, "/search/?q=a")
    policy = MenuLine("П", TargetKind.PATH, "/policy/")
    arrange(search, policy, PRICES, staff=editor)
    answers = {"/search/": 404, "/policy/": 200}

    class Site:
        def status(self, path: str) -> int:
            return answers[path]

    with monkeypatch.context() as patched:
        patched.setattr(gateways, "_addresses", [Site()])
        assert services.check_menus() == 1
        assert [title for _, title in links()] == ["П", "Сколько стоит"]
        published()  # what pages do meanwhile brings no dead line back
        assert [title for _, title in links()] == ["П", "Сколько стоит"]
        del answers["/search/"]  # it can't be asked for, which is no answer and stops no other question
        answers["/policy/"] = 404
        assert services.check_menus() == 2
        assert [title for _, title in links()] == ["Сколько стоит"]
        answers |= {"/search/": 403, "/policy/": 403}  # a redirect, or an error of just now
        assert services.check_menus() == 0
    assert [title for _, title in links()] == ["Поиск", "П", "Сколько стоит"]
    assert services.check_menus() == 0


def test_whether_there_is_any_menu_is_asked_under_its_lock(editor: Staff) -> None:
    """Else the first menu of all, saved at the same moment, would keep a line to a page that goes down."""
    with CaptureQueriesContext(connection) as asked:
        published()
    said = [each["sql"] for each in asked]
    lock = next(number for number, sql in enumerate(said) if "pg_advisory_xact_lock" in sql and _LOCK in sql)
    assert lock < min(number for number, sql in enumerate(said) if '"editorial_menu"' in sql)


def test_where_nobody_books_the_cabinet_is_neither_offered_nor_called_visible(
    editor: Staff, settings: Settings
) -> None:
    settings.FELDSHER_MODULES = KINDS[CARD]
    shown = {each.line.value: each.is_shown for each in selectors.menu(HEADER, staff=editor).lines}
    assert (shown["cabinet"], shown["doctors"]) == (False, True)
    offered = [line.value for line, _ in selectors.menu_choices(editor).groups[0].lines]
    assert "cabinet" not in offered
    assert "doctors" in offered


def test_a_list_of_pages_says_when_it_leaves_some_out(editor: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu_selectors, "MOST_CHOICES", 2)
    rows = [published(slug=f"n{number}") for number in range(2)]
    assert selectors.menu_choices(editor).is_whole
    rows.append(published(slug="n3"))
    offer = selectors.menu_choices(editor)
    assert not offer.is_whole
    assert {line.value for line, _ in offer.groups[1].lines} == {str(row.pk) for row in rows[1:]}


def test_a_page_that_no_menu_shows_writes_nothing(editor: Staff) -> None:
    arrange(PRICES, staff=editor)
    with CaptureQueriesContext(connection) as asked:
        published()
    assert not any('UPDATE "directory_brand"' in each["sql"] for each in asked)
    assert directory.brand().menus.header is not None


def test_nobody_else_arranges_a_menu() -> None:
    nurse = staff("nurse", Role.NURSE)
    with pytest.raises(ForbiddenError):
        services.save_menu(HEADER, [], seen=0, staff=nurse)
    with pytest.raises(ForbiddenError):
        selectors.menu(HEADER, staff=nurse)
    with pytest.raises(ForbiddenError):
        selectors.menu_choices(nurse)
