"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.bit_umc`.

Prints one JSON line `{"soap": url, "http": url, "bench": url}` once both ports answer.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from testbench.bit_umc.base import Rules
from testbench.bit_umc.http_wire import Exchange
from testbench.bit_umc.replies import UnreadableRepliesError
from testbench.bit_umc.server import Options, RunningSimulator

STOPS = {signal.SIGTERM, signal.SIGINT}


def options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m testbench.bit_umc", description="A stand-in of 1С БИТ.УМЦ."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="port of 1С; 0: any free one")
    parser.add_argument("--bench-port", type=int, default=0, help="inspection port; 0: any free one")
    parser.add_argument("--seed", type=int, default=1)
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
        zone=given.zone,
        state=given.state,
        hold_job_interval=given.hold_job_interval,
        bare_ok=not given.xml_answers,
        rules=Rules(given.planning_step, given.hold_minutes, given.match_clients),
    )


def main() -> int:
    # Waited for, not handled: whoever loses its parent gets one signal for each of the parent's threads, and
    # a handler that is interrupted by its twin would wait for a lock that it holds itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        simulator = RunningSimulator(options())
    except (UnreadableRepliesError, OSError, ValueError, KeyError, ArithmeticError) as error:
        sys.stderr.write(f"testbench.bit_umc: {error}\n")
        return 1
    addresses = {"soap": simulator.soap_url, "http": simulator.http_url, "bench": simulator.bench_url}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    signal.sigwait(STOPS)
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
