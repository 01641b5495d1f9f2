"""Plays seeds of histories against every MIS, and prints the ones that break a rule.

    make soak SEEDS=1000 [MIS=plain,n3] [FROM=1] [STORM=1] [LIST=1]

Seeds are dealt to the clinics in turn, or to those that MIS names; LIST prints every history as it was
played. docs/modules/soak.md tells what is checked. The exit code is 1 where a rule was broken.
"""

import argparse
import logging
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import soak.ready  # noqa: F401 - sets Django up before its models are imported
from soak.places import NAMES
from soak.running import checker
from soak.storm import weather
from support.database import TestServer

TOLD_EACH = 25
"""Seeds of a clinic after which somebody who waits is told."""


def main() -> int:
    given = _arguments()
    names = given.mis.split(",")
    unknown = sorted(set(names) - set(NAMES))
    if unknown or given.seeds < 1:
        sys.stderr.write(f"MIS is one or more of {', '.join(NAMES)}, and SEEDS a number from 1\n")
        return 2
    past = given.first + given.seeds
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of what stops the server
    server = TestServer()
    server.start()
    try:
        with ProcessPoolExecutor(given.jobs, multiprocessing.get_context("spawn")) as pool:
            playing = [
                pool.submit(play, name, range(given.first + place, past, len(names)), given)
                for place, name in enumerate(names)
            ]
            failures = sum(one.result() for one in playing)
    finally:
        server.stop()
    print(f"{given.seeds} seeds: {failures} broke a rule")
    return 1 if failures else 0


def play(name: str, seeds: range, given: argparse.Namespace) -> int:
    """Play seeds on the clinic of that name; returns how many broke a rule."""
    if not seeds:
        return 0
    logging.disable(logging.CRITICAL)
    failures = 0
    with checker(name, base=f"soak_{name}") as one:
        begun = time.monotonic()
        for played, seed in enumerate(seeds):
            if played and not played % TOLD_EACH:
                print(f"{name}: {played} of {len(seeds)} seeds", flush=True)
            failure = weather(one, seed) if given.storm else one.check(seed)
            if failure is not None:
                failures += 1
                print(failure, flush=True)
            elif given.list:
                print(f"{name}, seed {seed}:", *one.player.told, sep="\n  ", flush=True)
        rate = 60 * len(seeds) / (time.monotonic() - begun)
    print(f"{name}: {len(seeds)} seeds, {rate:.0f} a minute, {failures} broke a rule", flush=True)
    return failures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak.cli")
    parser.add_argument("--seeds", type=int, default=200, help="how many, in all")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--mis", default=",".join(NAMES), help="names of clinics, with commas")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes that play")
    parser.add_argument("--storm", action="store_true", help="with threads, and processes that are killed")
    parser.add_argument("--list", action="store_true", help="print every history")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
