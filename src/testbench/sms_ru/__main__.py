"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.sms_ru`.

Prints one JSON line `{"url": url}` once it answers.
"""

import argparse
import json
import signal
import sys

from testbench.sms_ru.server import Options, RunningSimulator

STOPS = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbench.sms_ru", description="A stand-in of SMS.RU.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--key", default="demo-key", help="the api_id that it takes")
    given = parser.parse_args()
    # Waited for, not handled: whoever loses its parent gets one signal for each of the parent's threads, and
    # a handler that is interrupted by its twin would wait for a lock that it holds itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        simulator = RunningSimulator(Options(host=given.host, port=given.port, api_key=given.key))
    except OSError as error:
        sys.stderr.write(f"testbench.sms_ru: {error}\n")
        return 1
    sys.stdout.write(json.dumps({"url": simulator.url}) + "\n")
    sys.stdout.flush()
    signal.sigwait(STOPS)
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
