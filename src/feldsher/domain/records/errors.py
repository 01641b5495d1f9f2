"""Refusals of records: each says in Russian what to do next, and has a code that never changes."""

from feldsher.kernel.errors import DomainError, NotFoundError


class ReferralNotFoundError(NotFoundError):
    """No such referral, or none of this doctor's, or it opens nothing any more."""

    sentence = "Такого направления у\u00a0вас нет: срок вышел, его отозвали или\u00a0оно не\u00a0ваше."


class VisitNotInCareError(NotFoundError):
    """No such visit, or none of this doctor's with a patient in their care now."""

    sentence = "Направить можно со\u00a0своего приёма и\u00a0пациента, которого вы\u00a0сейчас ведёте."


class AlreadyReferredError(DomainError):
    """At this visit the patient is referred to this doctor already."""

    code = "already_referred"
    status = 409
    sentence = "К\u00a0этому врачу пациент уже направлен. Чтобы изменить срок, отзовите прежнее направление."
