"""What the W3C's checker (vnu) says of pages."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VNU = ROOT / "frontend" / "checks" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


def needed(path: str | Path | None, what: str) -> str:
    """Return the program's path; without it the test can't run, and in CI that is a failure."""
    if path and Path(path).is_file():
        return str(path)
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(what)
    pytest.skip(what)


def markup_faults(bodies: Iterable[bytes], folder: Path) -> list[str]:
    """Return errors and warnings of pages, by their places; `folder` is where they are written."""
    java = needed(shutil.which("java"), "no java: apt-get install default-jre-headless")
    needed(VNU, "no vnu: npm ci --prefix frontend/checks")
    for number, body in enumerate(bodies):
        assert body.startswith(b"<!doctype html>"), number
        (folder / f"{number}.html").write_bytes(body)
    command = [java, "-Xss4m", "-jar", str(VNU), "--format", "json", *map(str, folder.glob("*.html"))]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said = json.loads(answer.stderr)["messages"]
    return [f"{Path(line['url']).name}: {line['message']}" for line in said if line["type"] != "info"]
