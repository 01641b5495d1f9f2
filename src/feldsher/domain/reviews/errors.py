"""What reviews refuse besides input that is not valid."""

from feldsher.kernel.errors import DomainError


class InvitationNotFoundError(DomainError):
    """No such link, or another's secret: the same answer."""

    code = "review_link_unknown"
    status = 404
    sentence = "Такой ссылки на\u00a0отзыв нет. Откройте её из\u00a0сообщения целиком."


class InvitationExpiredError(DomainError):
    code = "review_link_expired"
    status = 410
    sentence = (
        "Ссылка на\u00a0отзыв действовала 30\u00a0дней, и\u00a0этот срок прошёл. "
        "Позвоните нам, если хотите рассказать о\u00a0визите."
    )


class InvitationUsedError(DomainError):
    """One link is one review."""

    code = "review_link_used"
    status = 409
    sentence = "По\u00a0этой ссылке отзыв уже оставили. Откройте её ещё раз: она покажет, что с\u00a0ним."


class ReviewDecidedError(DomainError):
    """The review is in a state in which this act has no sense."""

    code = "review_decided"
    status = 409
    sentence = "Этот отзыв уже в\u00a0другом состоянии. Откройте его заново."


class RatingsRefusedError(DomainError):
    """A file of outside ratings with bad rows: `faults` are sentences, one a fault, in the order of lines."""

    code = "ratings_refused"
    status = 422
    sentence = (
        "В\u00a0файле есть ошибки, ничего не\u00a0загружено. Исправьте строки и\u00a0загрузите файл снова."
    )

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults
