"""C18: what an SMS may hold is what its function takes, and none takes a patient, a doctor or a service."""

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

import feldsher
from feldsher.foundation.access.roles import Role
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.types import BY_SMS, Kind, VisitSaid

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, 5, tzinfo=UTC)
GIVEN: dict[str, Any] = {
    "code": "123456",
    "purpose": "для записи",
    "login": "vera",
    "role": "регистратор",
    "effective_at": NOON,
    "asked_by": "anna",
    "opened_at": NOON,
    "made_at": NOON,
    "visit": VisitSaid(
        starts_at=NOON,
        place="Нижний Новгород, ул. Академика Блохиной, 12, корп. 2",
        phone="+78000000000",
        link="https://clinic.example/visit/00000000-0000-0000-0000-000000000005/AAAAAAAAAAAAAAAAAAAAAA/",
    ),
    "new_start_at": NOON,
    "count": 3,
    "until": NOON,
    "starts": [NOON, NOON, NOON],
}
"""What the functions take, by the name of the parameter; another one is judged before it stands here."""
TELLING = re.compile(
    r"врач|доктор|пациент|болезн|диагноз|анализ|результат|рецепт|лечен|приём|операц|онко|гинеколог|уролог"
    r"|психиатр|нарколог|венеролог|беремен|ВИЧ|клиник",
    re.IGNORECASE,
)
"""Words by which whoever looks over a shoulder learns that it is about health, and whose."""
UCS2 = 70
"""Characters of one part of an SMS in Cyrillic."""


def function_of(kind: Kind) -> Callable[..., str]:
    found: Callable[..., str] = getattr(texts, kind.value)
    return found


def text_of(kind: Kind, **changes: Any) -> str:
    function = function_of(kind)
    wanted = inspect.signature(function).parameters
    return function(**{name: {**GIVEN, **changes}[name] for name in wanted})


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.SITE_URL = "https://clinic.example"


@pytest.mark.parametrize("kind", BY_SMS)
def test_c18_no_text_tells_of_health_or_names_anybody_but_staff_to_the_owner(kind: Kind) -> None:
    text = text_of(kind).replace("clinic.example", "")
    assert TELLING.findall(text) == []
    assert "\u00a0" not in text
    assert "\n" not in text
    assert len(text_of(kind)) <= 3 * UCS2


@pytest.mark.parametrize("kind", BY_SMS)
def test_c18_a_text_takes_nothing_that_was_not_judged(kind: Kind) -> None:
    assert set(inspect.signature(function_of(kind)).parameters) <= set(GIVEN)


def test_c18_a_screen_tells_no_more_than_an_sms() -> None:
    visit: VisitSaid = GIVEN["visit"]
    note = texts.reminder_note(visit=visit, starts=GIVEN["starts"])
    assert set(inspect.signature(texts.reminder_note).parameters) <= set(GIVEN)
    assert note.title == "Запись 26.11 в 12:05, 12:05, 12:05"
    assert note.text == f"{visit.place[:50].strip()}. Нажмите, чтобы ответить, придёте ли."
    assert note.link == visit.link
    assert TELLING.findall(note.title + note.text) == []


def test_c18_of_a_visit_nothing_can_be_said_that_was_not_judged() -> None:
    assert [each.name for each in fields(VisitSaid)] == ["starts_at", "place", "phone", "link"]


def test_c18_every_sms_is_written_here_and_nowhere_else() -> None:
    source = Path(feldsher.__file__).parent
    found = []
    for path in source.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("send_sms", "Outgoing")):
                given_text = next(each.value for each in call.keywords if each.arg == "text")
                found.append((path, ast.unparse(given_text)))
    assert len(found) == len(BY_SMS)
    for path, given_text in found:
        written = path.read_text(encoding="utf-8")
        assert given_text.startswith("texts.") or f"{given_text} = texts." in written, (path, given_text)


@given(login=st.text(min_size=1, max_size=150), role=st.sampled_from(Role))
def test_c18_a_notice_to_the_owner_holds_what_it_was_given_and_ends_with_the_way_to_refuse(
    login: str, role: Role
) -> None:
    text = text_of(Kind.GRANT_NOTICE, login=login, role=role.russian)
    assert text.startswith(f"{login} получит роль «{role.russian}» 26.11 в 12:05 мск")
    assert text.endswith("/desk/staff/")
