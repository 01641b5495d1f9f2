"""`python -m soak`: plays seeds of histories against every MIS, and prints what breaks a rule.

    make soak SEEDS=1000 [MIS=plain,n3] [FROM=1]

Seeds are dealt to the clinics in turn, or all to those that MIS names. docs/modules/soak.md tells what is
checked. The exit code is 1 where a rule was broken.
"""

import argparse
import logging
import os
import sys
import time

import django


def main() -> int:
    from soak.places import NAMES

    parser = argparse.ArgumentParser(prog="python -m soak")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--mis", default=",".join(NAMES))
    given = parser.parse_args()
    names = given.mis.split(",")
    from soak.running import checker
    from support.database import TestServer

    logging.disable(logging.CRITICAL)
    server = TestServer()
    server.start()
    failures = 0
    try:
        for number, name in enumerate(names):
            with checker(name, base=f"soak_{name}") as one:
                begun = time.monotonic()
                seeds = range(given.first + number, given.first + given.seeds, len(names))
                for seed in seeds:
                    failure = one.check(seed)
                    if failure is not None:
                        failures += 1
                        print(failure, flush=True)
                took = time.monotonic() - begun
                print(f"{name}: {len(seeds)} seeds, {60 * len(seeds) / took:.0f} a minute", flush=True)
    finally:
        server.stop()
    return 1 if failures else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings_of_tests")
    django.setup()
    sys.exit(main())
