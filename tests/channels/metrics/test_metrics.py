"""`/metrics`: who may read it, what it tells, and that it tells of nobody."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from domain.scheduling.exchange.conftest import Build, build
from domain.scheduling.exchange.world import World
from domain.scheduling.scripted import Fault
from feldsher.conf.environment import metrics_token
from feldsher.domain.scheduling.line import Tally
from feldsher.domain.scheduling.line.endings import Ending
from feldsher.domain.scheduling.models import MisLine, SyncStatus
from feldsher.domain.scheduling.types import State
from feldsher.foundation.messaging import accounts, gateways
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import NullProvider
from feldsher.foundation.messaging.types import Kind, MessageState
from support.sms import Phones

__all__ = ["build"]
pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
TOKEN = "metrics-" * 5
BEARER = {"Authorization": f"Bearer {TOKEN}"}
MIS = "umc"


@pytest.fixture
def scraped(build: Build, settings: Settings) -> World:
    """A clinic with one visit whose answer was lost, and a token for its metrics."""
    settings.FELDSHER_METRICS_TOKEN = TOKEN
    world = build("blind")
    world.book()
    world.mis.script["book"] = [Fault.DROPPED]
    world.work()
    assert world.state is State.UNKNOWN
    return world


def samples(client: Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_is_no_such_address(client: Client, db: None) -> None:
    assert client.get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN]
)
def test_without_the_right_token_nothing_is_told(client: Client, scraped: World, given: str | None) -> None:
    answer = client.get("/metrics", headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"feldsher_mis" not in answer.content


def test_no_cache_keeps_the_metrics_and_nothing_but_reading_is_allowed(
    client: Client, scraped: World
) -> None:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert client.post("/metrics", headers=BEARER).status_code in {403, 405}


def test_the_state_of_each_mis_is_told(client: Client, scraped: World) -> None:
    SyncStatus.objects.create(mis=MIS, as_of=NOW - timedelta(minutes=3), failures=2)
    MisLine.objects.create(mis=MIS, turn_at=NOW, failures=6, rests=1, resting_since=NOW, last_error="free: x")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [NOW])
    scraped.forward(60)
    told = samples(client)
    assert {
        name[0].removeprefix("feldsher_"): value
        for name, value in told.items()
        if all(label.startswith("mis=") for label in name[1:])
    } == {
        "mis_sync_age_seconds": 240,
        "mis_schedule_fresh": 1,
        "mis_sync_failures": 2,
        "mis_mirror_rows": 0,
        "mis_line_resting": 1,
        "mis_line_failures": 6,
        "mis_unapplied_changes": 0,
        "mis_unknown_visits": 1,
        "mis_unknown_visits_age_seconds": 60,
        "worker_heartbeat_age_seconds": 60,
    }
    assert told["feldsher_mis_jobs", f"mis={MIS}", "state=failed"] == 0


def test_what_has_never_happened_has_no_age(client: Client, scraped: World) -> None:
    told = {name[0] for name in samples(client)}
    assert "feldsher_mis_sync_age_seconds" not in told
    assert "feldsher_worker_heartbeat_age_seconds" not in told


def test_calls_are_a_histogram_by_operation_and_ending(client: Client, scraped: World) -> None:
    tally = Tally(None)
    for seconds in (0.02, 0.3, 0.3, 60):
        tally.add(MIS, "book", Ending.OK, seconds=seconds)
    tally.flush()
    told = {
        name[1:]: value
        for name, value in samples(client).items()
        if name[0] == "feldsher_mis_call_seconds_bucket"
    }
    labels = ("ending=ok",)
    assert {name[1]: value for name, value in told.items() if name[0] == labels[0]} == {
        "le=0.01": 0, "le=0.025": 1, "le=0.05": 1, "le=0.1": 1, "le=0.25": 1, "le=0.5": 3, "le=1": 3,
        "le=2.5": 3, "le=5": 3, "le=10": 3, "le=30": 3, "le=+Inf": 4,
    }  # fmt: skip
    whole = samples(client)
    where = ("ending=ok", f"mis={MIS}", "operation=book")
    assert whole["feldsher_mis_call_seconds_count", *where] == 4
    assert whole["feldsher_mis_call_seconds_sum", *where] == pytest.approx(60.62)


def test_calls_to_providers_of_sms_are_counted_for_a_day_and_their_accounts_told(
    client: Client, scraped: World
) -> None:
    row = Message.objects.create(
        kind=Kind.VISIT_MOVED, state=MessageState.SENT, key="k", phone=b"", text=b"",
        created_at=NOW, valid_until=NOW,
    )  # fmt: skip
    calls = [("not_sent", "", 0), ("taken", "delivered", 0), ("taken", "delivered", 23), ("taken", "", 0)]
    for state, delivery, hours in (*calls, ("lost", "", 25)):
        Attempt.objects.create(
            message=row,
            provider="sms_ru",
            state=state,
            delivery=delivery,
            started_at=NOW - timedelta(hours=hours),
        )
    gateways.bind(Phones(name="sms_ru"))
    accounts.ask()
    told = samples(client)
    gateways.bind(NullProvider())
    assert {name[1]: value for name, value in told.items() if name[0] == "feldsher_sms_calls_day"} == {
        "ending=not_sent": 1, "ending=delivered": 2, "ending=taken": 1,
    }  # fmt: skip
    assert told["feldsher_sms_balance_roubles", "provider=sms_ru"] == 1000


def test_no_label_and_no_line_tells_of_a_person_or_a_visit(client: Client, scraped: World) -> None:
    text = client.get("/metrics", headers=BEARER).content.decode()
    labels = set(re.findall(r"(\w+)=\"", text))
    assert labels <= {"provider", "mis", "operation", "ending", "le", "state", "code", "subject", "kind"}
    row = scraped.row()
    for secret in (row.id, row.patient, row.practitioner, "Пробный", "9000000001"):
        assert str(secret) not in text


def test_a_short_token_is_refused_with_the_command_that_makes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELDSHER_METRICS_TOKEN", "short")
    with pytest.raises(ImproperlyConfigured, match="openssl rand -hex 32"):
        metrics_token()
    monkeypatch.setenv("FELDSHER_METRICS_TOKEN", TOKEN)
    assert metrics_token() == TOKEN
