"""Binds ports to adapters: the only file that knows both."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from feldsher.channels.site import answering as site_answering
from feldsher.channels.site.views import editorial as site_editorial
from feldsher.conf.environment import MisSettings
from feldsher.conf.push import PushSettings
from feldsher.conf.sms import SmsAccount, SmsSettings
from feldsher.conf.yandex import YandexReportSettings
from feldsher.domain.accounting import gateways as accounting
from feldsher.domain.accounting.types import BaseTerms
from feldsher.domain.conversions import gateways as conversions
from feldsher.domain.conversions.ports import Catalogue
from feldsher.domain.directory import gateways as directory
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.directory.types.price_list import PriceListTerms
from feldsher.domain.editorial import gateways as editorial
from feldsher.domain.records import gateways as records
from feldsher.domain.records.ports import PaperSource
from feldsher.domain.records.types import PaperKind
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.ports import MisGateway
from feldsher.foundation.audit import sinks
from feldsher.foundation.audit.ports import CheckpointSink, LineSink, NullCheckpointSink, NullLineSink
from feldsher.foundation.egress import register
from feldsher.foundation.egress.register import Host, host_at
from feldsher.foundation.messaging import gateways as messaging
from feldsher.foundation.messaging.ports import NullProvider, NullPush, PushSender, SmsProvider
from feldsher.foundation.privacy.data_class import DataClass
from feldsher.foundation.watch import gateways as watch
from feldsher.integrations import commerceml, push, yandex
from feldsher.integrations.mis import bit_umc, infoclinica, medialog, n3, odata_1c, own, plain
from feldsher.integrations.mis.profiles import Bounds
from feldsher.integrations.sms import sms_ru, smsc_ru
from feldsher.integrations.witness import checkpoint_sink, line_sink

ABROAD = "US"
"""Where the push services of browsers stand; each browser brings its own, and nobody can choose another."""
_PAPERS: dict[PaperKind, PaperSource] = {}
"""The modules of results, documents and prescriptions; there is none yet, and the cabinet says so."""
_KINDS: dict[str, Callable[..., MisGateway]] = {
    "bit_umc": bit_umc.build,
    "infoclinica": infoclinica.build,
    "medialog": medialog.build,
    "n3": n3.build,
    "odata_1c": odata_1c.build,
    "own": own.build,
    "plain": plain.build,
}


def kinds() -> tuple[str, ...]:
    """Return the kinds of MIS that are called over the network: the own schedule is our own tables."""
    return tuple(sorted(_KINDS.keys() - {OWN_SCHEDULE}))


def build_gateway(mis: MisSettings) -> MisGateway:
    """Make the adapter that the settings name; ImproperlyConfigured says what is wrong with them."""
    build = _KINDS.get(mis.kind)
    if build is None:
        known = ", ".join(sorted(_KINDS))
        raise ImproperlyConfigured(f"FELDSHER_MIS {mis.id}: unknown kind {mis.kind!r}; built are: {known}.")
    _check_own(mis)
    options: dict[str, Any] = mis.options
    with _named(f"FELDSHER_MIS {mis.id}"):
        return build(
            url=mis.url,
            user=mis.user,
            password=mis.password,
            timeout=settings.FELDSHER_BOOKING.mis_timeout_seconds,
            options=options,
        )


def build_gateways() -> dict[str, MisGateway]:
    """Make the adapters of all MISes by their ids; ImproperlyConfigured."""
    built: dict[str, MisGateway] = {}
    for mis in settings.FELDSHER_MIS:
        if mis.id in built:
            raise ImproperlyConfigured(
                f"FELDSHER_MIS {mis.id}: two entries have this id; each needs its own."
            )
        built[mis.id] = build_gateway(mis)
    return built


def paces() -> dict[str, int]:
    """Return how many calls a second each MIS bears. The own schedule has no line: it is our own tables."""
    usual = Bounds().calls_per_second
    return {
        mis.id: mis.options.get("calls_per_second", usual)
        for mis in settings.FELDSHER_MIS
        if mis.kind != OWN_SCHEDULE
    }


def _check_own(mis: MisSettings) -> None:
    """Hold the own schedule to its name: records of staff and the pages that make them know it by that."""
    if (mis.kind == OWN_SCHEDULE) != (mis.id == OWN_SCHEDULE):
        raise ImproperlyConfigured(
            f'FELDSHER_MIS {mis.id}: the id "{OWN_SCHEDULE}" and the kind "{OWN_SCHEDULE}" belong together: '
            f'{{"id": "{OWN_SCHEDULE}", "kind": "{OWN_SCHEDULE}"}} is the schedule of a clinic without a MIS.'
        )


def build_sms(sms: SmsSettings | None) -> tuple[SmsProvider, ...]:
    """Make the SMS providers that the settings name, else one that refuses; ImproperlyConfigured."""
    if sms is None:
        return (NullProvider(),)
    return tuple(map(_build_sms, sms.providers))


def _build_sms(account: SmsAccount) -> SmsProvider:
    build = _SMS_KINDS.get(account.kind)
    if build is None:
        known = ", ".join(sorted(_SMS_KINDS))
        raise ImproperlyConfigured(f"FELDSHER_SMS: unknown kind {account.kind!r}; built are: {known}.")
    with _named(f"FELDSHER_SMS {account.kind}"):
        return build(account)


def _sms_ru(account: SmsAccount) -> SmsProvider:
    return sms_ru.build(
        api_key=account.api_key,
        url=_sms_hosts(account)[0],
        sender=account.sender,
        timeout=account.timeout_seconds,
    )


def _smsc_ru(account: SmsAccount) -> SmsProvider:
    by_password = {"login": account.login, "psw": account.password}
    return smsc_ru.build(
        login={"apikey": account.api_key} if account.api_key else by_password,
        hosts=_sms_hosts(account),
        sender=account.sender,
        secret=account.callback_secret,
        timeout=account.timeout_seconds,
    )


def _sms_hosts(account: SmsAccount) -> tuple[str, ...]:
    """Return the addresses that are called, in order; a stand-in has no reserve but the one it is given."""
    home, reserve = _SMS_HOMES[account.kind]
    hosts = (account.url, account.reserve) if account.url else (home, account.reserve or reserve)
    return tuple(filter(None, hosts))


_SMS_HOMES = {"sms_ru": (sms_ru.HOME, ""), "smsc_ru": (smsc_ru.HOME, smsc_ru.RESERVE)}
_SMS_KINDS: dict[str, Callable[[SmsAccount], SmsProvider]] = {"sms_ru": _sms_ru, "smsc_ru": _smsc_ru}


def build_push(told: PushSettings | None) -> PushSender:
    """Make the sender of Web Push that the settings name, else one that is off; ImproperlyConfigured."""
    if told is None:
        return NullPush()
    with _named("FELDSHER_PUSH"):
        return push.build(
            private_key=told.private_key,
            contact=told.contact,
            services=told.services,
            timeout=told.timeout_seconds,
        )


def build_catalogue(told: YandexReportSettings | None) -> Catalogue | None:
    """Make the catalogue that hears of bookings; None where none does, ImproperlyConfigured."""
    if told is None:
        return None
    with _named("FELDSHER_YANDEX_REPORTS"):
        return yandex.YandexDoctors(
            token=told.token,
            fields=told.fields,
            url=told.url or yandex.HOME,
            seconds=told.timeout_seconds,
        )


def remotes() -> tuple[Host, ...]:
    """Return every host that the settings name, for the register; ImproperlyConfigured."""
    # The own schedule calls nobody.
    found = [_of_mis(mis) for mis in settings.FELDSHER_MIS if mis.kind != OWN_SCHEDULE]
    sms = settings.FELDSHER_SMS
    for account in sms.providers if sms is not None else ():
        hosts = _sms_hosts(account) if account.kind in _SMS_KINDS else ()
        what = f"SMS ({account.kind})"
        found += [_remote("FELDSHER_SMS", url, what, (DataClass.PERSONAL,)) for url in hosts]
    found += _push_services(settings.FELDSHER_PUSH)
    reports = settings.FELDSHER_YANDEX_REPORTS
    if reports is not None:
        url = reports.url or yandex.HOME
        found.append(_remote("FELDSHER_YANDEX_REPORTS", url, "bookings, by consent", (DataClass.MEDICAL,)))
    if settings.FELDSHER_ALARMS.webhook:
        webhook = settings.FELDSHER_ALARMS.webhook
        found.append(_remote("FELDSHER_ALARMS webhook", webhook, "alarms", (DataClass.PUBLIC,)))
    smtp = settings.FELDSHER_SMTP
    if smtp.host:
        server = f"smtp://{smtp.host}:{smtp.port}"
        whom = "letters to patients and staff" if settings.FELDSHER_BOOKING.letters else "letters to staff"
        found.append(_remote("FELDSHER_SMTP", server, whom, (DataClass.PERSONAL,)))
    for name, purpose, classes in (
        ("FELDSHER_AUDIT_SINK", "checkpoints of the journal", (DataClass.PUBLIC,)),
        ("FELDSHER_AUDIT_LINES", "rows of the journal", (DataClass.PERSONAL,)),
    ):
        url = getattr(settings, name)
        if url and not url.startswith("file:"):
            found.append(_remote(name, url, purpose, classes))
    return tuple(found)


def _push_services(told: PushSettings | None) -> list[Host]:
    """Return the push services: abroad, and what they are given is sealed for the patient's browser."""
    return [
        _remote("FELDSHER_PUSH services", url, "Web Push, sealed", (DataClass.PERSONAL,), country=ABROAD)
        for url in (told.services if told is not None else ())
    ]


def know(entries: tuple[MisSettings, ...]) -> None:
    """Add MISes to the register that the settings do not name, for a command that was given them."""
    register.bind((*register.hosts(), *map(_of_mis, entries)))


def know_bench(url: str) -> None:
    """Add a simulator's inspection API to the register, for a command that was given it."""
    host = _remote("--bench", url, "inspection API of a simulator", (DataClass.PUBLIC,))
    register.bind((*register.hosts(), host))


def _of_mis(mis: MisSettings) -> Host:
    people = (DataClass.PERSONAL, DataClass.MEDICAL)
    what = f"MIS {mis.id} ({mis.kind})"
    return _remote(f"FELDSHER_MIS {mis.id}", mis.url, what, people, country=mis.country)


def _remote(
    setting: str, url: str, purpose: str, classes: tuple[DataClass, ...], *, country: str = "RU"
) -> Host:
    with _named(setting):
        host = host_at(url, country=country, purpose=purpose, classes=classes)
    return replace(host, is_internal=host.is_internal or host.name in settings.FELDSHER_INTERNAL_HOSTS)


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Say of whose settings a ValueError speaks."""
    try:
        yield
    except ValueError as error:
        raise ImproperlyConfigured(f"{what}: {error}") from error


def build_checkpoint_sink(url: str) -> CheckpointSink:
    """Make the second place that the settings name, else one that refuses; ImproperlyConfigured."""
    if not url:
        return NullCheckpointSink()
    with _named("FELDSHER_AUDIT_SINK"):
        return checkpoint_sink(url)


def build_line_sink(url: str) -> LineSink:
    """Make the place for the second copy of the rows, else one that refuses; ImproperlyConfigured."""
    if not url:
        return NullLineSink()
    with _named("FELDSHER_AUDIT_LINES"):
        return line_sink(url)


def build_price_lists() -> dict[str, PriceListTerms]:
    """Return how the price list of each source is read, by its name."""
    return {
        name: PriceListTerms(name, dict(told.price_types), told.ids_of)
        for name, told in settings.FELDSHER_EXCHANGE.items()
    }


def build_bases() -> dict[str, BaseTerms]:
    """Return which visits each accounting system hears of, by its name; one without visits is absent."""
    return {
        name: BaseTerms(
            name,
            None if None in told.visits_of else frozenset(filter(None, told.visits_of)),
            told.ids_of,
        )
        for name, told in settings.FELDSHER_EXCHANGE.items()
        if told.visits_of
    }


def bind() -> None:
    """Fill the register of hosts, then give each module what it needs from outside; called once, at start."""
    register.bind(remotes())
    sinks.bind(
        build_checkpoint_sink(settings.FELDSHER_AUDIT_SINK), build_line_sink(settings.FELDSHER_AUDIT_LINES)
    )
    watch.bind(scheduling.patient_facts)
    messaging.bind(*build_sms(settings.FELDSHER_SMS))
    messaging.bind_push(build_push(settings.FELDSHER_PUSH))
    gateways.bind(build_gateways(), paces=paces())
    editorial.bind(site_editorial, addresses=site_answering)
    directory.bind(commerceml.read, terms=build_price_lists())
    accounting.bind(commerceml.write_documents, commerceml.read_words, terms=build_bases())
    records.bind(_PAPERS)
    conversions.bind(build_catalogue(settings.FELDSHER_YANDEX_REPORTS))
