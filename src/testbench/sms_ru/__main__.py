"""Run the simulator until SIGTERM or SIGINT: `python -m testbench.sms_ru`.

Prints one JSON line `{"url": url}` once it answers.
"""

import argparse
import json
import signal
import sys
import threading

from testbench.sms_ru.server import Options, RunningSimulator


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbench.sms_ru", description="A stand-in of SMS.RU.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--key", default="demo-key", help="the api_id that it takes")
    given = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        simulator = RunningSimulator(Options(host=given.host, port=given.port, api_key=given.key))
    except OSError as error:
        sys.stderr.write(f"testbench.sms_ru: {error}\n")
        return 1
    sys.stdout.write(json.dumps({"url": simulator.url}) + "\n")
    sys.stdout.flush()
    ended.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
