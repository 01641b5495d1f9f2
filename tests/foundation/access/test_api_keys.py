"""Keys of partners: shown once, kept as a keyed hash, ended for good; remembered for ten seconds."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feldsher.foundation.access import api_keys
from feldsher.foundation.access.errors import ApiKeyNotFoundError
from feldsher.foundation.access.models import ApiKey
from feldsher.foundation.access.types import ApiScope
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
SLOTS = [ApiScope.SLOTS_READ]


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    api_keys.forget_keys()
    yield
    api_keys.forget_keys()


def test_a_key_is_known_by_itself_and_by_nothing_near_it() -> None:
    card, key = api_keys.issue_key("Агрегатор", scopes=SLOTS, channels=["widget"])
    assert api_keys.key_of(key) == card
    assert (card.name, card.scopes, card.channels) == ("Агрегатор", {ApiScope.SLOTS_READ}, {"widget"})
    other = "A" if key[-1] != "A" else "B"
    for wrong in (
        "",
        "fk_",
        key[:-1],
        key + "A",
        key[:-1] + other,
        key.upper(),
        f"fk_{card.prefix}_" + "a" * 43,
    ):
        assert api_keys.key_of(wrong) is None


def test_c26_the_key_itself_is_kept_nowhere() -> None:
    card, key = api_keys.issue_key("Агрегатор", scopes=SLOTS)
    secret = key.rpartition(f"{card.prefix}_")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_api_key::text FROM access_api_key")
        [(row,)] = cursor.fetchall()
    assert secret not in row
    assert secret.encode().hex() not in row
    assert secret not in repr(card)


def test_an_ended_key_opens_nothing_and_stays_in_the_list() -> None:
    card, key = api_keys.issue_key("Агрегатор", scopes=SLOTS)
    assert api_keys.key_of(key) is not None
    ended = api_keys.end_key(card.prefix)
    assert api_keys.key_of(key) is None
    assert api_keys.end_key(card.prefix).ended_at == ended.ended_at
    assert [one.prefix for one in api_keys.all_keys()] == [card.prefix]
    with pytest.raises(ApiKeyNotFoundError):
        api_keys.end_key("00000000")


def test_the_database_is_asked_once_in_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(api_keys.time, "monotonic", lambda: now)
    card, key = api_keys.issue_key("Агрегатор", scopes=SLOTS)
    api_keys.key_of(key)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        now += 9.9
        assert api_keys.key_of(key) is not None
        assert api_keys.key_of(f"fk_{card.prefix}_nonsense") is None
    assert len(asked) == 0
    ApiKey.objects.update(ended_at=clock.now())
    assert api_keys.key_of(key) is not None
    now += 0.2
    assert api_keys.key_of(key) is None


def test_a_use_is_noted_every_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = api_keys.issue_key("Агрегатор", scopes=SLOTS)
    began = clock.now()
    noted = []
    for minutes in (0, 5, 11):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: began + timedelta(minutes=minutes))
        api_keys.forget_keys()
        api_keys.key_of(key)
        noted.append(ApiKey.objects.get().last_used_at)
    assert noted == [began, began, began + timedelta(minutes=11)]


def test_what_is_remembered_is_bounded() -> None:
    for number in range(api_keys._MOST_REMEMBERED + 5):
        api_keys.key_of(f"fk_00000000_{number:043}")
    assert len(api_keys._remembered) == api_keys._MOST_REMEMBERED


@pytest.mark.parametrize(("name", "scopes"), [("", SLOTS), ("x" * 101, SLOTS), ("Агрегатор", [])])
def test_a_key_has_a_name_and_opens_something(name: str, scopes: list[ApiScope]) -> None:
    with pytest.raises(InvalidInputError):
        api_keys.issue_key(name, scopes=scopes)


def command(*words: str) -> str:
    out = StringIO()
    call_command("key", *words, stdout=out)
    return out.getvalue()


def test_the_command_line_makes_lists_and_ends() -> None:
    made = command(
        "add", "Агрегатор", "--scope", "slots:read", "--scope", "bookings:write", "--channel", "widget"
    )
    prefix, _, rest = made.partition(": ")
    key = rest.split(" ")[0]
    assert api_keys.key_of(key) is not None
    listed = command("list")
    assert f"{prefix}  Агрегатор" in listed
    assert "bookings:write,slots:read  widget" in listed
    assert key not in listed
    assert command("end", prefix).startswith(f"{prefix}: ended")
    assert "ended 2" in command("list")
    with pytest.raises(CommandError, match="api_key_not_found"):
        command("end", "00000000")
    with pytest.raises(CommandError, match="invalid choice"):
        command("add", "Агрегатор", "--scope", "everything")
    with pytest.raises(CommandError, match="хотя бы одно"):
        command("add", "Агрегатор")
