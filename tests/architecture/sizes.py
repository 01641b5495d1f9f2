"""Measures files and functions, so that none outgrows what a reader holds in mind."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
MEASURED = {".py", ".ts", ".mjs", ".css", ".sql", ".html", ".sh"}


def too_long(path: Path) -> Iterator[str]:
    """Yield a sentence for the file, and for each function in it, that is longer than the limit."""
    if path.suffix not in MEASURED:
        return
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path.name}: {lines} lines"
    for name, length in functions(path, text):
        if length > LONGEST_FUNCTION:
            yield f"{path.name}: {name} has {length} lines"


def functions(path: Path, text: str) -> Iterator[tuple[str, int]]:
    """Yield name and number of lines of each function of a Python or TypeScript file."""
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
    elif path.suffix in {".ts", ".mjs"}:
        yield from _typescript_functions(text.splitlines())


def _typescript_functions(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each block that a function or an arrow opens; indentation tells where it closes."""
    for first, line in enumerate(lines):
        if re.search(r"(\bfunction\b|=>).*\{$", line):
            margin = line[: len(line) - len(line.lstrip())]
            closing = (
                n for n, other in enumerate(lines[first + 1 :], first + 1) if other.startswith(f"{margin}}}")
            )
            yield line.strip().rstrip(" {"), next(closing, len(lines) - 1) - first + 1
