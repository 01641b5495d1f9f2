"""Who came from a catalogue that hears of bookings is asked in the form; nobody else is."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import MagicMock, create_autospec

import pytest
from django.test import Client

from channels.site.factory import FORM_KEY, HOLD, held
from feldsher.channels.site.views import booking
from feldsher.domain.conversions import gateways
from feldsher.domain.conversions.selectors import Question
from feldsher.domain.conversions.types import LONGEST
from feldsher.domain.scheduling.errors import PatientBusyError

PERSON = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}
MARK = "AbC-1.2_3~/+="
FORM = f"/booking/{HOLD}/"
TYPED = {
    "family": "Понарошкина",
    "given": "Вера",
    "phone": "8 921 000-00-00",
    "consent": "on",
    "key": FORM_KEY,
}
Put = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture(autouse=True)
def catalogue() -> Iterator[None]:
    gateways.bind(MagicMock(title="Яндексу", facts=()))
    yield
    gateways.bind(None)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    double = create_autospec(booking.conversion_services)
    monkeypatch.setattr(booking, "conversion_services", double)
    return double


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    double = create_autospec(booking.conversions)
    double.question.return_value = Question("Яндексу", "что вы записались", "1", is_yes=False, click=MARK)
    monkeypatch.setattr(booking, "conversions", double)
    return double


def is_carried(page: str) -> bool:
    """Tell whether links or forms of a page bear a mark; the way back from a look names its own page."""
    return 'name="ya_token"' in page or re.search(r"\bhref=\"[^\"]*[?;&]ya_token=", page) is not None


def test_a_mark_goes_on_through_pages_to_the_hold_and_into_no_address_of_it(
    client: Client, told: MagicMock, answers: Put
) -> None:
    page = client.get("/", {"ya_token": MARK, "utm_source": "a"}, **PERSON).content.decode()
    assert page.count("utm_source=a&amp;ya_token=AbC-1.2_3~%2F%2B%3D") > 3
    assert f'<input type="hidden" name="ya_token" value="{MARK}">' in page
    assert is_carried(page)
    answers("services", "hold", held())
    answer = client.post("/holds/", {"slot": "t", "key": FORM_KEY, "ya_token": MARK}, **PERSON)
    assert (answer.status_code, "ya_token" in answer.headers["Location"]) == (303, False)
    told.note.assert_called_once_with(held().id, click=MARK)


def test_a_mark_is_learnt_from_the_page_before_and_from_nobody_elses(
    client: Client, told: MagicMock, answers: Put
) -> None:
    answers("services", "hold", held())
    for host in ("testserver", "elsewhere.example"):
        before = f"http://{host}/doctors/?ya_token=m-1"
        client.post("/holds/", {"slot": "t", "key": FORM_KEY}, HTTP_REFERER=before, **PERSON)
    assert [call.kwargs["click"] for call in told.note.call_args_list] == ["m-1", ""]


@pytest.mark.parametrize("mark", ["", "a b", "<i>", "x" * (LONGEST + 1), "день"])
def test_what_is_no_mark_goes_nowhere(client: Client, mark: str) -> None:
    assert not is_carried(client.get("/", {"ya_token": mark}, **PERSON).content.decode())


def test_without_a_catalogue_a_mark_goes_nowhere(client: Client) -> None:
    gateways.bind(None)
    assert not is_carried(client.get("/", {"ya_token": MARK}, **PERSON).content.decode())


@pytest.mark.usefixtures("asked")
def test_the_form_asks_and_nothing_is_ticked_beforehand(client: Client, answers: Put) -> None:
    answers("selectors", "held", held())
    page = client.get(FORM).content.decode()
    assert re.search(r'name="tell">', page) is not None
    assert "Даю согласие сообщить Яндексу" in page
    assert "что вы записались" in page
    assert "там узнают, кто записался" in page.replace("&nbsp;", " ")
    assert page.count(f'name="ya_token" value="{MARK}"') == 2, "who chooses another time is asked again"


@pytest.mark.parametrize(
    ("box", "calls"),
    [({"tell_version": "1", "tell": "on"}, [True]), ({"tell_version": "1"}, [False]), ({}, [])],
)
@pytest.mark.usefixtures("asked")
def test_the_word_is_written_before_the_booking(
    client: Client, told: MagicMock, answers: Put, box: dict[str, str], calls: list[bool]
) -> None:
    answers("selectors", "held", held())
    answers("services", "confirm", PatientBusyError())
    client.post(FORM, {**TYPED, **box})
    assert [call.kwargs["agrees"] for call in told.choose.call_args_list] == calls


def test_nobody_else_is_asked(client: Client, answers: Put, asked: MagicMock) -> None:
    asked.question.return_value = None
    answers("selectors", "held", held())
    assert 'name="tell' not in client.get(FORM).content.decode()


def test_a_mark_in_an_address_that_is_too_long_is_none_and_not_a_part_of_one(client: Client) -> None:
    before = f"http://testserver/?a={'x' * 1990}&ya_token={'y' * 100}"
    assert not is_carried(client.get("/", HTTP_REFERER=before, **PERSON).content.decode())
