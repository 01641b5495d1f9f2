"""ИНФОКЛИНИКА: our reference is kept, changes are told, and so is the zone of a branch."""

from typing import Any, ClassVar

import testbench.infoclinica
from domain.scheduling.over_simulator import Clinic, overlay_of
from feldsher.integrations.mis.infoclinica import build
from testbench.infoclinica.server import start


class InfoclinicaClinic(Clinic):
    mis = "infoclinica"
    start = staticmethod(start)
    build = staticmethod(build)
    options: ClassVar[dict[str, Any]] = {"client_id": "site", "client_secret": "demo-secret"}

    refused: ClassVar[dict[str, str]] = {"clerk_race": "taken_in_mis"}
    lost = ("commit_then_drop", "commit_late", "slow", "http_500", "garbage", "html", "ae", "empty_ok")
    lost_search = ("http_500",)
    lost_cancel = ("commit_then_drop", "http_500")
    not_whole = ("empty_ok",)
    silent = ("http_500", "html")
    schedule = "DOCT_SCHEDULE_FREE"
    strays: ClassVar[dict[str, str]] = {"2": "UTC+4"}

    @property
    def address(self) -> str:
        return str(self.simulator.url)

    def overlay(self) -> dict[str, Any]:
        return overlay_of(testbench.infoclinica)

    def go_astray(self) -> None:
        self.fault("wrong_zone", "GET_FILIAL_LIST", hours=2, branch=2, times=None)
