"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.medialog`.

Prints one JSON line `{"soap": url, "http": url, "bench": url}` once both ports answer.
"""

import sys

from testbench import program
from testbench.medialog.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("medialog", "A stand-in of МЕДИАЛОГ.", has_bench=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--encoding", choices=("utf-8", "windows-1251"), default="utf-8")
    parser.add_argument(
        "--no-checks", dest="checks", action="store_false", help="write a visit over a taken time too"
    )
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("medialog", lambda: RunningSimulator(options())))
