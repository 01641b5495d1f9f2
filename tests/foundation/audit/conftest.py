import psycopg
import pytest


@pytest.fixture(autouse=True)
def _empty_journal(as_owner: psycopg.Connection) -> None:
    """Refusals of other tests outlive their rollbacks, as they should."""
    as_owner.execute(
        "TRUNCATE audit_access, audit_queue, audit_leaf, audit_root, audit_checkpoint, audit_shipped"
    )
