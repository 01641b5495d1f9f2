"""The step «Код», with invented answers of the services: what it shows, and what it carries on."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import FORM_KEY, HOLD, MONDAY, appointment, held
from feldsher.domain.scheduling.errors import (
    AgeLimitError,
    HoldExpiredError,
    PatientBusyError,
    PhoneProofRequiredError,
)
from feldsher.domain.scheduling.types import CodeRequest, Confirmed, KnownPerson, PhoneCode, State
from feldsher.foundation.access.errors import (
    PhoneCodeLimitError,
    PhoneCodeTooSoonError,
    PhoneProofOverError,
    PhoneProofWrongError,
)
from feldsher.kernel.errors import InvalidInputError

FORM, CODE = f"/booking/{HOLD}/", f"/booking/{HOLD}/code/"
TYPED = {
    "who": "self",
    "family": "Понарошкина",
    "given": "Вера",
    "phone": "8 921 000-00-17",
    "wish": "у окна",
}
WHOLE = {**TYPED, "consent": "on", "key": FORM_KEY}
WITH_CODE = {**WHOLE, "phone_proof": "123456"}
DEVICE = "d" * 32
SENT = PhoneCode(
    "+7\u00a0921\u00a0•••-••-17",
    MONDAY + timedelta(seconds=45),
    MONDAY + timedelta(minutes=10),
    MONDAY + timedelta(minutes=10),
)
KNOWN = UUID(int=21)
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int) -> str:
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return html.unescape(response.content.decode())


def _carried(page: str) -> list[dict[str, str]]:
    """Return the hidden fields of each form of the page but those that are its own."""
    found = []
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        found.append({name: fields[name] for name in fields if name not in _OWN})
    return found


_OWN = {"csrfmiddlewaretoken", "key", "wanted"}


@pytest.fixture
def asked(client: Client, answers: Put) -> Any:
    """A confirmation that needs a code, which is sent."""
    client.cookies["device"] = DEVICE
    answers("selectors", "held", held())
    answers("services", "phone_code", SENT)
    answers("services", "confirm", PhoneProofRequiredError())
    return answers("services", "request_phone_code", SENT)


def test_the_form_is_answered_with_the_step_of_the_code(client: Client, asked: Any) -> None:
    page = _text(client.post(FORM, WHOLE), 200)
    assert asked.call_args.args == (HOLD,)
    assert asked.call_args.kwargs["request"] == CodeRequest("8 921 000-00-17", "127.0.0.1")
    assert "Отправили на\u00a0+7\u00a0921\u00a0•••-••-17." in page
    assert re.search(r'<li aria-current="step"><i aria-hidden="true">3</i> Код</li>', page)
    [field] = re.findall(r'<input id="id_phone_proof"[^>]*>', page)
    for part in ('autocomplete="one-time-code"', 'inputmode="numeric"', "autofocus", 'value=""'):
        assert part in field
    assert 'aria-describedby="code-sent"' in field
    assert "Отправить ещё раз через\u00a000:45" in page
    assert 'data-left="600"' in page
    assert _carried(page)[:2] == [{**TYPED, "consent": "on"}] * 2
    title = re.search(r"<title>(.*?)</title>", page)
    assert title is not None
    assert "Понарошкина" not in title.group(1)


def test_the_code_goes_with_the_same_form(client: Client, asked: Any, answers: Put) -> None:
    confirm = answers("services", "confirm", Confirmed(HOLD, "secret"))
    answers("services", "wait_for_outcome", appointment(State.BOOKED))
    assert client.post(FORM, {**WITH_CODE, "phone_proof": " 123 456 "}).status_code == 303
    assert confirm.call_args.kwargs["confirmation"].phone_proof == "123 456"
    assert confirm.call_args.kwargs["confirmation"].consents == ("booking",)
    asked.assert_not_called()


@pytest.mark.parametrize(
    ("refusal", "words", "status"),
    [
        (PhoneProofWrongError(tries_left=4), "Код не\u00a0подошёл. Осталось 4\u00a0попытки.", 403),
        (PhoneProofOverError(), "Этот код уже не\u00a0действует. Запросите новый.", 403),
        (InvalidInputError(fields={"phone_proof": "Шесть цифр"}), "Шесть цифр", 422),
    ],
)
def test_what_is_wrong_with_a_code_stands_under_its_field(
    client: Client, asked: Any, answers: Put, refusal: Exception, words: str, status: int
) -> None:
    answers("services", "confirm", refusal)
    page = _text(client.post(FORM, WITH_CODE), status)
    assert re.search(rf'id="id_phone_proof-error" role="alert">.*<span>{re.escape(words)}</span>', page)
    assert 'aria-describedby="code-sent id_phone_proof-error" aria-invalid="true"' in page
    assert _carried(page)[0] == {**TYPED, "consent": "on"}
    assert "123456" not in page
    asked.assert_not_called()


def test_an_empty_code_is_no_call(client: Client, asked: Any, answers: Put) -> None:
    confirm = answers("services", "confirm", PhoneProofRequiredError())
    assert "Введите код из\u00a0SMS" in _text(client.post(FORM, {**WHOLE, "phone_proof": " "}), 422)
    confirm.assert_not_called()
    asked.assert_not_called()


def test_a_form_sent_anew_asks_under_the_same_key(client: Client, asked: Any) -> None:
    for _ in range(2):
        client.post(FORM, WHOLE)
    one, other = (call.kwargs["idempotency"] for call in asked.call_args_list)
    assert one == other


def test_too_soon_is_said_with_the_time_and_an_earlier_code_still_works(
    client: Client, asked: Any, answers: Put
) -> None:
    answers("services", "request_phone_code", PhoneCodeTooSoonError(retry_at=SENT.resend_at))
    page = _text(client.post(CODE, WHOLE), 200)
    assert "Код отправлен на\u00a0+7\u00a0921\u00a0•••-••-17." in page
    assert "через\u00a000:45" in page
    answers("services", "phone_code", PhoneProofOverError())
    assert "недавно уже отправляли код" in _text(client.post(CODE, WHOLE), 200)


def test_a_code_can_be_sent_again(client: Client, asked: Any) -> None:
    page = _text(client.post(CODE, WHOLE), 200)
    assert "Отправили на" in page
    assert asked.call_count == 1
    assert client.get(CODE).status_code == 405


def test_where_no_code_may_be_sent_the_page_says_what_to_do(client: Client, asked: Any, answers: Put) -> None:
    answers("services", "request_phone_code", PhoneCodeLimitError())
    first = _text(client.post(FORM, WHOLE), 429)
    assert PhoneCodeLimitError.sentence in first
    assert 'name="family"' in first
    again = _text(client.post(CODE, WHOLE), 429)
    assert PhoneCodeLimitError.sentence in again
    assert 'id="id_phone_proof"' in again


@pytest.mark.parametrize("path", [FORM, CODE])
def test_a_time_that_ran_out_keeps_what_was_typed(
    client: Client, asked: Any, answers: Put, path: str
) -> None:
    answers("services", "request_phone_code", HoldExpiredError())
    page = _text(client.post(path, WHOLE), 409)
    assert "Данные, которые вы\u00a0ввели, не\u00a0пропадут" in page


def test_a_conflict_is_told_above_the_form(client: Client, asked: Any, answers: Put) -> None:
    for refusal in (PatientBusyError(), AgeLimitError()):
        answers("services", "confirm", refusal)
        page = _text(client.post(FORM, WITH_CODE), 409)
        assert refusal.message in page
        assert 'value="Понарошкина"' in page


def test_from_the_code_one_returns_to_the_filled_form(client: Client, asked: Any, answers: Put) -> None:
    confirm = answers("services", "confirm", PhoneProofRequiredError())
    page = _text(client.post(FORM, {**WHOLE, "edit": "1"}), 200)
    assert 'name="family" type="text" value="Понарошкина"' in page
    assert not re.search(r'name="consent"[^>]*\bchecked', page)
    confirm.assert_not_called()
    answers("selectors", "held", HoldExpiredError())
    assert "не\u00a0пропадут" in _text(client.post(FORM, {**WHOLE, "edit": "1"}), 409)


def test_who_is_known_is_asked_at_their_own_phone(client: Client, asked: Any) -> None:
    client.cookies["remembered"] = "t" * 43
    sent = {"known": str(KNOWN), f"consent-{KNOWN}": "on", "wish": "у окна", "key": FORM_KEY}
    page = _text(client.post(FORM, sent), 200)
    assert asked.call_args.kwargs["request"].phone == KnownPerson("t" * 43, KNOWN)
    assert _carried(page)[0] == {"known": str(KNOWN), f"consent-{KNOWN}": "on", "wish": "у окна"}


def test_only_fields_that_are_known_travel(client: Client, asked: Any) -> None:
    page = _text(client.post(FORM, {**WHOLE, "evil": "<b>", "family": '"><script>'}), 200)
    assert "evil" not in page
    assert '"><script>' not in client.post(FORM, {**WHOLE, "family": '"><script>'}).content.decode()
