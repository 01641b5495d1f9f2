"""Signing in by phone and code: who may try, how long a session lives, and what becomes of a copied token.

Controls C27 (patient's phone), C28 (tries, caps, nothing told), C29 (sessions). The clock is the test's.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feldsher.foundation.access import chains, jobs, phone_sessions
from feldsher.foundation.access.errors import (
    PhoneCodeTooSoonError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.foundation.access.models import PhoneCode, PhoneSession
from feldsher.foundation.access.types import OpenedSession, SignIn
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from support.sms import Phones, phones

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PHONE, TYPED = "+79210000017", "8 921 000-00-17"
OURS, STRANGERS = chains.new_token(), chains.new_token()
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
Later = Callable[..., None]


@pytest.fixture
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Let time pass; it begins at NOW."""
    moment = NOW

    def go(**by: float) -> None:
        nonlocal moment
        moment += timedelta(**by)
        monkeypatch.setattr("feldsher.kernel.clock.now", lambda: moment)

    go()
    return go


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def signed_in(sms: Phones, *, is_kept: bool = False, before: str = "", asker: str = OURS) -> OpenedSession:
    phone_sessions.request_code(TYPED, asker=asker, address="")
    given = SignIn(TYPED, sms.code(), is_kept=is_kept)
    return phone_sessions.sign_in(given, asker=asker, agent=FIREFOX, before=before)


def token_after(token: str) -> str:
    """Return the token that the browser holds after a request; the session must live."""
    found = phone_sessions.resume(token)
    assert found is not None
    return found.token


def test_c27_a_code_from_the_phone_opens_a_session(sms: Phones, later: Later) -> None:
    opened = signed_in(sms)
    assert opened.holder.phone == PHONE
    assert opened.until is None
    assert sms.texts[0][1].startswith(f"Код {sms.code()} для входа. Никому его не сообщайте.")
    found = phone_sessions.resume(opened.token)
    assert found == opened
    assert [card.browser for card in phone_sessions.sessions(opened.holder)] == ["Firefox, Linux"]


def test_c27_neither_phone_nor_token_stands_in_the_table(sms: Phones, later: Later) -> None:
    opened = signed_in(sms)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM access_phone_session t")
        text = cursor.fetchone()[0]
    assert "9210000017" not in text
    assert opened.token not in text
    assert opened.token.encode().hex() not in text
    assert repr(opened).count("9210000017") == 0
    assert opened.token not in repr(opened)


def test_c28_a_code_for_a_booking_is_none_for_signing_in(sms: Phones, later: Later) -> None:
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    PhoneCode.objects.update(purpose="booking")
    with pytest.raises(PhoneProofOverError):
        phone_sessions.sign_in(SignIn(TYPED, sms.code()), asker=OURS, agent="")


def test_c28_a_stranger_s_guesses_burn_no_try_of_the_owner(sms: Phones, later: Later) -> None:
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    code = sms.code()
    for _ in range(9):
        with pytest.raises(PhoneProofOverError):
            phone_sessions.sign_in(SignIn(TYPED, wrong(code)), asker=STRANGERS, agent="")
    with pytest.raises(PhoneProofOverError):
        phone_sessions.sign_in(SignIn(TYPED, code), asker=STRANGERS, agent="")
    assert PhoneCode.objects.get().tries == 0
    assert phone_sessions.sign_in(SignIn(TYPED, code), asker=OURS, agent="").holder.phone == PHONE


def test_c28_five_tries_ten_minutes_one_use(sms: Phones, later: Later) -> None:
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    code = sms.code()
    left = []
    for _ in range(5):
        with pytest.raises(PhoneProofWrongError) as refused:
            phone_sessions.sign_in(SignIn(TYPED, wrong(code)), asker=OURS, agent="")
        left.append(refused.value.tries_left)
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(PhoneProofOverError):
        phone_sessions.sign_in(SignIn(TYPED, code), asker=OURS, agent="")
    later(seconds=60)
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    later(minutes=10)
    with pytest.raises(PhoneProofOverError):
        phone_sessions.sign_in(SignIn(TYPED, sms.code()), asker=OURS, agent="")
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    given = SignIn(TYPED, sms.code())
    phone_sessions.sign_in(given, asker=OURS, agent="")
    with pytest.raises(PhoneProofOverError):
        phone_sessions.sign_in(given, asker=OURS, agent="")
    assert PhoneSession.objects.count() == 1


def test_c28_another_code_leaves_after_a_minute_whoever_asks(sms: Phones, later: Later) -> None:
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    later(seconds=59)
    for asker in (OURS, STRANGERS):
        with pytest.raises(PhoneCodeTooSoonError):
            phone_sessions.request_code(TYPED, asker=asker, address="")
    later(seconds=1)
    assert phone_sessions.request_code(TYPED, asker=OURS, address="").sent_to.endswith("17")


def test_c28_signing_in_asks_nobody_who_is_a_patient(sms: Phones, later: Later) -> None:
    """No answer and no delay can tell what was never looked up."""
    with CaptureQueriesContext(connection) as asked:
        opened = signed_in(sms)
        phone_sessions.resume(opened.token)
    assert len(asked) > 5
    assert [each["sql"] for each in asked if "patients_" in each["sql"] or "scheduling_" in each["sql"]] == []


@pytest.mark.parametrize("phone", ["", "8 921 000", "+1 202 555 0100"])
def test_what_is_no_phone_is_said_beside_its_field(phone: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        phone_sessions.request_code(phone, asker=OURS, address="")
    assert set(refused.value.fields) == {"phone"}


def test_a_browser_without_its_own_token_has_no_code(sms: Phones, later: Later) -> None:
    for asker in ("", "short", OURS + "x"):
        with pytest.raises(PhoneProofOverError):
            phone_sessions.request_code(TYPED, asker=asker, address="")


def test_c29_half_an_hour_without_a_request_ends_a_session(sms: Phones, later: Later) -> None:
    token = signed_in(sms).token
    for _ in range(3):
        later(minutes=29, seconds=59)
        assert token_after(token) == token
    later(minutes=30)
    assert phone_sessions.resume(token) is None
    assert bytes(PhoneSession.objects.get().phone) == b""
    later(minutes=-1)
    assert phone_sessions.resume(token) is None, "what has ended does not come back"


def test_c29_however_busy_a_session_ends_after_twelve_hours(sms: Phones, later: Later) -> None:
    token = signed_in(sms).token
    for _ in range(35):
        later(minutes=20)
        token = token_after(token)
    later(minutes=20)
    assert phone_sessions.resume(token) is None


def test_c29_a_kept_session_lasts_ninety_days_and_its_token_turns(sms: Phones, later: Later) -> None:
    opened = signed_in(sms, is_kept=True)
    assert opened.until == NOW + timedelta(days=90)
    seen = {opened.token}
    token = opened.token
    for _ in range(8):
        later(days=10)
        token = token_after(token)
        assert token not in seen
        seen.add(token)
        later(minutes=5)
        assert token_after(token) == token, "not at each request"
    later(days=10)
    assert phone_sessions.resume(token) is None


def test_c29_a_lost_answer_and_a_double_tap_are_forgiven_for_two_minutes(sms: Phones, later: Later) -> None:
    first = signed_in(sms, is_kept=True).token
    later(hours=1)
    second = token_after(first)
    later(seconds=119)
    assert token_after(first) == second
    assert token_after(second) == second


def test_c29_a_token_that_had_turned_ends_the_session_for_both(sms: Phones, later: Later) -> None:
    first = signed_in(sms, is_kept=True).token
    later(hours=1)
    second = token_after(first)
    later(minutes=2)
    assert phone_sessions.resume(first) is None
    assert phone_sessions.resume(second) is None


def test_c29_replay_after_signing_out_fails(sms: Phones, later: Later) -> None:
    opened = signed_in(sms, is_kept=True)
    later(hours=1)
    turned = token_after(opened.token)
    phone_sessions.sign_out(turned)
    for token in (opened.token, turned):
        assert phone_sessions.resume(token) is None
    phone_sessions.sign_out(turned)
    assert phone_sessions.sessions(opened.holder) == ()


def test_c29_signing_in_makes_a_new_token_and_ends_the_session_before(sms: Phones, later: Later) -> None:
    first = signed_in(sms)
    later(seconds=60)
    second = signed_in(sms, before=first.token)
    assert second.token != first.token
    assert phone_sessions.resume(first.token) is None
    assert [card.is_this for card in phone_sessions.sessions(second.holder)] == [True]


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
def test_c29_a_token_of_nobody_opens_nothing(sms: Phones, later: Later, token: str) -> None:
    signed_in(sms)
    assert phone_sessions.resume(token) is None


def test_c29_one_s_own_sessions_are_seen_and_ended_and_nobody_else_s(sms: Phones, later: Later) -> None:
    phone = signed_in(sms, is_kept=True)
    later(seconds=60)
    tablet = signed_in(sms, is_kept=True, asker=STRANGERS)
    later(seconds=60)
    phone_sessions.request_code("8 921 000-00-18", asker=OURS, address="")
    other = phone_sessions.sign_in(SignIn("8 921 000-00-18", sms.code()), asker=OURS, agent="")
    shown = phone_sessions.sessions(phone.holder)
    assert [(card.id, card.is_this) for card in shown] == [
        (tablet.holder.session_id, False),
        (phone.holder.session_id, True),
    ]
    phone_sessions.end_session(phone.holder, tablet.holder.session_id)
    assert phone_sessions.resume(tablet.token) is None
    for session in (other.holder.session_id, tablet.holder.session_id, uuid4()):
        with pytest.raises(NotFoundError):
            phone_sessions.end_session(phone.holder, session)
    assert phone_sessions.resume(other.token) is not None
    assert phone_sessions.resume(phone.token) is not None


@pytest.mark.django_db(transaction=True)
def test_c29_requests_at_once_turn_a_token_once_and_none_is_turned_away(sms: Phones, later: Later) -> None:
    token = signed_in(sms, is_kept=True).token
    later(hours=1)
    gate = threading.Barrier(8)

    def ask() -> OpenedSession | None:
        gate.wait()
        try:
            return phone_sessions.resume(token)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = [asked.result() for asked in [pool.submit(ask) for _ in range(8)]]
    assert len({opened.token for opened in found if opened is not None} - {token}) == 1
    assert None not in found


@pytest.mark.django_db(transaction=True)
def test_c28_of_several_that_sign_in_with_one_code_at_once_one_does(sms: Phones, later: Later) -> None:
    phone_sessions.request_code(TYPED, asker=OURS, address="")
    given, gate = SignIn(TYPED, sms.code()), threading.Barrier(6)

    def enter() -> bool:
        gate.wait()
        try:
            phone_sessions.sign_in(given, asker=OURS, agent="")
        except PhoneProofOverError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        found = [asked.result() for asked in [pool.submit(enter) for _ in range(6)]]
    assert sorted(found) == [False] * 5 + [True]
    assert PhoneSession.objects.count() == 1


def test_sessions_that_are_over_are_deleted(sms: Phones, later: Later) -> None:
    left = signed_in(sms)
    phone_sessions.sign_out(left.token)
    later(seconds=60)
    idle = signed_in(sms)
    later(seconds=60)
    kept = signed_in(sms, is_kept=True)
    later(minutes=29, seconds=-60)
    jobs.forget_sessions(timestamp=0)
    ids = set(PhoneSession.objects.values_list("id", flat=True))
    assert ids == {idle.holder.session_id, kept.holder.session_id}
    later(minutes=1)
    jobs.forget_sessions(timestamp=0)
    assert [row.id for row in PhoneSession.objects.all()] == [kept.holder.session_id]
    later(days=90)
    jobs.forget_sessions(timestamp=0)
    assert PhoneSession.objects.count() == 0
