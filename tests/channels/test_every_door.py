"""Every address of the product, by everybody: who may not gets the refusal, and nothing has happened.

Control C12. A new address fails here until it stands behind `staff_page` or `patient_page`, behind a bearer's
secret, or is said below to be public or opened by a secret of its own.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from channels.cabinet.conftest import sms
from channels.cabinet.factory import NOBODY, entered
from channels.desk.conftest import Busy, busy
from channels.desk.factory import signed_in
from conftest import SetClock
from domain.corporate.factory import asked
from domain.directory import factory as directory
from domain.records.factory import a_referral
from domain.scheduling.exchange.world import VISIT_AT, hold
from feldsher.channels.site.views import corporate, review, visit, wish
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.models import Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import WishState
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.models import User
from feldsher.foundation.access.policies import Action, permits
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock
from support.sms import Phones

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
__all__ = ["busy", "sms"]

PUBLIC = {
    *("home", "doctors", "doctor", "doctor-times", "services", "search", "holds", "forget", "call"),
    *("call-asked", "legal", "cookies"),
    *(
        "wait",
        "policy",
        "consent",
        "look",
        "hue",
        "logo",
        "components",
        "worker",
        "manifest",
        "icon",
        "touch-icon",
        "healthz",
    ),
    *("openapi", "docs", "practitioners", "locations", "services", "specialties", "slots"),
    *("request_call", "hold_slot", "sign-in", "sign-out", "code", "enter", "leave", "passkey"),
    *(
        "wait_for_time",
        "photo",
        "map",
        "branch-map",
        "feed",
        "feed-by-path",
        "prices",
        "prices-csv",
        "checkups",
        "checkup",
    ),
    "checkup-paper",
    *("service", "service-branch", "branches", "branch"),
    *("specialty", "specialty-city", "specialty-metro", "specialty-branch"),
    *("consent-review", "robots", "sitemap-index", "sitemap", "section", "page", "media"),
    *("corporate", "company-ask", "checkup-ask", "exams"),
}
"""Anybody: what the clinic publishes, the beginning of a booking, and signing in and out."""
BY_SESSION = {"second", "second-passkey", "lock", "unlock", "unlock-passkey"}
"""Whoever has a session that waits for its second factor or is locked (test_second_factor, test_lock)."""
BY_HOLD = {"booking", "booking-code", "release", "release_hold", "request_phone_code", "confirm_hold"}
"""Whoever knows the id of a held time, which has no patient yet."""
BY_SECRET = {
    *("visit", "visit-state", "visit-cancel", "visit-remember", "visit-calendar", "visit-enter"),
    *("visit-opened", "visit-move", "visit-coming", "visit-not-mine"),
    *("sooner", "sooner-stop", "sooner-accept", "sooner-decline"),
    *("review", "review-withdraw", "review-enter"),
    *("wish", "wish-stop", "wish-decline", "wish-enter", "show_wish", "withdraw_wish", "decline_offer"),
    *("company-request", "company-enter"),
    *("show_appointment", "cancel_appointment", "move_appointment", "times_to_move_to", "push-shown"),
    *("show_sooner", "wait_sooner", "stop_sooner", "accept_sooner", "decline_sooner"),
}
"""Whoever has the secret of a visit, of a wish for one, or of a notification (delivery/test_shown)."""
BY_KEY = {"exchange", "metrics"}
"""Whoever shows a key: a partner's, and the cookie that it was answered with (exchange/test_sessions), or the
monitoring system's (metrics/test_metrics)."""
BY_SIGNATURE = {"delivery-report"}
"""A provider of SMS, by the signature of what it tells (delivery/test_delivery)."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNTOLD = (
    *("audit_", "access_session", "access_staff_session", "access_phone_", "django_", "procrastinate_"),
)
"""Tables in which a refusal may leave a trace: journals, sessions, and the queue's own."""


@dataclass(frozen=True)
class Door:
    name: str
    route: str
    pattern: URLPattern

    @property
    def action(self) -> Action | None:
        return getattr(self.pattern.callback, "action", None)

    @property
    def is_of_patients(self) -> bool:
        return getattr(self.pattern.callback, "is_of_patients", False)

    def address(self, ids: Callable[[str], object]) -> str:
        address = self.route
        for name, converter in self.pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            value = ids(name) if kind == "uuid" else "7" if kind == "int" else "x" * 43
            address = address.replace(f"<{kind}:{name}>", str(value)).replace(f"<{name}>", str(value))
            address = address.replace(f"<str:{name}>", str(value)).replace(f"<slug:{name}>", str(value))
        return "/" + address


def doors(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[Door]:
    for item in patterns:
        route = before + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from doors(item.url_patterns, route)
        elif item.name:
            yield Door(item.name, route, item)


DOORS = list(doors(get_resolver().url_patterns))
DESK = [door for door in DOORS if door.action is not None]
CABINET = [door for door in DOORS if door.is_of_patients]


def known(given: dict[str, UUID]) -> Callable[[str], object]:
    """Name the invented clinic's own records in an address; what it does not know is of nobody."""
    return lambda name: given.get(name, UUID(int=9))


@pytest.fixture
def records(busy: Busy, set_clock: SetClock) -> dict[str, UUID]:
    set_clock(busy.world.moment)
    return {
        "visit_id": busy.silent,
        "appointment_id": busy.silent,
        "call_id": busy.calls[0],
        "referral_id": a_referral(busy.silent),
        "hold_id": hold(VISIT_AT.replace(hour=12)),
        "wish_id": a_wish(),
        "request_id": asked().id,
    }


def a_wish() -> UUID:
    """Let a phone wait for a time of the doctor."""
    with as_service("booking"):
        row = Wish.objects.create(
            phone=b"sealed",
            practitioner=directory.row(Kind.PRACTITIONER, directory.EYE.id),
            answers=0,
            first_day=VISIT_AT.date(),
            last_day=VISIT_AT.date(),
            opens=time.min,
            closes=time.max,
            state=WishState.WAITING,
            created_at=clock.now(),
        )
    return row.pk


def state() -> dict[str, str | None]:
    """Return a digest of each table that a refused request must leave as it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'SELECT') ORDER BY relname"
        )
        tables = [name for (name,) in cursor.fetchall() if not name.startswith(UNTOLD)]
        found: dict[str, str | None] = {}
        for table in tables:
            cursor.execute(f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{table}\" t")  # noqa: S608 - names from the catalogue
            found[table] = cursor.fetchone()[0]
    return found


def test_c12_every_address_has_a_policy() -> None:
    said = PUBLIC | BY_SESSION | BY_HOLD | BY_SECRET | BY_KEY | BY_SIGNATURE
    unknown = {door.name for door in DOORS if door.action is None and not door.is_of_patients} - said
    assert unknown == set()
    assert said - {door.name for door in DOORS} == set(), "a policy of an address that is no more"
    assert len(DESK) > 20
    assert len(CABINET) == 21


def answers(client: Client, door: Door, address: str, method: str) -> HttpResponse:
    body = {"name": "Вера", "phone": "+7 900 000-00-09", "said": "booked", "outcome": "booked", "reason": "x"}
    return (
        client.generic(
            method,
            address,
            data="&".join(f"{k}={v}" for k, v in body.items()),
            content_type="application/x-www-form-urlencoded",
        )
        if method != "GET"
        else client.get(address)
    )


@pytest.mark.parametrize("role", Role)
def test_c12_a_role_is_refused_every_action_that_is_not_its_own(records: dict[str, UUID], role: Role) -> None:
    client = signed_in(role)
    User.objects.filter(login="vera").update(practitioner=UUID(int=7))
    before = state()
    seen = 0
    for door in DESK:
        assert door.action is not None
        if permits(role, door.action):
            continue
        for ids in (known(records), known({})) if door.pattern.pattern.converters else (known({}),):
            for method in ("GET", "POST"):
                answer = answers(client, door, door.address(ids), method)
                assert (door.name, method, answer.status_code) == (door.name, method, 403)
                assert "Вымышленова" not in answer.content.decode()
                seen += 1
    assert state() == before
    assert seen > 0 or role is Role.REGISTRAR


def test_c12_nobody_gets_into_the_desk(records: dict[str, UUID]) -> None:
    client = Client()
    before = state()
    for door in DESK:
        for method in METHODS:
            answer = answers(client, door, door.address(known(records)), method)
            expected = 401 if door.name in {"ping", "release"} and "editorial" in door.route else 303
            assert (door.name, method, answer.status_code) == (door.name, method, expected)
            assert answer.content == b""
    assert state() == before


@pytest.mark.parametrize("secret", ["none", "wrong", "another's"])
def test_c12_a_visit_of_another_is_not_found_and_looks_like_none_at_all(
    records: dict[str, UUID], busy: Busy, secret: str
) -> None:
    token = {"none": "", "wrong": "x" * 43, "another's": appointment_token(busy.taken)}[secret]
    before = state()
    for door in (door for door in DOORS if door.name in BY_SECRET):
        for method in METHODS:
            said = [_asked(door, token, method, ids) for ids in (known(records), known({}))]
            assert said[0] == said[1], (door.name, method)
            status, body = said[0]
            assert status in {303, 401, 403, 404, 405, 415}, (door.name, method, status)
            assert "Вымышленова" not in body
    assert state() == before


def _asked(door: Door, token: str, method: str, ids: Callable[[str], object]) -> tuple[int, str]:
    """Return the answer without what differs by itself: the address, the id and the token of the form."""
    client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})
    address = door.address(ids)
    for view in (visit, wish, review, corporate):
        client.cookies[view.PAGE.cookie] = token
    answer = answers(client, door, address, method)
    body = answer.content.decode()
    for name in ("visit_id", "appointment_id", "wish_id", "request_id"):
        body = body.replace(str(ids(name)), "ID")
    return answer.status_code, _without_noise(body)


def _without_noise(body: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+|("request_id":\s*")[^"]+|обращения[^<]*', "", body)


def test_c12_nobody_gets_into_the_cabinet(records: dict[str, UUID]) -> None:
    before = state()
    for door in CABINET:
        for method in METHODS:
            answer = answers(Client(), door, door.address(known(records)), method)
            expected = 200 if door.name == "cabinet" else 303
            if method not in door.pattern.callback.methods:
                expected = 405
            assert (door.name, method, answer.status_code) == (door.name, method, expected)
            assert "Вымышленова" not in answer.content.decode()
            assert "Проба" not in answer.content.decode()
    assert state() == before


def test_c12_a_visit_behind_another_phone_is_not_found_and_looks_like_none_at_all(
    records: dict[str, UUID], sms: Phones
) -> None:
    """The phone was never booked with; its holder asks for every record of the clinic that a door names."""
    client = entered(sms, NOBODY)
    before = state()
    for door in (door for door in CABINET if door.pattern.pattern.converters):
        for method in door.pattern.callback.methods:
            foreign, unknown = (
                answers(client, door, door.address(ids), method) for ids in (known(records), known({}))
            )
            assert (door.name, method, foreign.status_code) == (door.name, method, 404)
            bodies = {_without_noise(each.content.decode()) for each in (foreign, unknown)}
            assert len(bodies) == 1, (door.name, method)
    assert state() == before


def test_c12_a_foreign_object_of_the_desk_is_not_found_for_who_may(records: dict[str, UUID]) -> None:
    """Whoever may do an action on some object hears of an unknown one only that it is not there."""
    client = signed_in(Role.REGISTRAR)
    before = state()
    for door in DESK:
        assert door.action is not None
        names = [name for name in door.pattern.pattern.converters if name.endswith("_id")]
        if not names or not permits(Role.REGISTRAR, door.action):
            continue
        for method in door.pattern.callback.methods:
            answer = answers(client, door, door.address(lambda _: uuid4()), method)
            # What is over already is done again without a word.
            expected = {404, 303} if door.name == "stop-resume" else {404}
            assert answer.status_code in expected, (door.name, method)
    assert state() == before


@pytest.mark.parametrize(("role", "doors_of_theirs"), [(Role.ATTENDING_DOCTOR, 3), (Role.CONSULTANT, 2)])
def test_c12_another_doctor_s_visit_or_referral_is_not_found_and_looks_like_none_at_all(
    records: dict[str, UUID], role: Role, doors_of_theirs: int
) -> None:
    client = signed_in(role)
    User.objects.filter(login="vera").update(practitioner=UUID(int=7))
    before, seen = state(), set()
    for door in DESK:
        assert door.action is not None
        named = {"visit_id", "referral_id"} & set(door.pattern.pattern.converters)
        if not named or not permits(role, door.action):
            continue
        (name,) = named
        seen.add(door.name)
        for method in door.pattern.callback.methods:
            said = []
            for ids in (known(records), known({})):
                answer = answers(client, door, door.address(ids), method)
                body = _without_noise(answer.content.decode()).replace(str(ids(name)), "ID")
                said.append((answer.status_code, body))
            assert said[0] == said[1], (door.name, method)
            assert said[0][0] == 404, (door.name, method)
    assert state() == before
    assert len(seen) == doors_of_theirs
