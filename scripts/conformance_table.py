"""Writes docs/integrations/conformance.md anew: `python scripts/conformance_table.py`, in about a minute."""

import logging
import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run the kit over every simulator and write the page; the exit code is the worst of theirs."""
    from integrations.mis.conformance.stands import STANDS  # noqa: PLC0415 - the path is set first
    from integrations.mis.conformance.table import PAGE, render  # noqa: PLC0415 - as above

    logging.disable(logging.CRITICAL)
    reports = {}
    for name, stand in STANDS.items():
        with stand.running() as running:
            reports[name] = running.check()
        print(f"{name}: exit code {reports[name].exit_code}")
    PAGE.write_text(render(reports), encoding="utf-8")
    return max(report.exit_code for report in reports.values())


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings_of_tests")
    django.setup()
    sys.exit(main())
