"""How many parts of an SMS a text takes: each is paid for.

GSM 03.38: 160 characters of its own alphabet, 153 in each of several parts, those of its extension count
twice. Any other text goes as UCS-2: 70, and 67 in each of several parts.
"""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_ALONE, _GSM_PART = 160, 153
_UCS2_ALONE, _UCS2_PART = 70, 67


def parts_of(text: str) -> int:
    """Return the number of parts, one at least."""
    if set(text) <= _GSM | _EXTENDED:
        length, alone, part = len(text) + sum(each in _EXTENDED for each in text), _GSM_ALONE, _GSM_PART
    else:
        length, alone, part = len(text.encode("utf-16-be")) // 2, _UCS2_ALONE, _UCS2_PART
    return 1 if length <= alone else -(-length // part)
