"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.sms_ru`.

Prints one JSON line `{"url": url}` once it answers.
"""

import sys

from testbench import program
from testbench.sms_ru.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("sms_ru", "A stand-in of SMS.RU.", has_bench=False)
    parser.add_argument("--key", dest="api_key", default="demo-key", help="the api_id that it takes")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(program.run("sms_ru", lambda: RunningSimulator(options())))
