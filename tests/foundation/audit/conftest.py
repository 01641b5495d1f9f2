import psycopg
import pytest

TABLES = "access, audit_queue, audit_leaf, audit_root, audit_checkpoint, audit_shipped, audit_check"


@pytest.fixture(autouse=True)
def _empty_journal(as_owner: psycopg.Connection) -> None:
    """Refusals of other tests outlive their rollbacks, as they should."""
    as_owner.execute(f"TRUNCATE audit_{TABLES}")  # type: ignore[arg-type]
