"""Makes this clone ready to run: virtualenv, Python packages, node packages, the site's scripts and styles.

Only the standard library, because it runs before anything is installed. Each step leaves a stamp of what it
was made from and is passed over while that holds; a failed step says in one sentence what to do.

    python3 scripts/setup.py demo             what the demo runs with
    python3 scripts/setup.py all              the tools of the tests too
    python3.13 scripts/setup.py all FOLDER    the same in another virtualenv
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
LOCKS = {"demo": ROOT / "requirements" / "demo.txt", "all": ROOT / "requirements" / "all.txt"}
NODE_STAMP = ROOT / "node_modules" / ".feldsher"
CHECKS = ROOT / "frontend" / "checks"
OLDEST_NODE = 20
DETOURS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "NODE_ENV")
"""Variables of the caller that would send an installation elsewhere or leave a part of it out."""

COMMAND = """#!{python}
import sys

from feldsher.conf.cli import main

sys.exit(main())
"""
"""What pip would make of `[project.scripts]`, had the clone been installed and not put on the path."""


class SetupError(Exception):
    """A failure that a person can act on; `str()` says how."""


def main(arguments: Sequence[str]) -> int:
    """Run all steps; returns the exit code."""
    kind, folder = [*arguments, ".venv", ""][:2]
    if kind not in LOCKS:
        sys.exit(__doc__)
    try:
        node = find_node()
        BUILD.mkdir(exist_ok=True)
        with (BUILD / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Virtualenv(ROOT / folder).prepare(kind)
            prepare_node(node)
            if kind == "all":
                prepare_checks(node)
            build_site(node)
    except SetupError as error:
        sys.stdout.flush()
        sys.stderr.write(f"\nfeldsher: {error}\n")
        return 1
    except OSError as error:
        sys.stdout.flush()
        sys.stderr.write(
            f"\nfeldsher: {error}. Mend that (disk full? not your folder?) and run make again.\n"
        )
        return 1
    return 0


class Virtualenv:
    """A folder of Python packages; `all` includes `demo`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.python = folder / "bin" / "python"
        self._command = folder / "bin" / "feldsher"

    def prepare(self, kind: str) -> None:
        """Make the folder hold what the lock of this kind names."""
        if self.python.exists() and self._holds(kind):
            return
        if not self.works():
            with step(f"virtualenv of Python {sys.version_info[0]}.{sys.version_info[1]}"):
                run(
                    [sys.executable, "-m", "venv", "--clear", str(self._folder)],
                    log="venv.log",
                    advice="if this Python came without its module venv, install that "
                    "(Debian: apt-get install python3-venv)",
                )
        with step(f"Python packages ({LOCKS[kind].relative_to(ROOT)})"):
            self._install(kind)

    def works(self) -> bool:
        """Return whether its pip runs: an interrupted start leaves half of a virtualenv."""
        if not self.python.exists():
            return False
        command = [str(self.python), "-m", "pip", "--version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _install(self, kind: str) -> None:
        for name in LOCKS:
            self._stamp(name).unlink(missing_ok=True)
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input", "--progress-bar", "off"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]
        run(
            [*command, "--requirement", str(LOCKS[kind])],
            log="pip.log",
            advice="check the connection to the package index (a proxy? a mirror in pip's configuration?)",
        )
        packages = next((self._folder / "lib").glob("python3*/site-packages"))
        (packages / "feldsher.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
        self._command.write_text(COMMAND.format(python=self.python), encoding="utf-8")
        self._command.chmod(0o755)
        for name in ("demo", kind):
            self._stamp(name).write_text(self._digest(name))

    def _holds(self, kind: str) -> bool:
        stamp = self._stamp(kind)
        return self._command.is_file() and stamp.is_file() and stamp.read_text() == self._digest(kind)

    def _stamp(self, kind: str) -> Path:
        return self._folder / f".feldsher-{kind}"

    def _digest(self, kind: str) -> str:
        """Return what an installation of this kind is made from: the lock, the Python, and the place."""
        python = (self._folder / "pyvenv.cfg").read_bytes()
        return hashlib.sha256(LOCKS[kind].read_bytes() + python + os.fsencode(ROOT)).hexdigest()


def find_node() -> str:
    """Return the path of Node, after a look at its version and at npm."""
    node = shutil.which("node")
    needed = f"Feldsher needs Node.js {OLDEST_NODE} or newer with npm to build the scripts of its site"
    if node is None:
        raise SetupError(
            f"{needed}, and this machine has no `node` on PATH. Install it (https://nodejs.org, or the "
            "distribution's packages nodejs and npm where they are new enough), then run make again."
        )
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    number = re.match(r"v(\d+)\.", version)
    if number is None or int(number[1]) < OLDEST_NODE:
        raise SetupError(
            f"{needed}; {node} is {version or 'broken'}. Put a newer one first on PATH, then run make again."
        )
    if shutil.which("npm") is None:
        raise SetupError(f"{needed}; `npm` is missing (Debian: apt-get install npm). Then run make again.")
    return node


def prepare_node(node: str) -> None:
    """Make `node_modules` hold what `package-lock.json` names."""
    made_from = (ROOT / "package-lock.json").read_bytes() + Path(node).resolve().as_posix().encode()
    wanted = hashlib.sha256(made_from).hexdigest()
    if NODE_STAMP.is_file() and NODE_STAMP.read_text() == wanted:
        return
    with step("node packages (package-lock.json)"):
        NODE_STAMP.unlink(missing_ok=True)
        run(
            [str(shutil.which("npm")), "ci", "--loglevel=error", "--include=dev", "--include=optional"],
            log="npm.log",
            advice="check the connection to the npm registry (a proxy? a mirror in ~/.npmrc?)",
        )
        NODE_STAMP.write_text(wanted)


def prepare_checks(node: str) -> None:
    """Install what looks at the finished pages (axe, vnu, Lighthouse): the demo needs none of it."""
    made_from = (CHECKS / "package-lock.json").read_bytes() + Path(node).resolve().as_posix().encode()
    wanted, installed = hashlib.sha256(made_from).hexdigest(), CHECKS / "node_modules" / ".feldsher"
    if installed.is_file() and installed.read_text() == wanted:
        return
    with step("node packages (frontend/checks/package-lock.json)"):
        installed.unlink(missing_ok=True)
        run(
            [str(shutil.which("npm")), "ci", "--prefix", str(CHECKS), "--loglevel=error", "--include=dev"],
            log="npm-checks.log",
            advice="check the connection to the npm registry (a proxy? a mirror in ~/.npmrc?)",
        )
        installed.write_text(wanted)


def build_site(node: str) -> None:
    run(
        [node, "frontend/build.mjs"],
        log="site.log",
        advice="if esbuild itself does not run, remove the folder node_modules",
    )


@contextmanager
def step(name: str) -> Iterator[None]:
    """Tell the person what is being done, and how long it took."""
    started = time.monotonic()
    sys.stdout.write(f"  {name} … ")
    sys.stdout.flush()
    yield
    sys.stdout.write(f"{time.monotonic() - started:.1f} s\n")


def run(command: Sequence[str], *, log: str, advice: str) -> None:
    """Run a command, its output into `build/<log>`; raises SetupError with its end and the advice."""
    path = BUILD / log
    with path.open("wb") as output:
        code = subprocess.run(
            command,
            cwd=ROOT,
            env=clean_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        end = "\n".join(f"    {line}" for line in lines[-8:])
        raise SetupError(
            f"`{Path(command[0]).name}` failed:\n{end}\n"
            f"What to do: {advice}; the whole output is in {path.relative_to(ROOT)}. Then run make again."
        )


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment without detours; caches go to `build` where HOME can't be written."""
    kept = {name: value for name, value in environ.items() if name not in DETOURS}
    if not os.access(environ.get("HOME", ""), os.W_OK):
        kept |= {"npm_config_cache": str(BUILD / "npm-cache"), "PIP_CACHE_DIR": str(BUILD / "pip-cache")}
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
