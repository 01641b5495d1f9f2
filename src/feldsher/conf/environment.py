"""Reads the environment for the settings, and says in one sentence what is wrong with it."""

import json
import math
import os
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from feldsher.kernel.addresses import Network, parse_network
from feldsher.kernel.phone import parse_phone

_MOST_CACHE = 4096
_LEAST_SECRET = 32
"""Characters: 128 bits of hex or better."""
_YES = {"1", "true", "yes"}


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in _YES


def listed(name: str) -> tuple[str, ...]:
    """Return what a variable lists by commas."""
    return tuple(filter(None, (each.strip() for each in os.environ.get(name, "").split(","))))


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, as a browser names them in Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def required_secret(name: str) -> str:
    """Return a secret of at least 32 characters; commands that need none may set FELDSHER_NO_SECRET=1."""
    value = os.environ.get(name, "")
    if len(value) >= _LEAST_SECRET:
        return value
    if flag("FELDSHER_NO_SECRET"):
        return "not-a-secret-" * 4
    raise ImproperlyConfigured(
        f"{name} is not set or shorter than 32 characters. Make one with `openssl rand -hex 32`, export it."
    )


def database_from_url() -> dict[str, Any]:
    """Return Django's DATABASES entry: DATABASE_URL, or DATABASE_OWNER_URL under FELDSHER_AS_OWNER=1."""
    name = "DATABASE_OWNER_URL" if flag("FELDSHER_AS_OWNER") else "DATABASE_URL"
    try:
        url = urlsplit(os.environ.get(name, "postgresql:///feldsher"))
        number = str(url.port or "")
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no URL: {error}.") from error
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must begin with postgresql://; no other database will do.")
    options: dict[str, Any] = dict(parse_qsl(url.query))
    if "FELDSHER_WORKERS" in os.environ:
        # A page waits for no statement for ever; jobs and commands may.
        own = options.get("options", "")
        options["options"] = f"{own} -c statement_timeout={_statement_seconds() * 1000:.0f}".strip()
    host = options.pop("host", "") or unquote(url.hostname or "")
    port = options.pop("port", "") or number
    return {
        "ENGINE": "feldsher.conf.postgres",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "TIME_ZONE": os.environ.get("FELDSHER_DATABASE_ZONE"),
        "OPTIONS": {
            "application_name": "feldsher",
            "connect_timeout": 5,
            "prepare_threshold": 5,
            **options,
        },
    }


def _statement_seconds() -> float:
    text = os.environ.get("FELDSHER_STATEMENT_SECONDS", "15")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ImproperlyConfigured("FELDSHER_STATEMENT_SECONDS is a number of seconds above 0.")
    return seconds


def owner_phone() -> str:
    """Read FELDSHER_OWNER_PHONE, who is told of a role given by one administrator alone; E.164 or nothing."""
    text = os.environ.get("FELDSHER_OWNER_PHONE", "")
    phone = parse_phone(text) if text else ""
    if phone is None:
        raise ImproperlyConfigured("FELDSHER_OWNER_PHONE is no phone; write it as +79210000000.")
    return phone


def staff_mfa() -> str:
    """Read FELDSHER_STAFF_MFA: whether staff must have a second factor."""
    value = os.environ.get("FELDSHER_STAFF_MFA", "required")
    if value not in {"required", "optional"}:
        raise ImproperlyConfigured('FELDSHER_STAFF_MFA is "required" (also when unset) or "optional".')
    return value


@dataclass(frozen=True, slots=True)
class MisSettings:
    """One MIS of the network: `id` is ours and stable, `kind` names the adapter, `options` its profile.

    Password and options (which may hold a key) are in no repr: settings end up in error reports.
    """

    id: str
    kind: str
    url: str
    user: str
    password: str = field(repr=False)
    options: dict[str, Any] = field(repr=False)
    country: str = "RU"


def mis_from_json() -> tuple[MisSettings, ...]:
    """Read FELDSHER_MIS: the list itself, or `file:PATH` of a file that has it."""
    text = os.environ.get("FELDSHER_MIS", "[]")
    if text.startswith("file:"):
        text = _file_text("FELDSHER_MIS", text.removeprefix("file:"))
    return mis_from_text(text, name="FELDSHER_MIS")


def mis_from_text(text: str, *, name: str) -> tuple[MisSettings, ...]:
    """Read a JSON list of {id, kind, url?, user?, password?, options?, country?}, or one such entry.

    A password, and a text among the options, may be a reference: {"secret_env": NAME} is what a variable of
    the environment holds, {"secret_file": PATH} a file's first line. `name` tells where the text is from.
    """
    try:
        read = json.loads(text)
        entries = [_mis(item) for item in ([read] if isinstance(read, dict) else read)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(
            f'{name} must be a JSON list such as [{{"id": "umc", "kind": "bit_umc", '
            '"url": "http://…/ws/ws1.1cws", "user": "…", "password": "…"}].'
        ) from error
    return tuple(entries)


def _mis(item: dict[str, Any]) -> MisSettings:
    name = f"FELDSHER_MIS {item['id']}"
    return MisSettings(
        id=str(item["id"]),
        kind=str(item["kind"]),
        url=str(item.get("url", "")),
        user=str(item.get("user", "")),
        password=str(_secret(name, item.get("password", ""))),
        options={key: _secret(name, value) for key, value in dict(item.get("options", {})).items()},
        country=str(item.get("country", "RU")),
    )


def _secret(name: str, value: Any) -> Any:
    """Return what a reference leads to, and any other value as it is."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((kind, where),) = value.items()
    if kind == "secret_env":
        found = os.environ.get(str(where), "")
    elif kind == "secret_file":
        found = next(iter(_file_text(name, str(where)).splitlines()), "")
    else:
        return value
    if not found:
        raise ImproperlyConfigured(f"{name}: the secret of {kind} {where} is empty or not set.")
    return found


def _file_text(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{name}: the file {path} can't be read: {type(error).__name__}."
        ) from error


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """The named settings of booking (docs/modules/scheduling.md); minutes and seconds as the names say."""

    hold_minutes: int = 10
    sync_minutes: int = 2
    freshness_minutes: int = 10
    mis_timeout_seconds: float = 8.0
    settle_seconds: float = 60.0
    confirm_wait_seconds: float = 3.0
    answer_within_seconds: int = 120
    horizon_days: int = 30
    holds_per_device: int = 5
    visits_per_phone: int = 10
    phone_proof: str = "off"
    letters: bool = False
    messages: bool = True
    reminders: bool = True
    review_hours: int = 0


_Settings = TypeVar("_Settings", BookingSettings, "LimitSettings", "AlarmSettings", "SmtpSettings")
_DEFAULTS = BookingSettings()
_SWITCHES = ("letters", "messages", "reminders")
_PROOF_POLICIES = {"off", "risk", "always"}
_REVIEW_HOURS = 48
"""Hours after a visit; visits of three days ago and before are asked about by nobody."""


def booking_settings() -> BookingSettings:
    """Read FELDSHER_BOOKING, a JSON object that overrides fields of BookingSettings."""
    settings = _overridden("FELDSHER_BOOKING", BookingSettings)
    for name, value in asdict(settings).items():
        if name not in {"phone_proof", *_SWITCHES} and not is_measure(
            value, whole=isinstance(getattr(_DEFAULTS, name), int)
        ):
            raise ImproperlyConfigured(
                f"FELDSHER_BOOKING {name}: {value!r} is no number that can be used here."
            )
    for name in _SWITCHES:
        if not isinstance(getattr(settings, name), bool):
            raise ImproperlyConfigured(f"FELDSHER_BOOKING {name} is true or false.")
    if settings.phone_proof not in _PROOF_POLICIES:
        raise ImproperlyConfigured('FELDSHER_BOOKING phone_proof is "off", "risk" or "always".')
    if not 1 <= settings.sync_minutes < 60:  # noqa: PLR2004 - the minutes of an hour
        raise ImproperlyConfigured("FELDSHER_BOOKING sync_minutes must be from 1 to 59.")
    if settings.review_hours > _REVIEW_HOURS:
        raise ImproperlyConfigured(
            f"FELDSHER_BOOKING review_hours must be from 0 (nobody is asked for a review) to {_REVIEW_HOURS}."
        )
    return settings


def _overridden(name: str, kind: type[_Settings]) -> _Settings:
    """Return the settings with what a JSON object in the environment says of them."""
    try:
        return kind(**json.loads(os.environ.get(name, "{}")))
    except (ValueError, TypeError) as error:
        known = ", ".join(each.name for each in fields(kind))
        raise ImproperlyConfigured(f"{name} must be a JSON object with fields of: {known}.") from error


def is_measure(value: object, *, whole: bool) -> bool:
    """Return whether the value is a number of minutes, seconds, days or pieces."""
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return 0 <= value < math.inf


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How many calls a caller may make in `window_seconds`: by kind of caller, reading or writing."""

    window_seconds: int = 60
    device_reads: int = 300
    device_writes: int = 60
    address_reads: int = 6000
    address_writes: int = 1200
    key_reads: int = 6000
    key_writes: int = 600


def limit_settings() -> LimitSettings:
    """Read FELDSHER_LIMITS, a JSON object that overrides fields of LimitSettings."""
    limits = _overridden("FELDSHER_LIMITS", LimitSettings)
    for name, value in asdict(limits).items():
        if not is_measure(value, whole=True) or not value:
            raise ImproperlyConfigured(f"FELDSHER_LIMITS {name} is a whole number above 0.")
    return limits


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """How one source's price list is read, and what it hears of.

    `price_types` maps a type of prices to a branch (None: all). `visits_of` are the branches whose visits go
    out to it (None among them: all), empty for no visits.
    """

    price_types: dict[str, UUID | None] = field(default_factory=dict)
    ids_of: str = ""
    visits_of: frozenset[UUID | None] = frozenset()


def exchange_settings() -> dict[str, ExchangeSettings]:
    """Read FELDSHER_EXCHANGE, a JSON object: name of a source → {price_types?, ids_of?, visits_of?}."""
    try:
        read = json.loads(os.environ.get("FELDSHER_EXCHANGE", "{}"))
        found = {name: _exchange(**told) for name, told in read.items()}
        _check_visits(found)
    except (ValueError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(
            'FELDSHER_EXCHANGE must be a JSON object such as {"1c": {"price_types": {"Розничная": ""}, '
            '"ids_of": "umc", "visits_of": [""]}}: of each type of prices the id of its branch or an empty '
            "text for all, each branch once; visits_of lists branches in the same way, and the visits of a "
            "branch go to one source."
        ) from error
    return found


def _exchange(
    *, price_types: dict[str, str] | None = None, ids_of: str = "", visits_of: list[str] | None = None
) -> ExchangeSettings:
    types = {name: UUID(place) if place else None for name, place in (price_types or {}).items()}
    if len(set(types.values())) != len(types) or not isinstance(ids_of, str):
        raise ValueError("two types of prices of one branch, or no name of a MIS")
    listed = [] if visits_of is None else visits_of
    if not isinstance(listed, list):
        raise TypeError("visits_of is no list")
    return ExchangeSettings(types, ids_of, frozenset(UUID(each) if each else None for each in listed))


def _check_visits(found: dict[str, ExchangeSettings]) -> None:
    """Raise ValueError where two sources would hear of the same visit."""
    places = [place for each in found.values() for place in each.visits_of]
    hearers = [each for each in found.values() if each.visits_of]
    if len(set(places)) != len(places) or (None in places and len(hearers) > 1):
        raise ValueError("the visits of a branch go to two sources")


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """Who is told of an alarm: addresses of letters, and one of calls, signed with `webhook_key`."""

    email: tuple[str, ...] = ()
    webhook: str = ""
    webhook_key: str = field(default="", repr=False)


def alarm_settings() -> AlarmSettings:
    """Read FELDSHER_ALARMS, a JSON object with fields of AlarmSettings."""
    settings = _overridden("FELDSHER_ALARMS", AlarmSettings)
    if not isinstance(settings.email, list | tuple) or not all(map(_is_mail_address, settings.email)):
        raise ImproperlyConfigured('FELDSHER_ALARMS email is a list such as ["duty@clinic.example"].')
    if not isinstance(settings.webhook, str) or not isinstance(settings.webhook_key, str):
        raise ImproperlyConfigured("FELDSHER_ALARMS webhook and webhook_key are strings.")
    if settings.webhook and len(settings.webhook_key) < _LEAST_SECRET:
        raise ImproperlyConfigured(
            f"FELDSHER_ALARMS webhook needs a webhook_key of at least {_LEAST_SECRET} characters. Make one "
            "with `openssl rand -hex 32`."
        )
    return settings


def _is_mail_address(value: object) -> bool:
    """Return whether it may stand in a header: Django's own check needs its settings, which are made here."""
    return isinstance(value, str) and value.count("@") == 1 and value.isprintable() and " " not in value


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The clinic's mail server. `security` is `tls` (from the first byte), `starttls` or `none`."""

    host: str = ""
    port: int = 465
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    security: str = "tls"


def smtp_settings() -> SmtpSettings:
    """Read FELDSHER_SMTP, a JSON object with fields of SmtpSettings; without a host no letter is sent."""
    settings = _overridden("FELDSHER_SMTP", SmtpSettings)
    words = (settings.host, settings.user, settings.password, settings.sender)
    if not all(isinstance(word, str) for word in words):
        raise ImproperlyConfigured("FELDSHER_SMTP host, user, password and sender are strings.")
    if settings.security not in {"tls", "starttls", "none"}:
        raise ImproperlyConfigured('FELDSHER_SMTP security is "tls", "starttls" or "none".')
    if settings.security == "none" and settings.user:
        raise ImproperlyConfigured("FELDSHER_SMTP security none would send the password in clear.")
    if not is_measure(settings.port, whole=True) or not 0 < settings.port < 65_536:  # noqa: PLR2004 - ports
        raise ImproperlyConfigured("FELDSHER_SMTP port is a whole number from 1 to 65535.")
    if settings.host and not _is_mail_address(settings.sender):
        raise ImproperlyConfigured("FELDSHER_SMTP sender is an address such as feldsher@clinic.example.")
    return settings


def metrics_token() -> str:
    """Read FELDSHER_METRICS_TOKEN, without which nobody reads `/metrics`."""
    token = os.environ.get("FELDSHER_METRICS_TOKEN", "")
    if token and len(token) < _LEAST_SECRET:
        raise ImproperlyConfigured(
            f"FELDSHER_METRICS_TOKEN is shorter than {_LEAST_SECRET} characters. Make one with "
            "`openssl rand -hex 32`."
        )
    return token


def page_cache_bytes() -> int:
    """Read FELDSHER_PAGE_CACHE: megabytes of pages that a web process may keep; 0 keeps none."""
    told = os.environ.get("FELDSHER_PAGE_CACHE", "16")
    if not (told.isascii() and told.isdigit() and int(told) <= _MOST_CACHE):
        raise ImproperlyConfigured(
            f"FELDSHER_PAGE_CACHE: {told!r} is no number of megabytes from 0 to {_MOST_CACHE}."
        )
    return int(told) * 1024 * 1024


def archived_months() -> tuple[str, ...]:
    """Read FELDSHER_AUDIT_ARCHIVED: months (`2026-11`, by commas) whose rows lie in an archive."""
    months = listed("FELDSHER_AUDIT_ARCHIVED")
    for month in months:
        try:
            date.fromisoformat(f"{month}-01")
        except ValueError as error:
            raise ImproperlyConfigured(
                f"FELDSHER_AUDIT_ARCHIVED: {month!r} is no month; write it as 2026-11."
            ) from error
    return months


def trusted_proxies() -> tuple[Network, ...]:
    """Read FELDSHER_TRUSTED_PROXIES: addresses and networks, by commas, whose X-Forwarded-For is believed."""
    return tuple(map(_proxies, listed("FELDSHER_TRUSTED_PROXIES")))


def _proxies(text: str) -> Network:
    try:
        network = parse_network(text)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"FELDSHER_TRUSTED_PROXIES: {error}; write it as 10.0.0.5, 10.0.0.0/24 or fd00::/64."
        ) from error
    if not network.prefixlen:
        raise ImproperlyConfigured(
            f"FELDSHER_TRUSTED_PROXIES: {network} would let everybody say where they come from."
        )
    return network
