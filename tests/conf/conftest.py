"""Tests here start servers of their own: the run's database and the caller's settings are out of sight."""

import os

import pytest


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith(("DATABASE_", "FELDSHER_")):
            monkeypatch.delenv(name)
