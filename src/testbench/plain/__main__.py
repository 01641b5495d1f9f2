"""Run the sample clinic until SIGTERM or SIGINT: `python -m testbench.plain`.

Prints one JSON line `{"url": url}` once it answers.
"""

import sys

from testbench import program
from testbench.plain.server import SECRET, Options, RunningSimulator


def options() -> Options:
    what = "A clinic's own system behind the small JSON contract."
    parser = program.parser("plain", what, has_bench=False)
    parser.add_argument("--secret", default=SECRET, help="what X-Api-Key must be")
    parser.add_argument(
        "--database", dest="path", default=":memory:", help="file of SQLite; without it nothing is kept"
    )
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("plain", lambda: RunningSimulator(options())))
