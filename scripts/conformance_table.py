"""Writes docs/integrations/conformance.md anew: `python scripts/conformance_table.py`, in about a minute."""

import logging
import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run the kit over every simulator, and write the page if each passed all that applies to it."""
    from feldsher.integrations.mis.conformance import Status  # noqa: PLC0415 - the path is set first
    from integrations.mis.conformance.stands import STANDS  # noqa: PLC0415 - the path is set first
    from integrations.mis.conformance.table import PAGE, render  # noqa: PLC0415 - as above

    right = {Status.PASSED, Status.NOT_APPLICABLE}
    logging.disable(logging.CRITICAL)
    reports = {}
    for name, stand in STANDS.items():
        with stand.running() as running:
            reports[name] = running.check()
        short = [each for each in reports[name].results if each.status not in right]
        print(
            f"{name}: {', '.join(f'{each.name} {each.status} ({each.says})' for each in short) or 'passed'}"
        )
    if any(each.status not in right for report in reports.values() for each in report.results):
        print("The page stays as it was.")
        return 1
    PAGE.write_text(render(reports), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings_of_tests")
    django.setup()
    sys.exit(main())
