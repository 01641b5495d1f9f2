"""Wrong tries: whose counter they are counted in, what they close, for how long, and twenty at once (C28)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from feldsher.foundation.access import locks
from feldsher.foundation.access.errors import TooManyTriesError
from feldsher.foundation.access.locks import forgive, password_counters, reserve
from feldsher.foundation.access.models import WrongTries
from feldsher.kernel.addresses import neighbourhood_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def at(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW + timedelta(minutes=minutes))


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 0)


def stranger(login: str = "vera", address: str = "8.8.8.8") -> tuple[locks.Counter, ...]:
    return password_counters(login, browser=None, address=address)


def try_wrongly(counters: tuple[locks.Counter, ...], times: int) -> None:
    for _ in range(times):
        reserve(counters)


def test_c28_five_wrong_tries_close_a_counter_for_fifteen_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    try_wrongly(stranger(), 5)
    for minutes in (0, 14.9):
        at(monkeypatch, minutes)
        with pytest.raises(TooManyTriesError) as refused:
            reserve(stranger())
        assert refused.value.retry_at == NOW + timedelta(minutes=15)
    at(monkeypatch, 15)
    reserve(stranger())


def test_c28_each_lock_in_a_row_is_twice_as_long_up_to_four_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, lengths = 0.0, []
    for _ in range(6):
        at(monkeypatch, passed)
        try_wrongly(stranger(), 5)
        with pytest.raises(TooManyTriesError) as refused:
            reserve(stranger())
        minutes = (refused.value.retry_at - NOW) / timedelta(minutes=1) - passed
        lengths.append(minutes)
        passed += minutes
    assert lengths == [15, 30, 60, 120, 240, 240]


def test_c28_a_day_without_a_wrong_try_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    try_wrongly(stranger(), 4)
    at(monkeypatch, 24 * 60 + 1)
    try_wrongly(stranger(), 4)
    at(monkeypatch, 24 * 60 + 30)
    reserve(stranger())
    with pytest.raises(TooManyTriesError):
        reserve(stranger())


def test_c28_a_stranger_never_closes_a_known_browser() -> None:
    known = password_counters("vera", browser="b" * 32, address="8.8.8.8")
    try_wrongly(stranger(), 5)
    for number in range(95):
        reserve(stranger(f"somebody{number}"))
    with pytest.raises(TooManyTriesError):
        reserve(stranger("another"))
    try_wrongly(known, 5)
    with pytest.raises(TooManyTriesError):
        reserve(known)


def test_c28_a_network_has_a_higher_ceiling_and_counts_every_login(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(locks.NETWORK_TRIES):
        reserve(stranger(f"somebody{number}", f"8.8.8.{number}"))
    with pytest.raises(TooManyTriesError):
        reserve(stranger("another", "8.8.8.200"))
    reserve(stranger("another", "8.8.9.200"))
    at(monkeypatch, 16)
    reserve(stranger("another", "8.8.8.200"))


def test_c28_a_private_address_may_be_a_proxys_and_is_no_network_of_strangers() -> None:
    for number in range(locks.NETWORK_TRIES + 1):
        reserve(stranger(f"somebody{number}", "10.0.0.1"))
    assert len(stranger(address="10.0.0.1")) == 1


def test_c28_a_right_try_is_given_back_and_who_has_an_account_cannot_reset_the_networks_count() -> None:
    try_wrongly(stranger(), 4)
    reserve(stranger())
    forgive(stranger())
    own, network = (WrongTries.objects.get(id=each.id) for each in stranger())
    assert (own.wrong, own.locked_until, network.wrong) == (0, None, 4)
    try_wrongly(stranger(), 4)
    reserve(stranger("other"))


def test_c28_the_right_try_that_reached_the_ceiling_opens_it_again() -> None:
    for number in range(locks.NETWORK_TRIES):
        reserve(stranger(f"somebody{number}"))
    forgive(stranger("somebody99"))
    reserve(stranger("another"))
    with pytest.raises(TooManyTriesError):
        reserve(stranger("one more"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        ("nowhere", "nowhere"),
    ],
)
def test_neighbours_are_one_network(address: str, network: str) -> None:
    assert neighbourhood_of(address) == network


def test_nothing_that_was_counted_can_be_read_back() -> None:
    reserve(stranger())
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '') FROM access_wrong_tries t")
        text = cursor.fetchone()[0]
    assert "vera" not in text
    assert "8.8.8" not in text


def test_old_counters_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    reserve(stranger())
    at(monkeypatch, 27 * 60)
    assert locks.forget() == 0
    at(monkeypatch, 29 * 60)
    assert locks.forget() == 2


def guesses_at_once(number: int) -> int:
    """Return how many of so many guesses at once would be looked at."""
    gate = threading.Barrier(number)

    def guess(_: int) -> bool:
        gate.wait()
        try:
            reserve(stranger())
        except TooManyTriesError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(number) as pool:
        return sum(pool.map(guess, range(number)))


@pytest.mark.django_db(transaction=True)
def test_c28_of_twenty_guesses_at_once_five_are_looked_at() -> None:
    assert guesses_at_once(20) == 5


@pytest.mark.django_db(transaction=True)
def test_without_the_rows_lock_guesses_at_once_pass_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: read, wait for the others, write."""
    together = threading.Barrier(20, timeout=20)

    def unlocked(counters: tuple[locks.Counter, ...]) -> list[WrongTries]:
        rows = list(WrongTries.objects.filter(id__in=[each.id for each in counters]).order_by("id"))
        together.wait()
        return rows

    reserve(stranger())
    forgive(stranger())
    monkeypatch.setattr(locks, "_locked", unlocked)
    assert guesses_at_once(20) == 20
