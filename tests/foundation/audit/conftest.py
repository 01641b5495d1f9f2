import base64
from collections.abc import Iterator

import psycopg
import pytest
from pytest_django import Settings

from feldsher.foundation.audit import sinks
from feldsher.foundation.audit.ports import NullCheckpointSink, NullLineSink
from foundation.audit.second_place import NOW, Elsewhere

TABLES = "access, audit_queue, audit_leaf, audit_root, audit_checkpoint, audit_shipped, audit_check"


@pytest.fixture(autouse=True)
def _empty_journal(as_owner: psycopg.Connection) -> None:
    """Refusals of other tests outlive their rollbacks, as they should."""
    as_owner.execute(f"TRUNCATE audit_{TABLES}")  # type: ignore[arg-type]


@pytest.fixture
def elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    settings.FELDSHER_AUDIT_KEY = base64.b64encode(b"k" * 32).decode()
    settings.SITE_URL = "https://clinic.example"
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW)
    place = Elsewhere()
    sinks.bind(place, NullLineSink())
    yield place
    sinks.bind(NullCheckpointSink(), NullLineSink())
