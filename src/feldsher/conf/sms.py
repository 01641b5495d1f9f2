"""Who sends SMS: reads FELDSHER_SMS, and says in one sentence what is wrong with it."""

import json
import os
from dataclasses import dataclass, field, fields

from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.environment import is_measure

_NAME = "FELDSHER_SMS"
_LEAST_CALLBACK_SECRET = 16


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """The clinic's account with one provider; secrets are in no repr.

    `sender` is the name that operators know. `api_key`, or `login` and `password` where `kind` knows them.
    `url` is for a stand-in; `reserve` is called where `url` can't be reached. `callback_secret` signs what
    the provider calls to tell. `balance_alarm` is in roubles, 0 for none.
    """

    kind: str
    api_key: str = field(default="", repr=False)
    login: str = ""
    password: str = field(default="", repr=False)
    url: str = ""
    reserve: str = ""
    sender: str = ""
    callback_secret: str = field(default="", repr=False)
    balance_alarm: float = 500
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Providers in the order of preference, and how many messages may leave in 24 hours by all of them."""

    providers: tuple[SmsAccount, ...]
    day_cap: int = 1000


def sms_settings() -> SmsSettings | None:
    """Read FELDSHER_SMS; None where nothing is to be sent.

    A JSON object with fields of SmsAccount and `day_cap`, or a list of such objects, of which the first
    names `day_cap`.
    """
    text = os.environ.get(_NAME, "")
    if not text:
        return None
    try:
        read = json.loads(text)
        entries = [dict(each) for each in (read if isinstance(read, list) else [read])]
        told = {"day_cap": entries[0].pop("day_cap")} if "day_cap" in entries[0] else {}
        settings = SmsSettings(tuple(SmsAccount(**each) for each in entries), **told)
    except (ValueError, TypeError, IndexError) as error:
        known = ", ".join(each.name for each in fields(SmsAccount))
        raise ImproperlyConfigured(
            f'{_NAME} must be a JSON object such as {{"kind": "sms_ru", "api_key": "…", "sender": "…"}}, or a'
            f" list of them in the order of preference, of which the first may name day_cap. Fields: {known}."
        ) from error
    _check(settings)
    return settings


def _check(settings: SmsSettings) -> None:
    if not is_measure(settings.day_cap, whole=True) or not settings.day_cap:
        raise ImproperlyConfigured(f"{_NAME} day_cap is a whole number above 0.")
    kinds = [account.kind for account in settings.providers]
    if len(set(map(str, kinds))) != len(kinds):
        raise ImproperlyConfigured(f"{_NAME} names a kind twice: one account of each provider is used.")
    for account in settings.providers:
        _check_account(account)


def _check_account(account: SmsAccount) -> None:
    words = [
        getattr(account, each.name)
        for each in fields(account)
        if each.name not in {"balance_alarm", "timeout_seconds"}
    ]
    if not all(isinstance(word, str) for word in words):
        raise ImproperlyConfigured(
            f"{_NAME}: all but day_cap, balance_alarm and timeout_seconds are strings."
        )
    what = f"{_NAME} {account.kind}"
    if not is_measure(account.timeout_seconds, whole=False) or not account.timeout_seconds:
        raise ImproperlyConfigured(f"{what}: timeout_seconds is a number above 0.")
    if not is_measure(account.balance_alarm, whole=False):
        raise ImproperlyConfigured(f"{what}: balance_alarm is a number of roubles, 0 for no alarm.")
    if account.kind == "sms_ru":
        _check_sms_ru(account, what)
    elif account.kind == "smsc_ru":
        _check_smsc_ru(account, what)


def _check_sms_ru(account: SmsAccount, what: str) -> None:
    if not account.api_key:
        raise ImproperlyConfigured(f"{what}: api_key is the api_id of the account's settings.")
    if account.login or account.password or account.callback_secret or account.reserve:
        raise ImproperlyConfigured(
            f"{what}: login, password, callback_secret and reserve are not known to SMS.RU: the api_key is"
            " all that it takes, and signs its calls."
        )


def _check_smsc_ru(account: SmsAccount, what: str) -> None:
    if bool(account.api_key) == bool(account.login and account.password):
        raise ImproperlyConfigured(f"{what}: give an api_key, or login and password.")
    if account.callback_secret and len(account.callback_secret) < _LEAST_CALLBACK_SECRET:
        raise ImproperlyConfigured(
            f"{what}: callback_secret is shorter than {_LEAST_CALLBACK_SECRET} characters. Make one with"
            " `openssl rand -hex 16`, and write the same into the account."
        )
