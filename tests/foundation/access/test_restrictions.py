"""What is laid on an account against its owner: a fresh proof, and a block that somebody else lifts."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from channels.desk.factory import PASSWORD, signed_in
from feldsher.foundation.access import accounts, restrictions, services
from feldsher.foundation.access.errors import AccountBlockedError, StaffNotFoundError
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-25T09:00:00+03:00")


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the test: its one value is now."""
    times = [NOW]
    monkeypatch.setattr(clock, "now", lambda: times[0])
    return times


def is_in(client: Client) -> bool:
    return bool(client.get("/desk/").status_code == 200)


def again(client: Client, login: str) -> int:
    return int(client.post("/desk/sign-in/", {"login": login, "password": PASSWORD}).status_code)


def test_c35_a_step_up_ends_the_session_and_a_new_sign_in_satisfies_it(moment: list[datetime]) -> None:
    client, other = signed_in(Role.REGISTRAR), signed_in(Role.REGISTRAR, login="other")
    moment[0] += timedelta(minutes=1)
    restrictions.ask_step_up(User.objects.get(login="vera").pk)
    assert not is_in(client)
    assert is_in(other)
    moment[0] += timedelta(minutes=1)
    assert again(client, "vera") == 303
    assert is_in(client)


def test_c35_only_a_proof_given_after_it_was_asked_for_is_one(moment: list[datetime]) -> None:
    user = User(step_up_at=NOW)
    assert restrictions.needs_step_up(user, proved_at=None)
    assert restrictions.needs_step_up(user, proved_at=NOW - timedelta(seconds=1))
    assert not restrictions.needs_step_up(user, proved_at=NOW)
    assert not restrictions.needs_step_up(User(), proved_at=None)


def test_c35_a_block_ends_the_sessions_and_lifting_it_revives_none(moment: list[datetime]) -> None:
    client = signed_in(Role.REGISTRAR)
    who = User.objects.get(login="vera").pk
    moment[0] += timedelta(minutes=1)
    assert restrictions.block(who)
    assert restrictions.blocked({who}) == {who}
    assert not is_in(client)
    assert again(Client(), "vera") != 303
    moment[0] += timedelta(minutes=1)
    assert restrictions.lift_block(who)
    assert not restrictions.lift_block(who)
    assert restrictions.blocked({who}) == frozenset()
    assert not is_in(client)
    moment[0] += timedelta(minutes=1)
    assert again(client, "vera") == 303
    assert is_in(client)


def test_c35_the_last_system_administrator_is_never_blocked() -> None:
    one = services.create_staff("one", password=PASSWORD, roles=(Role.SYSTEM_ADMIN,))
    two = services.create_staff("two", password=PASSWORD, roles=(Role.SYSTEM_ADMIN,))
    assert restrictions.block(one.id)
    assert not restrictions.block(two.id)
    assert User.objects.get(pk=two.id).is_active
    assert User.objects.get(pk=two.id).blocked_at is None


def test_who_was_disabled_for_another_reason_is_not_enabled_by_lifting() -> None:
    services.create_staff("gone", password=PASSWORD, roles=(Role.REGISTRAR,))
    User.objects.filter(login="gone").update(is_active=False)
    who = User.objects.get(login="gone").pk
    assert restrictions.block(who)
    assert not restrictions.lift_block(who)
    assert not User.objects.get(pk=who).is_active


def test_c35_who_opens_accounts_opens_no_blocked_one_and_the_machine_does() -> None:
    admin = services.create_staff("admin", password=PASSWORD, roles=(Role.SYSTEM_ADMIN,))
    who = services.create_staff("vera", password=PASSWORD, roles=(Role.REGISTRAR,)).id
    restrictions.block(who)
    with pytest.raises(AccountBlockedError):
        accounts.enable(who, staff=admin)
    assert not User.objects.get(pk=who).is_active
    services.enable_account("vera")
    assert User.objects.get(pk=who).is_active
    assert restrictions.blocked({who}) == frozenset()


def test_nobody_can_be_neither_blocked_nor_asked() -> None:
    with pytest.raises(StaffNotFoundError):
        restrictions.block(uuid4())
    with pytest.raises(StaffNotFoundError):
        restrictions.ask_step_up(uuid4())
