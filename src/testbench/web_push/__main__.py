"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.web_push`.

Prints one JSON line `{"url": url}` once it answers.
"""

import sys

from testbench import program
from testbench.web_push.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("web_push", "A stand-in of a push service.", has_bench=False)
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("web_push", lambda: RunningSimulator(options())))
