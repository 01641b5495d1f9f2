"""C21: what was read past the door is found by the database's own witness.

`data/pgaudit.csv` is what pgaudit 1.7 wrote on PostgreSQL 15. Where Debian's postgresql-15-pgaudit is
installed, the real thing is asked once more.
"""

import csv
import io
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from feldsher.conf.supervisor import DatabaseServer
from feldsher.foundation.access.context import Context, Reach, access_context, as_service, no_context
from feldsher.foundation.audit import jobs, pgaudit, services
from feldsher.foundation.audit.errors import AuditConfigError
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.pgaudit import PastTheDoor, Read
from feldsher.foundation.audit.types import Actor, ActorKind
from feldsher.kernel.trace import tracing
from foundation.audit.factories import access
from support.product import wait_for

SOURCE = Path(pgaudit.__file__).parents[2]
WITNESS = Path(pgaudit.__file__)
LOG = Path(__file__).parent / "data" / "pgaudit.csv"
DAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
KNOWN, INVENTED = "0123456789abcdef0123456789abcdef", "f" * 32
DEBIAN = Path("/usr/lib/postgresql/15")

pytestmark = pytest.mark.django_db(transaction=True)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: moment)


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The journal of that minute: one read, of the request that the log names first."""
    at(monkeypatch, NOON)
    settings.FELDSHER_PGAUDIT_SPARE = ("postgres",)
    with tracing(KNOWN), transaction.atomic():
        services.record(access())


def found(*reads: Read) -> list[tuple[str, str, str, int, int]]:
    return [
        (each.user, each.application, each.table, each.times, each.rows)
        for each in pgaudit.past_the_door(reads)
    ]


def test_each_read_is_told_with_who_and_how_many_rows() -> None:
    reads = list(pgaudit.reads_in(LOG))
    assert [(read.user, read.trace, read.table, read.rows) for read in reads] == [
        ("feldsher_app", KNOWN, "public.patients_patient", 1),
        ("feldsher_app", INVENTED, "public.patients_patient", 2),
        ("feldsher_app", "", "public.patients_patient", 0),
        ("dba", "", "public.patients_patient", 1),
        ("dba", "", "public.patients_patient", 1),
        ("dba", "", "COPY", None),
        ("postgres", "", "public.patients_patient", 2),
    ]
    assert reads[0].at == datetime(2026, 11, 26, 3, 12, 6, 823000, tzinfo=UTC)


def test_c21_a_read_whose_id_the_journal_lacks_went_past_the_door(journal: None) -> None:
    assert found(*pgaudit.reads_in(LOG)) == [
        ("feldsher_app", f"feldsher t={INVENTED}", "public.patients_patient", 1, 2),
        ("dba", "psql", "public.patients_patient", 2, 2),
        ("dba", "psql", "COPY", 1, 0),
    ]


def test_c21_a_work_that_shows_nobody_is_no_read_past_the_door_and_only_the_application_has_such(
    journal: None,
) -> None:
    def read(user: str, work: str) -> Read:
        return Read(at=NOON, user=user, application=f"feldsher t={INVENTED}{work}", table="t", rows=1)

    ours = connection.settings_dict["USER"]
    passed = [read(ours, f" w={work}") for work in pgaudit.SHOW_NOBODY]
    asked = [read(ours, " w=mis_exchange"), read(ours, " w=x"), read(ours, ""), read("dba", " w=tending")]
    assert {(each.user, each.application) for each in pgaudit.past_the_door([*passed, *asked])} == {
        (each.user, each.application) for each in asked
    }


def test_a_context_names_its_work_to_the_database_and_takes_the_name_back() -> None:
    def name() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('application_name')")
            found: str = cursor.fetchone()[0]
            return found

    staff = Context(Actor(ActorKind.STAFF, "x"), "see_visits", Reach(), "role")
    with tracing(KNOWN), no_context(), access_context(staff):
        assert name() == f"feldsher t={KNOWN}"
        with as_service("tending"):
            assert name() == f"feldsher t={KNOWN} w=tending"
        assert name() == f"feldsher t={KNOWN}"


def test_each_work_that_shows_nobody_is_one_of_ours() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path != WITNESS)
    assert [work for work in pgaudit.SHOW_NOBODY if f'"{work}"' not in text] == []


def test_an_id_of_another_day_answers_for_nothing(journal: None) -> None:
    later = NOON + timedelta(days=2)
    read = Read(at=later, user="feldsher_app", application=f"feldsher t={KNOWN}", table="t", rows=1)
    assert pgaudit.past_the_door([read]) == (
        PastTheDoor("feldsher_app", f"feldsher t={KNOWN}", "t", first=later, times=1, rows=1),
    )


def test_c21_the_night_tells_of_it_and_keeps_it_in_the_journal(
    journal: None,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    settings.FELDSHER_PGAUDIT_LOG = str(shutil.copy(LOG, tmp_path / "pgaudit.csv"))
    at(monkeypatch, NOON + timedelta(days=1))
    with caplog.at_level(logging.ERROR):
        jobs.reconcile(0)
    assert "read past the door: dba read public.patients_patient 2 times" in caplog.text
    rows = AccessEntry.objects.filter(purpose="past_the_door").order_by("id")
    assert [(row.actor, row.what, row.row_count, row.reason) for row in rows] == [
        ("pgaudit", "public.patients_patient", 2, "feldsher_app, 1 times since 2026-11-26 03:12:06 UTC"),
        ("pgaudit", "public.patients_patient", 2, "dba, 2 times since 2026-11-26 03:12:06 UTC"),
        ("pgaudit", "COPY", 0, "dba, 1 times since 2026-11-26 03:12:06 UTC"),
    ]


def test_reads_of_other_days_are_left_to_their_nights(
    journal: None, settings: Settings, tmp_path: Path
) -> None:
    settings.FELDSHER_PGAUDIT_LOG = str(shutil.copy(LOG, tmp_path / "a.csv"))
    assert pgaudit.reconcile(DAY - timedelta(days=1)) == ()
    assert len(pgaudit.reconcile(DAY)) == 3


def test_a_witness_that_saw_nothing_is_told_of(
    journal: None, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.csv").touch()
    settings.FELDSHER_PGAUDIT_LOG = str(tmp_path / "*.csv")
    assert pgaudit.reconcile(DAY) == ()
    assert "pgaudit saw no read on 2026-11-26, and the journal has some" in caplog.text
    caplog.clear()
    assert pgaudit.reconcile(DAY - timedelta(days=5)) == ()
    assert caplog.text == ""


def test_a_log_that_is_not_there_is_told_of_and_none_set_is_silence(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.FELDSHER_PGAUDIT_LOG = ""
    jobs.reconcile(0)
    assert caplog.text == ""
    settings.FELDSHER_PGAUDIT_LOG = str(tmp_path / "*.csv")
    jobs.reconcile(0)
    assert "the database's log can't be compared with the journal: no log at" in caplog.text


def test_a_log_on_another_clock_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LOG.read_text(encoding="utf-8").replace(" UTC,", " MSK,"), encoding="utf-8")
    with pytest.raises(AuditConfigError, match="written in MSK: set log_timezone = 'UTC'"):
        list(pgaudit.reads_in(path))


def line(message: str, *, severity: str = "LOG", statement: str = "") -> str:
    """Return a row of a csvlog as PostgreSQL writes it."""
    row = next(csv.reader([LOG.read_text(encoding="utf-8").splitlines()[0]]))
    row[11], row[13], row[19] = severity, message, statement
    told = io.StringIO()
    csv.writer(told, lineterminator="\n").writerow(row)
    return told.getvalue()


def test_c21_a_statement_can_not_feign_a_line_of_the_witness(tmp_path: Path) -> None:
    real = LOG.read_text(encoding="utf-8")
    path = tmp_path / "a.csv"
    path.write_text(
        line("syntax error", severity="ERROR", statement=f'x"\n{real}')
        + line(f"unterminated string\n{real}", severity="ERROR")
        + line("AUDIT: OBJECT,1,1,READ,SELECT,TABLE,t,<not logged>,<not logged>,5", severity="NOTICE"),
        encoding="utf-8",
    )
    assert list(pgaudit.reads_in(path)) == []


@pytest.mark.parametrize("message", ["AUDIT: ", "AUDIT: x", 'AUDIT: OBJECT,1,1,READ,SELECT,"', "AUDIT: ,,,,"])
def test_a_message_that_only_begins_like_the_witness_stops_nothing(tmp_path: Path, message: str) -> None:
    path = tmp_path / "a.csv"
    longest = line("syntax error", severity="ERROR", statement="x" * 200_000)
    path.write_text(line(message) + longest + LOG.read_text(encoding="utf-8"), encoding="utf-8")
    assert len(list(pgaudit.reads_in(path))) == 7


def test_a_log_of_plain_lines_is_refused(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "postgresql.log"
    path.touch()
    with pytest.raises(AuditConfigError, match="no csvlog: set log_destination = 'csvlog'"):
        list(pgaudit.reads_in(path))
    settings.FELDSHER_PGAUDIT_LOG = str(path)
    jobs.reconcile(0)
    assert "can't be compared with the journal: postgresql.log is no csvlog" in caplog.text


if (DEBIAN / "lib" / "pgaudit.so").exists():
    Witnessed = tuple[DatabaseServer, str, Path]

    @pytest.fixture
    def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witnessed]:
        """A server of our own kind with pgaudit in it, its administrator's URL, and its log."""
        with pytest.MonkeyPatch.context() as environment:
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
                environment.delenv(name, raising=False)
            environment.setenv("FELDSHER_POSTGRES_BIN", str(DEBIAN / "bin"))
            settings = {
                "shared_preload_libraries": "pgaudit",
                "pgaudit.role": "feldsher_witness",
                "pgaudit.log_rows": "on",
                "pgaudit.log_statement": "off",
                "logging_collector": "on",
                "log_destination": "csvlog",
                "log_directory": str(tmp_path_factory.mktemp("log")),
                "log_filename": "pgaudit.log",
                "log_timezone": "UTC",
            }
            home = tmp_path_factory.mktemp("witnessed")
            with DatabaseServer(home, report=lambda _: None, settings=settings) as server:
                assert server.urls.admin is not None
                yield server, server.urls.admin, Path(settings["log_directory"]) / "pgaudit.csv"

    def test_c21_a_read_by_hand_on_a_real_server_is_found(
        witnessed: Witnessed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, admin, log = witnessed
        now = datetime.now(tz=UTC)
        at(monkeypatch, now)
        with tracing(KNOWN), transaction.atomic():
            services.record(access())
        with psycopg.connect(server.urls.owner, autocommit=True) as owner:
            owner.execute("CREATE TABLE patients_patient AS SELECT 1 AS id, 'canary' AS family")
            owner.execute("CREATE TABLE directory_service AS SELECT 1 AS id")
        with psycopg.connect(admin, dbname="feldsher", autocommit=True) as master:
            master.execute("CREATE ROLE feldsher_witness NOLOGIN")
            master.execute("GRANT SELECT ON patients_patient TO feldsher_witness")
            master.execute("SET pgaudit.log = 'read'")
            master.execute("SELECT * FROM patients_patient")
            with master.cursor() as cursor, cursor.copy("COPY patients_patient TO STDOUT") as copied:
                assert b"canary" in b"".join(bytes(part) for part in copied)
        with psycopg.connect(server.urls.application, autocommit=True) as application:
            for trace in (KNOWN, INVENTED):
                with application.transaction():
                    name = f"feldsher t={trace}"
                    application.execute("SELECT set_config('application_name', %s, true)", [name])
                    application.execute("SELECT family FROM patients_patient WHERE id = %s", [1])
            application.execute("SELECT * FROM directory_service")
            feigned = b"SELECT $$\n%s$$::integer" % LOG.read_bytes()
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                application.execute(feigned)
            application.execute("SELECT * FROM patients_patient WHERE id = 2")
        wait_for(lambda: len(list(pgaudit.reads_in(log))) >= 5, what="what the server logged")
        logged = log.read_text(encoding="utf-8")
        assert ("canary" in logged, "\n2026-11-26 03:12:06.823 UTC," in logged) == (False, True)
        master_name = psycopg.conninfo.conninfo_to_dict(admin)["user"]
        past = pgaudit.past_the_door(pgaudit.reads_in(log))
        assert {(each.user, each.application, each.table, each.rows) for each in past} == {
            ("feldsher_app", f"feldsher t={INVENTED}", "public.patients_patient", 1),
            (master_name, "", "public.patients_patient", 1),
            (master_name, "", "COPY", 0),
        }
