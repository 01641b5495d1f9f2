"""`audit verify [--checkpoints FILE] [--copy FILE]`, `prove ENTRY`, `grew EARLIER LATER`, `key`.

What the journal of access can prove, and to whom. `verify` ends with 0 where everything agrees and with 1
where anything does not.
"""

import base64
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management.base import BaseCommand, CommandError

from feldsher.foundation.audit import proofs, sinks
from feldsher.foundation.audit.errors import AuditConfigError, SinkError
from feldsher.foundation.audit.keys import public_key, public_text, signing_key
from feldsher.foundation.audit.types import DOUBTS
from feldsher.foundation.audit.verify import Finding, Report, Wrong, verify

_SHORTER = "the end was cut off or an old copy restored: of {size} rows vouched for, {leaf} are here"
_SOMEWHERE = "a row from {since} to {size} was changed, removed or moved"
WORDS = {
    Wrong.TREE_SHORTER: _SHORTER,
    Wrong.ROOT_DIFFERS: f"{_SOMEWHERE}: a checkpoint differs",
    Wrong.ROW_CHANGED: "row {entry} at leaf {leaf} was changed",
    Wrong.ROW_MISSING: "row {entry} at leaf {leaf} is gone",
    Wrong.LEAF_MISSING: "leaf {leaf} is gone, the next one is {size}; what follows was not compared",
    Wrong.ROW_LOST: "row {entry} is gone, and had no leaf yet",
    Wrong.ROW_UNPLACED: "row {entry} was put in past the queue, or taken from it",
    Wrong.OWN_ROOT_DIFFERS: f"{_SOMEWHERE}: our own root differs",
    Wrong.COPY_DIFFERS: "row {entry} at leaf {leaf} is not the one that the second copy has",
    Wrong.COPY_CONTRADICTS: "line {line} of the second copy says of row {entry} what an earlier one does not",
    Wrong.FORGED: "the checkpoint at line {line} was changed or is not signed by this key",
    Wrong.NOTES_LOST: "{size} checkpoints that the second place had are not there, the first of them",
    Wrong.ROWS_WAIT: "{size} rows wait for the tree for more than 15 minutes, the first of them {entry}: "
    "is the worker at work?",
    Wrong.STALE: "the newest checkpoint from outside is older than 15 minutes: an old file, or none arrives",
    Wrong.UNREADABLE: "line {line} of the checkpoints or of the second copy can't be read",
    Wrong.NOTHING_OUTSIDE: "no checkpoint from outside to compare with: a cut tail would go unseen; "
    "set FELDSHER_AUDIT_SINK",
    Wrong.NOT_READ_HERE: "the second place can't be read from here: fetch its checkpoints, give them by "
    "--checkpoints FILE",
}


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Check the journal of access against its checkpoints, prove a row, show the public key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="act")
        check = acts.add_parser("verify", help="recompute the tree and compare; exit code 1 where it differs")
        check.add_argument(
            "--checkpoints", type=Path, help="a file of checkpoints (default: the second place)"
        )
        check.add_argument("--copy", type=Path, help="the second copy of the rows, to compare with as well")
        check.add_argument("--key", default="", help="the public key, base64 (default: that of this server)")
        prove = acts.add_parser("prove", help="print the proof that a row stands in the tree, as JSON")
        prove.add_argument("entry", type=int)
        grew = acts.add_parser(
            "grew", help="print the proof that one tree began with an earlier one, as JSON"
        )
        grew.add_argument("earlier", type=int)
        grew.add_argument("later", type=int)
        acts.add_parser("key", help="print the public key that checkpoints are checked with")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        try:
            self._act(options)
        except (AuditConfigError, SinkError) as error:
            raise CommandError(error.detail) from error

    def _act(self, options: dict[str, Any]) -> None:
        if options["act"] == "key":
            self.stdout.write(public_text(_key("")))
        elif options["act"] == "prove":
            proof = proofs.of_entry(options["entry"])
            if proof is None:
                raise CommandError(f"row {options['entry']} has no place in the tree")
            self.stdout.write(json.dumps(proof.as_json(), indent=2))
        elif options["act"] == "grew":
            try:
                path = proofs.between(options["earlier"], options["later"])
            except IndexError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps([base64.b64encode(each).decode() for each in path], indent=2))
        else:
            copy = _text(options["copy"]).splitlines() if options["copy"] else ()
            report = verify(_outside(options["checkpoints"]), key=_key(options["key"]), copy=copy)
            self._tell(report)
            if not report.is_clean:
                sys.exit(1)

    def _tell(self, report: Report) -> None:
        say = self.stdout.write
        say(f"{report.leaves} rows in the tree, {report.waiting} waiting, {report.seconds:.1f} s")
        if report.archived:
            say(f"{report.archived} of them in the archive: only their hashes were compared")
        if report.covered_at is not None:
            say(
                f"{report.checkpoints} checkpoints from outside; "
                f"the last one vouches for {report.covered} rows at {report.covered_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        for finding in report.findings:
            say(f"{'DOUBT' if finding.wrong in DOUBTS else 'WRONG'}  {finding.wrong}: {sentence(finding)}")
        if report.untold:
            say(f"and {report.untold} more")
        say(_verdict(report))


def _verdict(report: Report) -> str:
    if report.is_contradicted:
        return "the journal can't be trusted"
    if report.is_clean:
        return "the journal agrees with every checkpoint"
    return "nothing contradicts the journal, but not all of it was compared"


def sentence(finding: Finding) -> str:
    """Return in English what is wrong and where."""
    words = WORDS[finding.wrong].format(
        leaf=finding.leaf, entry=finding.entry, since=finding.since, size=finding.size, line=finding.line
    )
    return words if finding.at is None else f"{words} ({finding.at:%Y-%m-%d %H:%M:%S} UTC)"


def _outside(path: Path | None) -> str | None:
    return sinks.checkpoints().kept() if path is None else _text(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _key(given: str) -> Ed25519PublicKey:
    if given:
        return public_key(given)
    key = signing_key()
    if key is None:
        raise CommandError("FELDSHER_AUDIT_KEY is not set; give the public key by --key")
    return key.public_key()
