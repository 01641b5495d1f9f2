"""Russian mobile and city phones in one canonical form, E.164."""

import re

_SPELLING = re.compile(r"\s*\+?[\d\s().\u2010-\u2015-]+", re.ASCII)
_NOT_DIGITS = re.compile(r"[^0-9]+")
_WITHOUT_PREFIX = re.compile(r"[349]\d{9}|8[0-7]\d{8}", re.ASCII)
_LENGTH = 11
_MISSING = ("одной", "двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти", "десяти")


def parse_phone(text: str) -> str | None:
    """Return `+7XXXXXXXXXX` for any usual spelling (8…, +7…, ten digits; spaces, brackets, dashes), or None.

    A foreign number, an extension or any letter gives None: part of a phone is somebody else's phone.
    Of ten digits only those are taken that begin like an area code: 89… and 79… lack their last digit.
    """
    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    if len(text) > 32 or _SPELLING.fullmatch(text) is None:  # noqa: PLR2004 - longer than any spelling
        return None
    digits = _NOT_DIGITS.sub("", text)
    if "+" in text:
        return f"+{digits}" if len(digits) == _LENGTH and digits[0] == "7" else None
    if _WITHOUT_PREFIX.fullmatch(digits):
        digits = "7" + digits
    if len(digits) != _LENGTH or digits[0] not in "78":
        return None
    return "+7" + digits[1:]


def phone_fault(text: str) -> str:
    """Return the Russian sentence that says what `text` lacks to be a phone, empty when it is one."""
    if parse_phone(text) is not None:
        return ""
    begin = text.strip()
    digits = _NOT_DIGITS.sub("", text[:64])
    if not begin:
        return "Напишите телефон"
    if digits and (digits[0] == "7" or not begin.startswith("+")):
        missing = (_LENGTH if digits[0] in "78" else _LENGTH - 1) - len(digits)
        if missing > 0:
            return f"Не хватает {_MISSING[missing - 1]} {'цифры' if missing == 1 else 'цифр'}"
        if missing < 0:
            return "В номере больше цифр, чем нужно"
    return "Нужен российский номер, например +7\u00a0921\u00a0000-00-00"


def format_phone(phone: str) -> str:
    """Return `+7 921 000-00-00` with no-break spaces for a canonical phone."""
    return f"{phone[:2]}\u00a0{phone[2:5]}\u00a0{phone[5:8]}-{phone[8:10]}-{phone[10:]}"


def mask_phone(phone: str) -> str:
    """Return `+7 921 •••-••-17` for a canonical phone."""
    return f"{phone[:2]}\u00a0{phone[2:5]}\u00a0•••-••-{phone[10:]}"
