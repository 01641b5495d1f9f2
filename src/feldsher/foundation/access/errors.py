"""Refusals of access: each says in Russian what to do next, and has a code that never changes."""

from datetime import datetime

from feldsher.kernel.errors import DomainError


class LoginTakenError(DomainError):
    code = "login_taken"
    status = 409
    sentence = "Такой логин уже есть. Выберите другой."


class StaffNotFoundError(DomainError):
    code = "staff_not_found"
    status = 404
    sentence = "Такого сотрудника нет. Проверьте логин."


class ForbiddenError(DomainError):
    """No role of theirs has what the action needs."""

    code = "forbidden"
    status = 403
    sentence = (
        "Этот раздел вам не\u00a0открыт. Если он нужен для работы, попросите администратора выдать роль."
    )


class NoContextError(RuntimeError):
    """Personal rows were asked for outside of a context: a fault of ours, never an answer to anybody."""


class PhoneCodeTooSoonError(DomainError):
    """A code left for this phone a moment ago; the next one may leave at `retry_at`."""

    code = "phone_code_too_soon"
    status = 429
    sentence = "Код уже отправлен. Новый можно запросить через минуту."

    def __init__(self, detail: str | None = None, *, retry_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.retry_at = retry_at


class PhoneCodeLimitError(DomainError):
    """This phone, device or address had as many codes as a day allows."""

    code = "phone_code_limit"
    status = 429
    sentence = "Сегодня кодов больше не\u00a0отправим. Позвоните в\u00a0клинику, и\u00a0регистратор поможет."


class PhoneCodeUnavailableError(DomainError):
    """No SMS may leave now; what was asked for can't be done here."""

    code = "phone_code_unavailable"
    status = 503
    sentence = "Код сейчас не\u00a0отправить. Позвоните в\u00a0клинику, и\u00a0регистратор поможет."


class PhoneProofWrongError(DomainError):
    """Another code than was sent; `tries_left` more may be tried."""

    code = "phone_proof_wrong"
    status = 403
    sentence = "Код не\u00a0подошёл. Проверьте цифры."

    def __init__(self, detail: str | None = None, *, tries_left: int | None = None) -> None:
        super().__init__(detail, sentence=None if tries_left is None else _wrong(tries_left))
        self.tries_left = tries_left


class PhoneProofOverError(DomainError):
    """No code is good now: none was sent, it ran out, was tried too often, or was used."""

    code = "phone_proof_over"
    status = 403
    sentence = "Этот код уже не\u00a0действует. Запросите новый."


def _wrong(left: int) -> str:
    if not left:
        return "Код не\u00a0подошёл, попытки закончились. Запросите новый."
    words = "Осталась 1\u00a0попытка" if left == 1 else f"Осталось {left}\u00a0попытки"
    return f"Код не\u00a0подошёл. {words}."
