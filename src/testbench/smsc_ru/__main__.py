"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.smsc_ru`.

Prints one JSON line `{"url": url}` once it answers.
"""

import sys

from testbench import program
from testbench.smsc_ru.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("smsc_ru", "A stand-in of SMSC.RU.", has_bench=False)
    parser.add_argument(
        "--key", dest="api_key", default="demo-key", help="the apikey, or the password, that it takes"
    )
    parser.add_argument("--secret", default="demo-secret", help="signs what it calls to tell")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("smsc_ru", lambda: RunningSimulator(options())))
