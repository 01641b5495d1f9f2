"""БИТ.УМЦ: no references, no feed and no zones; a hold of its own before the booking."""

from typing import Any, ClassVar

import testbench.bit_umc
from domain.scheduling.over_simulator import Clinic, overlay_of
from feldsher.integrations.mis.bit_umc import build
from testbench.bit_umc.server import start

LOST = ("commit_then_drop", "commit_late", "slow", "http_500", "garbage", "empty_ok")


class BitUmcClinic(Clinic):
    mis = "umc"
    start = staticmethod(start)
    build = staticmethod(build)

    refused: ClassVar[dict[str, str]] = {
        "clerk_race": "taken_in_mis",
        "text_500": "mis_rejected",
    }  # in words: nothing is written
    lost = (*LOST, "bare_ok")
    lost_search = (*LOST, "text_500")
    lost_cancel = LOST
    not_whole = ("empty_ok", "partial")
    silent = ("http_500", "garbage", "text_500", "commit_then_drop")

    @property
    def address(self) -> str:
        return str(self.simulator.soap_url)

    def overlay(self) -> dict[str, Any]:
        return overlay_of(testbench.bit_umc)
