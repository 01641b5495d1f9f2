"""What the page tells an integrator is what the adapter does."""

import re

from feldsher.integrations.mis.odata_1c.mapping import TABLES, TIME
from feldsher.integrations.mis.odata_1c.profile import CALLS, Profile
from integrations.mis.odata_1c.factory import BLOCKS, DOCS

PAGE = DOCS.read_text(encoding="utf-8")


def test_the_page_has_the_three_examples_that_the_tests_run_on() -> None:
    assert [next(iter(block)) if isinstance(block, dict) else "settings" for block in BLOCKS] == [
        "settings", "time", "booking",
    ]  # fmt: skip


def test_every_option_stands_in_the_table() -> None:
    first_cells = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)
    told = {word for cell in first_cells for word in re.findall(r"`(\w+)`", cell)}
    words = {word for table in (*TABLES.values(), TIME) for word in table.fields | table.more}
    assert set(Profile.__dataclass_fields__) | words | {"entity", "key", "where"} <= told


def test_the_calls_stand_on_the_page() -> None:
    for call in CALLS.values():
        assert f"`{call}`" in PAGE
