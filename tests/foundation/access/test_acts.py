"""What is done to accounts and roles stands in the journal: by whom, to whom, and what (C20)."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db.models import Max
from pytest_django import Settings

from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.foundation.access import accounts, grants, selectors, services
from feldsher.foundation.access.context import no_context
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.errors import AuditError
from feldsher.foundation.audit.models import AccessEntry
from feldsher.kernel import clock
from support.sms import deliver, phones

pytestmark = pytest.mark.django_db
MACHINE = "command_line"


def person(login: str, *roles: Role) -> Staff:
    return services.create_staff(login, password="feldsher-demo", roles=roles)


@pytest.fixture
def one() -> Staff:
    return person("one", Role.SYSTEM_ADMIN)


@pytest.fixture
def two() -> Staff:
    return person("two", Role.SYSTEM_ADMIN)


@pytest.fixture
def vera() -> Staff:
    return person("vera", Role.REGISTRAR)


def written(act: Callable[[], object], *, whose: UUID) -> list[tuple[str, str, list[str], str]]:
    """Do something, and return what the journal then has of somebody: who, in which role, what and why."""
    before = AccessEntry.objects.aggregate(last=Max("id"))["last"] or 0
    with no_context():
        act()
    rows = AccessEntry.objects.filter(id__gt=before, what="account", ids=[whose]).order_by("id")
    assert {(row.matrix_column, row.result) for row in rows} <= {("X", "allowed")}
    return [(row.actor, row.role, row.fields, row.purpose) for row in rows]


def by(staff: Staff, *fields: str, purpose: str = "manage_staff") -> tuple[str, str, list[str], str]:
    (role,) = staff.roles
    return (str(staff.id), role.value, list(fields), purpose)


def by_program(*fields: str, purpose: str = MACHINE) -> tuple[str, str, list[str], str]:
    return (purpose, "", list(fields), purpose)


def test_c20_closing_and_opening_an_account_are_journalled_once(one: Staff, vera: Staff) -> None:
    def close() -> None:
        accounts.disable(vera.id, staff=one)

    def reopen() -> None:
        accounts.enable(vera.id, staff=one)

    assert written(close, whose=vera.id) == [by(one, "closed")]
    assert written(close, whose=vera.id) == []
    assert written(reopen, whose=vera.id) == [by(one, "opened")]
    assert written(reopen, whose=vera.id) == []


def test_c20_asking_for_a_role_and_giving_it_are_two_peoples_rows(
    one: Staff, two: Staff, vera: Staff
) -> None:
    asked: list[UUID] = []
    assert written(
        lambda: asked.append(grants.ask_for_grant(vera.id, Role.NURSE, staff=one)), whose=vera.id
    ) == [by(one, "role_asked", "nurse")]
    assert written(lambda: grants.confirm_grant(asked[0], staff=two), whose=vera.id) == [
        by(two, "role_given", "nurse")
    ]


def test_c20_declining_a_role_is_journalled(one: Staff, two: Staff, vera: Staff) -> None:
    request = grants.ask_for_grant(vera.id, Role.NURSE, staff=one)
    assert written(lambda: grants.decline_grant(request, staff=two), whose=vera.id) == [
        by(two, "role_declined", "nurse")
    ]


def test_c20_a_role_that_comes_in_time_is_given_by_the_program(
    one: Staff, vera: Staff, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OWNER_PHONE, settings.FELDSHER_SMS = "+79000000099", SmsSettings((SmsAccount("sms_ru", "key"),))
    with phones():
        grants.ask_for_grant(vera.id, Role.NURSE, staff=one)
        deliver()
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert written(grants.apply_due, whose=vera.id) == [
        by_program("role_given", "nurse", purpose="roles_in_time")
    ]


def test_c20_ending_a_role_is_journalled_once(one: Staff, vera: Staff) -> None:
    def end() -> None:
        grants.end_role(vera.id, Role.REGISTRAR, staff=one)

    assert written(end, whose=vera.id) == [by(one, "role_ended", "registrar")]
    assert written(end, whose=vera.id) == []


def test_c20_blocking_and_lifting_the_block_are_journalled(one: Staff, vera: Staff) -> None:
    auditor = person("auditor", Role.SECURITY_AUDITOR)
    assert written(lambda: accounts.block(vera.id), whose=vera.id) == [
        by_program("blocked", purpose="watch_block")
    ]
    assert written(lambda: accounts.lift_block(vera.id, staff=auditor), whose=vera.id) == [
        by(auditor, "unblocked", purpose="lift_block")
    ]
    with pytest.raises(ForbiddenError):
        accounts.lift_block(vera.id, staff=one)


def test_c20_idle_accounts_are_closed_by_the_program(
    one: Staff, vera: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=one.id).update(last_login=clock.now() + timedelta(days=91))
    later = clock.now() + timedelta(days=91)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert written(accounts.disable_idle, whose=vera.id) == [by_program("closed", purpose="idle_accounts")]


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (("grant", "vera", "--role", "nurse"), [by_program("role_given", "nurse")]),
        (("grant", "vera", "--role", "registrar"), []),
        (("end", "vera", "--role", "registrar"), [by_program("role_ended", "registrar")]),
        (("place", "vera", "--department", str(uuid4())), [by_program("placed")]),
        (("password", "vera"), [by_program("password")]),
        (("reset", "vera"), [by_program("factors")]),
        (("enable", "vera"), []),
    ],
)
def test_c20_what_is_done_on_the_server_is_journalled_too(
    vera: Staff, arguments: tuple[str, ...], rows: list[tuple[str, str, list[str], str]]
) -> None:
    assert written(lambda: call_command("staff", *arguments, stdout=StringIO()), whose=vera.id) == rows


def test_c20_a_new_account_and_an_opened_one_are_journalled(one: Staff) -> None:
    before = AccessEntry.objects.latest("id").id
    with no_context():
        call_command("staff", "add", "anna", "--role", "editor", stdout=StringIO())
    anna = selectors.staff_named("anna").id
    rows = AccessEntry.objects.filter(id__gt=before).order_by("id")
    assert [(row.actor, row.ids, row.fields) for row in rows] == [
        (MACHINE, [anna], ["created"]),
        (MACHINE, [anna], ["role_given", "editor"]),
    ]
    accounts.disable(anna, staff=one)
    opened = written(lambda: call_command("staff", "enable", "anna", stdout=StringIO()), whose=anna)
    assert opened == [by_program("opened")]


def test_c23_without_the_journal_nothing_is_done(one: Staff, vera: Staff, mute_journal: None) -> None:
    for act in (
        lambda: accounts.disable(vera.id, staff=one),
        lambda: accounts.block(vera.id),
        lambda: grants.end_role(vera.id, Role.REGISTRAR, staff=one),
        lambda: grants.give_anyway(vera.id, Role.NURSE),
        lambda: services.change_password("vera", password="another-password"),
    ):
        with pytest.raises(AuditError):
            act()
    (card,) = (each for each in selectors.all_staff() if each.id == vera.id)
    assert (card.is_active, card.roles) == (True, (Role.REGISTRAR,))
    assert User.objects.get(pk=vera.id).check_password("feldsher-demo")
