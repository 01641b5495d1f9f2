"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.yandex_reports`.

Prints one JSON line `{"url": url}` once it answers.
"""

import sys

from testbench import program
from testbench.yandex_reports.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("yandex_reports", "A stand-in of the reports of bookings.", has_bench=False)
    parser.add_argument("--token", default="demo-token")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("yandex_reports", lambda: RunningSimulator(options())))
