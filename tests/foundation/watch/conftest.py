from collections.abc import Iterator

import psycopg
import pytest

from feldsher.foundation.watch import gateways


@pytest.fixture(autouse=True)
def _empty_journal(as_owner: psycopg.Connection) -> None:
    """Refusals of other tests outlive their rollbacks, as they should."""
    as_owner.execute("TRUNCATE audit_access")


@pytest.fixture
def bound() -> Iterator[None]:
    """Give back the port that the product bound, whatever a test binds."""
    before = gateways.patient_facts()
    yield
    gateways.bind(before)
