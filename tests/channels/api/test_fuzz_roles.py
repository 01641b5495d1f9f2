"""Schemathesis as everybody: what an API lets somebody do follows from what they show, and from nothing else.

Controls C12 and C64: no accident, no answer outside of the document, and no operation that ignores who asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from channels.api.factory import ROOT
from channels.api.test_fuzz import CHECKS
from channels.api.test_partners import WRONG
from channels.api.test_reference import OPERATIONS
from channels.cabinet.conftest import sms
from channels.cabinet.factory import PETER, entered
from channels.desk.conftest import Busy, busy
from channels.desk.factory import signed_in
from feldsher.channels.api.partners import SCOPES
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import Window, WishInput
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import ApiScope
from feldsher.kernel import clock
from support.sms import Phones

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["busy", "sms"]
ROUNDS = 6
KEYS: dict[str, tuple[ApiScope, ...]] = {
    "a key for all": tuple(ApiScope),
    **{f"a key for {scope.value}": (scope,) for scope in ApiScope},
}
ROLES = (
    "nobody",
    *KEYS,
    "a wrong key",
    "staff",
    "a patient",
    "another's secret",
    "the secret",
    "a wish's secret",
)


@pytest.fixture(scope="module")
def document() -> Any:
    return schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def _forget_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where nobody can be told of a time, nobody waits for one."""
    monkeypatch.setattr(
        django_settings, "FELDSHER_SMS", SmsSettings((SmsAccount("sms_ru", "key"),)), raising=False
    )
    yield
    api_keys.forget_keys()


@dataclass(frozen=True)
class Own:
    """What is somebody's own: a visit and a wish, and the secret of the latter."""

    visit: UUID
    wish: UUID
    wish_token: str


def owned(busy: Busy) -> Own:
    today = clock.now().date()
    wanted = WishInput(
        phone="+7 900 000-08-01",
        window=Window(today, today + timedelta(days=7), time.min, time.max),
        specialty="oftalmologiya",
    )
    return Own(busy.accepted(), *services.wish_for_time(wanted))


def shown_by(role: str, busy: Busy, own: Own, sms: Phones) -> dict[str, str]:
    """Return the headers by which somebody shows who they are."""
    if role in KEYS:
        return {
            "Authorization": f"Bearer {api_keys.issue_key('Агрегатор', scopes=KEYS[role], channels=())[1]}"
        }
    if role == "staff":
        return {"Cookie": f"desk={signed_in(Role.REGISTRAR).cookies['desk'].value}"}
    if role == "a patient":
        return {"Cookie": f"lk={entered(sms, PETER).cookies['lk'].value}"}
    token = {
        "a wrong key": WRONG,
        "another's secret": appointment_token(busy.taken),
        "the secret": appointment_token(own.visit),
        "a wish's secret": own.wish_token,
    }.get(role)
    return {"Authorization": f"Bearer {token}"} if token else {}


def expected(role: str, path: str) -> set[int] | None:
    """Return the statuses that may be answered; None: whatever the document allows but a refusal."""
    scope = SCOPES[path.split("/")[1]]
    if scope is None:
        shows_a_bearer = role in KEYS or role in {"a wrong key", "another's secret"}
        if role in {"the secret", "a wish's secret"}:
            if path.startswith("/wishes") is not (role == "a wish's secret"):
                return {404}
            # No drawn text is the token of a time, and a visit that was cancelled before moves
            # nowhere and waits for nothing. A key that is drawn twice with another offer is refused.
            act = path.rsplit("/", maxsplit=1)[-1]
            moves = {
                "slots": {409},
                "reschedule": {409, 422},
                "accept": {409, 422},
                "sooner": {200, 409, 422},
            }
            return (moves | {"decline": {200, 422}}).get(act, {200, 202})
        return {404} if shows_a_bearer else {401}
    if role == "a wrong key":
        return {401}
    return {403} if role in KEYS and scope not in KEYS[role] else None


@pytest.mark.parametrize("role", ROLES)
def test_c12_c64_what_is_answered_follows_from_who_asks(
    document: Any, busy: Busy, sms: Phones, role: str
) -> None:
    own = owned(busy)
    headers = shown_by(role, busy, own, sms)
    for method, path in sorted(OPERATIONS):
        # To a wrong secret a visit is not there (404), which schemathesis would take for an ignored one.
        checks = CHECKS if role in {"the secret", "a wish's secret"} else [*CHECKS, ignored_auth]
        ask(document[path][method], own, headers, expected(role, path), checks)


def ask(
    operation: Any, own: Own, headers: dict[str, str], allowed: set[int] | None, checks: list[Any]
) -> None:
    """Send what the document allows for an operation, and hold the answers against it and who asks."""

    @settings(max_examples=ROUNDS, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def send(case: schemathesis.Case) -> None:
        case.headers.pop("Authorization", None)
        for name, mine in (("appointment_id", own.visit), ("wish_id", own.wish)):
            if name in case.path_parameters:
                case.path_parameters[name] = str(mine)
        response = case.call(headers=headers)
        case.validate_response(response, checks=checks, headers=headers)
        if allowed is None:
            assert response.status_code not in {401, 403}, operation.label
        else:
            assert response.status_code in allowed, operation.label

    send()
