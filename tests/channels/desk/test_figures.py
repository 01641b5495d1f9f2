"""«Показатели»: the owner's figures by period, as a page and as files; nobody else's business."""

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from channels.desk.figures_world import eye, fill, north
from conftest import SetClock
from domain.directory.factory import EYE, NORTH
from domain.scheduling.exchange.world import NOW, found_clinic
from domain.scheduling.staff import REGISTRAR
from feldsher.channels.desk.views.figures import _TABLES
from feldsher.domain.figures import selectors
from feldsher.domain.figures.models import HoldDay, SourceRow
from feldsher.domain.figures.types import Asked
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.policies import Action, permits
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
PAGE = "/desk/figures/"
COSTS = 33
"""Questions of the page, whatever the period: 13 of figures, the rest of its frame and of signing in."""


@pytest.fixture(autouse=True)
def _clinic(db: None, set_clock: SetClock) -> None:
    set_clock(NOW)
    found_clinic()


@pytest.fixture
def owner() -> Client:
    return signed_in(Role.CHIEF_PHYSICIAN)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def rows(page: str, caption: str) -> list[list[str]]:
    """Return the cells of a table of the page."""
    found = page.split(f'<caption class="visually-hidden">{caption}</caption>')[1].split(
        "</table>", maxsplit=1
    )[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in found.split("<tr>")[2:]]
    return [[re.sub("<[^>]*>", "", cell) for cell in row] for row in cells]


def file(response: HttpResponse) -> list[list[str]]:
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    body = response.content.decode()
    assert body[0] == "\ufeff"
    return [line.split(";") for line in body[1:].splitlines()]


def test_the_steps_of_the_last_thirty_days_are_the_usual_page(owner: Client) -> None:
    fill()
    page = text(owner.get(PAGE))
    assert rows(page, "От показа до приёма") == [
        ["Показали свободное время", "6 000", "", "100,0 %"],
        ["Заняли время", "600", "10,0 %", "10,0 %"],
        ["Записались", "360", "60,0 %", "6,0 %"],
        ["Пришли", "240", "66,7 %", "4,0 %"],
        ["Не пришли", "60", "16,7 %", ""],
        ["Отменили", "30", "8,3 %", ""],
    ]
    assert "Записи посчитаны в 09:00" in page
    assert 'value="2026-10-27"' in page
    assert 'value="2026-11-25"' in page


def test_no_shows_are_told_with_and_without_a_reminder_and_before(owner: Client) -> None:
    fill(days=40)
    page = text(owner.get(PAGE, {"since": "2026-11-16", "until": "2026-11-25"}))
    assert rows(page, "Неявки") == [
        ["06.11.26–15.11.26, с дошедшим напоминанием", "90", "10", "10,0 %"],
        ["06.11.26–15.11.26, без него", "30", "10", "25,0 %"],
        ["06.11.26–15.11.26, всего", "120", "20", "14,3 %"],
        ["06.11.26–15.11.26, без отметки", "20", "", ""],
        ["16.11.26–25.11.26, с дошедшим напоминанием", "90", "10", "10,0 %"],
        ["16.11.26–25.11.26, без него", "30", "10", "25,0 %"],
        ["16.11.26–25.11.26, всего", "120", "20", "14,3 %"],
        ["16.11.26–25.11.26, без отметки", "20", "", ""],
    ]
    own = {
        "since": "2026-11-16",
        "until": "2026-11-25",
        "before_since": "2026-10-01",
        "before_until": "2026-10-17",
    }
    page = text(owner.get(PAGE, own))
    assert rows(page, "Неявки")[0] == ["01.10.26–17.10.26, с дошедшим напоминанием", "9", "1", "10,0 %"]
    assert rows(page, "Неявки по врачам") == [[EYE_NAME, "140", "20", "14,3 %", "10,0 %", "25,0 %"]]


EYE_NAME = f"{EYE.family} {EYE.given} {EYE.middle}".strip()


def test_branches_doctors_channels_and_sources_are_told_apart(owner: Client) -> None:
    fill()
    page = text(owner.get(PAGE))
    counts = ["6 000", "600", "360", "30", "240", "60", "60,0 %"]
    assert rows(page, "Филиалы") == [[NORTH.name, *counts]]
    assert rows(page, "Врачи") == [[EYE_NAME, *counts]]
    assert rows(page, "Каналы") == [["Сайт", *counts]]
    assert rows(page, "Источники") == [
        ["Не известен", "4 500", "450", "270", "0", "180", "30", "60,0 %"],
        ["yandex, cpc, autumn", "1 500", "150", "90", "30", "60", "30", "60,0 %"],
    ]


def test_figures_are_narrowed_to_one_of_each(owner: Client) -> None:
    fill()
    page = text(owner.get(PAGE, {"source": "yandex", "location": str(north()), "doctor": str(eye())}))
    assert rows(page, "От показа до приёма")[:2] == [
        ["Показали свободное время", "1 500", "", "100,0 %"],
        ["Заняли время", "150", "10,0 %", "10,0 %"],
    ]
    assert f"Только {EYE_NAME}" in page
    for nothing in (
        {"channel": "widget"},
        {"source": "vk"},
        {"location": "0" * 8 + "-0000-4000-8000-" + "0" * 12},
    ):
        page = text(owner.get(PAGE, nothing))
        assert rows(page, "От показа до приёма")[1][1] == "0", nothing


def test_searches_in_vain_are_told_by_what_was_sought(owner: Client) -> None:
    fill()
    page = text(owner.get(PAGE))
    assert "180 раз" in page
    found = rows(page, "Искали, а времени нет")
    assert [row[1:] for row in found] == [[NORTH.name, "60"]] * 3
    assert {row[0] for row in found} >= {"Любой врач", f"Врач {EYE_NAME}"}


def test_sms_are_told_in_roubles(owner: Client) -> None:
    fill()
    page = text(owner.get(PAGE))
    assert rows(page, "Сколько стоили SMS") == [
        ["Напоминание за день и за два часа", "SMS.RU", "150", "80,0 %", "300", "810,00"],
        ["Запись подтверждена", "SMS.RU", "150", "80,0 %", "300", "405,00"],
        ["Всего", "", "300", "80,0 %", "600", "1 215,00"],
    ]


def test_charts_are_svg_without_a_style_and_many_days_are_weeks(owner: Client) -> None:
    fill(days=120)
    page = text(owner.get(PAGE))
    assert page.count("<polyline") == 4
    assert "style=" not in page
    assert 'width="100.00%"' in page
    assert len(rows(page, "По дням")) == 30
    page = text(owner.get(PAGE, {"since": "2026-07-29", "until": "2026-11-25"}))
    assert len(rows(page, "По неделям")) == 18
    assert sum(int(row[2].replace(" ", "")) for row in rows(page, "По неделям")) == 120 * 20


def test_an_empty_clinic_is_a_page_too(owner: Client) -> None:
    page = text(owner.get(PAGE))
    assert "За эти дни считать нечего" in page
    assert "Записи ещё не считались" in page
    assert "<polyline" not in page


@pytest.mark.parametrize("name", sorted(_TABLES))
def test_each_table_is_a_file(owner: Client, name: str) -> None:
    fill()
    page = text(owner.get(PAGE, {"since": "2026-11-16"} | {"until": "2026-11-25"}))
    address = re.findall(rf'href="({PAGE}{name}\.csv\?[^"]*)"', page)
    found = file(owner.get(address[0]))
    assert len(found) > 1
    assert len({len(row) for row in found}) == 1
    assert 'attachment; filename="figures-' in owner.get(address[0]).headers["Content-Disposition"]


def test_a_file_has_every_day_and_numbers_that_a_spreadsheet_reads(owner: Client) -> None:
    fill()
    found = file(owner.get(f"{PAGE}days.csv", {"since": "2026-11-24", "until": "2026-11-25"}))
    assert found[0][:3] == ["День", "Показано", "Занято"]
    assert found[1:] == [
        ["24.11.2026", "200", "20", "12", "1", "8", "2", "60,0"],
        ["25.11.2026", "200", "20", "12", "1", "8", "2", "60,0"],
    ]
    sms = file(owner.get(f"{PAGE}sms.csv", {"since": "2026-11-25", "until": "2026-11-25"}))
    assert sms[1] == ["Напоминание за день и за два часа", "SMS.RU", "5", "80,0", "10", "27,00"]


def test_no_cell_of_a_file_is_a_formula(owner: Client) -> None:
    fill()
    nobody, hostile = (
        SourceRow.objects.get(kind=kind, name=name).pk for kind, name in (("none", ""), ("utm", "=cmd"))
    )
    HoldDay.objects.filter(source=nobody).update(source=hostile)
    found = file(owner.get(f"{PAGE}sources.csv"))
    assert any(row[0] == "'=cmd" for row in found)


def test_odd_questions_are_answered(owner: Client) -> None:
    fill()
    for odd, words in (
        ({"since": "x", "until": "2026-11-25"}, "Укажите день"),
        ({"since": "2026-11-25", "until": "2026-11-01"}, "Этот день раньше первого"),
        ({"since": "2020-01-01", "until": "2026-11-01"}, "не больше двух лет"),
        ({"before_since": "2026-11-01"}, "оба дня прежнего периода"),
        ({"channel": "<b>", "source": "%00"}, "Показатели"),
        ({"since": "1900-01-01", "until": "1900-01-02"}, "Показатели"),
    ):
        assert words in text(owner.get(PAGE, odd)), odd
    assert text(owner.get(PAGE, {"location": "x"}), status=404)
    assert text(owner.get(f"{PAGE}nothing.csv"), status=404)


def test_only_who_answers_for_the_whole_clinic_sees_them() -> None:
    assert {role for role in Role if permits(role, Action.SEE_FIGURES)} == {Role.CHIEF_PHYSICIAN}
    for number, role in enumerate(sorted(set(Role) - {Role.CHIEF_PHYSICIAN})):
        client = signed_in(role, login=f"nobody{number}")
        assert client.get(PAGE).status_code == 403, role
        assert client.get(f"{PAGE}sms.csv").status_code == 403, role
        assert "Показатели" not in text(client.get("/desk/")), role


def test_the_selector_refuses_by_itself() -> None:
    with pytest.raises(ForbiddenError):
        selectors.figures(REGISTRAR, asked=Asked(NOW.date(), NOW.date()))


def test_the_page_asks_a_constant_number_of_questions(
    owner: Client, django_assert_num_queries: object
) -> None:
    fill(days=5)
    owner.get(PAGE)
    with django_assert_num_queries(COSTS):  # type: ignore[operator] # a fixture of pytest-django
        owner.get(PAGE)
    HoldDay.objects.all().delete()
    with django_assert_num_queries(COSTS):  # type: ignore[operator] # as above
        owner.get(PAGE, {"since": "2025-01-01", "until": "2026-11-25", "source": "yandex"})
