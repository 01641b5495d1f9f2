"""«Перезвоните мне»: kept sealed, with an hour that registrars can keep."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SetClock
from domain.scheduling.clinic import Ids, open_clinic
from domain.scheduling.factory import NOW
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import models, services
from feldsher.domain.scheduling.calling import call_by
from feldsher.domain.scheduling.errors import KeyReusedError
from feldsher.domain.scheduling.sealed import open_call
from feldsher.domain.scheduling.types import Idempotency
from feldsher.kernel.errors import InvalidInputError, NotFoundError

PERSON = {"name": "Проба Вымышленова", "phone": "8 921 000 00 17", "topic": "Болит глаз"}


@pytest.fixture
def ids(set_clock: SetClock, db: None) -> Ids:
    set_clock(NOW)
    body = "Согласие для {operator}"
    publish_consent_text(Purpose.BOOKING, version="first", body=body, valid_from=NOW - timedelta(days=1))
    return open_clinic()


def test_a_request_is_kept_sealed(ids: Ids) -> None:
    asked = services.request_call(**PERSON, location_id=ids.south, practitioner_id=ids.eye, channel="site")
    row = models.CallRequest.objects.get()
    assert (row.id, row.call_by, row.location, row.practitioner, row.channel, row.done_at) == (
        asked.id, asked.call_by, ids.south, ids.eye, "site", None,
    )  # fmt: skip
    kept = {name: open_call(getattr(row, name), column=name, row=row.id) for name in PERSON}
    assert kept == PERSON | {"phone": "+79210000017"}
    for name, text in PERSON.items():
        assert text.encode() not in bytes(getattr(row, name))
        assert b"9210000017" not in bytes(getattr(row, name))


def test_a_request_keeps_what_was_agreed_to(ids: Ids) -> None:
    services.request_call(**PERSON, channel="site")
    text = patients.current_consent_text(Purpose.BOOKING)
    assert models.CallRequest.objects.get().consent == f"{text.version} {text.sha256}"


def test_the_same_request_again_is_kept_once(ids: Ids) -> None:
    key = Idempotency(b"k" * 32, b"b" * 32)
    first, again = (services.request_call(**PERSON, channel="api", idempotency=key) for _ in range(2))
    assert first == again
    assert models.CallRequest.objects.count() == 1
    with pytest.raises(KeyReusedError):
        services.request_call(**PERSON, channel="api", idempotency=Idempotency(key.key, b"o" * 32))


def test_long_texts_are_cut(ids: Ids) -> None:
    asked = services.request_call(name="Я" * 300, phone=PERSON["phone"], topic="т" * 900, channel="site")
    row = models.CallRequest.objects.get()
    assert len(open_call(row.name, column="name", row=asked.id)) == 100
    assert len(open_call(row.topic, column="topic", row=asked.id)) == 500


@pytest.mark.parametrize(
    ("person", "fields"),
    [({"name": " "}, {"name"}), ({"phone": "12"}, {"phone"}), ({"name": "", "phone": ""}, {"name", "phone"})],
)
def test_what_cannot_be_called_back_is_refused(ids: Ids, person: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.request_call(**PERSON | person, channel="site")
    assert set(refused.value.fields) == fields
    assert not models.CallRequest.objects.exists()


@pytest.mark.parametrize("party", ["location_id", "practitioner_id"])
def test_an_unknown_branch_or_doctor_is_refused(ids: Ids, party: str) -> None:
    with pytest.raises(NotFoundError):
        services.request_call(**PERSON, **{party: uuid4()}, channel="site")
    assert not models.CallRequest.objects.exists()


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        ("25T05:59", "25T10:00"),
        ("25T09:00", "25T10:00"),
        ("25T12:34", "25T13:34"),
        ("25T19:00", "25T20:00"),
        ("25T19:01", "26T10:00"),
        ("25T23:59", "26T10:00"),
    ],
)
@pytest.mark.parametrize("branch", ["north", "south"])
def test_the_hour_is_one_of_the_branch_s_day(
    ids: Ids, set_clock: SetClock, branch: str, asked: str, promised: str
) -> None:
    zone = {"north": ZoneInfo("Europe/Moscow"), "south": ZoneInfo("Asia/Yekaterinburg")}[branch]
    instant, due = (
        datetime.fromisoformat(f"2026-11-{text}:00").replace(tzinfo=zone) for text in (asked, promised)
    )
    set_clock(instant.astimezone(UTC))
    assert services.request_call(**PERSON, location_id=getattr(ids, branch), channel="site").call_by == due


@given(
    instant=st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    zone=st.sampled_from(["Europe/Kaliningrad", "Europe/Moscow", "Asia/Magadan", "Asia/Kamchatka"]),
)
def test_an_hour_is_always_promised_within_a_day(instant: datetime, zone: str) -> None:
    due = call_by(instant, ZoneInfo(zone))
    local = due.astimezone(ZoneInfo(zone))
    assert timedelta(minutes=59) < due - instant < timedelta(hours=17)
    assert 10 <= local.hour < 20 or (local.hour, local.minute) == (20, 0)
