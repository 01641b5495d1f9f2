"""A simulator as a program: `python -m testbench.NAME`, until SIGTERM or SIGINT."""

import argparse
import json
import signal
import sys
from collections.abc import Callable

from testbench.running import Running

STOPS = {signal.SIGTERM, signal.SIGINT}
UNSTARTABLE = (OSError, ValueError, LookupError, ArithmeticError)


def parser(name: str, what: str, *, has_bench: bool) -> argparse.ArgumentParser:
    """Return the options that all simulators have; `has_bench`: the inspection API has a port of its own."""
    made = argparse.ArgumentParser(prog=f"python -m testbench.{name}", description=what)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=0, help="0: any free one")
    if has_bench:
        made.add_argument("--bench-port", type=int, default=0, help="inspection port; 0: any free one")
    return made


def run(name: str, start: Callable[[], Running]) -> int:
    """Start the simulator, print one JSON line of its addresses once all ports answer, wait, and stop it."""
    # Waited for, not handled: whoever loses its parent gets one signal for each of the parent's threads, and
    # a handler that is interrupted by its twin would wait for a lock that it holds itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        simulator = start()
    except UNSTARTABLE as error:
        sys.stderr.write(f"testbench.{name}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(simulator.addresses) + "\n")
    sys.stdout.flush()
    signal.sigwait(STOPS)
    simulator.stop()
    return 0
