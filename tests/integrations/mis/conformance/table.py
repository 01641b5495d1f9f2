"""The page docs/integrations/conformance.md, made from what the kit said of each simulator."""

from collections.abc import Mapping
from pathlib import Path

from feldsher.integrations.mis.conformance import SCENARIOS, Report, Status
from integrations.mis.conformance.stands import STANDS

PAGE = Path(__file__).parents[4] / "docs" / "integrations" / "conformance.md"
HEAD = """\
# What each adapter was shown to do

Made by `python scripts/conformance_table.py`, which runs the scenarios of `feldsher mis check` \
([how to](README.md)) with writing against the simulator of each MIS, its faults and its registry included. \
A test fails when this page is stale. It says what the adapter does with a MIS as its contract has it, not \
what a clinic's own installation does: that is what `feldsher mis check` is for.

"""


def render(reports: Mapping[str, Report]) -> str:
    """Return the page; a number beside what does not apply leads to the reason."""
    reasons: dict[str, int] = {}
    found = {name: {result.name: result for result in report.results} for name, report in reports.items()}
    lines = [
        f"| scenario | {' | '.join(STANDS[name].title for name in reports)} |",
        f"|---{'|---' * len(reports)}|",
    ]
    for scenario in SCENARIOS:
        cells = []
        for results in found.values():
            result = results[scenario.name]
            note = ""
            if result.status is not Status.PASSED:
                note = f" ({reasons.setdefault(result.says, len(reasons) + 1)})"
            cells.append(f"{result.status}{note}")
        lines.append(f"| {scenario.title} | {' | '.join(cells)} |")
    notes = [f"{number}. {why[0].upper()}{why[1:]}." for why, number in reasons.items()]
    return HEAD + "\n".join([*lines, "", *notes]) + "\n"
