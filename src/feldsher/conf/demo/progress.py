"""Tells the person at the terminal what goes on: one line a step, with the seconds it took."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Writes steps and remarks; safe to call from the threads that watch children."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._open_step = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Write the name, and when the step has succeeded its time."""
        started = time.monotonic()
        with self._lock:
            self._write(f"  {name} …")
            self._open_step = True
        yield
        with self._lock:
            took = f" {time.monotonic() - started:.1f} s\n"
            self._write(took if self._open_step else f"  {name} …{took}")
            self._open_step = False

    def say(self, line: str) -> None:
        with self._lock:
            self._write(f"\n    {line}\n" if self._open_step else f"{line}\n")
            self._open_step = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
