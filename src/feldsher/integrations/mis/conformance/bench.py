"""A simulator's inspection API over HTTP: faults, and a look into the registry."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feldsher.domain.scheduling.ports import RemoteSlot
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.integrations.mis.conformance.means import BenchRefusedError
from feldsher.integrations.mis.conformance.times import asked

SECONDS = 10.0
_DONE = 200


@dataclass(slots=True)
class HttpBench:
    """Implements `Bench`."""

    client: HttpClient
    _on: set[tuple[str, str]] = field(default_factory=set)

    def fault(self, names: tuple[str, ...], operation: str, *, times: int, delay: float = 0) -> None:
        for name in names:
            values: dict[str, Any] = {"name": name, "operation": operation, "times": times}
            status, told = self._call("faults", values | ({"delay": delay} if delay else {}))
            if status == _DONE:
                self._on.add((name, operation))
                return
        raise BenchRefusedError(f"{' or '.join(names)} on {operation}: {told.get('message', status)}")

    def well(self) -> None:
        for name, operation in self._on:
            self._call("faults", {"name": name, "operation": operation, "times": 0})
        self._on.clear()

    def standing(self, slot: RemoteSlot) -> list[str]:
        return [str(row["source"]) for row in self._rows(slot)]

    def starts(self, slot: RemoteSlot) -> list[str]:
        return [str(row["start"]) for row in self._rows(slot)]

    def _rows(self, slot: RemoteSlot) -> list[dict[str, Any]]:
        """Return what stands in the doctor's day over the slot, by the clock on the wall of the branch."""
        status, told = self._call("state", None)
        if status != _DONE or "bookings" not in told:
            raise BenchRefusedError("the registry can't be looked into")
        place = asked(slot)
        begin, end = place.start.replace(tzinfo=None), place.end.replace(tzinfo=None)
        return [
            row
            for row in told["bookings"]
            if row["status"] != "cancelled"
            and row["resource"] == slot.resource.practitioner_id
            and row["location"] == slot.resource.location_id
            and _wall(row["start"]) < end
            and begin < _wall(row["end"])
        ]

    def _call(self, command: str, values: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        method, body = ("GET", b"") if values is None else ("POST", json.dumps(values).encode())
        try:
            reply = self.client.send(
                method,
                body,
                headers={"Content-Type": "application/json"},
                seconds=SECONDS,
                path=f"/_bench/{command}",
            )
            told = json.loads(reply.body)
        except (NotSentError, LostError, ValueError) as error:
            raise BenchRefusedError(f"no bench answers there: {error}") from None
        return reply.status, told if isinstance(told, dict) else {}


def _wall(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=None)
