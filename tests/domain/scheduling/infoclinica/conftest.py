"""One simulator of ИНФОКЛИНИКА and one imported clinic for all tests here; each takes times of its own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from pytest_django.plugin import DjangoDbBlocker

import testbench.infoclinica
from domain.scheduling.simulator.conftest import MIS, TIMEOUT
from domain.scheduling.simulator.conftest import Clinic as AnyClinic
from feldsher.domain.directory.services import import_snapshot, load_overlay
from feldsher.domain.patients.services import publish_first_texts
from feldsher.domain.scheduling import changes, gateways, offers, sync
from feldsher.domain.scheduling.types import OpenSlot
from feldsher.integrations.mis.infoclinica import build
from feldsher.kernel import clock
from support.database import empty
from support.egress import known
from testbench.infoclinica.server import start

OVERLAY = Path(testbench.infoclinica.__file__).parent / "overlay.json"


@dataclass
class Clinic(AnyClinic):
    """Site, worker and registry of a network on ИНФОКЛИНИКА; `soap` is the address of its gateway."""

    def gateway(self, **options: Any) -> Any:
        login = {"client_id": "site", "client_secret": "demo-secret"}
        return build(
            url=known(self.soap), user="demo", password="demo", timeout=TIMEOUT,
            options={**login, "settle_seconds": 1, "bulk_timeout": 30, **options},
        )  # fmt: skip

    def is_offered(self, slot: OpenSlot) -> bool:
        """Say whether the site offers the time, whatever tests had before."""
        kept, self.used = self.used, set()
        found = {(item.key.practitioner_id, item.key.start) for item in self.times()}
        self.used = kept
        return (slot.key.practitioner_id, slot.key.start) in found

    def follow(self) -> int:
        return changes.follow(MIS)


@pytest.fixture(scope="module")
def imported(
    django_db_setup: None, database_urls: tuple[str, str], django_db_blocker: DjangoDbBlocker
) -> Iterator[Clinic]:
    simulator = start()
    clinic = Clinic(simulator.url, simulator.bench_url)
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    with django_db_blocker.unblock():
        gateways.bind({MIS: clinic.gateway()})
        publish_first_texts()
        import_snapshot(MIS, snapshot=gateways.gateway(MIS).directory())
        load_overlay(MIS, document=json.loads(OVERLAY.read_text(encoding="utf-8")), author="test")
        offers.rebuild()
        assert sync.synchronise(MIS).is_complete
        yield clinic
        empty(database_urls[1])
        publish_first_texts()
    gateways.bind(bound)
    simulator.stop()


@pytest.fixture
def clinic(imported: Clinic, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    settings.FELDSHER_BOOKING = replace(
        product.FELDSHER_BOOKING, mis_timeout_seconds=TIMEOUT, settle_seconds=1.0
    )
    imported.ahead = timedelta()
    monkeypatch.setattr(clock, "now", imported.now)
    yield imported
    imported.well()
