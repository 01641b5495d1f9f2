"""C36: one module talks to the network. What else opens a socket stands here by name, with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

from architecture.house import PRODUCT

NETWORK = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "poplib", "pycurl", "requests",
    "smtplib", "socket", "socketserver", "telnetlib", "urllib.request", "urllib3", "websockets",
    "xmlrpc.client",
}  # fmt: skip
ALLOWED = {
    "foundation/egress/client.py": "the one way out",
    "foundation/egress/addresses.py": "looks names up for it",
    "foundation/egress/register.py": "parses addresses as it does",
    "foundation/egress/smtp.py": "speaks the protocol of mail over a connection of the register",
    "conf/supervisor/home.py": "finds a free port of this machine",
    "conf/demo/folder.py": "tries whether the site's port is free",
    "conf/demo/running.py": "asks the parts of the demo on this machine whether they answer",
}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches_out(source: str) -> bool:
    return any(name in NETWORK or name.split(".")[0] in NETWORK for name in imported(source))


def test_c36_only_the_egress_module_opens_connections() -> None:
    found = {str(path.relative_to(PRODUCT)) for path in PRODUCT.rglob("*.py") if reaches_out(_text(path))}
    assert found == set(ALLOWED)


def test_c36_what_would_reach_out_is_found() -> None:
    for source in (
        "import httpx",
        "from urllib import request",
        "import urllib.request as u",
        "import socket",
    ):
        assert reaches_out(source)
    for source in ("from urllib.parse import urlsplit", "import urllib.parse", "from http import HTTPStatus"):
        assert not reaches_out(source)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
