"""Writes the locks of Python and node packages: exact versions and hashes, and no host of any registry.

Run by the oldest Python that the product supports: packages that only old versions need are then named, and
newer versions can install them as well.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
LOCKS = {
    "requirements/demo.txt": ("--extra", "demo"),
    "requirements/all.txt": ("--extra", "demo", "--extra", "dev", "--constraint", "requirements/demo.txt"),
}
NO_HOSTS = ("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options")


def main() -> int:
    """Write all locks; returns the exit code."""
    if sys.version_info[:2] != OLDEST:
        sys.stderr.write(
            f"feldsher: locks are written by Python {OLDEST[0]}.{OLDEST[1]}, and .venv has "
            f"{sys.version_info[0]}.{sys.version_info[1]}. Remove .venv, put python3 of that version "
            "first on PATH, and run make lock again.\n"
        )
        return 1
    environment = os.environ | {"CUSTOM_COMPILE_COMMAND": "make lock"}
    for lock, extras in LOCKS.items():
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes"]
        command += ["--strip-extras", "--allow-unsafe", *NO_HOSTS, *extras]
        command += ["--output-file", lock, "pyproject.toml"]
        print(f"  {lock} …", flush=True)
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    print("  package-lock.json …", flush=True)
    subprocess.run(["npm", "install", "--package-lock-only"], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
