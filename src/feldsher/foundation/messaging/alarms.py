"""What of the providers somebody must see to, read from the database each minute."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings

from feldsher.foundation.alarms.types import Met
from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.models import Attempt
from feldsher.foundation.messaging.selectors import accounts, attempt_counts
from feldsher.foundation.messaging.types import AlarmCode, AttemptCount, AttemptState
from feldsher.kernel import clock

AREA = "sms"
REFUSED_OVER = timedelta(hours=1)
"""A refusal that nothing followed is no news after that."""
TURNED_DOWN_WITHIN = timedelta(days=1)
"""So late what was taken may still be turned down."""
SILENT_OVER, FEWEST = timedelta(minutes=15), 3
_ROUBLES = "{:.0f}\u00a0₽"


def met() -> tuple[Met, ...]:
    """Return what is met now, for each provider of the settings."""
    counts = attempt_counts(clock.now() - SILENT_OVER)
    names = [each.name for each in gateways.providers()]
    return (*_balances(), *(each for name in names for each in _calls(name, counts)))


def _balances() -> Iterator[Met]:
    sms = settings.FELDSHER_SMS
    least = {each.kind: each.balance_alarm for each in sms.providers} if sms is not None else {}
    for account in accounts():
        bound = least.get(account.provider, 0)
        if account.balance is not None and account.balance < bound:
            left = _ROUBLES.format(account.balance)
            yield Met(
                AlarmCode.SMS_BALANCE_LOW,
                account.provider,
                f"SMS: мало денег у\u00a0{account.provider}",
                f"На\u00a0счету {left}, порог {_ROUBLES.format(bound)}. Пополните счёт: без денег"
                " не\u00a0уйдут ни\u00a0сообщения пациентам, ни\u00a0коды входа.",
            )


def _calls(provider: str, counts: Iterable[AttemptCount]) -> Iterator[Met]:
    refusal = _refusal(provider)
    if refusal:
        yield Met(
            AlarmCode.SMS_REFUSED,
            provider,
            f"SMS: {provider} не\u00a0принимает сообщения",
            f"Провайдер отказывает, код {refusal}: ключ, деньги, имя отправителя или лимит счёта. Пока так,"
            " через него не\u00a0уходит ничего.",
        )
    ended = {each.ending: each.attempts for each in counts if each.provider == provider}
    calls = sum(ended.values()) - ended.get(AttemptState.CALLING, 0)
    failed = ended.get(AttemptState.NOT_SENT, 0) + ended.get(AttemptState.LOST, 0)
    if failed >= FEWEST and 2 * failed >= calls:
        yield Met(
            AlarmCode.SMS_SILENT,
            provider,
            f"SMS: {provider} не\u00a0отвечает",
            f"За\u00a015 мин сорвались {failed} из {calls} вызовов: нет связи, ответ потерян или"
            " провайдер просит повторить.",
        )


def _refusal(provider: str) -> str:
    """Return the code by which the account is refused now: the last word of a call or of the balance."""
    now = clock.now()
    said = (
        Attempt.objects.filter(
            provider=provider,
            state__in=[AttemptState.TAKEN, AttemptState.ACCOUNT],
            started_at__gt=now - TURNED_DOWN_WITHIN,
            ended_at__gt=now - REFUSED_OVER,
        )
        .order_by("-ended_at")
        .first()
    )
    if said is not None and said.state == AttemptState.ACCOUNT:
        return said.code
    return next((each.refusal for each in accounts() if each.provider == provider), "")
