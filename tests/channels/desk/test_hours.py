"""«Часы приёма»: staff say when doctors work, and read whose visits that leaves outside."""

import re
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.desk.factory import signed_in
from channels.desk.test_directory import text
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, let_the_clock_tick, week
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    confirmed,
    found_own_clinic,
    key,
    looks,
    own_schedule,
    run_jobs,
)
from feldsher.channels.desk.hours_form import hours_words, stretches_of, week_words
from feldsher.domain.directory import services as records
from feldsher.domain.directory.types import Kind
from feldsher.domain.roster import selectors as roster
from feldsher.domain.roster.types import Stretch, Stretches, Workplace
from feldsher.domain.scheduling import queue, services
from feldsher.foundation.access.roles import Role

HOME = "/desk/hours/"
EMPTY = {f"day-{number}": "" for number in range(1, 8)}


@pytest.fixture
def clinic(db: None, set_clock: SetClock) -> Iterator[OwnClinic]:
    set_clock(NOW)
    with own_schedule():
        yield found_own_clinic()


@pytest.fixture
def client(clinic: OwnClinic) -> Client:
    return signed_in(Role.REGISTRAR)


def at(clinic: OwnClinic) -> str:
    return f"{HOME}{clinic.eye}/{clinic.north}/"


def said(client: Client, path: str, /, status: int = 303, **values: str) -> str:
    return text(client.post(path, values), status)


def last_opened() -> int:
    """Return where the journal stands: rows of other tests may have outlived them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_access")
        return int(cursor.fetchone()[0])


def opened(*, since: int) -> list[str]:
    """Return the classes of data that staff have opened to resolve visits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT matrix_column FROM audit_access WHERE purpose = 'resolve_visits' AND id > %s", [since]
        )
        return sorted(column for (column,) in cursor.fetchall())


# The words.


@pytest.mark.parametrize(
    ("typed", "stretches"),
    [
        ("", ()),
        ("9-13", hours("9-13")),
        ("9:00–13:00, 14:30 — 18", hours("9-13", "14:30-18")),
        ("08.15-9.05; 22-24", (Stretch(495, 545), Stretch(1320, 1440))),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, stretches: Stretches) -> None:
    assert stretches_of(typed) == stretches
    assert stretches_of(hours_words(stretches)) == stretches


@pytest.mark.parametrize("typed", ["9", "9-", "девять", "9-13-14", "9:60-10", "25-26", "9-13,", "٩-١٣"])
def test_what_is_no_hours_is_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match="no "):
        stretches_of(typed)


def test_a_week_is_told_shortly() -> None:
    day = hours("9-13")
    assert week_words(week(mon=day, tue=day, thu=day, sun=hours("10-12"))) == (
        "пн–вт\u00a009:00–13:00; чт\u00a009:00–13:00; вс\u00a010:00–12:00"
    )
    assert week_words(week()) == "не\u00a0принимает"


# The pages.


pages = pytest.mark.django_db


@pages
def test_a_week_is_said_and_shown_with_who_said_it(client: Client, clinic: OwnClinic) -> None:
    page = text(client.get(HOME))
    assert "часы не указаны" in page
    assert "Общих выходных впереди нет" in page
    values = EMPTY | {"day-1": "9-13, 14-18", "day-4": "9-10:30", "since": TODAY.isoformat()}
    said(client, at(clinic), **values)
    page = text(client.get(HOME))
    assert "пн 09:00–13:00, 14:00–18:00; чт 09:00–10:30" in page
    page = text(client.get(at(clinic)))
    assert 'value="09:00–13:00, 14:00–18:00"' in page
    assert "Изменено: Тестова И., 09:00" in page
    assert "по московскому времени" in page
    assert looks() == [queue.SYNC]


@pages
def test_a_planned_week_is_told_beside_that_of_now(client: Client, clinic: OwnClinic) -> None:
    said(client, at(clinic), **EMPTY | {"day-1": "9-13", "since": TODAY.isoformat()})
    said(client, at(clinic), **EMPTY | {"day-1": "9-12", "since": "2026-12-07"})
    page = text(client.get(at(clinic)))
    assert 'value="09:00–13:00"' in page
    assert "С 7 декабря: пн 09:00–12:00" in page


@pages
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"day-2": "утром", "since": "2026-11-25"}, "Напишите так: 9:00–13:00, 14:00–18:00."),
        ({"day-2": "13-9", "since": "2026-11-25"}, "Начало раньше конца"),
        ({"since": ""}, "Укажите день."),
        ({"since": "2026-11-24"}, "День от 25.11.2026 до 26.11.2027."),
    ],
)
def test_a_week_that_is_none_says_so_and_keeps_what_was_typed(
    client: Client, clinic: OwnClinic, values: dict[str, str], words: str
) -> None:
    page = said(client, at(clinic), 422, **EMPTY | {"day-1": "9–12"} | values)
    assert words in page
    assert 'value="9–12"' in page
    assert "Ничего не сохранено" in page
    assert roster.weeks(clinic.at_north, since=TODAY) == ()


@pages
def test_hours_in_another_branch_at_that_instant_are_told_with_branch_and_time(
    client: Client, clinic: OwnClinic
) -> None:
    services.set_week(clinic.at_ural, days=week(mon=hours("9-13")), since=TODAY, author=STAFF)
    page = said(client, at(clinic), 422, **EMPTY | {"day-1": "10-12", "since": TODAY.isoformat()})
    assert "другом филиале: Уральский, пн, 30 ноября, 12:00–13:00 по его часам" in page


@pages
def test_a_date_that_differs_is_said_and_taken_back(client: Client, clinic: OwnClinic) -> None:
    path = f"{at(clinic)}days/"
    said(client, path, first=str(THURSDAY), last="", stretches="15-16", reason="Поменялась")
    page = text(client.get(at(clinic)))
    assert "Чт, 26 ноября: 15:00–16:00" in page
    assert "Поменялась" in page
    (word,) = roster.odd_days(clinic.at_north, first=TODAY, last=THURSDAY)
    said(client, f"{HOME}days/end/", day=str(word.id))
    assert "Таких дней впереди нет" in text(client.get(at(clinic)))
    assert looks() == [queue.SYNC_DAY]
    for values, words in (
        ({"first": "", "last": "", "stretches": ""}, "Укажите день."),
        ({"first": str(THURSDAY), "last": "завтра", "stretches": ""}, "Укажите день."),
        ({"first": str(THURSDAY), "last": str(TODAY), "stretches": ""}, "Не раньше первого дня"),
        ({"first": str(THURSDAY), "last": "", "stretches": "вечером"}, "Напишите так"),
    ):
        assert words in said(client, path, 422, **values)


@pages
def test_a_leave_is_one_line_and_taken_back_by_one_button(
    client: Client, clinic: OwnClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_the_clock_tick(monkeypatch)
    said(client, f"{at(clinic)}days/", first="2026-12-01", last="2026-12-14", stretches="", reason="Отпуск")
    said(client, f"{at(clinic)}days/", first="2026-12-05", last="", stretches="10-12", reason="Приём")
    page = text(client.get(at(clinic)))
    for words in (
        "Вт, 1 декабря — пт, 4 декабря: не",
        "Сб, 5 декабря: 10:00–12:00",
        "Вс, 6 декабря — пн, 14 дек",
    ):
        assert words in page
    first = re.findall(r'<input type="hidden" name="day" value="([^"]+)">', page)[:4]
    assert client.post(f"{HOME}days/end/", {"day": first}).status_code == 303
    left = roster.odd_days(clinic.at_north, first=TODAY, last=date(2026, 12, 31))
    assert [card.day.day for card in left] == list(range(5, 15))


@pages
def test_the_clinic_or_a_branch_is_closed_on_a_day(client: Client, clinic: OwnClinic) -> None:
    path = f"{HOME}closed/"
    said(client, path, first="2026-12-31", last="2027-01-01", reason="Новый год")
    said(client, path, first="2026-12-30", location=str(clinic.ural))
    page = text(client.get(HOME))
    for words in ("Чт, 31 декабря — пт, 1 января 2027. Вся клиника: закрыто", "Ср, 30 декабря. Уральский"):
        assert words in page
    assert "Новый год" in page
    first, *_ = roster.closed_days(first=TODAY, last=date(2027, 1, 1))
    said(client, f"{HOME}days/end/", day=str(first.id))
    assert len(roster.closed_days(first=TODAY, last=date(2027, 1, 1))) == 2
    assert "День от 25.11.2026" in said(client, path, 422, first="2026-11-01")


@pytest.mark.django_db(transaction=True)
def test_a_visit_outside_of_changed_hours_stays_and_is_listed(client: Client, clinic: OwnClinic) -> None:
    services.set_week(clinic.at_north, days=week(thu=hours("9-10:30")), since=TODAY, author=STAFF)
    run_jobs()
    before = last_opened()
    visits = [confirmed(key(clinic, time), number) for number, time in enumerate(("09:00", "10:00"), 1)]
    run_jobs()
    assert "вне часов" not in text(client.get(HOME))
    assert "попадают в часы приёма" in text(client.get(f"{HOME}outside/"))
    said(client, at(clinic), **EMPTY | {"day-4": "9-10:00", "since": TODAY.isoformat()})
    for place in (HOME, at(clinic), "/desk/"):
        assert "1 предстоящий визит вне часов приёма" in text(client.get(place))
    assert opened(since=before) == [], "who is told a number reads nobody"
    page = text(client.get(f"{HOME}outside/"))
    assert "Завтра, чт, 26 ноября, 10:00–10:30 · Окулистова Проба Тестовна" in page
    assert "Пробный Пётр, +7 900 000-00-02" in page
    assert "09:00" not in page
    assert "филиал «Северный» · Приём офтальмолога · записан" in page
    assert opened(since=before) == ["A", "K"]
    records.close_record(Kind.PRACTITIONER, target=clinic.eye, author=STAFF)
    assert "2 предстоящих визита вне часов" in text(client.get(HOME))
    assert len(visits) == 2


@pages
def test_an_unknown_or_foreign_place_is_not_there(client: Client, clinic: OwnClinic) -> None:
    nobody = UUID(int=9)
    for path in (f"{nobody}/{clinic.north}/", f"{clinic.eye}/{nobody}/", "days/end/"):
        assert client.post(HOME + path, {"day": nobody}).status_code == 404
    assert client.post(f"{HOME}days/end/", {"day": "x"}).status_code == 404
    role = records.add_record(Kind.PRACTITIONER, values={"family": "Новая", "given": "А"}, author=STAFF)
    assert client.get(f"{HOME}{role}/{clinic.north}/").status_code == 404


@pages
def test_without_an_own_schedule_the_section_is_not_there(set_clock: SetClock) -> None:
    set_clock(NOW)
    clinic, client = found_own_clinic(), signed_in(Role.REGISTRAR)
    assert "Часы приёма" not in text(client.get("/desk/day/"))
    for path in ("", "outside/", f"{clinic.eye}/{clinic.north}/"):
        assert client.get(HOME + path).status_code == 404
    assert client.post(f"{HOME}closed/").status_code == 404


@pages
def test_the_list_of_hours_asks_a_constant_number_of_questions(client: Client, clinic: OwnClinic) -> None:
    client.get(HOME)
    with CaptureQueriesContext(connection) as few:
        client.get(HOME)
    for number in range(7):
        values = {"name": f"Филиал-{number}", "zone": "Europe/Moscow"}
        records.add_record(Kind.LOCATION, values=values, author=STAFF)
        doctor = records.add_record(
            Kind.PRACTITIONER, values={"family": f"Врач-{number}", "given": "А"}, author=STAFF
        )
        records.add_workplace(doctor, location=clinic.ural, specialty="Терапия", author=STAFF)
        place = Workplace(doctor, clinic.ural)
        services.set_week(place, days=week(mon=hours("9-13")), since=TODAY, author=STAFF)
    with CaptureQueriesContext(connection) as many:
        page = text(client.get(HOME))
    assert page.count("пн 09:00–13:00") == 7
    assert len(many) <= len(few)


@pages
def test_the_section_is_a_registrar_s(client: Client, clinic: OwnClinic) -> None:
    assert "Часы приёма" in text(client.get("/desk/day/"))
    assert "Часы приёма" not in text(signed_in(Role.CALL_CENTRE, login="anna").get("/desk/day/"))
