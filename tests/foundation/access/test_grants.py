"""A role takes two administrators, or a day and a notice to the owner; nobody confirms their own (C58)."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.foundation.access import grants, selectors, services
from feldsher.foundation.access.errors import (
    ForbiddenError,
    GrantKnownError,
    GrantNotYoursError,
    GrantOverError,
    LastAdminError,
    OwnerNotToldError,
    StaffNotFoundError,
)
from feldsher.foundation.access.models import AccessGrant, GrantRequest, User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import GrantOutcome, Staff
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.messaging.ports import Outcome, Refused, Unknown
from feldsher.kernel import clock
from support.sms import Phones, deliver, phones

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OWNER = "+79210000099"


def at(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=hours))


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 0)


@pytest.fixture
def sms(settings: Settings) -> Iterator[Phones]:
    settings.OWNER_PHONE = OWNER
    settings.SITE_URL = "https://clinic.example"
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),))
    with phones() as sender:
        yield sender


def person(login: str, *roles: Role) -> Staff:
    return services.create_staff(login, password="feldsher-demo", roles=roles)


def roles_of(someone: Staff) -> set[Role]:
    return set(next(each.roles for each in selectors.all_staff() if each.id == someone.id))


def outcomes() -> list[str]:
    return list(GrantRequest.objects.order_by("asked_at").values_list("outcome", flat=True))


@pytest.fixture
def two() -> tuple[Staff, Staff, Staff]:
    return person("one", Role.SYSTEM_ADMIN), person("two", Role.SYSTEM_ADMIN), person("vera")


def test_c58_a_role_comes_with_the_second_administrator(two: tuple[Staff, Staff, Staff]) -> None:
    one, other, vera = two
    request = grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    assert roles_of(vera) == set()
    (card,) = selectors.open_requests()
    assert (card.user_id, card.role, card.asked_by, card.effective_at) == (
        vera.id,
        Role.REGISTRAR,
        one.id,
        None,
    )
    assert grants.confirm_grant(request, staff=other)
    assert roles_of(vera) == {Role.REGISTRAR}
    row = GrantRequest.objects.get()
    assert (row.outcome, row.decided_by_id, AccessGrant.objects.get(user_id=vera.id).granted_by_id) == (
        GrantOutcome.CONFIRMED,
        other.id,
        one.id,
    )
    with pytest.raises(GrantOverError):
        grants.confirm_grant(request, staff=other)


def test_c58_nobody_confirms_their_own_request_or_a_role_for_themselves(
    two: tuple[Staff, Staff, Staff],
) -> None:
    one, other, vera = two
    request = grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    third = person("three", Role.SYSTEM_ADMIN)
    for_other = grants.ask_for_grant(other.id, Role.EDITOR, staff=one)
    for grant, staff in ((request, one), (for_other, other), (for_other, one)):
        with pytest.raises(GrantNotYoursError):
            grants.confirm_grant(grant, staff=staff)
    assert (roles_of(vera), roles_of(other)) == (set(), {Role.SYSTEM_ADMIN})
    assert grants.confirm_grant(for_other, staff=third)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM_ADMIN])
def test_c58_no_other_role_asks_confirms_declines_or_ends(
    two: tuple[Staff, Staff, Staff], role: Role
) -> None:
    one, _, vera = two
    request = grants.ask_for_grant(vera.id, Role.NURSE, staff=one)
    stranger = person("stranger", role)
    acts = (
        lambda: grants.ask_for_grant(vera.id, Role.EDITOR, staff=stranger),
        lambda: grants.confirm_grant(request, staff=stranger),
        lambda: grants.decline_grant(request, staff=stranger),
        lambda: grants.end_role(one.id, Role.SYSTEM_ADMIN, staff=stranger),
    )
    for act in acts:
        with pytest.raises(ForbiddenError):
            act()
    assert (roles_of(vera), outcomes()) == (set(), [""])


def test_c58_where_nobody_could_confirm_a_day_passes_and_the_owner_is_told(
    sms: Phones, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, vera = person("one", Role.SYSTEM_ADMIN), person("vera")
    with caplog.at_level(logging.WARNING):
        grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    deliver()
    said = "vera получит роль «регистратор» 25.11 в 12:00 мск, запросил one."
    assert sms.texts == [(OWNER, f"{said} Если вы против, отклоните: clinic.example/desk/staff/")]
    at(monkeypatch, 23.9)
    assert grants.apply_due() == 0
    assert roles_of(vera) == set()
    at(monkeypatch, 24)
    assert grants.apply_due() == 1
    assert roles_of(vera) == {Role.REGISTRAR}
    assert outcomes() == [GrantOutcome.IN_TIME]
    assert grants.apply_due() == 0


def test_c58_of_two_administrators_the_one_who_gets_a_role_is_no_second_one(sms: Phones) -> None:
    one, other = person("one", Role.SYSTEM_ADMIN), person("two", Role.SYSTEM_ADMIN)
    grants.ask_for_grant(other.id, Role.EDITOR, staff=one)
    (card,) = selectors.open_requests()
    assert card.effective_at == NOW + timedelta(hours=24)


def test_c58_a_closed_account_is_no_second_administrator(sms: Phones) -> None:
    one, vera = person("one", Role.SYSTEM_ADMIN), person("vera")
    person("two", Role.SYSTEM_ADMIN)
    User.objects.filter(login="two").update(is_active=False, disabled_at=NOW)
    grants.ask_for_grant(vera.id, Role.EDITOR, staff=one)
    assert selectors.open_requests()[0].effective_at is not None


def test_c58_a_declined_request_never_takes_effect(sms: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    one, vera = person("one", Role.SYSTEM_ADMIN), person("vera")
    request = grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    other = person("two", Role.SYSTEM_ADMIN)
    grants.decline_grant(request, staff=other)
    at(monkeypatch, 25)
    assert grants.apply_due() == 0
    assert (roles_of(vera), outcomes()) == (set(), [GrantOutcome.DECLINED])


def test_c58_who_administers_no_more_gives_nothing(
    two: tuple[Staff, Staff, Staff], sms: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, vera = two
    request = grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    grants.end_role(one.id, Role.SYSTEM_ADMIN, staff=other)
    assert not grants.confirm_grant(request, staff=other)
    grants.ask_for_grant(vera.id, Role.EDITOR, staff=other)
    deliver()
    User.objects.filter(pk=other.id).update(is_active=False, disabled_at=NOW)
    at(monkeypatch, 25)
    assert grants.apply_due() == 0
    assert (roles_of(vera), outcomes()) == (set(), [GrantOutcome.LAPSED, GrantOutcome.LAPSED])


def test_c58_what_nobody_decides_lapses(
    two: tuple[Staff, Staff, Staff], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, vera = two
    request = grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    at(monkeypatch, 24 * 14 + 1)
    with pytest.raises(GrantOverError):
        grants.confirm_grant(request, staff=other)
    grants.apply_due()
    assert outcomes() == [GrantOutcome.LAPSED]


@pytest.mark.parametrize("lacks", ["phone", "provider"])
def test_c58_where_the_owner_cannot_be_told_nobody_gets_a_role_from_one_alone(
    sms: Phones, settings: Settings, lacks: str
) -> None:
    settings.OWNER_PHONE = "" if lacks == "phone" else OWNER
    settings.FELDSHER_SMS = None if lacks == "provider" else settings.FELDSHER_SMS
    one, vera = person("one", Role.SYSTEM_ADMIN), person("vera")
    with pytest.raises(OwnerNotToldError) as caught:
        grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    assert caught.value.code == "owner_not_told"
    assert ("FELDSHER_OWNER_PHONE" if lacks == "phone" else "FELDSHER_SMS") in caught.value.message
    assert (GrantRequest.objects.count(), Message.objects.count()) == (0, 0)
    other = person("two", Role.SYSTEM_ADMIN)
    assert grants.confirm_grant(grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one), staff=other)


@pytest.mark.parametrize("outcome", [Refused("no_money"), Unknown("timeout"), None])
def test_c58_a_notice_that_never_left_for_certain_gives_no_role(
    sms: Phones, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, outcome: Outcome | None
) -> None:
    one, vera = person("one", Role.SYSTEM_ADMIN), person("vera")
    grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    if outcome is not None:
        sms.outcomes.append(outcome)
        deliver()
    at(monkeypatch, 24)
    assert grants.apply_due() == 0
    assert (roles_of(vera), outcomes()) == (set(), [GrantOutcome.LAPSED])
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "the role registrar for vera is not given: the owner was not told"
    ]


def test_c58_without_the_notice_there_is_no_request(sms: Phones, settings: Settings) -> None:
    settings.FELDSHER_SMS = SmsSettings((SmsAccount("sms_ru", "key"),), day_cap=1)
    one, vera = person("one", Role.SYSTEM_ADMIN), person("vera")
    grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    with pytest.raises(OwnerNotToldError):
        grants.ask_for_grant(vera.id, Role.EDITOR, staff=one)
    assert (GrantRequest.objects.count(), Message.objects.count()) == (1, 1)


def test_a_role_is_asked_for_once_and_not_where_it_is(two: tuple[Staff, Staff, Staff]) -> None:
    one, other, vera = two
    grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=one)
    with pytest.raises(GrantKnownError):
        grants.ask_for_grant(vera.id, Role.REGISTRAR, staff=other)
    with pytest.raises(GrantKnownError):
        grants.ask_for_grant(other.id, Role.SYSTEM_ADMIN, staff=one)
    User.objects.filter(pk=vera.id).update(is_active=False, disabled_at=NOW)
    with pytest.raises(StaffNotFoundError):
        grants.ask_for_grant(vera.id, Role.EDITOR, staff=one)


def test_a_role_ends_at_once_but_never_the_last_administrators(two: tuple[Staff, Staff, Staff]) -> None:
    one, other, _ = two
    grants.end_role(other.id, Role.SYSTEM_ADMIN, staff=one)
    assert roles_of(other) == set()
    with pytest.raises(LastAdminError):
        grants.end_role(one.id, Role.SYSTEM_ADMIN, staff=one)
    assert roles_of(one) == {Role.SYSTEM_ADMIN}


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_end_each_other_at_once_leave_one() -> None:
    one, other = person("one", Role.SYSTEM_ADMIN), person("two", Role.SYSTEM_ADMIN)
    gate = threading.Barrier(2)

    def end(pair: tuple[Staff, Staff]) -> str:
        gate.wait()
        try:
            grants.end_role(pair[0].id, Role.SYSTEM_ADMIN, staff=pair[1])
        except LastAdminError:
            return "last"
        finally:
            connection.close()
        return "ended"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(end, [(one, other), (other, one)])) == ["ended", "last"]
    assert AccessGrant.objects.filter(ended_at=None).count() == 1
