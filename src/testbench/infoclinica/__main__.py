"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.infoclinica`.

Prints one JSON line `{"xml": url, "bench": url}` once both ports answer.
"""

import sys

from testbench import program
from testbench.infoclinica.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("infoclinica", "A stand-in of ИНФОКЛИНИКА.", has_bench=True)
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--client-id", default="site")
    parser.add_argument("--client-secret", default="demo-secret")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("infoclinica", lambda: RunningSimulator(options())))
