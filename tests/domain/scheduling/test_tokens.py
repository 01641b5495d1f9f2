"""The strings that leave the house cannot be made elsewhere, and say nothing of a person."""

import base64
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from domain.scheduling.factory import NOW, at, minutes, slot
from feldsher.domain.scheduling import tokens
from feldsher.domain.scheduling.errors import SlotTokenError
from feldsher.domain.scheduling.types import SlotKey
from feldsher.kernel import clock

MAC = slice(-12, None)
DAY_OF_START = slice(49, 53)


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def packed(token: str) -> bytearray:
    return bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def is_read(token: str) -> bool:
    try:
        tokens.read_slot_token(token)
    except SlotTokenError:
        return False
    return True


@given(
    parties=st.tuples(st.uuids(), st.uuids(), st.uuids()),
    seconds=st.integers(0, 2**32 - 1),
)
def test_a_token_names_what_it_was_made_of(parties: tuple[UUID, UUID, UUID], seconds: int) -> None:
    key = SlotKey(*parties, start=datetime.fromtimestamp(seconds, tz=NOW.tzinfo))
    assert tokens.read_slot_token(tokens.slot_token(key)) == key


def test_a_token_is_the_same_for_everyone_within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    first = tokens.slot_token(slot(at(9)))
    monkeypatch.setattr(clock, "now", lambda: NOW + minutes(59))
    assert tokens.slot_token(slot(at(9))) == first
    monkeypatch.setattr(clock, "now", lambda: NOW + minutes(60))
    assert tokens.slot_token(slot(at(9))) != first


@pytest.mark.parametrize(("age", "is_good"), [(0, True), (23.99, True), (24, False), (240, False)])
def test_a_token_is_good_for_a_day(monkeypatch: pytest.MonkeyPatch, age: float, is_good: bool) -> None:  # noqa: FBT001 - pytest gives it
    token = tokens.slot_token(slot(at(9)))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=age))
    assert is_read(token) is is_good


@pytest.mark.parametrize("place", [0, 1, 16, 17, 33, 48, 53, 56, 57, 68])
def test_an_altered_token_is_refused(place: int) -> None:
    raw = packed(tokens.slot_token(slot(at(9))))
    raw[place] ^= 1
    assert not is_read(spelled(raw))


def test_the_start_may_move_within_its_day_only() -> None:
    """The schedule decides which starts are offered; the token only who, where and which day."""
    raw = packed(tokens.slot_token(slot(at(9))))
    start = int.from_bytes(raw[DAY_OF_START], "big")
    raw[DAY_OF_START] = (start + 600).to_bytes(4, "big")
    assert tokens.read_slot_token(spelled(raw)) == slot(at(9, 10))
    raw[DAY_OF_START] = (start + 86_400).to_bytes(4, "big")
    assert not is_read(spelled(raw))


def test_a_life_that_was_prolonged_is_refused() -> None:
    raw = packed(tokens.slot_token(slot(at(9))))
    raw[53:57] = (int.from_bytes(raw[53:57], "big") + 1).to_bytes(4, "big")
    assert not is_read(spelled(raw))


def test_a_token_of_another_key_is_refused(settings: Settings) -> None:
    token = tokens.slot_token(slot(at(9)))
    secret = tokens.appointment_token(UUID(int=1))
    settings.SECRET_KEY = "another-key-" * 4
    tokens._key.cache_clear()
    tokens._slot_mac.cache_clear()
    try:
        assert not is_read(token)
        assert not tokens.opens(UUID(int=1), token=secret)
    finally:
        tokens._key.cache_clear()
        tokens._slot_mac.cache_clear()


@given(text=st.text(max_size=200))
def test_rubbish_is_refused_and_never_an_accident(text: str) -> None:
    assert not is_read(text)


@given(raw=st.binary(min_size=69, max_size=69))
def test_a_forged_token_is_refused(raw: bytes) -> None:
    assert not is_read(spelled(raw))


@given(noise=st.sampled_from(["!", "\n", " ", "%", "="]), place=st.integers(0, 91))
def test_a_token_has_one_spelling(noise: str, place: int) -> None:
    token = tokens.slot_token(slot(at(9)))
    assert not is_read(token[:place] + noise + token[place:])


def test_the_secret_of_a_visit_opens_that_visit_alone() -> None:
    one, other = uuid4(), uuid4()
    assert tokens.opens(one, token=tokens.appointment_token(one))
    assert not tokens.opens(one, token=tokens.appointment_token(other))
    assert not tokens.opens(one, token=tokens.appointment_token(one)[:-1])
    assert len(tokens.appointment_token(one)) == 22


@given(text=st.text(max_size=60))
def test_nothing_else_opens_a_visit(text: str) -> None:
    assert not tokens.opens(UUID(int=7), token=text)


def test_a_digest_depends_on_its_purpose() -> None:
    assert tokens.digest("same", purpose="device") != tokens.digest("same", purpose="other")
    assert len(tokens.digest("\ud800", purpose="device")) == 32
