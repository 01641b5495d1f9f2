"""Refusals of messaging."""

from feldsher.kernel.errors import DomainError


class DayCapError(DomainError):
    """As many messages left within a day as the clinic is ready to pay for."""

    code = "messages_used_up"
    status = 503
    sentence = "Сообщение сейчас не\u00a0отправить. Позвоните в\u00a0клинику."
