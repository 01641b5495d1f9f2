"""One simulator of МЕДИАЛОГ and one imported clinic for all tests here; each test takes times of its own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from pytest_django.plugin import DjangoDbBlocker

import testbench.medialog
from domain.scheduling.simulator.conftest import TIMEOUT, Clinic
from feldsher.domain.directory.services import import_snapshot, load_overlay
from feldsher.domain.patients.services import publish_first_texts
from feldsher.domain.scheduling import gateways, offers, sync
from feldsher.integrations.mis.medialog import build
from feldsher.kernel import clock
from support.database import empty
from support.egress import known
from testbench.medialog.server import start

MIS = "medialog"
OVERLAY = Path(testbench.medialog.__file__).parent / "overlay.json"
OPTIONS: dict[str, Any] = {
    "clinics": {"C1": "Клиника на Проезжей", "C2": "Клиника на Заводской"},
    "cancel_event": "PLANNING_DEL_VISIT",
    "gone_words": ["уже отменена"],
    "visits_event": "PATIENT_PLANNING_QUERY",
    "patient_event": "PATIENTS_QUERY",
    "reference_field": "COMMENT",
    "settle_seconds": 1,
    "bulk_timeout": 30,
}


class MedialogClinic(Clinic):
    """The site, the worker and the registry of one clinic on МЕДИАЛОГ."""

    def gateway(self, **options: Any) -> Any:
        return build(
            url=known(self.soap), user="demo", password="demo", timeout=TIMEOUT, options=OPTIONS | options
        )


@pytest.fixture(scope="module")
def imported(
    django_db_setup: None, database_urls: tuple[str, str], django_db_blocker: DjangoDbBlocker
) -> Iterator[MedialogClinic]:
    simulator = start()
    clinic = MedialogClinic(simulator.soap_url, simulator.bench_url)
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
def clinic(
    imported: MedialogClinic, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MedialogClinic]:
    settings.FELDSHER_BOOKING = replace(
        product.FELDSHER_BOOKING, mis_timeout_seconds=TIMEOUT, settle_seconds=1.0
    )
    imported.ahead = imported.ahead * 0
    monkeypatch.setattr(clock, "now", imported.now)
    yield imported
    imported.well()
