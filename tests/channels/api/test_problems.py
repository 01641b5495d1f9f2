"""Accidents: what the caller reads, and what the log must not hold."""

import json
from typing import Any

import pytest
from django.db import DataError, InterfaceError, OperationalError

from channels.api.factory import CONFIRMATION, HOLD, PROBLEM, Call

CONFIRM = Call("POST", f"/holds/{HOLD}/confirmation", CONFIRMATION)
PERSONAL = "Небывалова +7 921 000-00-00"


@pytest.mark.parametrize(
    ("accident", "status", "code"),
    [
        (RuntimeError(PERSONAL), 500, "internal_error"),
        (DataError(PERSONAL), 500, "internal_error"),
        (KeyError(PERSONAL), 500, "internal_error"),
        (RecursionError(PERSONAL), 500, "internal_error"),
        (OperationalError(PERSONAL), 503, "temporarily_unavailable"),
        (InterfaceError(PERSONAL), 503, "temporarily_unavailable"),
    ],
)
def test_an_accident_is_a_problem_and_is_logged_without_its_words(
    answers: Any, caplog: pytest.LogCaptureFixture, accident: Exception, status: int, code: str
) -> None:
    answers("services", "confirm", accident)
    response = CONFIRM.send()
    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert json.loads(response.content)["code"] == code
    assert type(accident).__name__ in caplog.text
    assert "booking.py" in caplog.text
    for word in ("Небывалова", "+7 921 000", "000-00-00", "Анна"):
        assert word not in caplog.text
        assert word not in response.content.decode()


def test_a_database_that_is_away_asks_to_come_back(answers: Any) -> None:
    answers("services", "confirm", OperationalError())
    assert CONFIRM.send().headers["Retry-After"] == "2"


def test_a_refused_person_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    body = {**CONFIRMATION, "patient": {"family": "Небывалова", "given": "", "phone": "+79210000000"}}
    assert Call("POST", f"/holds/{HOLD}/confirmation", body).send().status_code == 422
    assert "Небывалова" not in caplog.text
    assert "9210000000" not in caplog.text
