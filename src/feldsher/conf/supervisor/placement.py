"""Whom PostgreSQL runs as and where its files lie.

PostgreSQL refuses to run as root. An ordinary user just runs it. As root there are two ways, in this order:

* a user namespace: PostgreSQL sees a user 1000, the files stay root's, so clone and data folder may be 0700;
* where namespaces are not allowed (most containers): the user `postgres` or `nobody`, with the cluster under
  `/var/lib/feldsher` and a copy of the programs there if that user cannot run ours.

A cluster stays where its first start put it: the data folder remembers.
"""

import hashlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feldsher.conf.supervisor.binaries import Postgres
from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.home import JsonFile, make_private
from feldsher.conf.supervisor.spawn import SELF, Identity, run

FORCED = "FELDSHER_POSTGRES_AS"
SHARED_ROOT = Path("/var/lib/feldsher")
LONGEST_SOCKET_FOLDER = 80
"""Bytes; the kernel allows 107 for the socket's whole path, and its name and lock take up to 20."""
ENTER_ONLY = 0o711


@dataclass(frozen=True, slots=True)
class Placement:
    """Everything that a start needs to know of the machine."""

    postgres: Postgres
    identity: Identity
    base: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.base / "data"


def place(home: Path, postgres: Postgres, *, environ: Mapping[str, str] = os.environ) -> Placement:
    """Decide for this data folder, make the folders, remember the decision in `home/postgres/state.json`."""
    inside = make_private(home / "postgres")
    state = JsonFile(inside / "state.json")
    kind = _kind(inside, postgres, remembered=state.read().get("kind"), forced=environ.get(FORCED))
    if kind == "user":
        identity = unprivileged_user()
        base = _shared_base(home, first_time=state.read().get("kind") != "user", identity=identity)
        postgres = _reachable(postgres, identity)
    else:
        identity = SELF if kind == "self" else Identity("namespace")
        base = inside
    state.update(kind=kind)
    return Placement(postgres, identity, base, _socket_folder(base, identity, state, environ))


def namespaces_work(postgres: Postgres) -> bool:
    """Return whether PostgreSQL runs inside a user namespace here."""
    return run([postgres.program("postgres"), "--version"], identity=Identity("namespace")).returncode == 0


def unprivileged_user() -> Identity:
    """Return the machine's user for databases, else `nobody`."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity("user", entry.pw_uid, entry.pw_gid)
    raise SupervisorError(
        "no_unprivileged_user",
        "PostgreSQL cannot run as root and this machine has no user `nobody`; start as an ordinary user",
    )


def shared_base(home: Path) -> Path:
    """Return where the cluster of this data folder lies when PostgreSQL runs as another user."""
    return SHARED_ROOT / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]


def _kind(inside: Path, postgres: Postgres, *, remembered: object, forced: str | None) -> str:
    if os.geteuid() != 0:
        return "self"
    if forced not in {None, "", "namespace", "user"}:
        raise SupervisorError("bad_environment", f"{FORCED} must be `namespace` or `user`, not `{forced}`")
    if remembered == "user":
        return "user"
    if forced == "namespace" or (not forced and namespaces_work(postgres)):
        return "namespace"
    if (inside / "data").exists():
        raise SupervisorError(
            "namespace_needed",
            f"the database in {inside} was made with user namespaces, which are not allowed here now; "
            "allow them, start as an ordinary user, or choose another folder with FELDSHER_HOME",
        )
    return "user"


def _shared_base(home: Path, *, first_time: bool, identity: Identity) -> Path:
    """Make the cluster's folder; one left by a data folder that has since been deleted is emptied."""
    base = shared_base(home)
    try:
        SHARED_ROOT.mkdir(mode=ENTER_ONLY, parents=True, exist_ok=True)
        if first_time:
            shutil.rmtree(base, ignore_errors=True)
        base.mkdir(mode=0o700, exist_ok=True)
        identity.give(base)
    except OSError as error:
        raise SupervisorError(
            "cluster_folder",
            f"cannot make {base} ({error.strerror}), where PostgreSQL would run as another user than root; "
            "start as an ordinary user instead",
        ) from error
    return base


def _reachable(postgres: Postgres, identity: Identity) -> Postgres:
    """Return an installation that the identity can run: ours, or a copy of it beside the clusters."""
    if run([postgres.program("postgres"), "--version"], identity=identity).returncode == 0:
        return postgres
    original = postgres.programs.parent
    stamp = f"{original}:{(postgres.programs / 'postgres').stat().st_mtime_ns}"
    copy = SHARED_ROOT / f"postgres-{postgres.major}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix=".copy-", dir=SHARED_ROOT))
        shutil.copytree(original, draft / "install", symlinks=True)
        (draft / "install").chmod(0o755)
        (draft / "install").rename(copy)
        draft.rmdir()
    found = Postgres(copy / postgres.programs.name, postgres.major)
    answer = run([found.program("postgres"), "--version"], identity=identity)
    if answer.returncode:
        raise SupervisorError(
            "postgres_not_usable",
            f"a copy of PostgreSQL in {copy} does not run as another user ({answer.stdout.strip()[:200]}); "
            "start as an ordinary user instead",
        )
    return found


def _socket_folder(base: Path, identity: Identity, state: JsonFile, environ: Mapping[str, str]) -> Path:
    """Return a private folder with a path short enough for a unix socket; a long home gets one elsewhere."""
    if len(os.fsencode(base)) + len("/run") <= LONGEST_SOCKET_FOLDER:
        folder = base / "run"
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        discard_sockets(state)
        runtime = environ.get("XDG_RUNTIME_DIR", "")
        short = 0 < len(os.fsencode(runtime)) < LONGEST_SOCKET_FOLDER // 2
        parent = runtime if short and os.access(runtime, os.W_OK) else "/tmp"  # noqa: S108 - mkdtemp is safe
        folder = Path(tempfile.mkdtemp(prefix="feldsher-", dir=parent))
        state.update(sockets=str(folder))
    identity.give(folder)
    return folder


def discard_sockets(state: JsonFile) -> None:
    """Remove the socket folder outside of home that an earlier start left, if it is still ours."""
    left = state.read().get("sockets")
    if not isinstance(left, str):
        return
    folder = Path(left)
    if folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
        shutil.rmtree(folder, ignore_errors=True)
    state.update(sockets=None)
