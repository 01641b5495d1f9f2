"""Holds and confirmations with invented answers of the services: what the person sees and what is kept."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from channels.site.factory import FORM_KEY, HOLD, appointment, doctor, held, slot
from feldsher.channels.frontend import form_keys
from feldsher.conf.environment import BookingSettings
from feldsher.domain.scheduling.errors import (
    BusyTryAgainError,
    ConsentRequiredError,
    HoldExpiredError,
    HoldNotFoundError,
    InProgressError,
    PatientBusyError,
    ScheduleStaleError,
    SlotInPastError,
    SlotTakenError,
    SlotTokenError,
    TooManyHoldsError,
)
from feldsher.domain.scheduling.types import Confirmed, State
from feldsher.kernel.errors import InvalidInputError

FORM = f"/booking/{HOLD}/"
TYPED = {"family": "Понарошкина", "given": "Вера", "phone": "8 921 000-00-00", "wish": "у окна"}
WHOLE = {**TYPED, "consent": "on", "key": FORM_KEY}
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*?value="([^"]*)"', page)
    assert found is not None
    return found.group(1)


def _is_ticked(page: str) -> bool:
    """Tell whether any box is ticked; of several choices one always is."""
    return re.search(r'type="checkbox"[^>]*\bchecked', page) is not None


def _wanted(client: Client, answers: Put) -> str:
    answers("selectors", "held", held())
    return _value(_text(client.get(FORM), 200), "wanted")


def test_a_tap_on_a_time_holds_it_and_leads_to_the_form(client: Client, answers: Put) -> None:
    hold = answers("services", "hold", held())
    response = client.post("/holds/", {"slot": "token-1", "key": FORM_KEY})
    assert response.status_code == 303
    assert response.headers["Location"] == FORM
    assert response.headers["Cache-Control"] == "no-store"
    cookie = response.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert hold.call_args.args == ("token-1",)
    assert hold.call_args.kwargs["channel"] == "site"
    assert hold.call_args.kwargs["device"] == cookie.value


def test_the_device_stays_the_same_between_taps(client: Client, answers: Put) -> None:
    hold = answers("services", "hold", held())
    for _ in range(2):
        client.post("/holds/", {"slot": "token-1", "key": FORM_KEY})
    first, second = (call.kwargs for call in hold.call_args_list)
    assert first == second


def test_a_double_tap_waits_for_its_twin(
    client: Client, answers: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_keys, "_TWIN_WAITS", (0.0,))
    hold = answers("services", "hold", held())
    hold.side_effect = [InProgressError(), held()]
    assert client.post("/holds/", {"slot": "t", "key": FORM_KEY}).status_code == 303
    assert hold.call_count == 2


@pytest.mark.parametrize(
    ("error", "status"),
    [(SlotTakenError(), 409), (SlotInPastError(), 409), (TooManyHoldsError(), 429)],
)
def test_a_lost_time_offers_the_nearest_ones(
    client: Client, answers: Put, error: Exception, status: int
) -> None:
    answers("services", "hold", error)
    page = _text(client.post("/holds/", {"slot": "t", "key": FORM_KEY}), status)
    assert page.count('class="chip"') == 2
    assert str(getattr(error, "message", "")) in page
    assert f"Код: {getattr(error, 'code', '')}" in page


def test_alternatives_of_the_refusal_itself_come_first(client: Client, answers: Put) -> None:
    offered = (slot(doctor(1, "Небывалова"), 50),)
    answers("services", "hold", SlotTakenError(alternatives=offered))
    page = _text(client.post("/holds/", {"slot": "t", "key": FORM_KEY}), 409)
    assert re.findall(r'name="slot" value="([^"]*)"', page) == [offered[0].token]


def test_alternatives_that_cannot_be_read_do_not_hide_the_refusal(client: Client, answers: Put) -> None:
    answers("services", "hold", SlotInPastError())
    answers("selectors", "alternatives", ScheduleStaleError())
    page = _text(client.post("/holds/", {"slot": "t", "key": FORM_KEY}), 409)
    assert "Код: slot_in_past" in page


def test_a_crowd_lets_one_tap_again(client: Client, answers: Put) -> None:
    answers("services", "hold", BusyTryAgainError())
    response = client.post("/holds/", {"slot": "token-1", "key": FORM_KEY})
    page = _text(response, 503)
    assert response.headers["Retry-After"] == "5"
    assert "Попробовать ещё раз" in page
    assert re.findall(r'name="slot" value="([^"]*)"', page) == ["token-1"]


def test_a_forged_time_is_refused_without_alternatives(client: Client, answers: Put) -> None:
    answers("services", "hold", SlotTokenError())
    answers("selectors", "peek", SlotTokenError())
    page = _text(client.post("/holds/", {"slot": "forged", "key": FORM_KEY}), 422)
    assert "Код: slot_invalid" in page
    assert 'class="chip"' not in page


def test_a_form_without_its_key_is_refused(client: Client, answers: Put) -> None:
    hold = answers("services", "hold", held())
    assert "form_key_missing" in _text(client.post("/holds/", {"slot": "t"}), 400)
    assert hold.call_count == 0


def test_the_form_shows_the_talon_the_rest_of_the_hold_and_an_unticked_consent(
    client: Client, answers: Put
) -> None:
    answers("selectors", "held", held())
    response = client.get(FORM)
    page = _text(response, 200)
    assert response.headers["Cache-Control"] == "no-store"
    for words in (
        "Небывалова Анна Сергеевна",
        "09:00",
        "Завтра, вт, 24\u00a0ноября",
        "1\u00a0900\u00a0₽",
        "10:00",
    ):
        assert words in page
    assert "ООО «Примерная клиника»" in page
    assert not _is_ticked(page)
    assert 'name="birth_date"' not in page
    assert "<title>Запись. ООО «Примерная клиника»</title>" in page


def test_a_confirmed_hold_leads_to_the_secret_page(client: Client, answers: Put) -> None:
    booked = appointment(State.BOOKED)
    confirm = answers("services", "confirm", Confirmed(HOLD, "secret"))
    answers("services", "wait_for_outcome", booked)
    response = client.post(FORM, WHOLE)
    assert response.status_code == 303
    assert response.headers["Location"] == f"/visit/{HOLD}/secret/"
    confirmation = confirm.call_args.kwargs["confirmation"]
    assert confirmation.person.family == "Понарошкина"
    assert confirmation.consents == ("booking",)
    assert confirmation.channel == "site"


def test_faults_stand_beside_their_fields_and_values_are_kept(client: Client, answers: Put) -> None:
    confirm = answers("services", "confirm", None)
    answers("selectors", "held", held())
    page = _text(client.post(FORM, {**WHOLE, "phone": "+7 921 000-0", "given": ""}), 422)
    assert "Не хватает трёх цифр" in page
    assert "Напишите имя" in page
    assert _value(page, "family") == "Понарошкина"
    assert _value(page, "phone") == "+7 921 000-0"
    assert _value(page, "key") != FORM_KEY
    assert confirm.call_count == 0


def test_a_birth_date_is_asked_once_the_service_needs_it(client: Client, answers: Put) -> None:
    answers("services", "confirm", InvalidInputError(fields={"birth_date": "Нужна дата рождения"}))
    answers("selectors", "held", held())
    page = _text(client.post(FORM, WHOLE), 422)
    assert 'name="birth_date"' in page
    assert "Нужна дата рождения" in page


@pytest.mark.parametrize("is_needed", [True, False])
def test_a_birth_date_is_asked_at_once_where_the_mis_needs_it(
    client: Client, answers: Put, is_needed: object
) -> None:
    answers("selectors", "held", held())
    answers("selectors", "needs_birth_date", is_needed)
    assert ('name="birth_date"' in _text(client.get(FORM), 200)) is is_needed


@pytest.mark.parametrize(
    ("error", "status"),
    [(PatientBusyError(), 409), (ConsentRequiredError(), 422), (BusyTryAgainError(), 503)],
)
def test_a_refusal_that_keeps_the_hold_keeps_the_form(
    client: Client, answers: Put, error: Exception, status: int
) -> None:
    answers("services", "confirm", error)
    answers("selectors", "held", held())
    page = _text(client.post(FORM, WHOLE), status)
    assert str(getattr(error, "message", "")) in page
    assert _value(page, "family") == "Понарошкина"


@pytest.mark.parametrize("error", [HoldExpiredError(), SlotTakenError()])
def test_a_lost_hold_carries_what_was_typed_to_the_next_form(
    client: Client, answers: Put, error: Exception
) -> None:
    wanted = _wanted(client, answers)
    answers("services", "confirm", error)
    page = _text(client.post(FORM, {**WHOLE, "wanted": wanted}), 409)
    assert page.count('class="chip"') == 2
    carried = {name: _value(page, name) for name in TYPED}
    assert carried == TYPED
    assert 'name="consent"' not in page

    answers("services", "hold", held(48))
    response = client.post("/holds/", {"slot": "t", "key": FORM_KEY, **carried})
    page = _text(response, 200)
    assert response.headers["Cache-Control"] == "no-store"
    assert {name: _value(page, name) for name in ("family", "given", "phone")} == {
        "family": "Понарошкина",
        "given": "Вера",
        "phone": "8 921 000-00-00",
    }
    assert ">у окна</textarea>" in page
    assert not _is_ticked(page)


def test_an_expired_hold_is_noticed_even_when_the_form_has_faults(client: Client, answers: Put) -> None:
    wanted = _wanted(client, answers)
    answers("selectors", "held", HoldExpiredError())
    page = _text(client.post(FORM, {**WHOLE, "phone": "", "wanted": wanted}), 409)
    assert "Код: hold_expired" in page
    assert page.count('class="chip"') == 2


def test_a_refusal_of_the_clinic_within_the_wait_keeps_what_was_typed(client: Client, answers: Put) -> None:
    wanted = _wanted(client, answers)
    answers("services", "confirm", Confirmed(HOLD, "secret"))
    answers("services", "wait_for_outcome", appointment(State.REJECTED, reason="taken_in_mis"))
    page = _text(client.post(FORM, {**WHOLE, "wanted": wanted}), 409)
    assert "Это время только что заняли в регистратуре" in page
    assert _value(page, "family") == "Понарошкина"


def test_a_forged_wish_for_alternatives_is_ignored(client: Client, answers: Put) -> None:
    answers("services", "confirm", HoldExpiredError())
    page = _text(client.post(FORM, {**WHOLE, "wanted": "forged:1:x"}), 409)
    assert 'class="chip"' not in page
    assert "Код: hold_expired" in page


def test_a_hold_that_became_a_visit_leads_to_it(client: Client, answers: Put) -> None:
    answers("selectors", "held", HoldNotFoundError())
    page = _text(client.get(FORM), 404)
    assert f'href="/visit/{HOLD}/"' in page


def test_letting_go_returns_to_the_schedule_and_twice_is_no_error(client: Client, answers: Put) -> None:
    answers("selectors", "held", held())
    release = answers("services", "release", None)
    key = held().key
    response = client.post(f"{FORM}release/")
    assert response.status_code == 303
    assert response.headers["Location"].startswith(
        f"/doctors/{key.practitioner_id}/?location={key.location_id}"
    )
    assert release.call_args.args == (HOLD,)
    answers("selectors", "held", HoldNotFoundError())
    assert client.post(f"{FORM}release/").headers["Location"] == "/doctors/"


@pytest.mark.parametrize("path", ["/holds/", f"{FORM}release/"])
def test_a_get_never_acts(client: Client, answers: Put, path: str) -> None:
    hold, release = answers("services", "hold", held()), answers("services", "release", None)
    assert client.get(path).status_code == 405
    assert (hold.call_count, release.call_count) == (0, 0)


def test_a_post_without_its_csrf_token_says_that_the_page_is_old(answers: Put) -> None:
    hold = answers("services", "hold", held())
    strict = Client(enforce_csrf_checks=True)
    page = _text(strict.post("/holds/", {"slot": "t", "key": FORM_KEY}), 403)
    assert "Страница устарела, обновите" in page
    assert hold.call_count == 0


def test_an_address_is_asked_for_where_letters_are_written(
    client: Client, answers: Put, settings: Settings
) -> None:
    answers("selectors", "held", held())
    assert 'name="email"' not in _text(client.get(FORM), 200)
    settings.FELDSHER_BOOKING = BookingSettings(letters=True)
    assert 'name="email"' in _text(client.get(FORM), 200)


def test_an_address_is_told_to_the_service_and_a_wrong_one_stays_beside_its_reason(
    client: Client, answers: Put, settings: Settings
) -> None:
    settings.FELDSHER_BOOKING = BookingSettings(letters=True)
    answers("selectors", "held", held())
    confirm = answers("services", "confirm", InvalidInputError(fields={"email": "Проверьте адрес почты"}))
    page = _text(client.post(FORM, {**WHOLE, "email": "вера@"}), 422)
    assert confirm.call_args.kwargs["confirmation"].person.email == "вера@"
    assert "Проверьте адрес почты" in page
    assert _value(page, "email") == "вера@"
