"""The sample clinic of the small JSON contract: our reference is the visit's address, all is told to us."""

from datetime import timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from domain.scheduling.over_simulator import Clinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import OpenSlot, SlotFilter
from feldsher.integrations.mis.plain import build
from testbench.plain.demo_data import BRANCHES
from testbench.plain.server import SECRET, start


class PlainClinic(Clinic):
    """The times are those of d1, who works in `north` from nine o'clock in Moscow."""

    mis = "plain"
    start = staticmethod(start)
    build = staticmethod(build)
    login = ("", SECRET)

    refused: ClassVar[dict[str, str]] = {"clerk_race": "taken_in_mis"}
    lost = (
        "commit_then_drop", "commit_then_500", "garbage", "http_500", "slow", "commit_late", "at_the_door",
    )  # fmt: skip
    lost_search = ("commit_then_drop", "garbage", "at_the_door")
    lost_cancel = ("commit_then_drop", "garbage", "http_500")
    not_whole = ("empty", "partial")
    silent = ("http_500", "garbage")
    search = "visit"
    schedule = "free"
    strays: ClassVar[dict[str, str]] = {"north": "UTC+12", "ural": "UTC+12"}

    @property
    def address(self) -> str:
        return str(self.simulator.url)

    @property
    def bench(self) -> str:
        return self.address

    def overlay(self) -> dict[str, Any]:
        return {"locations": {branch: {"zone": zone} for branch, _, zone in BRANCHES}}

    def wanted(self) -> SlotFilter:
        found = directory.resolve_remote(self.mis, practitioners={"d1"}, locations=set())
        return SlotFilter(practitioner_id=found.practitioners["d1"])

    def well(self) -> None:
        self.call("well")

    def go_astray(self) -> None:
        self.fault("wrong_zone", "free", times=5)

    def standing(self) -> list[str | None]:
        """Return the references of all visits that stand in the clinic; None is a registrar's."""
        return [row["client_ref"] for row in self.registry() if row["status"] == "booked"]

    def by_phone(self, slot: OpenSlot) -> None:
        at = self.resource(slot)
        length = (slot.end - slot.key.start) // timedelta(minutes=1)
        begin = self.begin(slot)
        self.call("book", doctor=at.practitioner_id, branch=at.location_id, begin=begin, minutes=length)

    def cancel_there(self, visit: dict[str, Any]) -> None:
        self.call("cancel", visit=visit["id"])

    @staticmethod
    def begin(slot: OpenSlot) -> str:
        """Return the begin on the wall of the branch."""
        return slot.key.start.astimezone(ZoneInfo(slot.zone)).strftime("%Y-%m-%dT%H:%M")
