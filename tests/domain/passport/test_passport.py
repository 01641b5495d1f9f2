"""What the law wants on the site: what is known by itself, what an editor answers, and what is red."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from conftest import SetClock
from domain.directory.factory import EYE, MIS, NORTH, PRICES, SOUTH, row, snapshot
from domain.scheduling.staff import EDITOR, REGISTRAR, somebody
from feldsher.domain.directory.models import Organization
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.passport import selectors, services
from feldsher.domain.passport.items import BY_KEY, ITEMS
from feldsher.domain.passport.models import Answer, CookieChoice
from feldsher.domain.passport.types import Act, Item, Line, Said, Section, State
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-24T12:00:00+03:00")
TODAY = NOW.date()
TEXTS = ("contract", "complaints", "guarantees", "authorities")
TEXT = Said(text="Дом 12, со двора.")


@pytest.fixture(autouse=True)
def _clinic(set_clock: SetClock) -> None:
    set_clock(NOW)
    import_snapshot(MIS, snapshot=snapshot(as_of=NOW))


def line(key: str) -> Line:
    return next(each for each in selectors.passport().lines if each.item.key == key)


def fill_the_directory() -> None:
    """Say all that the directory asks of the legal entity and the two branches."""
    entity = Organization.objects.get().id
    values = {
        "name": "ООО «Проба»",
        "full_name": "Общество с ограниченной ответственностью «Проба»",
        "inn": "0000000000",
        "ogrn": "0000000000000",
        "licence_number": "Л000-00000-00/00000000",
        "licence_date": "2020-02-03",
        "licence_issuer": "Росздравнадзор",
        "address": "Москва, ул. Образцовая, 1",
        **{f"{name}_url": f"/about/{name}/" for name in TEXTS},
    }
    for field, value in values.items():
        set_overlay(Kind.ORGANIZATION, target=entity, field=field, value=value, author="vera")
    for number, branch in enumerate((NORTH, SOUTH)):
        for field, value in {
            "address": f"ул. Образцовая, {number}",
            "phone": "+74950000000",
            "hours": "пн–сб 8:00–20:00",
        }.items():
            target = row(Kind.LOCATION, branch.id)
            set_overlay(Kind.LOCATION, target=target, field=field, value=value, author="vera")


def test_the_list_has_each_key_once_and_says_what_to_write() -> None:
    assert len(BY_KEY) == len(ITEMS) == 40
    assert {item.section for item in ITEMS} == set(Section)
    assert [item.key for item in ITEMS if item.known and (item.hint or item.may_be_not_ours)] == []


def test_the_newest_act_in_force_rules_an_item_and_an_ended_one_until_its_successor_is_known() -> None:
    old, new = Act("old", date(2015, 1, 1), date(2025, 9, 1)), Act("new", date(2025, 9, 1))
    item = Item("key", "title", Section.CLINIC, (old, new))
    assert item.act_on(date(2025, 8, 31)) is old
    assert item.act_on(date(2025, 9, 1)) is new
    ended = Item("key", "title", Section.CLINIC, (old,))
    assert ended.act_on(date(2026, 1, 1)) is old
    assert ended.act_on(date(2001, 1, 1)) is old


def test_an_act_whose_term_is_past_is_told_to_the_editor(set_clock: SetClock) -> None:
    assert [act.name[-5:] for act in selectors.passport().ended_acts] == ["№ 736"]
    set_clock(datetime.fromisoformat("2026-08-31T23:00:00+03:00"))
    assert selectors.passport().ended_acts == ()


def test_what_the_directory_knows_is_filled_by_itself_and_what_it_lacks_is_named() -> None:
    assert line("full_name").state is State.MISSING
    assert line("licence").is_red
    assert line("phones").lacks == (
        "Нет телефона: Северный филиал.",
        "Нет телефона: Южный филиал.",
    )
    before = selectors.passport()
    fill_the_directory()
    after = selectors.passport()
    for key in ("full_name", "numbers", "address", "licence", "branches", "phones", "hours", *TEXTS):
        assert line(key).state is State.DONE, key
    assert line("licence").facts == (
        "ООО «Проба»: Л000-00000-00/00000000 от\u00a003.02.2020, выдана: Росздравнадзор",
    )
    assert line("phones").facts[0] == "Северный филиал: +7\u00a0495\u00a0000-00-00"
    assert (before.red - after.red, after.percent > before.percent) == (11, True)
    assert line("contract").links == (("ООО «Проба»", "/about/contract/"),)


def test_a_branch_without_hours_makes_the_item_partial() -> None:
    fill_the_directory()
    set_overlay(Kind.LOCATION, target=row(Kind.LOCATION, SOUTH.id), field="hours", value="", author="vera")
    found = line("hours")
    assert (found.state, found.is_red) == (State.PARTIAL, True)
    assert (len(found.facts), found.lacks) == (1, ("Нет часов работы: Южный филиал.",))


def test_doctors_and_prices_are_counted_and_a_price_of_zero_is_none() -> None:
    assert (line("doctors").state, line("doctors").lacks) == (
        State.PARTIAL,
        ("1\u00a0врач без\u00a0специальности.",),
    )
    assert line("prices").state is State.PARTIAL
    zero = tuple(replace(price, amount=Decimal(0)) for price in PRICES)
    import_snapshot(MIS, snapshot=snapshot(as_of=NOW + timedelta(hours=1), prices=zero))
    assert line("prices").state is State.MISSING


def test_education_counts_with_an_accreditation_that_is_good() -> None:
    eye = row(Kind.PRACTITIONER, EYE.id)

    def say(field: str, value: str) -> None:
        set_overlay(Kind.PRACTITIONER, target=eye, field=field, value=value, author="vera")

    say("education", "Ординатура; Пример-академия; 2012; офтальмология")
    say("certificates", f"Аккредитация; офтальмология; {TODAY - timedelta(days=1):%d.%m.%Y}")
    assert line("education").state is State.MISSING
    say("certificates", f"Аккредитация; офтальмология; {TODAY:%d.%m.%Y}")
    found = line("education")
    assert (found.state, found.facts) == (State.PARTIAL, ("1\u00a0врач.",))
    assert found.lacks == ("2\u00a0врача без\u00a0образования или\u00a0действующей аккредитации.",)


def test_an_answer_fills_its_item_and_names_who_gave_it() -> None:
    services.answer("route", said=TEXT, staff=EDITOR)
    found = line("route")
    assert (found.state, found.answer and found.answer.said) == (State.DONE, TEXT)
    assert found.answer is not None
    assert (found.answer.author, found.answer.written_at) == ("somebody", NOW)


@pytest.mark.parametrize(
    ("days", "state"), [(0, State.SOON), (30, State.SOON), (31, State.DONE), (-1, State.OVER)]
)
def test_a_term_is_told_thirty_days_before_and_is_red_the_day_after(
    set_clock: SetClock, days: int, state: State
) -> None:
    until = TODAY + timedelta(days=40)
    services.answer("route", said=Said(text="Правила", valid_until=until), staff=EDITOR)
    set_clock(NOW + timedelta(days=40 - days))
    found = line("route")
    assert (found.state, found.is_red) == (state, state is State.OVER)


def test_a_term_ends_by_the_clock_of_moscow(set_clock: SetClock) -> None:
    services.answer("route", said=Said(text="Правила", valid_until=TODAY), staff=EDITOR)
    set_clock(datetime.fromisoformat("2026-11-24T23:59:00+03:00"))
    assert line("route").state is State.SOON
    set_clock(datetime.fromisoformat("2026-11-25T00:00:00+03:00"))
    assert line("route").state is State.OVER


def test_what_does_not_concern_the_clinic_needs_a_reason_and_leaves_the_percent() -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.answer("hospital", said=Said(is_not_ours=True), staff=EDITOR)
    assert list(refused.value.fields) == ["text"]
    with pytest.raises(InvalidInputError) as refused:
        services.answer("rights", said=Said(text="Не надо", is_not_ours=True), staff=EDITOR)
    assert list(refused.value.fields) == ["is_not_ours"]
    before = selectors.passport()
    services.answer("hospital", said=Said(text="Стационара нет", is_not_ours=True), staff=EDITOR)
    after = selectors.passport()
    filled = sum(not each.is_red for each in before.lines)
    assert (before.percent, after.percent) == (100 * filled // 40, 100 * filled // 39)
    assert line("hospital").state is State.NOT_OURS


@pytest.mark.parametrize(
    "link",
    [
        *("javascript:alert(1)", "http://clinic.example", "//clinic.example", "https://", "clinic.example"),
        *(
            "https://a:b@clinic.example/",
            "https://clinic.example/ a",
            "/a\\b",
            "https://[",
            "data:text/html,x",
        ),
        "https://clinic.example/" + "a" * 500,
    ],
)
def test_a_link_that_is_no_https_address_and_no_path_is_refused(link: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.answer("route", said=Said(link=link), staff=EDITOR)
    assert list(refused.value.fields) == ["link"]
    assert Answer.objects.count() == 0


@pytest.mark.parametrize("link", ["/doctors/", "https://clinic.example/rules.pdf?v=2#a"])
def test_a_link_alone_is_an_answer(link: str) -> None:
    services.answer("route", said=Said(link=link), staff=EDITOR)
    assert line("route").state is State.DONE


def test_an_empty_a_too_long_and_an_outlived_answer_are_refused() -> None:
    for said, field in (
        (Said(text=" \n"), "text"),
        (Said(text="а" * (services.MOST_TEXT + 1)), "text"),
        (Said(text="Правила", valid_until=TODAY - timedelta(days=1)), "valid_until"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            services.answer("route", said=said, staff=EDITOR)
        assert list(refused.value.fields) == [field]


def test_answers_are_ended_never_rewritten_and_the_same_word_is_no_new_one(set_clock: SetClock) -> None:
    services.answer("route", said=TEXT, staff=EDITOR)
    set_clock(NOW + timedelta(hours=1))
    services.answer("route", said=Said(text=" Дом 12, со двора. "), staff=EDITOR)
    assert Answer.objects.count() == 1
    services.answer("route", said=Said(link="/route/"), staff=EDITOR)
    set_clock(NOW + timedelta(hours=2))
    services.take_back("route", staff=EDITOR)
    services.take_back("route", staff=EDITOR)
    newest, oldest = selectors.history("route")
    assert (oldest.said, oldest.ended_at, oldest.ended_by) == (TEXT, NOW + timedelta(hours=1), "somebody")
    assert (newest.said.link, newest.ended_at) == ("/route/", NOW + timedelta(hours=2))
    assert line("route").state is State.MISSING


def test_the_database_keeps_one_standing_answer_of_an_item() -> None:
    services.answer("route", said=TEXT, staff=EDITOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(item="route", text="Другой", author="x", written_at=NOW)


@pytest.mark.parametrize("key", ["full_name", "look", "contract", "education", "no_such_item", ""])
def test_what_fills_itself_or_is_unknown_takes_no_answer(key: str) -> None:
    for act in (lambda: services.answer(key, said=TEXT, staff=EDITOR), lambda: selectors.history(key)):
        with pytest.raises(NotFoundError):
            act()


def test_the_chief_physician_reads_and_does_not_answer() -> None:
    for staff in (REGISTRAR, somebody(Role.CHIEF_PHYSICIAN)):
        with pytest.raises(ForbiddenError):
            services.answer("route", said=TEXT, staff=staff)
        with pytest.raises(ForbiddenError):
            services.take_back("route", staff=staff)


def test_choices_that_nobody_is_told_of_go_as_others_come_some_at_a_time(
    django_assert_num_queries,  # type: ignore[no-untyped-def]  # noqa: ANN001 - pytest-django's own fixture
) -> None:
    old = NOW - timedelta(days=30, seconds=1)
    CookieChoice.objects.bulk_create(CookieChoice(is_agreed=True, counters="x", at=old) for _ in range(150))
    CookieChoice.objects.create(is_agreed=True, counters="x", at=NOW - timedelta(days=30))
    with django_assert_num_queries(1):
        assert selectors.cookie_choices() == (1, 0)
    for left in (50, 0, 0):
        services.note_choice(is_agreed=False, counters="x")
        assert CookieChoice.objects.filter(at=old).count() == left
    assert selectors.cookie_choices() == (1, 3)


def test_the_passport_asks_a_constant_number_of_queries(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - pytest-django's own fixture
    with django_assert_num_queries(6):
        selectors.passport()
