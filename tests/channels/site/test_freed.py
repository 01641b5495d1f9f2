"""«Время освободили»: a released time can be taken back on the next page, once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from channels.site.factory import FORM_KEY, HOLD, MOSCOW_BRANCH, SERVICE, doctor, held, slot
from feldsher.domain.scheduling.errors import SlotTokenError

CARD = doctor(1, "Небывалова")
DOCTOR = f"/doctors/{CARD.id}/?location={MOSCOW_BRANCH}&service={SERVICE}"
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture(autouse=True)
def _a_hold(answers: Put, clinic: Put) -> None:
    del clinic
    answers("selectors", "held", held(1))
    answers("services", "release", None)
    answers("selectors", "alternatives", (slot(CARD, 1), slot(CARD, 2)))


def _release(client: Client) -> Any:
    return client.post(f"/booking/{HOLD}/release/", {"key": FORM_KEY})


def test_a_released_time_is_offered_once_more_and_then_forgotten(client: Client) -> None:
    response = _release(client)
    assert response.headers["Location"] == DOCTOR
    kept = response.cookies["freed"]
    assert (kept.value, kept["path"], kept["max-age"], kept["httponly"]) == (
        slot(CARD, 1).token,
        "/doctors/",
        30,
        True,
    )
    shown = client.get(DOCTOR)
    page = shown.content.decode()
    assert "Время освободили" in page
    assert f'name="slot" value="{slot(CARD, 1).token}">Вернуть</button>' in page
    assert shown.cookies["freed"]["max-age"] == 0
    assert "Время освободили" not in client.get(DOCTOR).content.decode()


def test_a_time_that_is_no_longer_offered_is_not_promised_back(client: Client, answers: Put) -> None:
    answers("selectors", "alternatives", (slot(CARD, 2),))
    assert "freed" not in _release(client).cookies


@pytest.mark.parametrize("told", [SlotTokenError(), slot(doctor(2, "Образцова"), 1).key])
def test_a_false_token_or_that_of_another_doctor_says_nothing(
    client: Client, answers: Put, told: Any
) -> None:
    answers("selectors", "peek", told)
    client.cookies["freed"] = "x" * 400
    assert "Время освободили" not in client.get(DOCTOR).content.decode()
