from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from channels.site.factory import MONDAY, appointment
from feldsher.channels.site import talon
from feldsher.domain.scheduling.types import Answer, State
from feldsher.kernel import clock


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY)


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_words(state: State) -> None:
    words = talon.words_of(appointment(state))
    assert words.title
    assert words.badge


def test_the_page_refreshes_itself_only_while_an_answer_is_awaited() -> None:
    waiting = {state for state in State if not talon.words_of(appointment(state)).is_final}
    assert waiting == {State.BOOKING, State.UNKNOWN, State.CANCELLING}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("taken_in_mis", "Это время только что заняли в регистратуре."),
        ("patient_conflict", "На это время вы уже записаны."),
        ("needs_referral", "На этот приём нужно направление."),
        ("not_for_patient", "Клиника не записывает вас на это время."),
        ("mis_unavailable", "Система клиники не отвечала, и записать вас не получилось."),
        ("code_of_tomorrow", "Клиника не смогла записать вас на это время."),
    ],
)
def test_a_refusal_says_its_reason_and_offers_times(reason: str, words: str) -> None:
    said = talon.words_of(appointment(State.REJECTED, reason=reason))
    assert said.text.startswith(words)
    assert said.offers_times


def test_a_move_that_found_its_visit_gone_does_not_say_that_the_old_time_stays() -> None:
    said = talon.words_of(replace(appointment(State.REJECTED, reason="visit_gone"), chain=UUID(int=9)))
    assert (said.text.startswith("Прежней записи"), said.offers_times) == (True, False)
    assert "осталось" not in said.text
    taken = talon.words_of(replace(appointment(State.REJECTED, reason="taken_in_mis"), chain=UUID(int=9)))
    assert taken.text.endswith("Прежнее время осталось за\u00a0вами.")


def test_a_promise_is_an_hour_while_it_holds_and_a_person_after() -> None:
    soon = appointment(State.BOOKING, answer_by=MONDAY + timedelta(minutes=2))
    assert talon.promise_of(soon) == "Ответим до 09:02."
    late = appointment(State.UNKNOWN, answer_by=MONDAY - timedelta(minutes=1))
    assert talon.promise_of(late).startswith("Запись проверяет регистратор и позвонит вам.")
    assert talon.promise_of(appointment(State.BOOKED)) == ""


@pytest.mark.parametrize("state", [State.UNKNOWN, State.REJECTED, State.CANCELLING, State.BOOKED])
def test_whoever_waits_for_a_person_reads_who_calls_and_by_when(state: State) -> None:
    awaited = appointment(state, answer_by=MONDAY + timedelta(hours=1), has_call=True)
    assert talon.promise_of(awaited) == "Регистратор позвонит вам до 10:00."


def test_a_cancel_that_the_clinic_refused_is_told() -> None:
    words = talon.words_of(appointment(State.BOOKED, reason="cancel_rejected"))
    assert words.title == "Вы записаны"
    assert "остаётся в силе" in words.text


@pytest.mark.usefixtures("clinic")
def test_a_visit_by_video_names_no_address() -> None:
    visit = appointment(State.BOOKED)
    remote = replace(visit, key=replace(visit.key, answers=Answer.REMOTE))
    assert talon.talon_of(visit, now=MONDAY).place == "Москва, Условная ул., 18"
    found = talon.talon_of(remote, now=MONDAY)
    assert found.place == "Онлайн-приём"
    assert found.place_name == "Как подключиться, скажет клиника: На Условной"


def test_a_visit_that_staff_write_is_told_as_that_and_not_as_a_lost_answer() -> None:
    words = talon.words_of(appointment(State.UNKNOWN, reason="by_hand"))
    assert words.title == "Принимаем запись"
    assert words.text.startswith("Запись вносит регистратор.")
    assert not words.is_final
