"""Refusals of accounting, each with a stable code and a sentence for whoever watches the exchange."""

from feldsher.kernel.errors import DomainError


class NoVisitsError(DomainError):
    """The settings give this accounting system no visits."""

    code = "no_visits_for_base"
    status = 403
    sentence = (
        "Записи пациентов сайт этой базе не\u00a0отдаёт. Назовите её филиалы в\u00a0FELDSHER_EXCHANGE, "
        "visits_of, или выключите обмен заказами в\u00a0настройке обмена."
    )


class BadWordsError(DomainError):
    """The file is none that says anything of orders. Nothing of it was taken."""

    code = "bad_order_words"
    status = 422
    sentence = "Файл не\u00a0читается как заказы. Ничего не\u00a0изменилось; выгрузите его ещё раз."
