"""A base of 1С by the mappings of the docs: shifts less visits, or cells; our reference is kept."""

from typing import Any, ClassVar

import testbench.odata_1c
from domain.scheduling.over_simulator import Clinic, overlay_of
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import SlotFilter
from feldsher.integrations.mis.odata_1c import build
from integrations.mis.odata_1c.factory import CELLS, INTERVALS, OLDER
from testbench.odata_1c.server import start


class ShiftsClinic(Clinic):
    mis = "polyclinic"
    start = staticmethod(start)
    build = staticmethod(build)
    options: ClassVar[dict[str, Any]] = INTERVALS

    refused: ClassVar[dict[str, str]] = {"clerk_race": "taken_in_mis"}
    lost = (
        "commit_then_drop", "commit_then_500", "garbage", "html", "http_500", "slow", "commit_late",
        "at_the_door",
    )  # fmt: skip
    lost_search = ("commit_then_drop", "garbage", "html", "at_the_door")
    lost_cancel = ("commit_then_drop", "commit_then_500", "garbage", "http_500")
    not_whole = ("empty",)
    silent = ("http_500", "html", "garbage", "odata_error", "cut")

    @property
    def address(self) -> str:
        return str(self.simulator.url)

    def overlay(self) -> dict[str, Any]:
        return overlay_of(testbench.odata_1c)

    def wanted(self) -> SlotFilter:
        (therapy,) = [one for one in directory.specialties() if one.title == "терапевт"]
        return SlotFilter(specialty=therapy.slug)


class CellsClinic(ShiftsClinic):
    """The same base whose other register is read, and whose older service is spoken with."""

    options: ClassVar[dict[str, Any]] = CELLS | {"booking": OLDER, "page": 300}
