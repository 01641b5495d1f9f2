"""N3's hub: tickets with ids, cards per LPU, no reference of ours, no feed and no zones."""

from datetime import date
from typing import Any, ClassVar

import testbench.n3
from domain.scheduling.over_simulator import Clinic, overlay_of
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import SlotFilter
from feldsher.integrations.mis.n3 import build
from testbench.n3.hub import TOKEN
from testbench.n3.server import start


class N3Clinic(Clinic):
    mis = "n3"
    start = staticmethod(start)
    build = staticmethod(build)
    login = ("", TOKEN)
    options: ClassVar[dict[str, Any]] = {"lpus": {"1": "", "2": ""}}
    birth_date = date(1990, 5, 17)

    refused: ClassVar[dict[str, str]] = {"clerk_race": "taken_in_mis", "denied": "not_for_patient"}
    lost = (
        "commit_then_drop", "commit_late", "slow", "http_500", "soap_fault", "garbage", "html", "empty_ok",
        "refused", "out_of_time", "wrong_echo",
    )  # fmt: skip
    lost_search = ("http_500", "refused", "garbage")
    lost_cancel = ("commit_then_drop", "http_500", "garbage", "empty_ok", "out_of_time", "refused")
    not_whole = ("empty_ok",)
    silent = ("http_500", "garbage", "html", "soap_fault")
    search = "history"

    @property
    def address(self) -> str:
        return str(self.simulator.soap_url)

    def wanted(self) -> SlotFilter:
        """Return the two doctors who take everybody; others ask for a referral, an age, an attachment."""
        (slug,) = (card.slug for card in directory.specialties() if card.title == "кардиолог")
        return SlotFilter(specialty=slug)

    def overlay(self) -> dict[str, Any]:
        return overlay_of(testbench.n3)


class N3OfMoves(N3Clinic):
    """A МИС behind the hub that takes one ticket in place of another."""

    options: ClassVar[dict[str, Any]] = N3Clinic.options | {"moves": True}
