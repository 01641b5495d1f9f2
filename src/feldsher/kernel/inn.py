"""ИНН, a taxpayer's number: 10 digits of a company, 12 of a person, the last one or two are of control."""

_FIRST = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_SECOND = (3, *_FIRST)
_COMPANY = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_COMPANY_LENGTH, _PERSON_LENGTH = 10, 12


def is_inn(text: str) -> bool:
    """Return whether these are 10 or 12 ASCII digits whose control digits hold; all zeros are nobody's."""
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        return False
    digits = [int(char) for char in text]
    if len(digits) == _COMPANY_LENGTH:
        return digits[9] == _control(digits, _COMPANY)
    if len(digits) == _PERSON_LENGTH:
        return digits[10] == _control(digits, _FIRST) and digits[11] == _control(digits, _SECOND)
    return False


def _control(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10
