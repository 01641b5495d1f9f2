"""Run the sample clinic until SIGTERM or SIGINT: `python -m testbench.plain`.

Prints one JSON line `{"url": url}` once it answers.
"""

import argparse
import json
import signal
import sys

from testbench.plain.server import SECRET, start

STOPS = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m testbench.plain", description="A clinic's own system behind the small JSON contract."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--secret", default=SECRET, help="what X-Api-Key must be")
    parser.add_argument("--database", default=":memory:", help="file of SQLite; without it nothing is kept")
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # waited for, not handled
    try:
        simulator = start(host=given.host, port=given.port, secret=given.secret, path=given.database)
    except OSError as error:
        sys.stderr.write(f"testbench.plain: {error}\n")
        return 1
    sys.stdout.write(json.dumps({"url": simulator.url}) + "\n")
    sys.stdout.flush()
    signal.sigwait(STOPS)
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
