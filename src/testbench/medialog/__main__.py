"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.medialog`.

Prints one JSON line `{"soap": url, "http": url, "bench": url}` once both ports answer.
"""

import argparse
import json
import signal
import sys

from testbench.medialog.server import Options, RunningSimulator

STOPS = {signal.SIGTERM, signal.SIGINT}


def options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m testbench.medialog", description="A stand-in of МЕДИАЛОГ."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="port of the exchange; 0: any free one")
    parser.add_argument("--bench-port", type=int, default=0, help="inspection port; 0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--encoding", choices=("utf-8", "windows-1251"), default="utf-8")
    parser.add_argument("--no-checks", action="store_true", help="write a visit over a taken time too")
    given = parser.parse_args()
    return Options(
        host=given.host,
        port=given.port,
        bench_port=given.bench_port,
        seed=given.seed,
        user=given.user,
        password=given.password,
        encoding=given.encoding,
        checks=not given.no_checks,
    )


def main() -> int:
    # Waited for, not handled: see testbench.bit_umc.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        simulator = RunningSimulator(options())
    except OSError as error:
        sys.stderr.write(f"testbench.medialog: {error}\n")
        return 1
    addresses = {"soap": simulator.soap_url, "http": simulator.http_url, "bench": simulator.bench_url}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    signal.sigwait(STOPS)
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
