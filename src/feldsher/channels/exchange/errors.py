"""Refusals of an exchange. Each is `failure` and its sentence, which 1С shows to whoever watches it."""

from feldsher.kernel.errors import DomainError


class ExchangeError(DomainError):
    """A request that the protocol does not know, or not now."""

    code = "exchange_refused"
    sentence = "Сайт не\u00a0понял запрос обмена. Проверьте адрес и версию модуля обмена в\u00a01С."


class NotAdmittedError(DomainError):
    """A wrong, ended or foreign credential, or a session that is over."""

    code = "exchange_not_admitted"
    status = 401
    sentence = (
        "Имя или пароль обмена не\u00a0подошли. Возьмите их у\u00a0администратора сайта: "
        "feldsher key add ИМЯ --scope exchange:catalog --scope exchange:sale."
    )


class FileRefusedError(DomainError):
    """A file, or a part of one, that is not taken. Nothing of the part was kept."""

    code = "exchange_file_refused"
    sentence = "Файл не\u00a0принят. Ничего не\u00a0изменилось."
