"""Refusals of watch."""

from feldsher.kernel.errors import DomainError


class OwnAlertError(DomainError):
    """Nobody judges an alert about themselves."""

    code = "own_alert"
    status = 403
    sentence = "Этот сигнал о\u00a0вас. Разобрать его должен другой человек."


class NotBlockedError(DomainError):
    code = "not_blocked"
    status = 409
    sentence = "Вход этого сотрудника уже открыт. Обновите страницу."
