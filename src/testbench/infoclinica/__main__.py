"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.infoclinica`.

Prints one JSON line `{"xml": url, "bench": url}` once both ports answer.
"""

import argparse
import json
import signal
import sys

from testbench.infoclinica.server import Identity, Options, RunningSimulator

STOPS = {signal.SIGTERM, signal.SIGINT}


def options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m testbench.infoclinica", description="A stand-in of ИНФОКЛИНИКА."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="port of the gateway; 0: any free one")
    parser.add_argument("--bench-port", type=int, default=0, help="inspection port; 0: any free one")
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--client-id", default="site")
    parser.add_argument("--client-secret", default="demo-secret")
    parser.add_argument("--zone", default="Europe/Moscow", help="of whose wall time the secret is derived")
    parser.add_argument("--tolerance", type=float, default=300.0, help="seconds that a clock may be off")
    parser.add_argument("--clinic", default="demo.clinic.example", help="X-Forwarded-Host, with TLS alone")
    parser.add_argument(
        "--certificate", default="", help="PEM of the server: speak TLS and ask for a client's"
    )
    parser.add_argument("--key", default="", help="PEM of its key")
    parser.add_argument("--clients", default="", help="PEM of who signs clients")
    given = parser.parse_args()
    identity = Identity(given.certificate, given.key, given.clients) if given.certificate else None
    return Options(
        host=given.host,
        port=given.port,
        bench_port=given.bench_port,
        user=given.user,
        password=given.password,
        client_id=given.client_id,
        client_secret=given.client_secret,
        zone=given.zone,
        tolerance=given.tolerance,
        clinic=given.clinic,
        identity=identity,
    )


def main() -> int:
    # Waited for, not handled: whoever loses its parent gets one signal for each of the parent's threads, and
    # a handler that is interrupted by its twin would wait for a lock that it holds itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        simulator = RunningSimulator(options())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"testbench.infoclinica: {error}\n")
        return 1
    sys.stdout.write(json.dumps({"xml": simulator.url, "bench": simulator.bench_url}) + "\n")
    sys.stdout.flush()
    signal.sigwait(STOPS)
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
