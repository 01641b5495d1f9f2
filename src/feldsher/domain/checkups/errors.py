"""What check-ups refuse besides input that is not valid."""

from feldsher.kernel.errors import DomainError


class SlugTakenError(DomainError):
    code = "slug_taken"
    status = 409
    sentence = "Такой адрес уже у\u00a0другой программы. Напишите другой."


class ProgrammeFullError(DomainError):
    """A programme has no place for one more service: an estimate is drawn in bounded time."""

    code = "programme_full"
    status = 409
    sentence = "В\u00a0программе уже\u00a0сто услуг. Уберите лишнюю или составьте вторую программу."


class ProgrammeEmptyError(DomainError):
    """A published programme needs a service that everybody whom it is for gets."""

    code = "programme_empty"
    status = 409
    sentence = "Сначала добавьте в\u00a0программу хотя бы одну обязательную услугу."
