"""The sample does what the OpenAPI file says: schemathesis sends what it allows, and what it doesn't."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from testbench.plain.contract import FILE, Contract
from testbench.plain.server import SECRET, start

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]
ROUNDS = 60
DOCUMENT = Contract().document
MODES = [
    (path, method, mode)
    for path, place in DOCUMENT["paths"].items()
    for method in place
    if method != "parameters"
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or path != "/directory"  # where nothing can be wrong
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    running = start()
    yield running.url
    running.stop()


@pytest.fixture(scope="module")
def document() -> Any:
    return schemathesis.openapi.from_path(FILE)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method", "mode"), MODES)
def test_whatever_is_sent_the_answer_is_of_the_contract(
    url: str, document: Any, path: str, method: str, mode: GenerationMode
) -> None:
    @settings(max_examples=ROUNDS, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=document[path][method].as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=url, headers={"X-Api-Key": SECRET}, checks=CHECKS)

    send()


@pytest.mark.slow
def test_the_command_of_the_page_finds_nothing(url: str, tmp_path: Path) -> None:
    """The programmer's own proof (docs/integrations/plain.md), with all phases: coverage and stateful too."""
    page = FILE.with_name("plain.md").read_text(encoding="utf-8")
    told = re.search(r"schemathesis run plain-mis\.openapi\.json --url \$U -H \"\$K\" \\\n +(.+)", page)
    assert told is not None
    program = [
        sys.executable,
        "-c",
        "from schemathesis.cli import schemathesis; schemathesis()",
        "run",
        str(FILE),
    ]
    options = [
        "--url",
        url,
        "-H",
        f"X-Api-Key: {SECRET}",
        *told[1].split(),
        "--seed",
        "1",
        "--max-examples",
        "30",
    ]
    done = subprocess.run(
        [*program, *options, "--no-color"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "Tested: 6" in done.stdout
