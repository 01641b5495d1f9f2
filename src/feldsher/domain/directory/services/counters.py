"""The clinic's numbers at outside counters and its codes for search engines: never markup."""

import re
from typing import Final

from feldsher.domain.directory.models import Brand
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.types.brand import Counters
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_NUMBER = re.compile(r"[0-9]{1,12}")
_CODE = re.compile(r"[A-Za-z0-9_-]{8,100}")
_WRONG_NUMBER = "Только номер счётчика, цифрами, без\u00a0кода и\u00a0тегов."
_WRONG_CODE = (
    "Только значение content: от\u00a08 до\u00a0100 латинских букв, цифр, дефисов и\u00a0подчёркиваний."
)
_RULES: Final = {
    "metrika": (_NUMBER, _WRONG_NUMBER),
    "mail_ru": (_NUMBER, _WRONG_NUMBER),
    "yandex_code": (_CODE, _WRONG_CODE),
    "google_code": (_CODE, _WRONG_CODE),
}


def save_counters(counters: Counters, *, staff: Staff) -> None:
    """Save numbers and codes, an empty one for none. Raises ForbiddenError, InvalidInputError by field."""
    require(staff, Action.EDIT_COUNTERS)
    values = {name: getattr(counters, name).strip() for name in _RULES}
    faults = {
        name: words
        for name, (rule, words) in _RULES.items()
        if values[name] and not rule.fullmatch(values[name])
    }
    if faults:
        raise InvalidInputError(f"counters: {', '.join(faults)}", fields=faults)
    now = clock.now()
    said = {**values, "counters_author": staff.login, "counters_at": now}
    with directory_write():
        Brand.objects.update_or_create(
            id=1, defaults=said, create_defaults={**said, "author": staff.login, "updated_at": now}
        )
