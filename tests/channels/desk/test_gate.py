"""Walks every address of the desk: nobody gets in without signing in, and no role past its actions."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from channels.desk.factory import signed_in
from feldsher.channels.desk import urls
from feldsher.channels.desk.sections import SECTIONS
from feldsher.foundation.access.policies import Action, permits
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
OPEN = {"sign-in", "second", "second-passkey", "sign-out", "lock", "unlock", "unlock-passkey"}
"""Addresses for who has not come in yet or is locked out; tests of their own hold what they answer."""
GATED = [pattern for pattern in urls.urlpatterns if pattern.name not in OPEN]
DEMO_ROLES = (Role.REGISTRAR, Role.EDITOR, Role.CHIEF_PHYSICIAN, Role.SYSTEM_ADMIN, Role.SECURITY_AUDITOR)


def address(pattern: URLPattern) -> str:
    """Return an address of the pattern, with invented values in its places."""
    known = {"uuid": str(uuid4()), "int": "1", "str": "word", "slug": "word"}
    values = {
        name: known[type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")]
        for name, converter in pattern.pattern.converters.items()
    }
    return reverse(f"desk:{pattern.name}", kwargs=values)


def each_method() -> Iterator[tuple[URLPattern, str]]:
    for pattern in GATED:
        for method in sorted({*pattern.callback.methods, "GET", "POST"} - {"HEAD"}):
            yield pattern, method


def ungated(patterns: list[URLPattern]) -> list[str]:
    return [str(p.name) for p in patterns if not isinstance(getattr(p.callback, "action", None), Action)]


def test_every_address_stands_behind_the_gate() -> None:
    assert len(GATED) >= 1
    assert ungated(GATED) == []


def test_an_address_without_the_gate_is_found() -> None:
    plain = URLPattern(GATED[0].pattern, lambda _: None, name="plain")
    assert ungated([plain]) == ["plain"]


@pytest.mark.parametrize(
    ("pattern", "method"), list(each_method()), ids=lambda value: getattr(value, "name", value)
)
def test_nobody_is_led_to_sign_in_and_sees_nothing(pattern: URLPattern, method: str) -> None:
    answer = Client().generic(method, address(pattern))
    assert answer.status_code == 303
    assert answer["Location"].partition("?")[0] == "/desk/sign-in/"
    assert answer.content == b""
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("role", DEMO_ROLES)
def test_a_role_without_the_action_gets_403_everywhere(role: Role) -> None:
    client = signed_in(role)
    for pattern, method in each_method():
        if not permits(role, pattern.callback.action):
            answer = client.generic(method, address(pattern))
            assert (pattern.name, answer.status_code) == (pattern.name, 403)
            assert "не\u00a0открыт" in answer.content.decode()
            assert answer["Cache-Control"] == "no-store"


def test_who_has_no_role_gets_403_everywhere_but_at_their_own_sign_in() -> None:
    client = signed_in()
    for pattern, method in each_method():
        is_own = pattern.callback.action is Action.OWN_SIGN_IN
        if not is_own:
            assert client.generic(method, address(pattern)).status_code == 403
    assert client.get("/desk/me/").status_code == 200


def test_a_method_that_a_page_does_not_know_is_refused() -> None:
    assert signed_in(Role.REGISTRAR).post("/desk/").status_code == 405


def test_the_header_shows_the_sections_that_a_role_may_open() -> None:
    for number, role in enumerate(DEMO_ROLES):
        page = signed_in(role, login=f"person{number}").get("/desk/").content.decode()
        shown = [section.name for section in SECTIONS if f'href="{reverse(f"desk:{section.name}")}"' in page]
        ours = [section for section in SECTIONS if section.is_shown is None or section.is_shown()]
        assert shown == [section.name for section in ours if permits(role, section.action)]


def test_a_page_that_asks_by_itself_gets_401_and_no_page() -> None:
    answer = Client().get("/desk/?live=1")
    assert (answer.status_code, answer.content) == (401, b"")
