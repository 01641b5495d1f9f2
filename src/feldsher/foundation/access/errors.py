"""Refusals of access: each says in Russian what to do next, and has a code that never changes."""

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
