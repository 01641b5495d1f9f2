"""Refusals of the directory, each with a stable code and a sentence for the person who sends the data."""

from feldsher.kernel.errors import DomainError


class BadPriceListError(DomainError):
    """The file is no price list that can be used. Nothing of it was taken."""

    code = "bad_price_list"
    status = 422
    sentence = "Файл не\u00a0читается как прайс-лист. Ничего не\u00a0изменилось; выгрузите его ещё раз."
