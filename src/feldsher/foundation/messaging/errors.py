"""Refusals of messaging."""

from feldsher.kernel.errors import DomainError, NotFoundError


class DayCapError(DomainError):
    """As many messages left within a day as the clinic is ready to pay for."""

    code = "messages_used_up"
    status = 503
    sentence = "Сообщение сейчас не\u00a0отправить. Позвоните в\u00a0клинику."


class UnknownProviderError(NotFoundError):
    """Nobody of this name sends SMS here."""

    code = "unknown_provider"


class ForgedReportError(DomainError):
    """A call with reports that is not signed as the provider signs."""

    code = "forged_report"
    status = 403


class PushNotTakenError(DomainError):
    """A browser's subscription that can't be sent to: push is off, an unknown push service, unusable keys."""

    code = "push_not_taken"
    status = 422
    sentence = (
        "Уведомления этого браузера у\u00a0нас не\u00a0работают. Напоминания придут по\u00a0SMS, делать "
        "ничего не\u00a0нужно."
    )


class PushDevicesFullError(DomainError):
    """As many devices of one phone show notifications as may."""

    code = "push_devices_full"
    status = 409
    sentence = (
        "Уведомления включены на\u00a010\u00a0устройствах, больше нельзя. Выключите лишнее из\u00a0списка."
    )
