"""The last step before a child's own program: `python -I -S launch.py PARENT SIGNAL IDENTITY PROGRAM …`.

Why a program of its own: a child must die with the supervisor even when that is killed with `kill -9`, and
PostgreSQL refuses to run as root. Both need system calls between fork and exec, and the supervisor has
threads, where code between fork and exec may deadlock. Only the standard library is imported, for speed.

IDENTITY is `self`; `namespace` (a user namespace in which our user has the number 1000: enough for
PostgreSQL, and files keep their owner); or `UID:GID` (root only).
"""

import ctypes
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
USER_IN_NAMESPACE = 1000


def enter_namespace() -> None:
    """Become user 1000 of a new user namespace; raises OSError where the machine does not allow it."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), "unshare")
    process = Path("/proc/self")
    (process / "setgroups").write_text("deny", encoding="ascii")
    (process / "uid_map").write_text(f"{USER_IN_NAMESPACE} {user} 1", encoding="ascii")
    (process / "gid_map").write_text(f"{USER_IN_NAMESPACE} {group} 1", encoding="ascii")


def become(identity: str) -> None:
    """Take the identity; after this no right of root is left."""
    if identity == "self":
        return
    if identity == "namespace":
        enter_namespace()
        return
    user, group = (int(part) for part in identity.split(":"))
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def die_with(parent: int, *, by: int) -> None:
    """Ask the kernel for a signal when the parent's thread ends; a change of user clears it: call last."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, by, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")


def main(arguments: list[str]) -> None:
    parent, by, identity, *command = arguments
    try:
        become(identity)
        os.chdir("/")
        die_with(int(parent), by=int(by))
        os.execv(command[0], command)  # noqa: S606 - replacing this process without a shell is its purpose
    except OSError as error:
        sys.exit(f"cannot start {command[0]} as {identity}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
