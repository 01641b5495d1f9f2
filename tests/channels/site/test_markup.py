"""Valid HTML: what the W3C's checker (vnu) says of each page, 0 errors and 0 warnings."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from channels.site.browser import ROOT
from channels.site.factory import doctor
from channels.site.states import every_state

VNU = ROOT / "frontend" / "checks" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
CARD = doctor(1, "Небывалова")
Put = Callable[..., Any]

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("clinic")]


@pytest.fixture
def java() -> str:
    found = shutil.which("java")
    if found and VNU.is_file():
        return found
    missing = "no java or no vnu: apt-get install default-jre-headless, npm ci --prefix frontend/checks"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def test_every_page_is_valid(
    client: Client, answers: Put, java: str, tmp_path: Path, settings: Settings
) -> None:
    settings.DEMO = True
    pages = every_state(client, answers)
    for name, body in pages.items():
        assert body.startswith(b"<!doctype html>"), name
        (tmp_path / f"{name}.html").write_bytes(body)
    command = [java, "-Xss4m", "-jar", str(VNU), "--format", "json", *map(str, tmp_path.glob("*.html"))]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said = json.loads(answer.stderr)["messages"]
    assert [f"{Path(line['url']).name}: {line['message']}" for line in said if line["type"] != "info"] == []
    assert len(pages) >= 50
