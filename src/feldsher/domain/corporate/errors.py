"""What the corporate section refuses besides input that is not valid."""

from feldsher.kernel.errors import DomainError, NotFoundError


class CompanyRequestNotFoundError(NotFoundError):
    """No such request, or its secret is another's: a stranger hears the same of both."""

    sentence = "Такой заявки нет. Откройте ссылку, которую вы\u00a0получили, отправив\u00a0её, целиком."


class RequestTakenError(DomainError):
    code = "request_taken"
    status = 409
    sentence = "Эту заявку уже взял другой сотрудник. Возьмите следующую."


class RequestDoneError(DomainError):
    code = "request_done"
    status = 409
    sentence = "На\u00a0эту заявку уже ответили. Обновите список."


class InsurerTakenError(DomainError):
    code = "insurer_taken"
    status = 409
    sentence = "Такая страховая компания уже есть в\u00a0списке."


class ExamListMissingError(NotFoundError):
    """No list of examinations is in force on this day."""

    code = "exam_list_missing"
    sentence = (
        "Списка осмотров, который действует сегодня, на\u00a0сайте нет. Оставьте заявку: посчитаем сами."
    )
