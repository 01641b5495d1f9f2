"""A site that answers over HTTP, a worker beside it, and a base of 1С that may exchange with it."""

import json
import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from domain.directory.factory import MIS, snapshot
from feldsher.channels.exchange import work
from feldsher.domain.directory import services
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.types import ApiScope
from testbench.commerceml.client import Accounting

ADDRESS = "/exchange/1c/"
SOURCE = "1c"
Base = Callable[..., Accounting]


@pytest.fixture
def clinic(db: None) -> None:
    """Two services, A-1 and A-2, whose prices nobody has said."""
    services.import_snapshot(MIS, snapshot=snapshot(prices=()))


@pytest.fixture
def credential(db: None) -> tuple[str, str]:
    """Name and password, as `feldsher key add 1c` with both scopes of an exchange prints them."""
    card, key = api_keys.issue_key(SOURCE, scopes=[ApiScope.EXCHANGE_CATALOG, ApiScope.EXCHANGE_SALE])
    return card.prefix, key


@pytest.fixture
def base(live_server: LiveServer, credential: tuple[str, str]) -> Base:
    """Make a base of 1С; it may differ by what is given."""

    def made(**different: object) -> Accounting:
        return Accounting(f"{live_server.url}{ADDRESS}", *credential, **different)  # type: ignore[arg-type] # a test's

    return made


def do_jobs() -> int:
    """Do the tasks that wait, as a worker would; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s RETURNING args", [work.DO])
        found = cursor.fetchall()
    for (args,) in found:
        work.do(UUID(json.loads(args)["task"]))
    return len(found)


def do_what_is_left() -> int:
    """Read what was sent and never asked for, as a worker would at its hour; return of how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s RETURNING args", [work.READ_LEFT])
        found = cursor.fetchall()
    for (args,) in found:
        work.read_left(UUID(json.loads(args)["session"]))
    return len(found)


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    stopping = threading.Event()

    def run() -> None:
        while not stopping.wait(0.02):
            do_jobs()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stopping.set()
    thread.join()
