"""A fresh proof that is asked of somebody ends the sessions proved before it (C35)."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from channels.desk.factory import PASSWORD, signed_in
from feldsher.foundation.access import step_up
from feldsher.foundation.access.errors import StaffNotFoundError
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
    step_up.ask_step_up(User.objects.get(login="vera").pk)
    assert not is_in(client)
    assert is_in(other)
    moment[0] += timedelta(minutes=1)
    assert again(client, "vera") == 303
    assert is_in(client)


def test_c35_only_a_proof_given_after_it_was_asked_for_is_one(moment: list[datetime]) -> None:
    user = User(step_up_at=NOW)
    assert step_up.needs_step_up(user, proved_at=None)
    assert step_up.needs_step_up(user, proved_at=NOW - timedelta(seconds=1))
    assert not step_up.needs_step_up(user, proved_at=NOW)
    assert not step_up.needs_step_up(User(), proved_at=None)


def test_nobody_can_be_asked() -> None:
    with pytest.raises(StaffNotFoundError):
        step_up.ask_step_up(uuid4())
