"""The simulators that the kit is run against: one `Stand` each, and its column in docs/integrations.

A new MIS is one more entry of STANDS, and `python scripts/conformance_table.py` writes its column.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.scheduling.medialog.clinic import MedialogClinic
from feldsher.domain.scheduling.ports import MisGateway, RemoteResource, Window
from feldsher.foundation.egress.client import HttpClient, answer_lost
from feldsher.integrations.mis import bit_umc, infoclinica, medialog, n3, odata_1c, plain
from feldsher.integrations.mis.conformance import Facts, HttpBench, Report, check
from feldsher.kernel import clock
from integrations.mis.odata_1c import factory as factory_1c
from support.egress import known
from testbench.bit_umc import server as bit_umc_simulator
from testbench.infoclinica import server as infoclinica_simulator
from testbench.medialog import server as medialog_simulator
from testbench.n3 import server as n3_simulator
from testbench.n3.hub import TOKEN as N3_TOKEN
from testbench.odata_1c import server as odata_1c_simulator
from testbench.plain import server as plain_simulator

SECONDS = 1.5
DAYS = 5


@dataclass(frozen=True, slots=True)
class Stand:
    """`doctor` gives the test doctor and branch of a running simulator, `works` and `breaks` their hours."""

    title: str
    start: Callable[..., Any]
    build: Callable[..., MisGateway]
    address: str
    doctor: Callable[[Any], tuple[str, str]]
    zone: str = "Europe/Moscow"
    works: tuple[str, str] = ("08:00", "20:00")
    breaks: tuple[tuple[str, str], ...] = ()
    bench: str = "bench_url"
    login: tuple[str, str] = ("demo", "demo")
    options: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator["Running"]:
        simulator = self.start()
        try:
            yield Running(self, simulator)
        finally:
            simulator.stop()


@dataclass(frozen=True, slots=True)
class Running:
    stand: Stand
    simulator: Any

    def gateway(self) -> MisGateway:
        user, password = self.stand.login
        settled = {"settle_seconds": 1, "bulk_timeout": 30}
        return self.stand.build(
            url=known(getattr(self.simulator, self.stand.address)),
            user=user,
            password=password,
            timeout=SECONDS,
            options=settled | dict(self.stand.options),
        )

    def bench(self) -> HttpBench:
        return HttpBench(HttpClient(known(self.bench_url), connections=1, limit=50_000_000))

    @property
    def bench_url(self) -> str:
        url: str = getattr(self.simulator, self.stand.bench).rstrip("/")
        return url

    def facts(self, *, may_write: bool = True, ledger: Path | None = None) -> Facts:
        first = clock.now().date() + timedelta(days=2)
        return Facts(
            days=Window(first, first + timedelta(days=DAYS - 1)),
            doctor=RemoteResource(*self.stand.doctor(self.simulator)),
            works=self.stand.works,
            breaks=self.stand.breaks,
            zone=ZoneInfo(self.stand.zone),
            may_write=may_write,
            ledger=ledger,
        )

    def check(self, gateway: MisGateway | None = None, *, has_bench: bool = True, **facts: Any) -> Report:
        return check(
            gateway or self.gateway(),
            self.facts(**facts),
            mis=self.stand.title,
            seconds=SECONDS,
            cut=lambda number, waits: answer_lost(number, waits=waits),
            bench=self.bench() if has_bench else None,
        )

    def standing(self) -> list[dict[str, Any]]:
        """Return what the registry has of ours, once a late write can come no more."""
        time.sleep(SECONDS)
        _, told = self.bench()._call("state", None)
        return [row for row in told["bookings"] if row["source"] == "site" and row["status"] != "cancelled"]


def _therapist(simulator: Any) -> tuple[str, str]:
    """Return a doctor of the invented network who works in one clinic only."""
    network = simulator.base.network
    doctor = next(each for each in network.employees if each.full_name.startswith("Примеров "))
    return doctor.uid, doctor.organisation


_UMC = Stand("БИТ.УМЦ, SOAP", bit_umc_simulator.start, bit_umc.build, "soap_url", _therapist)
_MEDIALOG = Stand(
    "МЕДИАЛОГ, cells",
    medialog_simulator.start,
    medialog.build,
    "soap_url",
    lambda _: ("13", "C1"),
    breaks=(("13:00", "13:30"),),
    options=MedialogClinic.options,
)
_N3 = Stand(
    "N3",
    n3_simulator.start,
    n3.build,
    "soap_url",
    lambda _: ("18@1", "1"),
    breaks=(("13:00", "13:30"),),
    login=("", N3_TOKEN),
    options={"lpus": {"1": "", "2": ""}},
)
_ODATA = Stand(
    "1С, OData: shifts",
    odata_1c_simulator.start,
    odata_1c.build,
    "url",
    lambda _: (factory_1c.FIRST.practitioner_id, factory_1c.FIRST.location_id),
    options=factory_1c.INTERVALS,
)
STANDS = {
    "bit_umc": _UMC,
    "bit_umc_http": replace(
        _UMC, title="БИТ.УМЦ, HTTP", address="http_url", options={"door": "http", "key": "demo-key"}
    ),
    "infoclinica": Stand(
        "ИНФОКЛИНИКА",
        infoclinica_simulator.start,
        infoclinica.build,
        "url",
        lambda _: ("7001", "1"),
        breaks=(("13:00", "13:30"),),
        options={"client_id": "site", "client_secret": "demo-secret"},
    ),
    "medialog": _MEDIALOG,
    "medialog_tickets": replace(
        _MEDIALOG, title="МЕДИАЛОГ, tickets", options=MedialogClinic.options | {"slots": "tickets"}
    ),
    "n3": _N3,
    "n3_moves": replace(_N3, title="N3, moves", options=dict(_N3.options) | {"moves": True}),
    "odata_1c": _ODATA,
    "odata_1c_cells": replace(
        _ODATA, title="1С, OData: cells", options=factory_1c.CELLS | {"booking": factory_1c.OLDER}
    ),
    "plain": Stand(
        "plain",
        plain_simulator.start,
        plain.build,
        "url",
        lambda _: ("d1", "north"),
        works=("09:00", "18:00"),
        breaks=(("13:00", "14:00"),),
        bench="url",
        login=("", plain_simulator.SECRET),
    ),
}
