"""Who may sign in: whoever is neither closed (C58: also after 90 idle days) nor blocked (C35)."""

import logging
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import StringIO
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from feldsher.foundation.access import accounts, selectors, services
from feldsher.foundation.access.errors import (
    AccountBlockedError,
    ForbiddenError,
    LastAdminError,
    StaffNotFoundError,
)
from feldsher.foundation.access.models import StaffSession, User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Shut, Staff
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PASSWORD = "feldsher-demo"
GUARD = Staff(id=uuid4(), login="guard", name="", roles=frozenset({Role.SECURITY_AUDITOR}))


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def person(login: str, *roles: Role, idle_days: float | None = None, age_days: float = 400) -> Staff:
    """Make somebody of this age who signed in so many days ago, or never."""
    made = services.create_staff(login, password=PASSWORD, roles=roles)
    seen = None if idle_days is None else NOW - timedelta(days=idle_days)
    User.objects.filter(login=login).update(last_login=seen, created_at=NOW - timedelta(days=age_days))
    return made


def open_logins() -> list[str]:
    return [each.login for each in selectors.all_staff() if each.is_active]


def test_c58_ninety_idle_days_close_an_account() -> None:
    person("used", Role.REGISTRAR, idle_days=89.9)
    person("idle", Role.REGISTRAR, idle_days=90.1)
    person("never", Role.REGISTRAR)
    person("new", Role.REGISTRAR, age_days=89)
    assert accounts.disable_idle() == 2
    assert open_logins() == ["new", "used"]
    assert accounts.disable_idle() == 0
    (closed, _) = (each for each in selectors.all_staff() if not each.is_active)
    assert (closed.shut, closed.roles) == (Shut(closed_at=NOW, blocked_at=None), (Role.REGISTRAR,))


def test_c58_a_sign_in_is_use(monkeypatch: pytest.MonkeyPatch) -> None:
    person("vera", Role.REGISTRAR, idle_days=80)
    Client().post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=89))
    assert accounts.disable_idle() == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=91))
    assert accounts.disable_idle() == 1


def test_c58_a_closed_account_is_out_and_does_not_get_in() -> None:
    person("vera", Role.REGISTRAR, idle_days=1)
    client = Client()
    client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    User.objects.update(last_login=NOW - timedelta(days=91))
    accounts.disable_idle()
    assert StaffSession.objects.count() == 0
    assert client.get("/desk/").status_code == 303
    assert client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD}).status_code == 422


def test_c58_the_last_administrator_stays_and_it_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    person("old", Role.SYSTEM_ADMIN, idle_days=200)
    person("older", Role.SYSTEM_ADMIN, idle_days=300)
    with caplog.at_level(logging.WARNING):
        assert accounts.disable_idle() == 1
    assert open_logins() == ["old"]
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said == ["old is idle for 90 days and stays open: nobody else administers"]


def test_c58_an_opened_account_has_ninety_days_again(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = person("admin", Role.SYSTEM_ADMIN, idle_days=0)
    vera = person("vera", Role.REGISTRAR, idle_days=200)
    accounts.disable_idle()
    accounts.enable(vera.id, staff=admin)
    assert accounts.disable_idle() == 0
    assert open_logins() == ["admin", "vera"]
    User.objects.filter(login="admin").update(last_login=NOW + timedelta(days=90))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=91))
    assert accounts.disable_idle() == 1


def test_an_administrator_closes_and_opens_but_not_the_last_one() -> None:
    admin, vera = person("admin", Role.SYSTEM_ADMIN, idle_days=0), person("vera", Role.REGISTRAR)
    accounts.disable(vera.id, staff=admin)
    assert open_logins() == ["admin"]
    with pytest.raises(LastAdminError):
        accounts.disable(admin.id, staff=admin)
    accounts.enable(vera.id, staff=admin)
    with pytest.raises(ForbiddenError):
        accounts.disable(admin.id, staff=vera)
    assert open_logins() == ["admin", "vera"]


def enters(client: Client, login: str) -> bool:
    answer = client.post("/desk/sign-in/", {"login": login, "password": PASSWORD})
    return answer.status_code == 303


def test_c35_a_block_ends_the_sessions_and_lifting_it_revives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(minutes: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=minutes))

    client, who = Client(), person("vera", Role.REGISTRAR).id
    assert enters(client, "vera")
    at(1)
    assert accounts.block(who)
    assert selectors.shut_accounts({who}) == {who: Shut(closed_at=None, blocked_at=clock.now())}
    assert client.get("/desk/").status_code == 303
    assert not enters(Client(), "vera")
    at(2)
    assert accounts.lift_block(who, staff=GUARD)
    assert not accounts.lift_block(who, staff=GUARD)
    assert selectors.shut_accounts({who}) == {}
    assert client.get("/desk/").status_code == 303
    at(3)
    assert enters(client, "vera")
    assert client.get("/desk/").status_code == 200


def test_c35_the_last_system_administrator_is_never_blocked() -> None:
    one, two = person("one", Role.SYSTEM_ADMIN), person("two", Role.SYSTEM_ADMIN)
    assert accounts.block(one.id)
    assert not accounts.block(two.id)
    assert open_logins() == ["two"]
    assert User.objects.get(pk=two.id).blocked_at is None


def test_c35_who_opens_accounts_opens_no_blocked_one_and_the_machine_does() -> None:
    admin, who = person("admin", Role.SYSTEM_ADMIN), person("vera", Role.REGISTRAR).id
    accounts.block(who)
    with pytest.raises(AccountBlockedError):
        accounts.enable(who, staff=admin)
    assert open_logins() == ["admin"]
    accounts.disable(who, staff=admin)
    call_command("staff", "enable", "vera", stdout=StringIO())
    assert open_logins() == ["admin", "vera"]


def test_the_command_line_says_who_is_closed_and_who_is_blocked() -> None:
    admin, *others = (person(login, Role.SYSTEM_ADMIN) for login in ("admin", "both", "left", "seen"))
    both, left, seen = (each.id for each in others)
    for who in (both, left):
        accounts.disable(who, staff=admin)
    for who in (both, seen):
        accounts.block(who)
    out = StringIO()
    call_command("staff", "list", stdout=out)
    said = [line.partition("system_admin")[2].strip() for line in out.getvalue().splitlines()]
    assert said == ["", ", closed, blocked", ", closed", ", blocked"]


def test_nobody_can_be_blocked() -> None:
    with pytest.raises(StaffNotFoundError):
        accounts.block(uuid4())
    with pytest.raises(StaffNotFoundError):
        accounts.lift_block(uuid4(), staff=GUARD)


def test_c58_who_is_dismissed_while_blocked_stays_out_when_the_block_is_lifted() -> None:
    admin, vera = person("admin", Role.SYSTEM_ADMIN, idle_days=0), person("vera", Role.REGISTRAR)
    accounts.block(vera.id)
    accounts.disable(vera.id, staff=admin)
    assert User.objects.get(login="vera").disabled_at == NOW
    assert accounts.lift_block(vera.id, staff=GUARD)
    assert open_logins() == ["admin"]
    accounts.enable(vera.id, staff=admin)
    assert open_logins() == ["admin", "vera"]


def test_c35_a_block_that_meets_a_closed_account_is_not_forgotten() -> None:
    admin, vera = person("admin", Role.SYSTEM_ADMIN, idle_days=0), person("vera", Role.REGISTRAR)
    accounts.disable(vera.id, staff=admin)
    assert accounts.block(vera.id)
    assert User.objects.get(login="vera").blocked_at == NOW
    with pytest.raises(AccountBlockedError):
        accounts.enable(vera.id, staff=admin)
    assert accounts.lift_block(vera.id, staff=GUARD)
    assert open_logins() == ["admin"]
    accounts.enable(vera.id, staff=admin)
    assert open_logins() == ["admin", "vera"]


def test_c58_a_blocked_account_that_nobody_uses_is_closed_too() -> None:
    vera = person("vera", Role.REGISTRAR, idle_days=91)
    accounts.block(vera.id)
    assert accounts.disable_idle() == 1
    accounts.lift_block(vera.id, staff=GUARD)
    assert open_logins() == []


def test_closing_or_blocking_twice_keeps_the_first_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    admin, vera = person("admin", Role.SYSTEM_ADMIN, idle_days=0), person("vera", Role.REGISTRAR)
    for days in (0, 1):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + timedelta(days=days))
        accounts.block(vera.id)
        accounts.disable(vera.id, staff=admin)
    user = User.objects.get(login="vera")
    assert (user.disabled_at, user.blocked_at) == (NOW, NOW)


@pytest.mark.parametrize(
    "marks",
    [
        {"is_active": True, "disabled_at": NOW},
        {"is_active": True, "blocked_at": NOW},
        {"is_active": False},
    ],
)
def test_c58_the_database_keeps_an_account_open_exactly_while_nothing_is_laid_on_it(
    marks: dict[str, bool | datetime],
) -> None:
    person("vera", Role.REGISTRAR)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(**marks)


def test_the_migration_shuts_whoever_was_marked_and_marks_whoever_was_shut(
    as_owner: psycopg.Connection,
) -> None:
    repair = import_module("feldsher.foundation.access.migrations.0012_account_marks").REPAIR
    before = [
        ("open", True, None, None),
        ("closed", True, NOW, None),
        ("blocked", True, None, NOW),
        ("gone", False, None, None),
    ]
    with as_owner.transaction(force_rollback=True), as_owner.cursor() as cursor:
        cursor.execute("ALTER TABLE access_user DROP CONSTRAINT access_user_active")
        cursor.executemany(
            "INSERT INTO access_user (id, login, name, password, pin, created_at, is_active, disabled_at,"
            " blocked_at) VALUES (gen_random_uuid(), %s, '', '', '', now(), %s, %s, %s)",
            before,
        )
        cursor.execute(repair)
        cursor.execute("SELECT login, is_active, disabled_at IS NOT NULL FROM access_user ORDER BY login")
        assert cursor.fetchall() == [
            ("blocked", False, False),
            ("closed", False, True),
            ("gone", False, True),
            ("open", True, False),
        ]
