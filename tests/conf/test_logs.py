"""C19, C64: log lines carry the id of their request or job and nothing of a person."""

import asyncio
import logging
import logging.config
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from procrastinate.job_context import JobContext

from feldsher.conf.logs import LineFormatter, speak_of_accidents_safely
from feldsher.conf.worker import traced
from feldsher.domain.directory.models import Specialty
from feldsher.domain.scheduling.errors import SlotTakenError
from feldsher.kernel.trace import trace_id, tracing

PERSONAL = "kanareykina-79995550000"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What our own handler writes of everything that is logged, set up as in production."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(LineFormatter())
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)


def log(error: BaseException) -> None:
    try:
        raise error
    except type(error):
        logging.getLogger("somebody.else").exception("it failed")


def test_c19_the_formatter_is_the_one_of_every_handler() -> None:
    config = settings.LOGGING
    made = logging.config.DictConfigurator(config).configure_formatter(dict(config["formatters"]["line"]))
    assert isinstance(made, LineFormatter)
    assert {handler["formatter"] for handler in config["handlers"].values()} == {"line"}


@pytest.mark.django_db
def test_c19_a_row_that_a_database_speaks_of_is_not_logged(lines: StringIO) -> None:
    Specialty.objects.create(slug=PERSONAL, key=PERSONAL, text="x")
    columns = "slug, key, text, title, mis_values"
    twin = f"SELECT gen_random_uuid(), {columns} FROM directory_specialty"  # noqa: S608 - fixed names
    statements = {
        "23505": f"INSERT INTO directory_specialty (id, {columns}) {twin}",
        "22P02": f"SELECT '{PERSONAL}'::uuid",
        "42703": f'SELECT "{PERSONAL}" FROM directory_specialty',  # noqa: S608 - as above
    }
    for state, statement in statements.items():
        with connection.cursor() as cursor, transaction.atomic():
            with pytest.raises(DatabaseError) as caught:
                cursor.execute(statement)
            transaction.set_rollback(True)
        assert PERSONAL in str(caught.value)
        log(caught.value)
        logging.getLogger("another").warning("no luck: %s", caught.value)
        assert state in lines.getvalue()
    assert PERSONAL not in lines.getvalue()
    assert "directory_specialty_" in lines.getvalue()


@pytest.mark.parametrize("kind", [KeyError, ValueError, RuntimeError])
def test_c19_the_words_of_an_exception_are_not_logged(lines: StringIO, kind: type[Exception]) -> None:
    error = LookupError(PERSONAL)
    error.__cause__ = kind({"phone": PERSONAL})
    log(error)
    line = lines.getvalue()
    assert PERSONAL not in line
    assert f"caused by builtins.{kind.__name__}" in line
    assert "test_logs.py" in line
    assert line.count("\n") == 1


def test_our_own_refusal_says_why(lines: StringIO) -> None:
    log(SlotTakenError("the time was taken by another chain"))
    assert "SlotTakenError (the time was taken by another chain)" in lines.getvalue()


def test_c19_another_handlers_traceback_is_not_taken_over(lines: StringIO) -> None:
    other = logging.StreamHandler(StringIO())
    root = logging.getLogger()
    root.handlers.insert(0, other)
    try:
        log(RuntimeError(PERSONAL))
    finally:
        root.removeHandler(other)
    assert PERSONAL not in lines.getvalue()


def test_c19_the_secret_in_the_address_of_a_visit_is_not_logged(lines: StringIO, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(PERSONAL)

    monkeypatch.setattr("feldsher.channels.site.views.visit.scheduling.appointment", fail)
    address = f"/visit/00000000-0000-4000-8000-000000000001/{PERSONAL}/"
    answer = Client(raise_request_exception=False).get(address)
    told = lines.getvalue()
    assert answer.status_code == 500
    assert PERSONAL not in told
    assert "500 GET /visit/<uuid:visit_id>/<str:token>/" in told
    assert f"[{answer.headers['X-Request-Id']}]" in told


def test_c19_an_unknown_address_and_a_false_host_are_not_logged(lines: StringIO) -> None:
    client = Client(raise_request_exception=False)
    client.get(f"/{PERSONAL}/x", headers={"Host": f"{PERSONAL}.example"})
    assert "400 GET" in lines.getvalue()
    assert PERSONAL not in lines.getvalue()


def test_a_line_is_one_line(lines: StringIO) -> None:
    logging.getLogger("a").warning("said: %s", "x\n2026 ERROR forged\r\x1b[2J")
    assert lines.getvalue().count("\n") == 1
    assert "x\\n2026 ERROR forged\\r\\x1b[2J" in lines.getvalue()


def test_c64_a_line_carries_the_id_of_its_request(lines: StringIO) -> None:
    with tracing() as name:
        logging.getLogger("a").warning("here")
    logging.getLogger("a").warning("there")
    first, second = lines.getvalue().splitlines()
    assert f" a [{name}] here" in first
    assert " a [-] there" in second


@pytest.mark.django_db
def test_c64_what_django_logs_after_the_chain_carries_it_too(lines: StringIO) -> None:
    answer = Client().get("/no-such-page/")
    assert lines.getvalue().splitlines() == [
        line for line in lines.getvalue().splitlines() if f"[{answer.headers['X-Request-Id']}]" in line
    ]
    assert "404 GET (no route)" in lines.getvalue()


def test_c64_a_job_runs_under_its_own_id() -> None:
    async def call_next() -> str:
        return await sync_to_async(trace_id, thread_sensitive=False)()

    context = cast("JobContext", SimpleNamespace(job=SimpleNamespace(id=12)))
    assert asyncio.run(traced(call_next, context, cast("Any", None))) == "job 12"  # type: ignore[arg-type]
    assert trace_id() == ""
    assert settings.PROCRASTINATE_WORKER_DEFAULTS["worker_middleware"] == [traced]


def test_c19_what_nobody_caught_is_logged_without_its_words(lines: StringIO, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    speak_of_accidents_safely()

    def fail() -> None:
        raise RuntimeError(PERSONAL)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert lines.getvalue().count("nobody caught it: builtins.RuntimeError at") == 2
    assert PERSONAL not in lines.getvalue()


def test_a_request_of_an_invented_method_is_no_place_for_words(lines: StringIO) -> None:
    request = RequestFactory().generic(f"X{PERSONAL}".upper(), "/")
    logging.getLogger("a").warning("x", extra={"request": request, "status_code": 405})
    assert "405 ? (no route)" in lines.getvalue()


def test_a_line_tells_its_time_in_utc(lines: StringIO) -> None:
    logging.getLogger("a").warning("here")
    told = datetime.fromisoformat(lines.getvalue().split(" ")[0])
    assert told.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - told) < timedelta(seconds=5)
