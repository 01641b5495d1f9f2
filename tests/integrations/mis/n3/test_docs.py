"""The page for integrators says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from feldsher.integrations.mis.n3.profile import ERRORS, Meaning, Profile
from testbench.n3.contract import OPERATIONS

BOUNDS = (
    *("settle_seconds", "max_window_days", "bulk_timeout", "max_megabytes"),
    *("connections", "calls_per_second"),
)
PAGE = (Path(__file__).parents[4] / "docs/integrations/n3.md").read_text(encoding="utf-8")


def test_every_option_has_its_row_and_no_row_is_of_an_option_that_is_not() -> None:
    table = PAGE.partition("## Options of the profile")[2].partition("## What it does")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [
        *(field.name for field in fields(Profile) if field.name not in BOUNDS), *BOUNDS,
    ]  # fmt: skip


def test_the_codes_and_meanings_that_are_known_are_told() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `errors`"))
    assert f"| {', '.join(ERRORS)} |" in row
    assert re.findall(r"`(\w+)`", row)[1:] == list(Meaning)


def test_what_it_does_names_operations_of_the_contract() -> None:
    table = PAGE.partition("## What it does")[2].partition("A doctor is")[0]
    named = set(re.findall(r"\b(?:Get|Set|Search|Add|Create|Send)\w+", table))
    assert named == set(OPERATIONS) - {"GetErrorList"}
