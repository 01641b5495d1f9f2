"""What roster refuses besides input that is not valid."""

from feldsher.kernel.errors import DomainError


class WorksElsewhereError(DomainError):
    """The doctor would work in two branches at one instant; `message` says where and when."""

    code = "works_elsewhere"
    status = 409
    sentence = "В\u00a0это время врач уже принимает в\u00a0другом филиале. Измените часы там или здесь."
