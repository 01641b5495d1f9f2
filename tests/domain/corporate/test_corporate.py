"""A company's request: checked, sealed, promised a day, answered once, and forgotten by a term."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import SetClock
from domain.corporate.factory import COLLEAGUE, COMPANY, EDITOR, INN, REGISTRAR, agreed_text, asked
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.errors import (
    CompanyRequestNotFoundError,
    InsurerTakenError,
    RequestDoneError,
    RequestTakenError,
)
from feldsher.domain.corporate.models import CompanyRequest
from feldsher.domain.corporate.sealed import SEALED
from feldsher.domain.corporate.types import CompanyInput, Progress
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.foundation.access.context import as_service, no_context
from feldsher.foundation.access.errors import ForbiddenError, NoContextError
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
FRIDAY = datetime.fromisoformat("2026-11-27T12:00:00+03:00")
MONDAY_EVENING = datetime.fromisoformat("2026-11-30T18:00:00+03:00")


@pytest.fixture(autouse=True)
def _friday(set_clock: SetClock) -> None:
    set_clock(FRIDAY)
    agreed_text()


def test_a_request_is_kept_sealed_with_the_text_that_was_agreed_to() -> None:
    kept = asked()
    with as_service("test"):
        row = CompanyRequest.objects.get()
    assert "Выдумка".encode() not in bytes(row.company)
    assert INN.encode() not in bytes(row.inn)
    assert row.consent.startswith("test ")
    (line,) = selectors.open_requests(REGISTRAR)
    card = selectors.open_request(REGISTRAR, line.mark.id)
    assert (line.company, card.mark) == (card.company, line.mark)
    assert (card.mark.id, card.company, card.inn) == (kept.id, "ООО «Выдумка»", INN)
    assert (card.contact, card.phone, card.email) == ("Вымышленова Вера", "+79000000007", "vera@example.ru")
    assert card.words == "Сто человек, два цеха."


def test_the_answer_is_promised_by_working_days_and_a_promise_stands() -> None:
    assert asked().reply_by == MONDAY_EVENING
    services.set_reply_days(3, staff=EDITOR)
    assert asked().reply_by == MONDAY_EVENING + timedelta(days=2)
    assert [card.mark.reply_by for card in selectors.open_requests(REGISTRAR)] == [
        MONDAY_EVENING,
        MONDAY_EVENING + timedelta(days=2),
    ]


def test_the_same_form_sent_again_answers_the_same() -> None:
    once = sha256(b"form").digest()
    assert asked(once=once) == asked(once=once)
    assert selectors.open_request_count(REGISTRAR) == 1
    asked()
    assert selectors.open_request_count(REGISTRAR) == 2, "another form is another request"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"company": " "}, "company"),
        ({"company": "x" * 201}, "company"),
        ({"inn": "9900000018"}, "inn"),
        ({"contact": ""}, "contact"),
        ({"phone": "123"}, "phone"),
        ({"phone": "", "email": ""}, "phone"),
        ({"email": "не почта"}, "email"),
        ({"words": "x" * 2001}, "words"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(change: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        services.ask(replace(COMPANY, **change))
    assert list(error.value.fields) == [field]
    assert selectors.open_request_count(REGISTRAR) == 0


@pytest.mark.parametrize("typed", [replace(COMPANY, phone=""), replace(COMPANY, email="")])
def test_one_way_to_answer_is_enough(typed: CompanyInput) -> None:
    assert services.ask(typed).id


def test_the_page_of_a_request_opens_by_its_secret_alone() -> None:
    kept, other = asked(), asked()
    assert selectors.request_status(kept.id, token=kept.token).progress is Progress.NEW
    for request_id, token in ((kept.id, other.token), (kept.id, ""), (uuid4(), kept.token)):
        with pytest.raises(CompanyRequestNotFoundError):
            selectors.request_status(request_id, token=token)


def test_one_person_takes_a_request_and_anybody_may_end_it_once() -> None:
    kept = asked()
    services.take(kept.id, staff=REGISTRAR)
    services.take(kept.id, staff=REGISTRAR)
    with pytest.raises(RequestTakenError):
        services.take(kept.id, staff=COLLEAGUE)
    assert selectors.request_status(kept.id, token=kept.token).progress is Progress.WORKING
    services.finish(kept.id, end=Progress.ANSWERED, staff=COLLEAGUE)
    status = selectors.request_status(kept.id, token=kept.token)
    assert (status.progress, status.done_at) == (Progress.ANSWERED, FRIDAY)
    with pytest.raises(RequestDoneError):
        services.take(kept.id, staff=REGISTRAR)
    with pytest.raises(RequestDoneError):
        services.finish(kept.id, end=Progress.CLOSED, staff=REGISTRAR)
    with pytest.raises(NotFoundError):
        selectors.open_request(REGISTRAR, kept.id)
    with pytest.raises(InvalidInputError):
        services.finish(kept.id, end=Progress.NEW, staff=REGISTRAR)


def test_who_takes_the_consent_back_is_forgotten_at_once_open_or_ended() -> None:
    open_one, ended, other = asked(once=b"x" * 32), asked(), asked()
    services.finish(ended.id, end=Progress.ANSWERED, staff=COLLEAGUE)
    assert selectors.kept_request(REGISTRAR, ended.id).company == "ООО «Выдумка»"
    (line,), total = selectors.ended_requests(REGISTRAR)
    assert (line.mark.id, line.mark.done_at, line.company, total) == (ended.id, FRIDAY, "ООО «Выдумка»", 1)
    for kept in (open_one, ended):
        services.forget_request(kept.id, staff=REGISTRAR)
        with pytest.raises(NotFoundError):
            services.forget_request(kept.id, staff=REGISTRAR)
        with pytest.raises(NotFoundError):
            selectors.kept_request(REGISTRAR, kept.id)
    with as_service("test"):
        rows = list(CompanyRequest.objects.filter(wiped_at=FRIDAY))
    assert {row.pk for row in rows} == {open_one.id, ended.id}
    assert {bytes(getattr(row, name)) for row in rows for name in SEALED} == {b""}
    assert {row.once for row in rows} == {None}
    assert {row.pk: row.progress for row in rows} == {open_one.id: "closed", ended.id: "answered"}
    assert [each.mark.id for each in selectors.open_requests(REGISTRAR)] == [other.id]
    assert selectors.ended_requests(REGISTRAR) == ((), 0)
    with pytest.raises(NotFoundError):
        services.forget_request(uuid4(), staff=REGISTRAR)


def test_contacts_are_forgotten_by_their_term_and_no_sooner(set_clock: SetClock) -> None:
    ended, waiting = asked(once=b"x" * 32), asked()
    services.finish(ended.id, end=Progress.ANSWERED, staff=REGISTRAR)
    set_clock(FRIDAY + services.KEPT)
    assert services.forget_contacts() == 0
    set_clock(FRIDAY + services.KEPT + timedelta(minutes=1))
    assert services.forget_contacts() == 1
    assert services.forget_contacts() == 0
    with as_service("test"):
        row = CompanyRequest.objects.get(pk=ended.id)
    assert {bytes(getattr(row, name)) for name in SEALED} == {b""}
    assert row.once is None
    assert selectors.request_status(ended.id, token=ended.token).progress is Progress.ANSWERED
    assert selectors.open_request(REGISTRAR, waiting.id).company == "ООО «Выдумка»"
    set_clock(FRIDAY + services.KEPT_OPEN + timedelta(minutes=1))
    assert services.forget_contacts() == 1
    assert selectors.open_request_count(REGISTRAR) == 0


def test_rows_are_reached_in_a_context_only() -> None:
    with no_context(), pytest.raises(NoContextError):
        CompanyRequest.objects.count()


def test_the_queue_opens_and_journals_companies_alone() -> None:
    kept = asked()
    with CaptureQueriesContext(connection) as queries:
        assert selectors.open_requests(REGISTRAR)[0].company == "ООО «Выдумка»"
    (read,) = [each["sql"] for each in queries if 'FROM "corporate_request"' in each["sql"]]
    assert [name for name in SEALED if f'"corporate_request"."{name}"' in read] == ["company"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL feldsher.journal = 'all'")
        cursor.execute("SELECT fields FROM audit_access WHERE %s = ANY(ids)", [kept.id])
        assert cursor.fetchall() == [(["company"],)]


def test_the_text_that_was_shown_is_kept_though_another_is_in_force_now() -> None:
    later = "Другое согласие. Оператор: {operator}."
    publish_consent_text(Purpose.COMPANY, version="next", body=later, valid_from=FRIDAY)
    shown = services.ask(replace(COMPANY, shown_at=FRIDAY - timedelta(minutes=5)))
    now, ahead = services.ask(COMPANY), services.ask(replace(COMPANY, shown_at=FRIDAY + timedelta(days=9)))
    with as_service("test"):
        rows = CompanyRequest.objects.in_bulk([shown.id, now.id, ahead.id])
    kept = [rows[each.id].consent.split()[0] for each in (shown, now, ahead)]
    assert kept == ["test", "next", "next"]


def test_each_look_is_in_the_journal() -> None:
    kept = asked()
    selectors.open_request(REGISTRAR, kept.id)
    selectors.open_request_count(REGISTRAR)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL feldsher.journal = 'all'")
        cursor.execute("SELECT purpose, result FROM audit_access WHERE %s = ANY(ids) ORDER BY id", [kept.id])
        assert cursor.fetchall() == [("handle_companies", "allowed")]


def test_who_may_not_is_refused() -> None:
    kept = asked()
    for refused in (
        lambda: selectors.open_requests(EDITOR),
        lambda: selectors.open_request(EDITOR, kept.id),
        lambda: services.take(kept.id, staff=EDITOR),
        lambda: services.finish(kept.id, end=Progress.CLOSED, staff=EDITOR),
        lambda: services.forget_request(kept.id, staff=EDITOR),
        lambda: selectors.ended_requests(EDITOR),
        lambda: selectors.kept_request(EDITOR, kept.id),
        lambda: selectors.open_request_count(EDITOR),
        lambda: services.save_insurer("Выдумка Страхование", note="", staff=REGISTRAR),
        lambda: services.remove_insurer(uuid4(), staff=REGISTRAR),
        lambda: services.set_reply_days(2, staff=REGISTRAR),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    assert selectors.request_status(kept.id, token=kept.token).progress is Progress.NEW


def test_the_editor_keeps_a_list_of_insurers() -> None:
    services.save_insurer(" Выдумка  Страхование ", note="по\u00a0гарантийному письму", staff=EDITOR)
    services.save_insurer("Аз Полис", note="", staff=EDITOR)
    with pytest.raises(InsurerTakenError):
        services.save_insurer("выдумка страхование", note="", staff=EDITOR)
    with pytest.raises(InvalidInputError):
        services.save_insurer(" ", note="", staff=EDITOR)
    first, second = selectors.insurers()
    assert (first.name, second.name) == ("Аз Полис", "Выдумка Страхование")
    services.remove_insurer(first.id, staff=EDITOR)
    services.remove_insurer(first.id, staff=EDITOR)
    assert [card.name for card in selectors.insurers()] == ["Выдумка Страхование"]


@pytest.mark.parametrize("days", [None, 0, 11])
def test_a_term_that_nobody_would_promise_is_refused(days: int | None) -> None:
    with pytest.raises(InvalidInputError):
        services.set_reply_days(days, staff=EDITOR)
    assert selectors.reply_days() == 1
