"""Writes of the passport: check, lock, end the former answer, write. Each is one transaction."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.db import connection, transaction

from feldsher.domain.passport import selectors
from feldsher.domain.passport.models import Answer, CookieChoice
from feldsher.domain.passport.types import Item, Said
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.typed import as_lines

MOST_TEXT: Final = 5000
_MOST_LINK = 500
_AT_ONCE = 100
_LOCK = 0x9A559047  # any constant that no other lock of the product uses
_SPACES = frozenset(" \t\r\n\\")


def answer(key: str, *, said: Said, staff: Staff) -> None:
    """Answer an item in the place of what stood there; the same word again changes nothing.

    Raises ForbiddenError, NotFoundError for an item that nobody answers, InvalidInputError (`text`, `link`,
    `is_not_ours`, `valid_until`).
    """
    require(staff, Action.EDIT_PASSPORT)
    item = selectors.asked_item(key)
    tidy = Said(
        as_lines(said.text),
        said.link.strip(),
        said.is_not_ours,
        said.valid_until,
    )
    if faults := _faults(item, tidy):
        raise InvalidInputError(f"passport {key}: {', '.join(faults)}", fields=faults)
    with transaction.atomic():
        now = _alone()
        standing = selectors.line(key).answer
        if standing is not None and standing.said == tidy:
            return
        _end(key, staff=staff, now=now)
        Answer.objects.create(
            item=key,
            text=tidy.text,
            link=tidy.link,
            is_not_ours=tidy.is_not_ours,
            valid_until=tidy.valid_until,
            author=staff.login,
            written_at=now,
        )


def take_back(key: str, *, staff: Staff) -> None:
    """End what stands of an item; nothing stands: nothing happens. Raises ForbiddenError, NotFoundError."""
    require(staff, Action.EDIT_PASSPORT)
    selectors.asked_item(key)
    with transaction.atomic():
        _end(key, staff=staff, now=_alone())


def note_choice(*, is_agreed: bool, counters: str) -> None:
    """Write down that somebody agreed to these counters or declined them: when, and nothing of whom.

    Choices that nobody is told of any more go, at most a hundred at a time.
    """
    now = clock.now()
    CookieChoice.objects.create(is_agreed=is_agreed, counters=counters, at=now)
    told = timedelta(days=selectors.CHOICE_DAYS)
    over = CookieChoice.objects.filter(at__lt=now - told).order_by("at").values("pk")[:_AT_ONCE]
    CookieChoice.objects.filter(pk__in=over).delete()


def _alone() -> datetime:
    """Let one editor write at a time, until the transaction ends; returns the instant of the act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return clock.now()


def _end(key: str, *, staff: Staff, now: datetime) -> None:
    Answer.objects.filter(item=key, ended_at=None).update(ended_by=staff.login, ended_at=now)


def _faults(item: Item, said: Said) -> dict[str, str]:
    faults = {}
    if said.is_not_ours:
        if not item.may_be_not_ours:
            faults["is_not_ours"] = "Эти сведения нужны каждой клинике: напишите текст или дайте ссылку."
        elif not said.text:
            faults["text"] = "Напишите, почему это к\u00a0вам не\u00a0относится."
    elif not said.text and not said.link:
        faults["text"] = "Напишите текст или дайте ссылку."
    if len(said.text) > MOST_TEXT:
        faults["text"] = f"Не\u00a0длиннее {MOST_TEXT} знаков."
    if said.link and not _is_address(said.link):
        faults["link"] = "Адрес целиком, с\u00a0https://, или путь на\u00a0вашем сайте, с\u00a0косой черты."
    if said.valid_until is not None and said.valid_until < selectors.today():
        faults["valid_until"] = "Этот день уже прошёл. Поставьте новый срок или оставьте поле пустым."
    return faults


def _is_address(link: str) -> bool:
    """Return whether it is an https address or a path of this site; nothing that a browser runs."""
    if len(link) > _MOST_LINK or not _SPACES.isdisjoint(link) or not link.isprintable():
        return False
    if link.startswith("/"):
        return not link.startswith("//")
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None
