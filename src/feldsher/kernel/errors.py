"""Errors that the product answers with: a stable code for machines, a Russian sentence for people.

A domain error is an answer, not an accident: every channel maps it to its own form through the
same two fields, so that the site and the API never disagree about what happened.
"""

from typing import ClassVar


class DomainError(Exception):
    """Base of all expected refusals.

    `code` is stable and public; `status` is the HTTP status that the API answers with; `sentence`
    tells the person, in Russian, what to do next; `retryable` says that the same call may succeed
    later without a change.
    """

    code: ClassVar[str] = "domain_error"
    status: ClassVar[int] = 400
    sentence: ClassVar[str] = "Не получилось. Попробуйте ещё раз или позвоните в клинику."
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, *, sentence: str | None = None) -> None:
        """`detail` is for logs (English, no personal data); `sentence` replaces the class's own words."""
        super().__init__(detail or self.code)
        self.detail = detail or self.code
        self.message = sentence or self.sentence


class NotFoundError(DomainError):
    code = "not_found"
    status = 404
    sentence = "Такой страницы или записи нет. Проверьте ссылку или начните с главной."


class InvalidInputError(DomainError):
    code = "invalid_input"
    status = 422
    sentence = "Проверьте данные: часть полей заполнена неверно."

    def __init__(self, detail: str | None = None, *, fields: dict[str, str] | None = None) -> None:
        """`fields` maps a field's name to the Russian sentence that stands under it."""
        super().__init__(detail)
        self.fields = fields or {}
