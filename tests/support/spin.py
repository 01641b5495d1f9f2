"""Has Spin walk through all states of the model of the booking protocol, and reads what it says."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).resolve().parents[2] / "model" / "booking.pml"
MEGABYTES, DEPTH = 2000, 100_000
_UNFINISHED = ("Search not completed", "max search depth too small", "out of memory", "memory limit")
_APPROXIMATE = ("Bit statespace", "Hash-Compact", "bitstate")


class SpinError(Exception):
    """Spin or the compiler refused the model, or the walk came to no end: nothing is shown."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk found. `megabytes` is the memory used, tables and stack included, `seconds`
    the time of one processor.

    `violated` is the statement of the model that did not hold ("assert(one_in_table)"), "acceptance
    cycle", or None where all states were seen and every one holds. `unreached` are the statements that no
    state reached, as they stand in the model.
    """

    states: int
    depth: int
    megabytes: float
    seconds: float
    violated: str | None
    unreached: frozenset[str]


def walk(folder: Path, *flags: str, liveness: bool = False, depth: int = DEPTH, model: Path = MODEL) -> Walk:
    """Walk through the model with parts taken away by `flags` ("NO_READBACK", "READS=1"), in an empty folder.

    `liveness` looks for runs in which a visit never settles though whoever may act all the time does, instead
    of states that break an assertion. Raises SpinError.
    """
    defined = [f"-D{flag}" for flag in flags]
    _done(folder, "spin", "-a", "-o3", *defined, str(model))
    kind = ["-DNFAIR=4"] if liveness else ["-DSAFETY", "-DNOCLAIM"]
    compiled = ["-O2", "-w", "-DCOLLAPSE", f"-DMEMLIM={MEGABYTES}", *kind]
    _done(folder, "cc", *compiled, "-o", "pan", "pan.c")
    before = _processor_seconds()
    told = _done(folder, "./pan", f"-m{depth}", *(["-a", "-f"] if liveness else []))
    errors = int(_said(r"errors: (\d+)", told))
    if any(words in told for words in _APPROXIMATE) or "Full statespace search for" not in told:
        raise SpinError(f"not a walk through every state:\n{told}")
    if not errors and any(words in told for words in _UNFINISHED):
        raise SpinError(f"the walk came to no end:\n{told}")
    return Walk(
        states=int(_said(r"(\d+) states, stored", told)),
        depth=int(_said(r"depth reached (\d+)", told)),
        megabytes=float(_said(r"([\d.]+)\s+total actual memory usage", told)),
        seconds=_processor_seconds() - before,
        violated=_violated(folder, told, model, defined) if errors else None,
        unreached=frozenset(_statement(model, line) for line in re.findall(r"\.pml:(\d+), state", told)),
    )


def _processor_seconds() -> float:
    """Return what the programs that ended so far have used."""
    used = os.times()
    return used.children_user + used.children_system


def _violated(folder: Path, told: str, model: Path, defined: list[str]) -> str:
    """Return what the trail that was written in the folder ends at."""
    if "acceptance cycle" in told:
        return "acceptance cycle"
    if "assertion violated" not in told:
        return _said(r"pan:\d+: (.+) \(at depth", told)
    trail = _done(folder, "spin", "-t", "-k", f"{model.name}.trail", *defined, str(model))
    return _statement(model, _said(r"\.pml:(\d+), Error: assertion violated", trail))


def _statement(model: Path, line: str) -> str:
    """Return a line of the model without its margin; of one with an assertion the assertion alone."""
    text = model.read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()
    found = re.search(r"assert\(.+\)(?=[; ]|$)", text.split(";")[0])
    return found.group() if found else text


def _said(pattern: str, told: str) -> str:
    found = re.search(pattern, told)
    if found is None:
        raise SpinError(f"nothing like {pattern!r} in:\n{told}")
    return found.group(1)


def _done(folder: Path, *command: str) -> str:
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    told = answer.stdout + answer.stderr
    if answer.returncode or "syntax error" in told:
        raise SpinError(f"`{' '.join(command)}` failed:\n{told}")
    return told
