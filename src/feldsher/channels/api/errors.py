"""Refusals that only a machine's door has: they are about the call itself, not about a booking."""

from feldsher.kernel.errors import DomainError


class BadRequestError(DomainError):
    code = "bad_request"
    status = 400
    sentence = "Запрос составлен неверно. Сверьтесь с описанием API."


class MalformedJsonError(BadRequestError):
    code = "malformed_json"
    sentence = "Тело запроса — не JSON. Проверьте скобки, кавычки и кодировку UTF-8."


class KeyRequiredError(BadRequestError):
    code = "idempotency_key_required"
    sentence = "Нет заголовка Idempotency-Key. Добавьте случайный ключ, с ним же повторяйте потерянный вызов."


class KeyInvalidError(BadRequestError):
    code = "idempotency_key_invalid"
    sentence = "Ключ Idempotency-Key должен быть из 1–255 видимых знаков ASCII."


class TokenRequiredError(DomainError):
    code = "token_required"
    status = 401
    sentence = "Нет ключа записи. Передайте его так: Authorization: Bearer ключ."


class MethodNotAllowedError(DomainError):
    code = "method_not_allowed"
    status = 405
    sentence = "Этот адрес не знает такого метода. Допустимые — в заголовке Allow."


class BodyTooLargeError(DomainError):
    code = "body_too_large"
    status = 413
    sentence = "Запрос больше 64 КБ. Сократите его."


class MediaTypeError(DomainError):
    code = "unsupported_media_type"
    status = 415
    sentence = "Тело запроса принимаем только как application/json."


class TooManyRequestsError(DomainError):
    """A limit of `RateLimit-Policy` is used up; `Retry-After` says when one more call is welcome."""

    code = "too_many_requests"
    status = 429
    sentence = "Слишком много вызовов подряд. Подождите столько секунд, сколько сказано в Retry-After."


class KeyWrongError(DomainError):
    """The key of a partner is none of ours, or has ended."""

    code = "api_key_invalid"
    status = 401
    sentence = "Ключ партнёра не подходит или уже закрыт. Возьмите у клиники новый."


class ScopeMissingError(DomainError):
    code = "scope_missing"
    status = 403
    sentence = "Ключ партнёра этого не позволяет. Попросите клинику расширить его права."


class ChannelNotAllowedError(DomainError):
    code = "channel_not_allowed"
    status = 403
    sentence = "Этот ключ записывает через другой канал. Поставьте тот channel, на который он выдан."


class InternalError(DomainError):
    code = "internal_error"
    status = 500
    sentence = "У нас ошибка, мы о ней уже знаем. Повторите позже или позвоните в клинику."


class UnavailableError(DomainError):
    """The database does not answer; nothing is known to have been written."""

    code = "temporarily_unavailable"
    status = 503
    sentence = "Сервис сейчас не отвечает. Повторите с тем же ключом через несколько секунд."
    retryable = True
