"""What the tests of scheduling share: the small invented clinic, and whole clinics over simulators."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as product
from pytest_django.plugin import DjangoDbBlocker

from conftest import SetClock
from domain.scheduling.clinic import Ids, Schedule, open_clinic
from domain.scheduling.factory import NOW
from domain.scheduling.over_simulator import SETTLE, TIMEOUT, Clinic, lasting_clinic
from feldsher.domain.scheduling import gateways
from feldsher.kernel import clock


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    """The clinic of clinic.py, at nine in the morning."""
    set_clock(NOW)
    return open_clinic()


@pytest.fixture
def schedule(ids: Ids) -> Iterator[Schedule]:
    """The MIS of that clinic, which tells nothing yet."""
    yield Schedule().bind()
    gateways.bind({})


@pytest.fixture(scope="module")
def imported(
    kind: type[Clinic],
    django_db_setup: None,
    database_urls: tuple[str, str],
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Clinic]:
    """One simulator and one imported clinic, of the `kind` that a folder names, for all tests of a module."""
    with lasting_clinic(kind, owner=database_urls[1], blocker=django_db_blocker) as clinic:
        yield clinic


@pytest.fixture
def patience(settings: Any) -> None:
    """Wait for a simulator as long as its gateway does."""
    settings.FELDSHER_BOOKING = replace(
        product.FELDSHER_BOOKING, mis_timeout_seconds=TIMEOUT, settle_seconds=float(SETTLE)
    )


@pytest.fixture
def clinic(imported: Clinic, patience: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    imported.ahead = timedelta()
    monkeypatch.setattr(clock, "now", imported.now)
    yield imported
    imported.well()
    imported.look()
