"""The change queue of each branch: at least once, acknowledged by echoing its blocks (§1.3, trap 17).

The fields of CHANGE_INFO are a guess: what can't be read, or has a CHANGEOP that the profile doesn't know, is
named in the log and *not* acknowledged, so that it isn't lost; the sync of free time sees its effect all the
same.
"""

import json
import logging
from dataclasses import dataclass

from lxml import etree

from feldsher.domain.scheduling.ports import ChangeBatch, ChangeKind, RemoteChange, RemoteResource
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.infoclinica import records
from feldsher.integrations.mis.infoclinica.directory import read_branches
from feldsher.integrations.mis.infoclinica.door import Door, RefusedError
from feldsher.integrations.mis.infoclinica.envelope import Element, descendants, text, transplanted
from feldsher.integrations.mis.infoclinica.profile import is_id
from feldsher.integrations.mis.infoclinica.records import ref_of
from feldsher.integrations.mis.xml import parse_xml

_log = logging.getLogger(__name__)
_Entry = tuple[int, RemoteChange, str]


@dataclass(frozen=True, slots=True)
class Feed:
    door: Door

    def read(self, cursor: str) -> ChangeBatch:
        """Return what all branches have queued, each branch in the order of CHANGEID; `cursor` is unused.

        A branch that does not answer is left out and stays queued. Raises NotSentError, LostError,
        RefusedError when none answers.
        """
        changes: list[RemoteChange] = []
        blocks: dict[str, list[str]] = {}
        failures: list[Exception] = []
        branches = self.door.profile.branches or tuple(row.id for row in read_branches(self.door, []))
        for branch in branches:
            try:
                entries = self._queued(branch)
            except (LostError, NotSentError, RefusedError) as error:
                _log.warning("the change queue of branch %s did not come: %s", branch, error)
                failures.append(error)
                continue
            changes += [change for _, change, _ in entries]
            if entries:
                blocks[branch] = [block for _, _, block in entries]
        if failures and len(failures) == len(branches):
            raise failures[0]
        return ChangeBatch(tuple(changes), cursor, json.dumps(blocks) if blocks else None)

    def accept(self, token: str) -> None:
        """Echo what was read, branch by branch; raises as Door.call does, and the rest comes again."""
        for branch, blocks in json.loads(token).items():
            values = [("CHANGE_INFO", parse_xml(block)) for block in blocks]
            self.door.call("SCHEDULE_CHANGE_ACCEPT", values, branch=branch)

    def _queued(self, branch: str) -> list[_Entry]:
        out = self.door.call("SCHEDULE_CHANGE_LIST", (), branch=branch)
        entries = []
        for block in descendants(out.element, "CHANGE_INFO"):
            try:
                entries.append(self._entry(block, branch))
            except ValueError as error:
                _log.error(
                    "branch %s: a change (CHANGEID %s, SCHEDID %s) is left in the queue: %s",
                    branch,
                    _name(text(block, "CHANGEID")),
                    _name(text(block, "SCHEDID")),
                    error,
                )
        return sorted(entries, key=lambda entry: entry[0])

    def _entry(self, block: Element, branch: str) -> _Entry:
        operation = self.door.profile.change_operations.get(text(block, "CHANGEOP"))
        if operation is None:
            raise ValueError("its CHANGEOP isn't known")
        number = text(block, "CHANGEID")
        if number and not is_id(number):
            raise ValueError("its CHANGEID isn't a number")
        record = records.read(block)
        if record.begin is None or not record.minutes or record.minutes < 1 or not is_id(record.doctor):
            raise ValueError("it tells no doctor or no time")
        if record.branch not in {"", branch}:
            raise ValueError("it is of another branch")
        change = RemoteChange(
            kind=ChangeKind.CANCELLED if record.is_removed else ChangeKind(operation),
            ref=ref_of(branch, record.id),
            resource=RemoteResource(record.doctor, branch),
            begin=record.begin,
            minutes=record.minutes,
            reference=record.reference,
        )
        return int(number or 0), change, etree.tostring(transplanted(block), encoding="unicode")


def _name(told: str) -> str:
    """Return an identifier for the log, nothing that could be anybody's data."""
    return told if is_id(told) else "?"
