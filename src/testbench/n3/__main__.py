"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.n3`.

Prints one JSON line `{"soap": url, "bench": url}` once both ports answer.
"""

import sys

from testbench import program
from testbench.n3.base import Rules
from testbench.n3.hub import TOKEN
from testbench.n3.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("n3", "A stand-in of N3.Здоровье HubService.", has_bench=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guid", default=TOKEN)
    parser.add_argument(
        "--own-ids", action="store_true", help="the history names visits by numbers of the МИС, not tickets"
    )
    parser.add_argument("--one-visit", action="store_true", help="one coming visit to a doctor for a patient")
    given = vars(parser.parse_args())
    rules = Rules(own_ids=given.pop("own_ids"), one_visit=given.pop("one_visit"))
    return Options(rules=rules, **given)


if __name__ == "__main__":
    sys.exit(program.run("n3", lambda: RunningSimulator(options())))
