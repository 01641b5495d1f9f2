"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.odata_1c`.

Prints one JSON line `{"url": url, "bench": url}` once both ports answer.
"""

import sys

from testbench import program
from testbench.odata_1c.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("odata_1c", "A stand-in of a base of 1С over OData.", has_bench=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("odata_1c", lambda: RunningSimulator(options())))
