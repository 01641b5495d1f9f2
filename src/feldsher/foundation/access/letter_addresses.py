"""Where people of staff have letters sent: an address that each gave for it, sealed."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.models import User
from feldsher.foundation.access.selectors import staff_card
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging.letters import Mail
from feldsher.foundation.messaging.types import Kind
from feldsher.foundation.vault.sealing import open_, seal
from feldsher.kernel import clock
from feldsher.kernel.emails import email_fault
from feldsher.kernel.errors import InvalidInputError

_TABLE, _COLUMN = "access_user", "letters_to"
_PURPOSE = "letters_to_staff"
_FIRST = """Сюда будут приходить напоминания о проверке страниц: за 60, 30 и 7 дней до срока.

Убрать адрес можно на странице «Мой вход»: {site}/desk/me/

Не работаете в клинике? Значит, кто-то ошибся адресом. Сообщите ей об этом: {site}/
"""


def set_letter_address(user_id: UUID, address: str) -> None:
    """Keep a person's own address and send the first letter to it, by which they see that it arrives.

    Raises InvalidInputError (`address`). The same address again changes nothing and sends nothing.
    """
    address = address.strip()
    if fault := email_fault(address):
        raise InvalidInputError("no address of e-mail", fields={"address": fault})
    with as_service(_PURPOSE):
        row = User.objects.select_for_update().get(pk=user_id)
        if _opened(row) == address:
            return
        row.letters_to = seal(address, table=_TABLE, column=_COLUMN, row=row.pk)
        row.save(update_fields=["letters_to"])
        journal("account", Column.SECRETS, ids=[row.pk], fields=("letters_to",))
        now = clock.now()
        mail = Mail("Адрес для напоминаний записан", _FIRST.format(site=settings.SITE_URL.rstrip("/")))
        key = f"{Kind.PAGE_REVIEW}:{row.pk}:{now.timestamp()}"
        messaging.send_letter(
            Kind.PAGE_REVIEW, mail, address=address, key=key, valid_until=now + timedelta(days=1)
        )


@STAFF.reach()
def forget_letter_address(user_id: UUID) -> None:
    User.objects.filter(pk=user_id).update(letters_to=b"")


def letter_address(user_id: UUID) -> str:
    """Return a person's own address, empty where none was given."""
    with transaction.atomic(), STAFF.reach():
        return _opened(User.objects.get(pk=user_id))


def letter_addresses() -> tuple[tuple[Staff, str], ...]:
    """Return who of the staff gave an address, and it; who may not sign in is left out. Needs a context."""
    rows = User.objects.filter(is_active=True).exclude(letters_to=b"").order_by("login")
    found = tuple((staff_card(row), _opened(row)) for row in rows)
    journal("account", Column.SECRETS, ids=[staff.id for staff, _ in found], fields=("letters_to",))
    return found


def _opened(row: User) -> str:
    sealed = bytes(row.letters_to)
    return open_(sealed, table=_TABLE, column=_COLUMN, row=row.pk) if sealed else ""
