import io
import re

import pytest

from feldsher.conf.demo.progress import Progress


def told(stream: io.StringIO) -> str:
    return re.sub(r"\d+\.\d", "N", stream.getvalue())


def test_a_step_is_one_line_with_its_seconds() -> None:
    stream = io.StringIO()
    with Progress(stream).step("database"):
        assert told(stream) == "  database …"
    assert told(stream) == "  database … N s\n"


def test_a_remark_within_a_step_has_lines_of_its_own() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.step("database"):
        progress.say("first start")
    progress.say("ready")
    assert told(stream) == "  database …\n    first start\n  database … N s\nready\n"


def test_a_failed_step_claims_no_success() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyError), Progress(stream).step("migrations"):
        raise KeyError
    assert told(stream) == "  migrations …"
