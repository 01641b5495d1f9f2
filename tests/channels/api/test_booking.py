"""Holds, confirmations, visits and calls, with invented answers of the services."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.http import HttpResponse

from channels.api.factory import CALL, CONFIRMATION, HOLD, PATIENT, TOKEN, Call, card, held, open_slot
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    BusyTryAgainError,
    HoldNotFoundError,
    PhoneProofRequiredError,
    SlotTakenError,
    TooLateToChangeError,
)
from feldsher.domain.scheduling.types import (
    BookerInput,
    CallRequest,
    CodeRequest,
    Confirmation,
    Confirmed,
    PersonInput,
    PhoneCode,
    State,
)
from feldsher.foundation.access.errors import PhoneCodeTooSoonError, PhoneProofOverError, PhoneProofWrongError
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

TAKE = Call("POST", "/holds", {"slot": "token", "channel": "telegram"}, {"X-Device": "phone-1"})
CONFIRM = Call("POST", f"/holds/{HOLD}/confirmation", CONFIRMATION)
CODE = Call("POST", f"/holds/{HOLD}/phone-code", {"phone": PATIENT["phone"]}, {"X-Device": "phone-1"})
BEARER = {"Authorization": f"Bearer {TOKEN}"}
MOVE = Call("POST", f"/appointments/{HOLD}/reschedule", {"slot": "token"}, {**BEARER, "X-Device": "phone-1"})
VISIT = {
    "start": "2026-11-25T09:30:00+05:00",
    "end": "2026-11-25T10:00:00+05:00",
    "zone": "Asia/Yekaterinburg",
    "practitioner": "00000000-0000-4000-8000-00000000000a",
    "service": "00000000-0000-4000-8000-00000000000c",
    "location": "00000000-0000-4000-8000-00000000000b",
    "mode": "in_person",
}
PRICE = {"amount": "1900.00", "currency": "RUB"}
ALTERNATIVE = {"slot": "token", **VISIT, "price": PRICE}


def _body(response: HttpResponse, status: int) -> Any:
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return json.loads(response.content)


def _appointment(state: str, **other: Any) -> dict[str, Any]:
    return {
        "id": str(HOLD),
        "state": state,
        "reason": None,
        **VISIT,
        "price": PRICE,
        "expires_at": None,
        "answer_by": None,
        "can_cancel": state == "booked",
        "created_at": "2026-11-24T13:00:00+05:00",
        "version": 1,
        **other,
    }


def test_a_hold_is_in_the_time_of_its_branch(answers: Any) -> None:
    hold = answers("services", "hold", held())
    assert _body(TAKE.send(), 201) == {
        "id": str(HOLD), "expires_at": "2026-11-24T13:10:00+05:00", **VISIT, "price": None,
        "needs_birth_date": False,
    }  # fmt: skip
    (call,) = hold.call_args_list
    assert call.args == ("token",)
    assert (call.kwargs["channel"], call.kwargs["device"]) == ("telegram", "phone-1")


def test_a_hold_says_that_its_mis_needs_a_birth_date(answers: Any) -> None:
    answers("services", "hold", held())
    answers("selectors", "needs_birth_date", outcome=True)
    assert _body(TAKE.send(), 201)["needs_birth_date"] is True


def test_a_taken_slot_comes_with_alternatives(answers: Any) -> None:
    answers("services", "hold", SlotTakenError(alternatives=(open_slot(),)))
    body = _body(TAKE.send(), 409)
    assert (body["code"], body["alternatives"]) == ("slot_taken", [ALTERNATIVE])


def test_a_refusal_that_may_pass_says_when_to_try(answers: Any) -> None:
    answers("services", "hold", BusyTryAgainError())
    response = TAKE.send()
    assert _body(response, 503)["code"] == "busy_try_again"
    assert response.headers["Retry-After"] == "2"


def test_a_hold_is_released_without_a_body(answers: Any) -> None:
    release = answers("services", "release", None)
    response = Call("DELETE", f"/holds/{HOLD}").send()
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response.headers
    release.assert_called_once_with(HOLD)


def test_an_unknown_hold_is_not_found(answers: Any) -> None:
    answers("services", "release", HoldNotFoundError())
    assert _body(Call("DELETE", f"/holds/{HOLD}").send(), 404)["code"] == "hold_not_found"


def test_a_booked_confirmation_carries_the_secret_and_the_page(answers: Any) -> None:
    confirm = answers("services", "confirm", Confirmed(HOLD, TOKEN))
    wait = answers("services", "wait_for_outcome", card(State.BOOKED))
    assert _body(CONFIRM.send(), 201) == {
        "id": str(HOLD),
        "state": "booked",
        "token": TOKEN,
        "manage_url": f"http://testserver/visit/{HOLD}/{TOKEN}/",
        "answer_by": None,
        "appointment": _appointment("booked"),
    }
    wait.assert_called_once_with(HOLD, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
    assert confirm.call_args.args == (HOLD,)
    assert confirm.call_args.kwargs["confirmation"] == Confirmation(
        person=PersonInput(family="Небывалова", given="Анна", phone="+7 921 000-00-00"),
        consents=("booking",),
        wish="",
        channel="api",
    )


def test_who_books_another_is_told_to_the_service(answers: Any) -> None:
    confirm = answers("services", "confirm", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", card(State.BOOKED))
    booker = {"relation": "parent", "name": "Небывалова Анна"}
    patient = {**PATIENT, "given": "Миша", "birth_date": "2019-05-05"}
    response = Call("POST", CONFIRM.path, {**CONFIRMATION, "patient": patient, "booker": booker}).send()
    assert _body(response, 201)["state"] == "booked"
    confirmation = confirm.call_args.kwargs["confirmation"]
    assert confirmation.booker == BookerInput("parent", "Небывалова Анна")
    assert confirmation.person.birth_date == "2019-05-05"


def test_an_address_for_letters_is_told_to_the_service(answers: Any) -> None:
    confirm = answers("services", "confirm", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", card(State.BOOKED))
    patient = {**PATIENT, "email": "anna@example.ru"}
    assert Call("POST", CONFIRM.path, {**CONFIRMATION, "patient": patient}).send().status_code == 201
    assert confirm.call_args.kwargs["confirmation"].person.email == "anna@example.ru"


@pytest.mark.parametrize(
    "booker",
    [{}, {"relation": "parent"}, {"relation": "aunt", "name": "А"}, {"relation": "other", "name": ""}, "я"],
)
def test_a_misshapen_booker_is_refused(answers: Any, booker: object) -> None:
    confirm = answers("services", "confirm", None)
    response = Call("POST", CONFIRM.path, {**CONFIRMATION, "booker": booker}).send()
    assert _body(response, 422)["code"] == "invalid_input"
    assert confirm.call_count == 0


def test_faults_of_who_books_are_named_as_the_body_does(answers: Any) -> None:
    answers("services", "confirm", InvalidInputError(fields={"booker": "Имя", "birth_date": "День"}))
    body = _body(CONFIRM.send(), 422)
    assert body["errors"] == {"booker.name": "Имя", "patient.birth_date": "День"}


@pytest.mark.parametrize("state", [State.BOOKING, State.UNKNOWN])
def test_no_answer_yet_is_202_with_the_promised_hour(answers: Any, state: State) -> None:
    answers("services", "confirm", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", card(state))
    body = _body(CONFIRM.send(), 202)
    assert (body["state"], body["token"]) == ("confirming", TOKEN)
    assert body["answer_by"] == "2026-11-24T13:02:00+05:00"
    assert body["appointment"] == _appointment("confirming", answer_by="2026-11-24T13:02:00+05:00")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("patient_conflict", "patient_conflict"),
        ("needs_referral", "needs_referral"),
        ("age_limit", "age_limit"),
        ("not_for_patient", "not_for_patient"),
        ("mis_rejected", "mis_rejected"),
        ("never heard of", "mis_rejected"),
    ],
)
def test_a_refusal_of_the_clinic_is_a_conflict_of_its_own_code(answers: Any, reason: str, code: str) -> None:
    answers("services", "confirm", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", card(State.REJECTED, reason=reason))
    body = _body(CONFIRM.send(), 409)
    assert body["code"] == code
    assert "alternatives" not in body


def test_a_time_taken_in_the_clinic_comes_with_alternatives(answers: Any) -> None:
    answers("services", "confirm", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", card(State.REJECTED, reason="taken_in_mis"))
    nearest = answers("selectors", "alternatives", (open_slot(),))
    body = _body(CONFIRM.send(), 409)
    assert (body["code"], body["alternatives"]) == ("taken_in_mis", [ALTERNATIVE])
    nearest.assert_called_once_with(card(State.REJECTED).key)


def test_a_service_names_fields_as_the_body_does(answers: Any) -> None:
    answers(
        "services", "confirm", InvalidInputError(fields={"phone": "Не хватает цифры.", "wish": "Длинно."})
    )
    body = _body(CONFIRM.send(), 422)
    assert body["errors"] == {"patient.phone": "Не хватает цифры.", "wish": "Длинно."}


def test_a_visit_opens_with_its_secret(answers: Any) -> None:
    show = answers("selectors", "appointment", card(State.BOOKED))
    assert _body(Call("GET", f"/appointments/{HOLD}", None, BEARER).send(), 200) == _appointment("booked")
    show.assert_called_once_with(HOLD, token=TOKEN)


def test_somebody_elses_visit_is_not_found(answers: Any) -> None:
    answers("selectors", "appointment", AppointmentNotFoundError())
    assert (
        _body(Call("GET", f"/appointments/{HOLD}", None, BEARER).send(), 404)["code"]
        == "appointment_not_found"
    )


@pytest.mark.parametrize(
    ("after", "status", "word"),
    [(State.CANCELLED, 200, "cancelled"), (State.CANCELLING, 202, "cancelling")],
)
def test_a_cancel_waits_for_the_clinic(answers: Any, after: State, status: int, word: str) -> None:
    answers("services", "cancel", card(State.CANCELLING))
    answers("services", "wait_for_outcome", card(after))
    assert _body(Call("DELETE", f"/appointments/{HOLD}", None, BEARER).send(), status)["state"] == word


def test_a_cancel_that_the_clinic_refused_is_told(answers: Any) -> None:
    answers("services", "cancel", card(State.CANCELLING))
    answers("services", "wait_for_outcome", card(State.BOOKED))
    assert (
        _body(Call("DELETE", f"/appointments/{HOLD}", None, BEARER).send(), 409)["code"] == "not_cancellable"
    )


def test_past_the_cut_off_a_cancel_is_refused_with_the_phone_and_the_card_says_so(answers: Any) -> None:
    answers("services", "cancel", TooLateToChangeError(phone="+7 921 000-00-01"))
    told = _body(Call("DELETE", f"/appointments/{HOLD}", None, BEARER).send(), 409)
    assert (told["code"], "+7 921 000-00-01" in told["title"]) == ("too_late_to_change", True)
    answers("selectors", "appointment", replace(card(State.BOOKED), is_too_late=True))
    shown = _body(Call("GET", f"/appointments/{HOLD}", None, BEARER).send(), 200)
    assert (shown["state"], shown["can_cancel"]) == ("booked", False)


def test_a_cancelled_visit_stays_cancelled_without_waiting(answers: Any) -> None:
    answers("services", "cancel", card(State.CANCELLED))
    wait = answers("services", "wait_for_outcome", card(State.BOOKED))
    assert _body(Call("DELETE", f"/appointments/{HOLD}", None, BEARER).send(), 200)["state"] == "cancelled"
    wait.assert_not_called()


def test_where_a_visit_may_move_is_told_to_who_has_its_secret(answers: Any) -> None:
    ask = Call("GET", f"/appointments/{HOLD}/slots", None, BEARER)
    visit = answers("selectors", "appointment", replace(card(State.BOOKED), can_cancel=True))
    answers("selectors", "times_to_move_to", (open_slot(),))
    assert _body(ask.send(), 200) == {"items": [ALTERNATIVE]}
    visit.return_value = replace(card(State.CANCELLED), can_cancel=False)
    assert _body(ask.send(), 409)["code"] == "not_movable"
    answers("selectors", "too_late_to_change", TooLateToChangeError())
    visit.return_value = replace(card(State.BOOKED), can_cancel=True, is_too_late=True)
    assert _body(ask.send(), 409)["code"] == "too_late_to_change"
    visit.side_effect = AppointmentNotFoundError()
    assert _body(ask.send(), 404)["code"] == "appointment_not_found"


@pytest.mark.parametrize(("after", "status"), [(State.BOOKED, 201), (State.BOOKING, 202)])
def test_a_move_gives_the_new_visit_with_its_secret(answers: Any, after: State, status: int) -> None:
    move = answers("services", "move", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", card(after))
    told = _body(MOVE.send(), status)
    assert (told["token"], told["manage_url"]) == (TOKEN, f"http://testserver/visit/{HOLD}/{TOKEN}/")
    (call,) = move.call_args_list
    assert call.args == (HOLD,)
    given = {name: call.kwargs[name] for name in ("token", "slot", "device", "channel")}
    assert given == {"token": TOKEN, "slot": "token", "device": "phone-1", "channel": "api"}
    assert call.kwargs["idempotency"] is not None


def test_a_move_that_the_clinic_refused_says_why(answers: Any) -> None:
    answers("services", "move", Confirmed(HOLD, TOKEN))
    answers("services", "wait_for_outcome", replace(card(State.REJECTED), reason="taken_in_mis"))
    answers("selectors", "alternatives", (open_slot(),))
    assert _body(MOVE.send(), 409)["code"] == "taken_in_mis"


def test_a_call_is_promised_by_an_hour(answers: Any) -> None:
    ask = answers("services", "request_call", CallRequest(UUID(int=7), card(State.BOOKED).created_at))
    assert _body(Call("POST", "/call-requests", CALL).send(), 201) == {
        "id": str(UUID(int=7)), "call_by": "2026-11-24T08:00:00+00:00"
    }  # fmt: skip
    assert ask.call_count == 1


# The phone's proof


def test_a_code_is_sent_and_told_masked(answers: Any) -> None:
    at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    told = PhoneCode("+7 921 •••-••-00", at, at + timedelta(minutes=9), at + timedelta(minutes=10))
    request = answers("services", "request_phone_code", told)
    assert _body(CODE.send(), 202) == {
        "sent_to": "+7 921 •••-••-00",
        "resend_at": "2026-11-24T08:00:00+00:00",
        "expires_at": "2026-11-24T08:09:00+00:00",
        "hold_expires_at": "2026-11-24T08:10:00+00:00",
    }
    (call,) = request.call_args_list
    assert call.args == (HOLD,)
    assert call.kwargs["request"] == CodeRequest(PATIENT["phone"], "127.0.0.1")


def test_who_asks_too_soon_hears_when(answers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: at)
    answers("services", "request_phone_code", PhoneCodeTooSoonError(retry_at=at + timedelta(seconds=44.2)))
    response = CODE.send()
    body = _body(response, 429)
    assert (body["code"], body["retry_at"]) == ("phone_code_too_soon", "2026-11-24T08:00:44+00:00")
    assert response.headers["Retry-After"] == "45"


def test_a_code_comes_with_the_confirmation(answers: Any) -> None:
    confirm = answers("services", "confirm", PhoneProofOverError())
    call = Call("POST", f"/holds/{HOLD}/confirmation", {**CONFIRMATION, "phone_proof": "123 456"})
    assert _body(call.send(), 403)["code"] == "phone_proof_over"
    assert confirm.call_args.kwargs["confirmation"].phone_proof == "123 456"


@pytest.mark.parametrize(
    ("refusal", "code", "left"),
    [
        (PhoneProofRequiredError(), "phone_proof_required", None),
        (PhoneProofWrongError(tries_left=0), "phone_proof_wrong", 0),
    ],
)
def test_a_missing_proof_is_no_wrong_one(
    answers: Any, refusal: Exception, code: str, left: int | None
) -> None:
    answers("services", "confirm", refusal)
    body = _body(CONFIRM.send(), 403)
    assert (body["code"], body.get("tries_left")) == (code, left)


def test_a_code_that_is_none_is_named_as_the_body_does(answers: Any) -> None:
    answers("services", "confirm", InvalidInputError(fields={"phone_proof": "Код — шесть цифр"}))
    assert set(_body(CONFIRM.send(), 422)["errors"]) == {"phone_proof"}
