"""Refusals of emergency access."""

from feldsher.kernel.errors import DomainError


class GlassOverError(DomainError):
    """No emergency access of this person is open under that id: it ran out, was ended, or never was."""

    code = "emergency_over"
    status = 403
    sentence = "Экстренный доступ закончился. Если пациент ещё с\u00a0вами, откройте его заново."


class OwnReviewError(DomainError):
    """Nobody reviews their own access."""

    code = "own_review"
    status = 403
    sentence = "Этот доступ ваш. Разобрать его должен другой человек."


class ReviewedError(DomainError):
    code = "already_reviewed"
    status = 409
    sentence = "Этот доступ уже разобран. Обновите страницу."
