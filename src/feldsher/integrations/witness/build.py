"""From a URL to a second place."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from feldsher.foundation.audit.ports import CheckpointSink, LineSink
from feldsher.foundation.egress.addresses import is_sealed
from feldsher.integrations.witness.files import FileOfLines, FileOfNotes
from feldsher.integrations.witness.syslog import SyslogSink
from feldsher.integrations.witness.web import WebSink

SYSLOG_PORT = 601


def checkpoint_sink(url: str) -> CheckpointSink:
    """Return the sink for `file:///path` or `https://…`; ValueError says what else is wrong with the URL."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileOfNotes(file_of(url))
    if is_sealed(url):
        return WebSink(url)
    raise ValueError("a second place is file:///path or https://host/path")


def line_sink(url: str) -> LineSink:
    """Return the sink for `file:///path` or `syslog://host:port`; ValueError as above."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileOfLines(file_of(url))
    if parts.scheme == "syslog" and parts.hostname and not parts.path.strip("/"):
        return SyslogSink(parts.hostname, parts.port or SYSLOG_PORT)
    raise ValueError("a second copy is file:///path or syslog://host:port")


def file_of(url: str) -> Path:
    """Return the path of a file URL; ValueError for one that names a host or no absolute path."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not path.is_absolute() or parts.path.endswith("/"):
        raise ValueError("a file is named as file:///absolute/path")
    return path
