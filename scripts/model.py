"""Walks through every state of the model of the booking protocol, and prints the figures of docs/model.md."""

import sys
import tempfile
from pathlib import Path

from support.spin import SpinError, Walk, walk

WALKS = {"safety": ((), False), "liveness, nobody cancels": (("CALM",), True), "liveness": ((), True)}


def main() -> int:
    """Print a row a walk; returns the exit code."""
    print("| walk | states | depth | memory, MB | processor, s |\n|---|---|---|---|---|")
    for name, (flags, liveness) in WALKS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = walk(Path(folder), *flags, liveness=liveness)
            except (SpinError, FileNotFoundError) as error:
                print(f"feldsher: {error}", file=sys.stderr)
                return 1
        print(row(name, found), flush=True)
        if found.violated is not None:
            print(f"feldsher: in a state of this walk {found.violated} does not hold.", file=sys.stderr)
            return 1
    return 0


def row(name: str, found: Walk) -> str:
    return f"| {name} | {found.states:,} | {found.depth:,} | {found.megabytes:,.0f} | {found.seconds:,.0f} |"


if __name__ == "__main__":
    sys.exit(main())
