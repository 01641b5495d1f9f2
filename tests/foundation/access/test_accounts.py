"""Accounts that nobody uses are closed after 90 days, never the last administrator's (C58)."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from feldsher.foundation.access import accounts, selectors, services
from feldsher.foundation.access.errors import ForbiddenError, LastAdminError
from feldsher.foundation.access.models import StaffSession, User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PASSWORD = "feldsher-demo"


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
    assert (closed.disabled_at, closed.roles) == (NOW, (Role.REGISTRAR,))


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
