"""Russian mobile and city phones in one canonical form, E.164."""

import re

_DIGITS = re.compile(r"\D+")
_LENGTH = 11


def parse_phone(text: str) -> str | None:
    """Return `+7XXXXXXXXXX` for any usual spelling (8…, +7…, spaces, brackets), or None."""
    if len(text) > 32:  # noqa: PLR2004 - longer than any spelling of a phone
        return None
    digits = _DIGITS.sub("", text)
    if len(digits) == _LENGTH - 1:
        digits = "7" + digits
    if len(digits) != _LENGTH or digits[0] not in "78":
        return None
    return "+7" + digits[1:]


def format_phone(phone: str) -> str:
    """Return `+7 921 000-00-00` with no-break spaces for a canonical phone."""
    return f"{phone[:2]}\u00a0{phone[2:5]}\u00a0{phone[5:8]}-{phone[8:10]}-{phone[10:]}"


def mask_phone(phone: str) -> str:
    """Return `+7 921 •••-••-17` for a canonical phone."""
    return f"{phone[:2]}\u00a0{phone[2:5]}\u00a0•••-••-{phone[10:]}"
