"""Children that are kept running: started again when they end, ended together, never left behind.

Each child has a thread of its own that starts it and waits for it, because the kernel ends a child when the
thread that started it ends (`launch.py`). Whatever a child leaves in its process group is killed before it is
started again: a killed web server's workers would go on serving.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from feldsher.conf.supervisor.home import make_private
from feldsher.conf.supervisor.spawn import SELF, Identity, spawn

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds before a new start; doubled after each start that lived for less than the longest pause."""

StopSignals = Sequence[tuple[signal.Signals, float]]
GENTLE: StopSignals = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: an absolute command line, its whole environment, as whom, and how the kernel ends it."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    identity: Identity = SELF
    dies_by: signal.Signals = signal.SIGTERM


class KeptProcess:
    """One child that is started again whenever it ends, until `stop()`.

    `after_exit` runs after each end, before the next start, with the ended process's number.
    """

    def __init__(
        self,
        name: str,
        *,
        program: Program,
        log: Path,
        report: Callable[[str], None],
        after_exit: Callable[[int], None],
    ) -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self._program = program
        self._report = report
        self._after_exit = after_exit
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)

    @property
    def process_id(self) -> int | None:
        """The child's number; an ended child keeps it until the next start."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the child and return at once; the log of the run before is kept as `.log.1`."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self._thread.start()

    def stop(self, signals: StopSignals = GENTLE) -> None:
        """End the child by each signal in turn, waiting the given seconds after each."""
        self._stopping.set()
        for by, seconds in signals:
            if not self._thread.is_alive():
                return
            if self._process is not None:
                self._process.send_signal(by)
            self._thread.join(seconds)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            started = time.monotonic()
            process = self._spawn()
            if self._stopping.is_set():
                process.terminate()
            code = process.wait()
            self._after_exit(process.pid)
            if self._stopping.is_set():
                return
            self._report(f"{self.name}: ended by itself ({_reason(code)}); starting it again, see {self.log}")
            lived = time.monotonic() - started
            pause = FIRST_PAUSE if lived > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self._stopping.wait(pause)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self._process = spawn(
                self._program.command,
                log=log,
                environment=self._program.environment,
                identity=self._program.identity,
                by=self._program.dies_by,
            )
        self.starts += 1
        return self._process


class ProcessGroup:
    """Named children with one log folder; stopped in the reverse order of their start."""

    def __init__(self, logs: Path, *, report: Callable[[str], None]) -> None:
        self._logs = make_private(logs)
        self._report = report
        self._kept: dict[str, KeptProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        dies_by: signal.Signals = signal.SIGTERM,
    ) -> KeptProcess:
        """Start a child that writes to `<logs>/<name>.log`; `dies_by` is what ends it when we are killed."""
        kept = KeptProcess(
            name,
            program=Program(tuple(command), environment, dies_by=dies_by),
            log=self._logs / f"{name}.log",
            report=self._report,
            after_exit=kill_group,
        )
        self._kept[name] = kept
        kept.start()
        return kept

    def stop(self) -> None:
        """Stop all; a second call does nothing."""
        while self._kept:
            _, kept = self._kept.popitem()
            kept.stop()


def kill_group(leader: int) -> None:
    """Kill what an ended leader of a process group has left in it."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
