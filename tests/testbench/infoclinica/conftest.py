"""One simulator for a module, made new before each test, and a caller that writes its messages by hand."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from lxml import etree

from support.simulators import running, several
from testbench.infoclinica.server import RunningSimulator, start

MSH = (
    "<MSH><MSH.7><TS.1>20260901101500</TS.1></MSH.7><MSH.9><MSG.1>WEB</MSG.1><MSG.2>{operation}</MSG.2></MSH.9>"
    "<MSH.10>00aa11bb22cc33dd44ee55ff</MSH.10><MSH.18>UTF-8</MSH.18>{branch}</MSH>"
)


@dataclass
class Caller:
    """Speaks with one simulator as a client of the gateway."""

    simulator: RunningSimulator
    http: httpx.Client
    bearer: str = ""

    @staticmethod
    def message(operation: str, inner: str = "", *, branch: int | None = 1) -> str:
        header = MSH.format(
            operation=operation, branch="" if branch is None else f"<MSH.99>{branch}</MSH.99>"
        )
        return (
            f'<WEB_{operation} xmlns="http://sdsys.ru/">{header}<{operation}_IN>{inner}</{operation}_IN>'
            f"</WEB_{operation}>"
        )

    @staticmethod
    def form(stamp: str, *, key: str = "demo-secret", user: str = "demo", kind: str = "0") -> dict[str, str]:
        parts = [stamp, "site", key, *(["media"] if kind == "1" else [])]
        digest = hashlib.sha1("|".join(parts).encode()).hexdigest()  # noqa: S324 - the vendor's own derivation
        return {
            "grant_type": "password",
            "username": user,
            "password": "demo",
            "scope": "media",
            "client_id": "site",
            "client_secret": f"{kind}-{stamp}-{digest}",
        }

    @staticmethod
    def stamp(zone: str = "Europe/Moscow", *, seconds: float = 0) -> str:
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        return f"{moment.astimezone(ZoneInfo(zone)):%Y%m%d%H%M%S}"

    def token(self, values: dict[str, str]) -> httpx.Response:
        login = httpx.BasicAuth(values["client_id"], values["client_secret"])
        return self.http.post(f"{self.simulator.url}/oauth2/token", data=values, auth=login)

    def post(self, body: str) -> httpx.Response:
        if not self.bearer:
            self.bearer = self.token(self.form(self.stamp())).json()["access_token"]
        headers = {"Authorization": f"Bearer {self.bearer}", "Content-Type": "text/xml"}
        return self.http.post(f"{self.simulator.url}/api/xml", content=body.encode(), headers=headers)

    def ask(self, operation: str, inner: str = "", *, branch: int | None = 1) -> "etree._Element":
        """Return `<OP>_OUT`, its names without their namespace."""
        root = etree.fromstring(self.post(self.message(operation, inner, branch=branch)).content)
        for element in root.iter():
            element.tag = str(element.tag).rpartition("}")[2]
        assert root.findtext("MSA/MSA.1") == "AA", root.findtext("ERR/ERR.3/CWE.2")
        out = root.find(f"{operation}_OUT")
        assert out is not None
        return out

    def bench(self, call: str, **values: Any) -> httpx.Response:
        return self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=values)

    def state(self) -> Any:
        return self.http.get(f"{self.simulator.bench_url}/_bench/state").json()


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running(start) as simulator:
        yield simulator


@pytest.fixture
def caller(simulator: RunningSimulator) -> Iterator[Caller]:
    simulator.reset()
    with httpx.Client(timeout=10, trust_env=False) as http:
        yield Caller(simulator, http)


@pytest.fixture
def simulate() -> Iterator[Callable[..., Caller]]:
    with (
        httpx.Client(timeout=10, trust_env=False) as http,
        several(start, lambda simulator: Caller(simulator, http)) as make,
    ):
        yield make
