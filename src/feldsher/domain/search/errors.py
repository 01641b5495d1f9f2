"""Refusals of the search."""

from feldsher.kernel.errors import DomainError


class SearchBusyError(DomainError):
    """The database did not answer in the time that a search may take."""

    code = "search_busy"
    status = 503
    sentence = "Поиск сейчас не\u00a0отвечает. Повторите через минуту или\u00a0выберите врача в\u00a0списке."
    retryable = True
