"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.bit_umc`.

Prints one JSON line `{"soap": url, "http": url, "bench": url}` once both ports answer.
"""

import sys
from pathlib import Path

from testbench import program
from testbench.bit_umc.base import Rules
from testbench.bit_umc.http_wire import Exchange
from testbench.bit_umc.server import Options, RunningSimulator


def options() -> Options:
    parser = program.parser("bit_umc", "A stand-in of 1С БИТ.УМЦ.", has_bench=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--large", action="store_true", help="500 doctors and 2,000 services")
    parser.add_argument("--replies", type=Path, help="serve the replies recorded in this folder")
    parser.add_argument("--zone", default="Europe/Moscow", help="zone of recorded branches")
    parser.add_argument("--state", type=Path, help="keep the documents in this file")
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--key", default="demo-key", help="key of the exchange setting, for HTTP")
    parser.add_argument("--hold-minutes", type=int, default=15, help="how long a reserve may live")
    parser.add_argument(
        "--hold-job-interval", type=float, default=60.0, help="seconds between runs of the job"
    )
    parser.add_argument("--planning-step", type=int, default=30, help="minutes; 0: none is set")
    parser.add_argument("--match-clients", action="store_true", help="find a client's card by phone and name")
    parser.add_argument("--xml-answers", action="store_true", help="answer a booking with XML instead of Ok")
    given = parser.parse_args()
    return Options(
        host=given.host,
        port=given.port,
        bench_port=given.bench_port,
        seed=given.seed,
        user=given.user,
        password=given.password,
        exchanges=(Exchange(given.key),),
        replies=given.replies,
        is_large=given.large,
        zone=given.zone,
        state=given.state,
        hold_job_interval=given.hold_job_interval,
        bare_ok=not given.xml_answers,
        rules=Rules(given.planning_step, given.hold_minutes, given.match_clients),
    )


if __name__ == "__main__":
    sys.exit(program.run("bit_umc", lambda: RunningSimulator(options())))
