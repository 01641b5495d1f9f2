"""Addresses of e-mail as people type them."""

import re

EMAIL_LIMIT = 254
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+")


def email_fault(text: str) -> str:
    """Return what is wrong with an address in words, empty when nothing is; an empty one is wrong."""
    if len(text) > EMAIL_LIMIT or _EMAIL.fullmatch(text) is None:
        return "Проверьте адрес почты: он похож на name@example.ru"
    return ""
