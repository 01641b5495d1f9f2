from feldsher.kernel.errors import DomainError, InvalidInputError, NotFoundError


def test_an_error_without_words_speaks_by_its_class() -> None:
    error = NotFoundError()
    assert (error.code, error.status, error.detail, error.message) == (
        "not_found",
        404,
        "not_found",
        NotFoundError.sentence,
    )


def test_detail_is_for_logs_and_sentence_for_people() -> None:
    error = DomainError("lock timeout", sentence="Подождите")
    assert (str(error), error.detail, error.message) == ("lock timeout", "lock timeout", "Подождите")


def test_invalid_input_names_its_fields() -> None:
    assert InvalidInputError(fields={"phone": "Введите телефон"}).fields == {"phone": "Введите телефон"}
    assert InvalidInputError("bad").fields == {}
