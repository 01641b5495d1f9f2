"""Who the visit is for, and whom a device remembers: the form, the cookie, the ways to forget."""

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.site.factory import FORM_KEY, HOLD, MONDAY, appointment, held
from feldsher.domain.patients.errors import RememberedGoneError
from feldsher.domain.patients.types import Relation, RememberedCard
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    ConsentRequiredError,
    SlotTakenError,
)
from feldsher.domain.scheduling.types import (
    BookedHere,
    BookerInput,
    Confirmation,
    Confirmed,
    KnownPerson,
    PersonInput,
    State,
)
from feldsher.kernel.errors import InvalidInputError

FORM, VISIT = f"/booking/{HOLD}/", f"/visit/{HOLD}/"
TOKEN, NEXT = "t" * 43, "n" * 43
DEVICE = "d" * 32
ANNA, MISHA = UUID(int=21), UUID(int=22)
PATIENT, MOTHER = UUID(int=31), UUID(int=41)
CARDS = (
    RememberedCard(
        ANNA, UUID(int=32), None, None, "Анна\u00a0Н.", "Небывалова\u00a0А.", "+7\u00a0921\u00a0•••-••-17"
    ),
    RememberedCard(
        MISHA,
        PATIENT,
        MOTHER,
        Relation.PARENT,
        "Миша\u00a0Н.",
        "Небывалов\u00a0М.",
        "+7\u00a0921\u00a0•••-••-17",
    ),
)
CHILD = {
    "who": "child",
    "phone": "8 921 000-00-00",
    "booker": "Небывалова Анна",
    "family": "Небывалов",
    "given": "Миша",
    "child_birth_date": "05.05.2019",
    "consent": "on",
    "key": FORM_KEY,
}
Put = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clinic")


def _text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return html.unescape(response.content.decode())


def _checked(page: str, name: str) -> str:
    [found] = re.findall(rf'name="{name}" value="([^"]*)"[^>]*? checked', page)
    return str(found)


@pytest.fixture
def family(client: Client, answers: Put) -> Client:
    """A device that remembers two, whose consent stands."""
    client.cookies["remembered"] = TOKEN
    answers("selectors", "held", held())
    answers("patients", "remembered", CARDS)
    answers("selectors", "standing_consent", MONDAY)
    answers("remembering", "turn", NEXT)
    return client


@pytest.fixture
def confirm(answers: Put) -> Any:
    answers("services", "wait_for_outcome", appointment(State.BOOKED))
    return answers("services", "confirm", Confirmed(HOLD, "secret"))


# Who the visit is for


def test_a_child_comes_with_who_books_it(client: Client, confirm: Any) -> None:
    assert client.post(FORM, CHILD).status_code == 303
    assert confirm.call_args.kwargs["confirmation"] == Confirmation(
        person=PersonInput(
            family="Небывалов", given="Миша", phone="8 921 000-00-00", birth_date="2019-05-05"
        ),
        consents=("booking",),
        booker=BookerInput("parent", "Небывалова Анна"),
    )


def test_another_person_comes_with_who_books_them(client: Client, confirm: Any) -> None:
    client.post(FORM, {**CHILD, "who": "other", "child_birth_date": ""})
    confirmation = confirm.call_args.kwargs["confirmation"]
    assert (confirmation.booker, confirmation.person.birth_date) == (
        BookerInput("other", "Небывалова Анна"),
        "",
    )


def test_what_was_typed_for_a_child_does_not_become_the_mothers(client: Client, confirm: Any) -> None:
    client.post(FORM, {**CHILD, "who": "self", "child_birth_date": "32.13.20", "booker": "x" * 300})
    confirmation = confirm.call_args.kwargs["confirmation"]
    assert (confirmation.booker, confirmation.person.birth_date) == (None, "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"child_birth_date": ""}, "Напишите дату рождения ребёнка"),
        ({"child_birth_date": "2019"}, "Напишите дату так: 05.11.1987"),
        ({"booker": " "}, "Напишите ваши фамилию и\u00a0имя"),
        ({"who": "other", "booker": ""}, "Напишите ваши фамилию и\u00a0имя"),
    ],
)
def test_each_choice_asks_for_what_it_needs(
    client: Client, answers: Put, confirm: Any, change: dict[str, str], words: str
) -> None:
    answers("selectors", "held", held())
    page = _text(client.post(FORM, {**CHILD, **change}), 422)
    assert page.count(words) == 1
    assert _checked(page, "who") == change.get("who", "child")
    assert confirm.call_count == 0


def test_a_childs_age_is_told_beside_its_birth_date(client: Client, answers: Put) -> None:
    answers("services", "confirm", InvalidInputError(fields={"birth_date": "С 15 лет сам"}))
    answers("selectors", "held", held())
    page = _text(client.post(FORM, CHILD), 422)
    assert 'id="id_child_birth_date-error"' in page
    assert 'name="birth_date"' not in page


def test_the_choice_and_its_fields_travel_to_another_time(client: Client, answers: Put) -> None:
    answers("services", "hold", held(48))
    sent = {name: value for name, value in CHILD.items() if name != "consent"}
    page = _text(client.post("/holds/", {"slot": "t", **sent}))
    assert _checked(page, "who") == "child"
    for name in ("booker", "child_birth_date", "phone"):
        assert f'value="{CHILD[name]}"' in page


# Whom the device remembers


def test_without_the_cookie_nobody_is_asked_for(client: Client, answers: Put) -> None:
    asked = answers("patients", "remembered", CARDS)
    answers("selectors", "held", held())
    page = _text(client.get(FORM))
    assert (asked.call_count, 'name="known"' in page) == (0, False)


def test_the_form_shows_masked_people_and_the_first_is_chosen(family: Client) -> None:
    page = _text(family.get(FORM))
    assert _checked(page, "known") == str(ANNA)
    for words in ("Анна\u00a0Н.", "Миша\u00a0Н.", "Кто-то ещё", "Небывалова\u00a0А.", "•••-••-17"):
        assert words in page
    assert page.count("вы\u00a0дали 23\u00a0ноября, оно действует") == 2
    assert f'name="consent-{ANNA}"' not in page
    assert TOKEN not in page


def test_somebody_known_is_booked_without_typing_and_the_token_turns(family: Client, confirm: Any) -> None:
    response = family.post(FORM, {"known": str(MISHA), "key": FORM_KEY, "wish": "у окна"})
    assert response.status_code == 303
    assert confirm.call_args.kwargs["confirmation"] == Confirmation(
        KnownPerson(TOKEN, MISHA), consents=(), wish="у окна"
    )
    cookie = response.cookies["remembered"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == (NEXT, True, "Lax")
    assert cookie["max-age"] == 180 * 24 * 3600


def test_where_no_consent_stands_the_box_comes_back(family: Client, answers: Put, confirm: Any) -> None:
    answers("selectors", "standing_consent", None)
    page = _text(family.get(FORM))
    assert "оно действует" not in page
    assert f'name="consent-{MISHA}"' in page
    assert "Ребёнка записываю как его законный представитель" in page
    family.post(FORM, {"known": str(MISHA), f"consent-{MISHA}": "on", "key": FORM_KEY})
    assert confirm.call_args.kwargs["confirmation"].consents == ("booking",)
    family.post(FORM, {"known": str(MISHA), f"consent-{ANNA}": "on", "consent": "on", "key": FORM_KEY})
    assert confirm.call_args.kwargs["confirmation"].consents == ()


def test_a_missing_consent_is_said_at_its_box(family: Client, answers: Put) -> None:
    answers("selectors", "standing_consent", None)
    answers("services", "confirm", ConsentRequiredError())
    page = _text(family.post(FORM, {"known": str(MISHA), "key": FORM_KEY}), 422)
    assert _checked(page, "known") == str(MISHA)
    assert page.count(f'id="consent-{MISHA}-error"') == 1
    assert f'id="consent-{ANNA}-error"' not in page


def test_who_is_gone_leaves_the_form_to_be_filled(family: Client, answers: Put) -> None:
    answers("services", "confirm", RememberedGoneError())
    answers("patients", "remembered", ())
    response = family.post(FORM, {"known": str(MISHA), "key": FORM_KEY})
    page = _text(response, 409)
    assert "remembered_gone" in page
    assert 'name="known"' not in page
    assert "remembered" not in response.cookies


def test_a_lost_time_keeps_the_choice(family: Client, answers: Put) -> None:
    wanted = re.search(r'name="wanted" value="([^"]*)"', _text(family.get(FORM)))
    assert wanted is not None
    answers("services", "confirm", SlotTakenError())
    sent = {"known": str(MISHA), "key": FORM_KEY, "wanted": wanted.group(1)}
    page = _text(family.post(FORM, sent), 409)
    assert f'name="known" value="{MISHA}"' in page
    answers("services", "hold", held(48))
    page = _text(family.post("/holds/", {"slot": "t", "key": FORM_KEY, "known": str(MISHA)}))
    assert _checked(page, "known") == str(MISHA)


def test_a_typed_person_is_nobody_known(family: Client, confirm: Any) -> None:
    response = family.post(FORM, {**CHILD, "known": ""})
    assert isinstance(confirm.call_args.kwargs["confirmation"].person, PersonInput)
    assert "remembered" not in response.cookies


def test_what_is_no_id_is_not_found(family: Client, confirm: Any) -> None:
    _text(family.post(FORM, {"known": "../etc", "key": FORM_KEY}), 404)
    _text(family.post("/remembered/forget/", {"who": "x"}), 404)
    _text(family.post("/remembered/forget/"), 404)
    assert confirm.call_count == 0


@pytest.mark.parametrize("cookie", ["x" * 5000, "'; DROP", "ÿ", "\x00"])
def test_a_hostile_cookie_is_cut_and_opens_nothing(client: Client, answers: Put, cookie: str) -> None:
    client.cookies["remembered"] = cookie
    asked = answers("patients", "remembered", ())
    answers("selectors", "held", held())
    assert 'name="known"' not in _text(client.get(FORM))
    assert all(len(call.args[0]) <= 64 for call in asked.call_args_list)


@pytest.mark.parametrize(
    ("back", "leads"),
    [({"booking": str(HOLD)}, FORM), ({"visit": str(HOLD)}, VISIT), ({}, "/")],
)
def test_forgetting_is_a_post_and_returns_to_where_one_was(
    family: Client, answers: Put, back: dict[str, str], leads: str
) -> None:
    forgotten = answers("remembering", "forget", None)
    assert family.get("/remembered/forget/").status_code == 405
    response = family.post("/remembered/forget/", {"who": str(ANNA), **back})
    assert (response.status_code, response.headers["Location"]) == (303, leads)
    forgotten.assert_called_once_with(TOKEN, ANNA)


# On the page of a visit


@pytest.fixture
def owner(client: Client, answers: Put) -> Client:
    client.cookies["visit"], client.cookies["device"] = "secret", DEVICE
    answers("selectors", "appointment", appointment(State.BOOKED))
    answers("selectors", "booked_here", BookedHere(PATIENT, MOTHER))
    answers("patients", "remembered", ())
    return client


def test_the_page_of_a_booked_visit_offers_to_remember(owner: Client) -> None:
    page = _text(owner.get(VISIT))
    assert f'action="{VISIT}remember/"' in page
    assert "180\u00a0дней" in page


@pytest.mark.parametrize("state", [state for state in State if state is not State.BOOKED])
def test_no_other_state_offers_it(owner: Client, answers: Put, state: State) -> None:
    answers("selectors", "appointment", appointment(state))
    assert "remember" not in _text(owner.get(VISIT))


def test_a_visit_of_another_device_offers_nothing(owner: Client, answers: Put) -> None:
    answers("selectors", "booked_here", None)
    assert "remember" not in _text(owner.get(VISIT))


def test_remembering_is_a_post_that_sets_the_cookie(owner: Client, answers: Put) -> None:
    remember = answers("services", "remember_patient", TOKEN)
    assert owner.get(f"{VISIT}remember/").status_code == 405
    response = owner.post(f"{VISIT}remember/")
    assert (response.status_code, response.headers["Location"]) == (303, VISIT)
    assert remember.call_args.kwargs == {"token": "secret", "device": DEVICE, "known": ""}
    assert response.cookies["remembered"].value == TOKEN


def test_a_strangers_visit_is_not_remembered(owner: Client, answers: Put) -> None:
    answers("services", "remember_patient", AppointmentNotFoundError())
    response = owner.post(f"{VISIT}remember/")
    _text(response, 404)
    assert "remembered" not in response.cookies


def test_who_is_remembered_can_be_forgotten_there(owner: Client, answers: Put) -> None:
    owner.cookies["remembered"] = TOKEN
    answers("patients", "remembered", CARDS)
    page = _text(owner.get(VISIT))
    assert "Миша\u00a0Н. теперь можно выбрать" in page
    assert f'name="who" value="{MISHA}"' in page
    assert f"{VISIT}remember/" not in page
