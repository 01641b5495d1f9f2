"""A second place for checkpoints, a journal that has told it some, and what a check finds."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from feldsher.foundation.audit import checkpoints, notes, services, tree, verify
from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.audit.verify import Report, Wrong
from foundation.audit.factories import access

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


class Elsewhere:
    """A second place that keeps all it gets, unless it is down."""

    told = "elsewhere"

    def __init__(self) -> None:
        self.text = ""
        self.is_down = False

    def send(self, note: str) -> None:
        if self.is_down:
            raise SinkError("down")
        self.text += f"{note}\n"


def record(count: int) -> None:
    for n in range(count):
        with transaction.atomic():
            services.record(access(purpose=f"p{n}"))


def check(elsewhere: Elsewhere) -> Report:
    return verify.verify(elsewhere.text, key=KEY.public_key())


def wrongs(report: Report) -> list[Wrong]:
    return [finding.wrong for finding in report.findings]


def grown(elsewhere: Elsewhere, *, sizes: Sequence[int] = (5, 9)) -> None:
    """Twelve rows: five under the first checkpoint, nine under the second, and three that wait for one."""
    record(5)
    checkpoints.checkpoint()
    record(4)
    checkpoints.checkpoint()
    record(3)
    tree.grow()
    assert [note.size for note in notes.read(elsewhere.text, KEY.public_key())[0]] == list(sizes)
