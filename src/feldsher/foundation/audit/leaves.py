"""What of a row goes into the tree: all of it, as bytes that never depend on the machine that reads them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from feldsher.foundation.audit.merkle import leaf_hash

VERSION = "feldsher-audit-1"
"""Stands in every leaf, so that another form of the bytes could not be taken for this one."""
COLUMNS = (
    "id",
    "at",
    "trace",
    "actor_kind",
    "actor",
    "role",
    "on_behalf",
    "device",
    "network",
    "matrix_column",
    "what",
    "patients",
    "ids",
    "fields",
    "row_count",
    "purpose",
    "relation",
    "result",
    "reason",
)


def hash_of(values: Sequence[Any]) -> bytes:
    """Return the leaf hash of a row, given as its values in the order of `COLUMNS`."""
    return leaf_hash(canonical(values))


def canonical(values: Sequence[Any]) -> bytes:
    """Return a JSON list of the version and the values: ASCII, no spaces, UTC to the microsecond."""
    plain = [VERSION, *map(_plain, values)]
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
