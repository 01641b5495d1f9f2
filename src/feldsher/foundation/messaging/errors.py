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
