"""МЕДИАЛОГ with every event that a profile may name; no feed and no zones."""

from typing import Any, ClassVar

import testbench.medialog
from domain.scheduling.over_simulator import Clinic, overlay_of
from feldsher.integrations.mis.medialog import build
from testbench.medialog.server import start


class MedialogClinic(Clinic):
    mis = "medialog"
    start = staticmethod(start)
    build = staticmethod(build)
    options: ClassVar[dict[str, Any]] = {
        "clinics": {"C1": "Клиника на Проезжей", "C2": "Клиника на Заводской"},
        "cancel_event": "PLANNING_DEL_VISIT",
        "gone_words": ["уже отменена"],
        "visits_event": "PATIENT_PLANNING_QUERY",
        "patient_event": "PATIENTS_QUERY",
        "reference_field": "COMMENT",
    }

    refused: ClassVar[dict[str, str]] = {"clerk_race": "taken_in_mis", "refused": "mis_rejected"}
    lost = (
        "commit_then_drop", "commit_late", "slow", "http_500", "soap_fault", "garbage", "html", "empty_ok",
    )  # fmt: skip
    lost_search = ("http_500",)
    lost_cancel = ("commit_then_drop", "http_500", "garbage", "empty_ok")
    not_whole = ("empty_ok", "no_result")
    silent = ("garbage", "html", "http_500")
    search = "visits"
    schedule = "PLANNING_SUBJ_SLOTS_QUERY"

    @property
    def address(self) -> str:
        return str(self.simulator.soap_url)

    def overlay(self) -> dict[str, Any]:
        return overlay_of(testbench.medialog)
