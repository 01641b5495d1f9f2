"""`feldsher mis init`: asks for the entry of a MIS, looks at it, writes it down with secrets by reference.

A secret itself is never asked for, never echoed and never written: it is named by a variable or a file.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf import composition
from feldsher.conf.environment import MisSettings, mis_from_text
from feldsher.domain.scheduling.ports import MisGateway, Window
from feldsher.foundation.egress.client import HttpClient, Reply
from feldsher.foundation.egress.register import parsed_address
from feldsher.integrations.mis.conformance.probe import Seen, probe
from feldsher.kernel import clock

Ask = Callable[[str], str]
Say = Callable[[str], None]
Entry = dict[str, Any]
DAYS = 7
MOST_OF_PAGE = 5_000_000
_ID = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_REFERENCES = {"env": "secret_env", "file": "secret_file"}
_SECRET = re.compile(r"password|secret|token|(^|_)key$")
_NO_SECRETS = frozenset({"secret", "secret_type"})
"""Options of ИНФОКЛИНИКА that say how its secret is made."""
CHANGE = "What to change (url=…, user=…, password=env:NAME, an option NAME=VALUE; nothing: go on)"
NAMED = "a secret is named, not typed: env:NAME of a variable, or file:PATH of a file"


def init(ask: Ask, say: Say, *, out: Path) -> bool:
    """Ask, look and write; return whether an entry was written. Raises EOFError where nobody answers."""
    entry = _asked(ask, say)
    while True:
        gateway = _built(entry, say)
        if gateway is not None:
            for line in _table(_looked(entry, gateway)):
                say(line)
        change = ask(CHANGE)
        if change:
            _change(entry, change, say)
        elif gateway is not None:
            break
        else:
            say("Nothing is written: the entry can't be used.")
            return False
    if ask(f"Write it into {out}? (yes)") not in {"", "y", "yes"}:
        say("Nothing is written.")
        return False
    write(entry, out)
    say(f"Written. Set FELDSHER_MIS=file:{out} and go on with: feldsher mis check {entry['id']}")
    return True


def _asked(ask: Ask, say: Say) -> Entry:
    kinds = composition.kinds()
    kind = _until(ask, say, f"Kind of MIS ({', '.join(kinds)})", lambda text: text in kinds, "not built")
    entry: Entry = {"id": "", "kind": kind, "url": "", "options": {}}
    entry["id"] = _until(
        ask,
        say,
        f"Its id here, for ever ({kind})",
        lambda text: bool(not text or _ID.fullmatch(text)),
        "small Latin letters and digits",
    )
    entry["id"] = entry["id"] or kind
    entry["url"] = _until(ask, say, "Address (http:// or https://)", _is_address, "not an address")
    user = ask("User (nothing: none)")
    if user:
        entry["user"] = user
    password = _until(
        ask,
        say,
        "Password, by env:NAME or file:PATH (nothing: none)",
        lambda text: not text or _reference(text) is not None,
        NAMED,
    )
    if password:
        entry["password"] = _reference(password)
    return entry


def _until(ask: Ask, say: Say, question: str, fits: Callable[[str], bool], otherwise: str) -> str:
    while not fits(answer := ask(question)):
        say(f"  {otherwise}")
    return answer


def _is_address(text: str) -> bool:
    try:
        parsed_address(text)
    except ValueError:
        return False
    return True


def _reference(text: str) -> dict[str, str] | None:
    kind, _, where = text.partition(":")
    return {_REFERENCES[kind]: where} if kind in _REFERENCES and where else None


def _change(entry: Entry, text: str, say: Say) -> None:
    """Take NAME=VALUE into the entry; a value is JSON, a reference, or else a text."""
    name, _, value = (part.strip() for part in text.partition("="))
    reference = _reference(value)
    is_path = name == "key" and value.startswith("/")
    is_secret = _SECRET.search(name) is not None and name not in _NO_SECRETS
    if is_secret and value and reference is None and not is_path:
        say(f"  {NAMED}")
        return
    if name in {"url", "user"}:
        entry[name] = value
    elif name == "password":
        entry[name] = reference or ""
    elif not name or not value:
        entry["options"].pop(name, None)
    else:
        entry["options"][name] = reference or _read(value)


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _settings(entry: Entry) -> MisSettings:
    (mis,) = mis_from_text(json.dumps(entry), name=entry["id"])
    return mis


def _built(entry: Entry, say: Say) -> MisGateway | None:
    """Make the gateway; None where the adapter says in a sentence what is missing or wrong."""
    try:
        mis = _settings(entry)
        composition.know((mis,))
        return composition.build_gateway(mis)
    except ImproperlyConfigured as error:
        say(f"  {error}")
        return None


def _looked(entry: Entry, gateway: MisGateway) -> Iterator[Seen]:
    client = HttpClient(entry["url"], connections=1, limit=MOST_OF_PAGE)

    def call() -> Reply:
        return client.send("GET", b"", headers={}, seconds=settings.FELDSHER_BOOKING.mis_timeout_seconds)

    today = clock.now().date()
    return probe(gateway, call=call, days=Window(today, today + timedelta(days=DAYS - 1)))


def _table(seen: Iterator[Seen]) -> Iterator[str]:
    for line in seen:
        yield f"{'!' if line.do else ' '} {line.what:<18} {line.says}"
        if line.do:
            yield f"  {'':<18} \u2192 {line.do}"


def write(entry: Entry, out: Path) -> None:
    """Put the entry into the list of the file, in place of one with its id; ValueError for another file."""
    entries: list[Entry] = []
    if out.exists():
        entries = json.loads(out.read_text(encoding="utf-8"))
        if not isinstance(entries, list):
            raise ValueError(f"{out} holds no list of entries")
    kept = [each for each in entries if each.get("id") != entry["id"]]
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps([*kept, entry], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    beside.replace(out)
