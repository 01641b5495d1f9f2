"""What every test shares: one PostgreSQL for the run, a database per worker, the roles of production."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis
from pytest_django.plugin import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling

from feldsher.domain.directory.snils import SNILS
from feldsher.foundation.access import context
from feldsher.foundation.access.context import EVERYTHING, Context
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.types import Actor, ActorKind
from feldsher.foundation.privacy import rows
from feldsher.kernel import clock
from support.database import OPEN, TestServer, copy_of_template, empty
from support.patients import Times
from support.product import Demo, running_product

PRODUCT_FILES = (
    "tests/channels/cabinet/test_browser.py",
    "tests/channels/desk/test_browser.py",
    "tests/channels/site/test_browser.py",
    "tests/channels/site/test_taps.py",
    "tests/e2e/test_booking.py",
    "tests/e2e/test_faults.py",
    "tests/e2e/test_kills.py",
)
KIT = "tests/integrations/mis/conformance"
LONGEST = (
    *(
        "tests/foundation/watch/test_c35_simulator.py",
        *PRODUCT_FILES,
        "tests/e2e/test_demo.py",
        "tests/e2e/test_own_schedule.py",
    ),
    *(f"{KIT}/test_negative_controls.py", f"{KIT}/test_stands.py"),
    *("tests/soak/test_histories.py", "tests/soak/test_controls.py"),
    *("tests/channels/site/test_accessibility.py", "tests/channels/desk/test_looks.py"),
    *("tests/channels/site/test_dialogs.py", "tests/channels/desk/test_doors_browser.py"),
    "tests/model/test_booking.py",
    *("tests/channels/site/test_states.py", "tests/bench/test_bench.py", "tests/e2e/test_phone_code.py"),
)
"""What takes most of the time, the longest first: begun at the end, one worker would wait for the other."""
# How long one example takes says how busy the machine is, and nothing of the code.
hypothesis.register_profile("feldsher", parent=hypothesis.default, deadline=None)
hypothesis.load_profile("feldsher")
_SERVER = pytest.StashKey[TestServer]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the process that began the run; workers of xdist find it by the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    server = config.stash[_SERVER] = TestServer()
    server.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest keep their order."""
    order = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(LONGEST)))


class OneProduct(LoadFileScheduling):
    """A file's tests stay on one worker, and all that use the fixture `product` on the same one.

    Each of the longest simulations is a work of its own.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file == LONGEST[0]:
            return nodeid
        return "product" if file in PRODUCT_FILES else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneProduct:
    return OneProduct(config, log)


@pytest.fixture(scope="session")
def database_urls() -> Iterator[tuple[str, str]]:
    """URLs of this worker's database: the application's and the owner's."""
    with copy_of_template(f"feldsher_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as urls:
        yield urls


@pytest.fixture(scope="session")
def django_db_setup(database_urls: tuple[str, str], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point Django at this worker's database as the application role, instead of letting Django make one."""
    application, owner = database_urls
    url = urlsplit(application)
    connection.close()
    connection.settings_dict.update(
        NAME=url.path.lstrip("/"), USER=url.username, PASSWORD=url.password, HOST=url.hostname, PORT=url.port
    )
    connection.settings_dict["OPTIONS"]["options"] = OPEN
    teardown = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _: empty(owner)  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        yield
        connection.close()
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


@pytest.fixture
def as_owner(django_db_setup: None, database_urls: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner, for what the product itself may never do."""
    with psycopg.connect(database_urls[1], autocommit=True, options=OPEN) as owner:
        yield owner


@pytest.fixture(autouse=True)
def in_context() -> Iterator[None]:
    """Let a test look into personal tables by itself; a request through the product begins without."""
    tests = Context(Actor(ActorKind.SERVICE, "tests"), "tests", EVERYTHING, "service")
    token = context._CURRENT.set(tests)
    reached = rows._REACHED.set({group.setting: rows.ALL for group in (JOURNAL, STAFF, SNILS)})
    yield
    rows._REACHED.reset(reached)
    context._CURRENT.reset(token)


@pytest.fixture
def mute_journal(as_owner: psycopg.Connection) -> Iterator[None]:
    """Take from the application the right to write the journal of access."""
    application = connection.settings_dict["USER"]
    as_owner.execute(f"REVOKE INSERT ON audit_access FROM {application}")  # type: ignore[arg-type]
    yield
    as_owner.execute(f"GRANT INSERT ON audit_access TO {application}")  # type: ignore[arg-type]


SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetClock]:
    """Stop both clocks, Python's and SQL's, at an instant; every process on this database sees SQL's."""

    def stop_at(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)
        _replace_sql_clock(as_owner, f"SELECT timestamptz '{moment.isoformat()}'")

    yield stop_at
    _replace_sql_clock(as_owner, "SELECT clock_timestamp()")


def _replace_sql_clock(owner: psycopg.Connection, body: str) -> None:
    owner.execute(
        "CREATE OR REPLACE FUNCTION clock_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS "  # type: ignore[arg-type]
        f"$clock${body}$clock$"
    )


@pytest.fixture(scope="session")
def product() -> Iterator[Demo]:
    """The demo command with all its processes, started once for the files of PRODUCT_FILES."""
    with running_product() as demo:
        yield demo


@pytest.fixture(scope="session")
def times(product: Demo) -> Times:
    return Times(product)
