"""Refusals of patients."""

from feldsher.kernel.errors import DomainError, NotFoundError


class PatientNotFoundError(NotFoundError):
    code = "patient_not_found"


class NobodyFoundError(NotFoundError):
    code = "nobody_found"
    sentence = (
        "Такого пациента здесь нет. Проверьте фамилию и\u00a0имя, дату рождения и\u00a0телефон. "
        "Попытка записана в\u00a0журнал."
    )


class SeveralFoundError(DomainError):
    """Several people have that name; which of them is meant takes more."""

    code = "several_found"
    status = 409
    sentence = (
        "Под\u00a0это описание подходят несколько пациентов. Укажите и\u00a0дату рождения, и\u00a0телефон."
    )


class ConsentNotFoundError(NotFoundError):
    code = "consent_not_found"
    sentence = "Такого согласия нет. Посмотрите список ещё раз."


class GrantNotFoundError(NotFoundError):
    code = "grant_not_found"
    sentence = "Такого доступа нет или он\u00a0уже закончен."


class NotGrantedError(DomainError):
    """The patient has lent access to look, and no more."""

    code = "not_granted"
    status = 403
    sentence = (
        "Пациент дал вам доступ только смотреть записи. Перенести или отменить может он\u00a0сам "
        "или клиника по\u00a0телефону."
    )


class RememberedGoneError(DomainError):
    """The device no longer remembers this person: forgotten, expired, or its token was used elsewhere."""

    code = "remembered_gone"
    status = 409
    sentence = "Это устройство больше не помнит, кого записывать. Заполните форму: время остаётся за вами."


class ConsentTextMissingError(DomainError):
    """Nothing is published for the purpose yet, so nothing can be agreed to."""

    code = "consent_text_missing"
    status = 503
    sentence = "Сейчас записаться через сайт нельзя: не опубликован текст согласия. Позвоните в клинику."


class ConsentTextUnknownError(DomainError):
    """The version that was agreed to was never published."""

    code = "consent_text_unknown"
    status = 409
    sentence = "Текст согласия обновился. Прочитайте его и отметьте согласие ещё раз."


class ConsentTextFinalError(DomainError):
    """The version is published with another wording; a new wording needs a new version."""

    code = "consent_text_final"
    status = 409
    sentence = "Эта версия текста уже опубликована, изменить её нельзя. Опубликуйте новую."
